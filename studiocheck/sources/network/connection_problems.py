"""What can be wrong with connecting to a far end, in words, step by step; no socket is touched."""

from __future__ import annotations

import errno
import os

from studiocheck.core.errors import DeviceGone, NetworkRefused, SourceError, SourceTimeout
from studiocheck.core.text import Text

_NO_ROUTE = {
    errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.EADDRNOTAVAIL,
    errno.EAFNOSUPPORT,
}  # fmt: skip
_CABLE = Text(
    "check the network cable and the router; then whether a browser opens any page",
    "请检查网线和路由器，再看浏览器能否打开任意网页",
)
_TARGET = Text(
    "check address and port of the target in the studio file, and that its server is running; "
    "then whether a firewall blocks it",
    "请检查直播间设备文件中目标的地址和端口、目标服务器是否在运行，以及防火墙是否拦截",
)


def unresolved(host: str, said: str) -> NetworkRefused:
    """There is no such name, or nobody to ask."""
    return NetworkRefused(
        Text(f"the name {host} cannot be resolved: {said}", f"域名 {host} 无法解析：{said}"),
        Text(
            "check the spelling of the target in the studio file, then cable and router, "
            "then the DNS server this computer uses",
            "请检查直播间设备文件中目标的拼写，再检查网线和路由器，最后检查本机的 DNS 设置",
        ),
    )


def not_connected(whom: str, code: int, seconds: float) -> SourceError:
    """TCP did not come about: what the error number ``code`` means; ``seconds`` were waited."""
    if code in _NO_ROUTE:
        return DeviceGone(
            Text(f"this computer has no way to {whom}", f"本机没有到 {whom} 的网络路径"), _CABLE
        )
    if code == errno.ETIMEDOUT:
        return timeout("tcp", whom, seconds)
    if code == errno.ECONNREFUSED:
        return NetworkRefused(
            Text(f"{whom} refused the connection (step tcp)", f"{whom} 拒绝连接（步骤：TCP）"),
            _TARGET,
        )
    said = os.strerror(code)
    return NetworkRefused(
        Text(
            f"{whom} cannot be connected (step tcp): {said}",
            f"无法连接 {whom}（步骤：TCP）：{said}",
        ),
        _TARGET,
    )


def untrusted(whom: str, said: str) -> NetworkRefused:
    """Its certificate was not accepted."""
    return NetworkRefused(
        Text(
            f"the certificate of {whom} is not trusted (step tls): {said}",
            f"{whom} 的证书不受信任（步骤：TLS）：{said}",
        ),
        Text(
            "check this computer's date and time, then whether the network asks for a log-in "
            "page; otherwise the server needs a valid certificate",
            "请检查本机日期时间，再看网络是否需要网页登录认证；否则需要更换服务器证书",
        ),
    )


def no_tls(whom: str, said: str) -> NetworkRefused:
    """What answers there does not come to terms over encryption."""
    return NetworkRefused(
        Text(
            f"{whom} does not speak TLS with us (step tls): {said}",
            f"与 {whom} 的加密握手失败（步骤：TLS）：{said}",
        ),
        _TARGET,
    )


def timeout(step: str, whom: str, seconds: float) -> SourceTimeout:
    """Nobody answered within the time of this step: ``dns``, ``tcp`` or ``tls``."""
    return SourceTimeout(
        Text(
            f"{whom} did not answer within {seconds:.0f} s (step {step})",
            f"{whom} 在 {seconds:.0f} 秒内没有应答（步骤：{step.upper()}）",
        ),
        _CABLE if step == "dns" else _TARGET,
    )
