"""Makes the right upload for what a studio file gives as the target of an uplink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from studiocheck.core.capture import Report
from studiocheck.core.errors import LibraryMissing, SourceError
from studiocheck.core.network import UploadEvidence
from studiocheck.core.text import Text
from studiocheck.sources.network.iperf3_upload import Iperf3Upload
from studiocheck.sources.network.speedtest_upload import SpeedtestUpload
from studiocheck.sources.network.upload import HttpUpload, TcpUpload

FarEnd = tuple[str, int] | None
"""Host and port."""
LIBRESPEED_PATH = "/backend/empty.php"
_INGESTS = {"rtmp", "rtmps", "srt"}
_IPERF3_PORT = 5201
_WRITE = Text(
    'write target = "https://server/upload", "tcp://host:port", "librespeed:https://server", '
    '"iperf3://host" or "speedtest" for this uplink in the studio file',
    '请在直播间设备文件中为该上行填写 target = "https://服务器/upload"、"tcp://主机:端口"、'
    '"librespeed:https://服务器"、"iperf3://主机" 或 "speedtest"',
)


class UploadTarget(Protocol):
    """A far end that takes uploads. Cheap to make, picklable, opens nothing until it is asked."""

    @property
    def far_end(self) -> FarEnd:
        """Host and port; None where they are not known before the upload."""
        ...

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds``; raises `SourceError` when it never began."""
        ...


@dataclass(frozen=True, slots=True)
class UntestedTarget:
    """A target whose rate cannot be measured: it says so when it is asked to."""

    error: SourceError
    far_end: FarEnd = None

    def upload(self, seconds: float, report: Report) -> UploadEvidence:  # noqa: ARG002
        """Raise what stands in the way."""
        raise self.error


def upload_target(
    target: str | None, interface: str | None = None, enough_mbit_s: float = 0.0
) -> UploadTarget:
    """Return what a studio file's target means. Opens nothing, raises nothing.

    Where one connection carries less than ``enough_mbit_s``, several are tried to tell why.

    A target that is missing, wrong or not measured by this version gives one that says so when it
    is asked to upload.
    """
    target = (target or "").strip()
    if not target:
        return UntestedTarget(_no_target())
    if target == "speedtest":
        return SpeedtestUpload(interface)
    parts = _split(target.removeprefix("librespeed:"))
    if parts is None:
        return UntestedTarget(_not_a_target(target))
    host, port = parts.hostname or "", parts.port
    found: UploadTarget
    match target.startswith("librespeed:"), parts.scheme:
        case True, "http" | "https":
            path = LIBRESPEED_PATH if parts.path in {"", "/"} else parts.path
            found = HttpUpload(parts._replace(path=path).geturl(), interface, enough_mbit_s)
        case False, "http" | "https":
            found = HttpUpload(target, interface, enough_mbit_s)
        case False, "tcp" if port:
            found = TcpUpload(host, port, interface, enough_mbit_s)
        case False, "iperf3":
            found = Iperf3Upload(host, port or _IPERF3_PORT, interface, enough_mbit_s)
        case _, scheme:
            error = _takes_the_show(scheme) if scheme in _INGESTS else _not_a_target(target)
            found = UntestedTarget(error, (host, port or 443))
    return found


_USUAL_PORTS = {"rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}


def far_end_of(address: str | None) -> FarEnd:
    """Return host and port of an address; None where it names none.

    Examples
    --------
    >>> far_end_of("rtmps://live.example/app"), far_end_of(None)
    (('live.example', 443), None)
    """
    parts = _split(address or "")
    if parts is None:
        return None
    return parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme, 443)


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


def _takes_the_show(scheme: str) -> SourceError:
    return LibraryMissing(
        Text(
            f"{scheme}:// targets are not measured by an upload: they take the show itself",
            f"{scheme}:// 目标无法用上传来测量：这类服务器直接接收推流",
        ),
        _WRITE,
    )
