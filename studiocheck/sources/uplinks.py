"""Makes the right `Uplink` for what a studio file says about one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from studiocheck.core.capture import Report, Uplink
from studiocheck.core.errors import LibraryMissing, SourceError
from studiocheck.core.evidence import LinkEvidence, UploadEvidence
from studiocheck.core.studio import UplinkRole
from studiocheck.core.text import Text
from studiocheck.sources.link import link_to
from studiocheck.sources.speedtest_upload import SpeedtestUpload
from studiocheck.sources.upload import HttpUpload, TcpUpload

LIBRESPEED_PATH = "/backend/empty.php"
_LATER = {"rtmp", "rtmps", "iperf3", "srt"}
_WRITE = Text(
    'write target = "https://server/upload", "tcp://host:port", "librespeed:https://server" '
    'or "speedtest" for this uplink in the studio file',
    '请在直播间设备文件中为该上行填写 target = "https://服务器/upload"、"tcp://主机:端口"、'
    '"librespeed:https://服务器" 或 "speedtest"',
)


@dataclass(frozen=True, slots=True)
class UntestedUplink:
    """An uplink whose interface can be looked at and whose rate cannot be measured."""

    error: SourceError
    host: str | None = None
    port: int = 443
    interface: str | None = None

    def link(self) -> LinkEvidence:
        """Say which interface carries the traffic; raises `SourceError`."""
        return link_to(self.host, self.port, interface=self.interface)

    def upload(self, seconds: float, report: Report) -> UploadEvidence:  # noqa: ARG002
        """Raise what stands in the way."""
        raise self.error


def uplink_for(role: UplinkRole) -> Uplink:
    """Return the uplink that a studio file's entry means. Opens nothing, raises nothing.

    A target that is missing, wrong or not measured by this version gives an uplink that says so
    when it is asked to upload; its interface is still looked at.
    """
    target = (role.target or "").strip()
    if not target:
        return UntestedUplink(_no_target(), interface=role.interface)
    if target == "speedtest":
        return SpeedtestUpload(role.interface)
    parts = _split(target.removeprefix("librespeed:"))
    if parts is None:
        return UntestedUplink(_not_a_target(target), interface=role.interface)
    host, port = parts.hostname or "", parts.port
    uplink: Uplink
    match target.startswith("librespeed:"), parts.scheme:
        case True, "http" | "https":
            path = LIBRESPEED_PATH if parts.path in {"", "/"} else parts.path
            uplink = HttpUpload(parts._replace(path=path).geturl(), role.interface)
        case False, "http" | "https":
            uplink = HttpUpload(target, role.interface)
        case False, "tcp" if port:
            uplink = TcpUpload(host, port, role.interface)
        case _, scheme:
            error = _later(scheme) if scheme in _LATER else _not_a_target(target)
            uplink = UntestedUplink(error, host, port or 443, role.interface)
    return uplink


def _split(target: str) -> SplitResult | None:
    """Split an address; ``None`` when it has no host or an impossible port."""
    try:
        parts = urlsplit(target)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _no_target() -> SourceError:
    return SourceError(
        Text("this uplink has no target to upload to", "该上行没有设置上传目标"), _WRITE
    )


def _not_a_target(target: str) -> SourceError:
    scheme = target.partition(":")[0][:20]  # the rest may hold a key
    return SourceError(
        Text(
            f"the target of this uplink ({scheme}:…) is not one that can be measured",
            f"该上行的目标（{scheme}:…）无法测量",
        ),
        _WRITE,
    )


def _later(scheme: str) -> SourceError:
    return LibraryMissing(
        Text(
            f"{scheme}:// targets are not measured by this version",
            f"当前版本不测量 {scheme}:// 目标",
        ),
        _WRITE,
    )
