"""Serves the needs of one device, one after the other, inside its capture child."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from studiocheck.core.capture import (
    Camera,
    Device,
    Host,
    Microphone,
    SweptMicrophone,
    Uplink,
)
from studiocheck.core.errors import Problem, SourceError, SourceTimeout
from studiocheck.core.evidence import (
    Broadcast,
    Captured,
    Clip,
    Clock,
    Evidence,
    HostLoad,
    Ingest,
    Link,
    LinkAfter,
    MeanFrame,
    Need,
    RoomTone,
    Route,
    Speech,
    Sustained,
    Sweep,
    Traffic,
    Upload,
)
from studiocheck.core.picture import CameraInfo
from studiocheck.core.takes import MicrophoneInfo
from studiocheck.core.text import Text
from studiocheck.sources.bounded import bounded
from studiocheck.sources.capture.messages import (
    Began,
    Done,
    Message,
    Opened,
)

_LINK_S = 12.0


def serve(
    device: Device,
    needs: tuple[Need, ...],
    send: Callable[[Message], None],
    report: Callable[[float], None],
    may_go_on: Callable[[Need | None], bool] | None = None,
) -> None:
    """Open a device and serve its needs in order; ``may_go_on`` says when each may begin.

    Raises
    ------
    StudioCheckError
        When the device cannot be opened. A need that fails later is reported as such.
    """
    info = device.open() if isinstance(device, Camera | Microphone) else None
    send(Opened(info.name if info else ""))
    gone: Problem | None = None
    before: Need | None = None

    def take(need: Need) -> Problem | None:
        send(Began(need, need.seconds))
        try:
            captured = _serve_one(device, info, need, report)
        except SourceError as error:
            captured = Captured(problem=Problem.of(error))
        send(Done(need, captured))
        return captured.problem if isinstance(device, Camera | Microphone) else None

    for need in (*needs, None):
        while may_go_on is not None and gone is None and not may_go_on(need):
            gone = take(before) if before is not None else None
        if need is None:
            return
        if gone is not None:
            send(Done(need, Captured(problem=gone)))
            continue
        gone, before = take(need), need


def _serve_one(
    device: Device,
    info: CameraInfo | MicrophoneInfo | None,
    need: Need,
    report: Callable[[float], None],
) -> Captured:
    match need, device:
        case Clip() | MeanFrame(), Camera() if isinstance(info, CameraInfo):
            return _serve_camera(device, info, need, report)
        case RoomTone() | Speech(), Microphone():
            kind: Literal["quiet", "speech"] = "quiet" if isinstance(need, RoomTone) else "speech"
            return Captured(device.record(kind, need.seconds, report))
        case Sweep(), SweptMicrophone():
            return Captured(device.sweep(need.seconds, report))
        case HostLoad(), Host():
            return Captured(device.sample(need.seconds, report))
        case Clock(), Host():
            return Captured(device.clock(report))
        case _, Uplink():
            return _serve_uplink(device, need, report)
    raise _cannot(device, need)


def _serve_uplink(uplink: Uplink, need: Need, report: Callable[[float], None]) -> Captured:
    def link() -> Evidence:
        """The tools of the system that are asked for it may take a while, and say nothing."""
        try:
            return bounded(uplink.link, _LINK_S, lambda: report(0.0))
        except TimeoutError as error:
            raise SourceTimeout(
                Text("the system does not tell its interfaces", "系统没有报告网口信息"),
                Text("run the check again", "请重新检查"),
            ) from error

    served: Mapping[type[Need], Callable[[], Evidence | Captured]] = {
        Link: link,
        LinkAfter: link,
        Route: lambda: uplink.route(report),
        Traffic: lambda: uplink.traffic(need.seconds, report),
        Upload: lambda: uplink.upload(need.seconds, report),
        Ingest: lambda: uplink.ingest(report),
        Broadcast: lambda: uplink.broadcast(need.seconds, report),
        Sustained: lambda: uplink.sustain(need.seconds, report),
    }
    if type(need) not in served:
        raise _cannot(uplink, need)
    found = served[type(need)]()
    return found if isinstance(found, Captured) else Captured(found)


def _cannot(device: Device, need: Need) -> TypeError:
    return TypeError(f"{type(device).__name__} cannot give {type(need).__name__}")


def _serve_camera(
    camera: Camera, info: CameraInfo, need: Clip | MeanFrame, report: Callable[[float], None]
) -> Captured:
    import cv2  # noqa: PLC0415 - heavy

    from studiocheck.sources.capture.mean_frame import record_mean  # noqa: PLC0415 - needs cv2
    from studiocheck.sources.capture.recorder import record_clip  # noqa: PLC0415 - needs cv2

    cv2.setNumThreads(1)  # other cameras need the other processors
    record = record_clip if isinstance(need, Clip) else record_mean
    return record(camera, info, need.seconds, report)
