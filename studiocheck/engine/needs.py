"""What each device of a plan has to give, and for how long: one capture serves all its checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from studiocheck.core.check import Check, Scope
from studiocheck.core.evidence import (
    ARCHIVED,
    NEEDS,
    Broadcast,
    Clip,
    Clock,
    HostLoad,
    Ingest,
    Link,
    LinkAfter,
    Need,
    RoomTone,
    Route,
    Speech,
    Sustained,
    Sweep,
    Traffic,
    Upload,
)
from studiocheck.core.studio import (
    MicrophoneRole,
    Role,
    Studio,
    Targets,
    UplinkRole,
    has_ingest,
    sweep_speaker,
)
from studiocheck.engine.device_keys import DeviceKey, binding_of, devices_of

TRAFFIC_S = 1.0
"""How long an interface is watched before anything is sent through it."""
UPLOAD_S = 4.0
"""Longest time that one upload may take; it stops earlier when its figure is certain."""
SWEEP_S = 5.0
"""Length of a sweep: 5 s lift it 50 dB out of the noise of the room."""


def longest_s(needs: Mapping[DeviceKey, Iterable[Need]]) -> float:
    """Return how long devices take side by side, and then one after the other hears a sweep."""
    together = max(
        (sum(n.seconds for n in of if not isinstance(n, Sweep)) for of in needs.values()),
        default=0.0,
    )
    return together + sum(n.seconds for of in needs.values() for n in of if isinstance(n, Sweep))


def is_given(need: Need, binding: Role, studio: Studio) -> bool:
    """Return whether a device can give a kind of evidence at all in this studio."""
    match need:
        case Sweep():
            return (
                isinstance(binding, MicrophoneRole) and sweep_speaker(studio, binding) is not None
            )
        case Route() | Upload():
            return isinstance(binding, UplinkRole) and bool(binding.target or binding.ingest)
        case Ingest() | Broadcast():
            return has_ingest(binding)
        case Sustained():
            return False  # only where somebody asks for a thorough check
        case _:
            return not isinstance(need, ARCHIVED)


def merged(
    asked: Iterable[tuple[Check, DeviceKey]], studio: Studio, targets: Targets, *, thorough: bool
) -> dict[DeviceKey, tuple[Need, ...]]:
    """Merge equal kinds of need to the longest; one capture serves all checks of a device."""
    windows: dict[type[Need], float] = {
        Clip: targets.video.window_s,
        RoomTone: targets.sound.quiet_s,
        Speech: targets.sound.speech_s,
        Sweep: SWEEP_S,
        Link: 0.0,
        Route: 0.0,
        Traffic: TRAFFIC_S,
        Upload: UPLOAD_S,
        Ingest: 0.0,
        Broadcast: targets.stream.broadcast_s,
        Sustained: targets.stream.sustained_s,
        LinkAfter: 0.0,
        Clock: 0.0,
        HostLoad: 0.0,
    }
    found: dict[DeviceKey, dict[type[Need], float]] = {}
    for check, judged in asked:
        with_it = devices_of(studio, check.scope) if check.with_peers else ()
        for device in dict.fromkeys((judged, *with_it)):
            kinds = found.setdefault(device, {})
            for need in check.needs:
                wanted = thorough and isinstance(need, Sustained)
                if not wanted and not is_given(need, binding_of(studio, device), studio):
                    continue
                seconds = need.seconds or windows[type(need)]
                kinds[type(need)] = max(kinds.get(type(need), 0.0), seconds)
    longest = longest_s(
        {
            key: [kind(seconds) for kind, seconds in kinds.items()]
            for key, kinds in found.items()
            if key.scope is not Scope.HOST
        }
    )
    for key, kinds in found.items():
        if key.scope is Scope.HOST and HostLoad in kinds:
            kinds[HostLoad] = max(2.0, longest)  # watched for as long as the devices run
    return {
        key: tuple(kind(kinds[kind]) for kind in NEEDS if kind in kinds)
        for key, kinds in found.items()
    }
