"""Which pictures show the evidence of a device, and under which names; none is drawn here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from studiocheck.core.check import Scope
from studiocheck.core.evidence import (
    Captured,
    Clip,
    Golden,
    Lamps,
    Need,
    RoomBaseline,
    RoomTone,
    Speech,
    Sustained,
    Sweep,
)
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Limit
from studiocheck.core.network import (
    BroadcastEvidence,
    IngestEvidence,
    StreamPlan,
    UploadEvidence,
)
from studiocheck.core.picture import ClipEvidence, LookEvidence
from studiocheck.core.sound import RoomEvidence
from studiocheck.core.studio import CameraRole, Role
from studiocheck.core.takes import SweepEvidence, TakeEvidence
from studiocheck.engine.device_keys import DeviceKey


def views_of(
    device: DeviceKey,
    captured: Mapping[type[Need], Captured],
    binding: Role,
    stream: StreamPlan | None,
    limits: Mapping[str, Limit],
) -> Mapping[type[Need], Mapping[str, Callable[[], bytes]]]:
    """Return what can be drawn of the evidence of one device: need → file name → how.

    One picture may show the evidence of several needs.
    """
    if device.scope is Scope.MICROPHONE:
        return _views_of_sound(device, captured, limits)
    if device.scope is Scope.UPLINK:
        return _views_of_uplink(device, captured, stream or StreamPlan())
    clip = captured[Clip].evidence if Clip in captured else None
    if not isinstance(clip, ClipEvidence):
        return {}
    from studiocheck.report.pictures.drawn import drawings  # noqa: PLC0415 - heavy

    golden = captured[Golden].evidence if Golden in captured else None
    lamps = captured[Lamps].evidence if Lamps in captured else None
    return {
        Clip: drawings(
            device.role,
            clip,
            golden if isinstance(golden, LookEvidence) else None,
            lamps if isinstance(lamps, LampsEvidence) else None,
            binding if isinstance(binding, CameraRole) else None,
        )
    }


def _views_of_sound(
    device: DeviceKey, captured: Mapping[type[Need], Captured], limits: Mapping[str, Limit]
) -> Mapping[type[Need], Mapping[str, Callable[[], bytes]]]:
    """Return what can be drawn of one microphone; quiet and speech stand in one picture."""
    from studiocheck.report.pictures.microphone import of_room, of_takes  # noqa: PLC0415 - heavy

    takes: dict[type[Need], TakeEvidence] = {
        need: item.evidence
        for need, item in captured.items()
        if isinstance(item.evidence, TakeEvidence)
    }
    pictures = of_takes(device.role, takes.get(RoomTone), takes.get(Speech), limits)
    views = dict.fromkeys(takes, pictures)
    sweep = captured[Sweep].evidence if Sweep in captured else None
    if isinstance(sweep, SweepEvidence):
        stored = captured[RoomBaseline].evidence if RoomBaseline in captured else None
        room = stored if isinstance(stored, RoomEvidence) else None
        views[Sweep] = of_room(device.role, sweep, room)
    return views


def _views_of_uplink(
    device: DeviceKey, captured: Mapping[type[Need], Captured], stream: StreamPlan
) -> Mapping[type[Need], Mapping[str, Callable[[], bytes]]]:
    """Return what can be drawn of one uplink, held against the stream that it has to carry."""
    from studiocheck.report.pictures.uplink import (  # noqa: PLC0415 - heavy
        of_ingest,
        of_stream,
        of_upload,
    )

    views: dict[type[Need], Mapping[str, Callable[[], bytes]]] = {}
    for need, item in captured.items():
        match item.evidence:
            case UploadEvidence() as upload:
                views[need] = of_upload(device.role, upload, stream)
            case IngestEvidence() as ingest:
                views[need] = of_ingest(device.role, ingest)
            case BroadcastEvidence() as sent:
                views[need] = of_stream(device.role, sent, stream, long=need is Sustained)
    return views
