"""What can go wrong between us and a lamp, as errors that say what to touch."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping

from studiocheck.core.errors import (
    ConnectionCut,
    DeviceBusy,
    DeviceGone,
    FormatRefused,
    NetworkRefused,
    PermissionDenied,
    SourceError,
    SourceTimeout,
)
from studiocheck.core.text import Text

_POWER = Text(
    "check that the lamp has power and is in this network (its app or display shows the address), "
    "then its `control` in the studio file",
    "请检查灯是否通电、是否在本网络（其应用或屏幕上有地址），再核对直播间设备文件中的 `control`",
)
_OWN_ADDRESS = Text(
    "write the address of the lamp or node itself, not that of the whole network; then look at the "
    "firewall",
    "请写灯或节点自己的地址，不要写广播地址；再检查防火墙",
)
_RIGHT_ADDRESS = Text(
    "this address is another device: look up the lamp's own in its app, and correct `control`",
    "该地址是别的设备：请在灯的应用里查看其地址，并修改 `control`",
)
_NOBODY = NetworkRefused, Text("refuses: nobody listens there", "拒绝连接：没有服务在监听")
_CUT = ConnectionCut, Text("hung up", "中断了连接")
_AWAY = DeviceGone, Text("cannot be reached", "无法到达")
_DENIED = PermissionDenied, Text("may not be sent to from here", "系统不允许向其发送")
_BY_CODE: Mapping[int, tuple[type[SourceError], Text]] = {
    errno.ECONNREFUSED: _NOBODY,
    errno.ECONNRESET: _CUT, errno.EPIPE: _CUT, errno.ECONNABORTED: _CUT,
    errno.ENETUNREACH: _AWAY, errno.ENETDOWN: _AWAY, errno.EHOSTUNREACH: _AWAY,
    errno.EHOSTDOWN: _AWAY, errno.EADDRNOTAVAIL: _AWAY,
    errno.EACCES: _DENIED, errno.EPERM: _DENIED,
}  # fmt: skip
_BY_HAND = Text("set it by hand before the show", "请在开播前手动调回")


def of_network(lamp: str, where: str, error: Exception) -> SourceError:
    """Return what an error of a socket, or of looking up its name, means."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return NetworkRefused(
            Text(f"{lamp}: the name {where} cannot be resolved", f"{lamp}：域名 {where} 无法解析"),
            _POWER,
        )
    if isinstance(error, TimeoutError):
        return no_answer(lamp, where)
    code = error.errno if isinstance(error, OSError) else None
    kind, said = _BY_CODE.get(code or 0, (NetworkRefused, None))
    if said is None:
        why = str(error) or type(error).__name__
        said = Text(f"cannot be reached: {why}", f"无法到达：{why}")
    advice = _OWN_ADDRESS if kind is PermissionDenied else _POWER
    return kind(Text(f"{lamp}: {where} {said.en}", f"{lamp}：{where} {said.zh}"), advice)


def no_answer(lamp: str, where: str) -> SourceTimeout:
    """The lamp says nothing."""
    return SourceTimeout(
        Text(f"{lamp}: {where} does not answer", f"{lamp}：{where} 没有应答"), _POWER
    )


def not_an_elgato(lamp: str, where: str, said: Text) -> FormatRefused:
    """Somebody answers, but no Elgato light."""
    return FormatRefused(
        Text(
            f"{lamp}: {where} is no Elgato light: {said.en}",
            f"{lamp}：{where} 不是 Elgato 灯：{said.zh}",
        ),
        _RIGHT_ADDRESS,
    )


def ignored(lamp: str, asked: Text, reports: Text) -> FormatRefused:
    """The lamp took the order and says that it did not follow it."""
    return FormatRefused(
        Text(
            f"{lamp} does not do what it is told: asked for {asked.en}, it reports {reports.en}",
            f"{lamp} 没有执行指令：要求{asked.zh}，回读为{reports.zh}",
        ),
        Text(
            "close other apps that control this lamp; then switch it off and on, and try again",
            "请关闭其他控制此灯的应用；再断电重启该灯后重试",
        ),
    )


def not_put_back(lamp: str, found: Text, error: SourceError) -> SourceError:
    """The lamp is not as it was found."""
    why = error.message
    return type(error)(
        Text(
            f"{lamp} was not put back to {found.en}: {why.en}",
            f"{lamp} 未能恢复为{found.zh}：{why.zh}",
        ),
        _BY_HAND,
    )


def no_such_kelvin(lamp: str, kelvin: float, low: float, high: float) -> FormatRefused:
    """The lamp cannot be set to that colour temperature."""
    return FormatRefused(
        Text(
            f"{lamp} goes from {low:.0f} K to {high:.0f} K, not to {kelvin:.0f} K",
            f"{lamp} 的色温范围是 {low:.0f} K 到 {high:.0f} K，无法设为 {kelvin:.0f} K",
        ),
        Text("ask for a colour temperature in this range", "请在该范围内选择色温"),
    )


def no_kelvin(lamp: str) -> FormatRefused:
    """The lamp has no colour temperature to set."""
    return FormatRefused(
        Text(f"{lamp} has no colour temperature to set", f"{lamp} 不能调节色温"),
        Text(
            "for a DMX lamp add `?cct=CHANNEL&range=2700-6500` to its `control`",
            "DMX 灯请在 `control` 末尾加上 `?cct=通道&range=2700-6500`",
        ),
    )


def not_ours(universe: str) -> PermissionDenied:
    """Sending would blank channels that nobody told us about."""
    return PermissionDenied(
        Text(
            f"{universe}: nobody else is heard, and whether other fixtures hang on it is not known;"
            " sending would switch them off",
            f"{universe}：没有听到其他控制源，也不知道是否还接有其他灯具；贸然发送会把它们关掉",
        ),
        Text(
            "if only the lamps of the studio file hang on this universe, write "
            "dmx_universe_is_ours = true and output = … in every one of their tables; otherwise "
            "switch these lamps at the console",
            "若该域只接有直播间设备文件中的灯，请在每盏灯下写 dmx_universe_is_ours = true 和 "
            "output = …；否则请用灯光控台开关",
        ),
    )


def taken(universe: str, who: str) -> DeviceBusy:
    """Somebody else drives the universe and has precedence."""
    return DeviceBusy(
        Text(
            f"{universe} is driven by {who}; two sources on it would fight",
            f"{universe} 正由 {who} 控制；两个控制源会相互冲突",
        ),
        Text(
            f"switch these lamps at {who}, or stop its output while the lamps are measured",
            f"请用 {who} 开关这些灯，或在测量期间停止其输出",
        ),
    )


def port_taken(universe: str, port: int) -> DeviceBusy:
    """Another program of this computer keeps the port to itself."""
    return DeviceBusy(
        Text(
            f"{universe}: another lighting program on this computer holds UDP port {port}",
            f"{universe}：本机另一个灯光程序占用了 UDP 端口 {port}",
        ),
        Text("close it, or switch the lamps with it", "请关闭该程序，或用它来开关灯"),
    )


def given_back(universe: str, minutes: float) -> SourceTimeout:
    """Nobody asked for anything for so long that the universe was given back."""
    return SourceTimeout(
        Text(
            f"{universe} was given back after {minutes:.0f} min without an order",
            f"{universe} 在 {minutes:.0f} 分钟内没有指令，已自动交还",
        ),
        Text("start the sequence again", "请重新开始该流程"),
    )
