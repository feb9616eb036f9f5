"""Calibration records beside what the devices gave: stored ones, or those of a simulated studio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from studiocheck.core.check import Scope
from studiocheck.core.evidence import (
    ARCHIVED,
    Captured,
    Golden,
    Lamps,
    Need,
    Sensitivity,
    White,
)
from studiocheck.core.studio import sweep_speaker
from studiocheck.engine.causes import Captures
from studiocheck.engine.device_keys import DeviceKey, targets_of
from studiocheck.engine.devices import Wiring, in_scene, simulated
from studiocheck.engine.plan import Plan

Archive = Mapping[DeviceKey, Mapping[type[Need], Captured]]


def archive_of(plan: Plan, wiring: Wiring) -> Archive:
    """Return every calibration record that a check compares with, where there is one.

    Parameters
    ----------
    plan : Plan
        What is to be found out.
    wiring : Wiring
        Holds the stored records. A simulated device without one has that of its scene.
    """
    found: dict[DeviceKey, dict[type[Need], Captured]] = {}
    for key, need in sorted(_wanted(plan), key=str):
        record = _record(key, need, plan, wiring)
        if record is not None:
            found.setdefault(key, {})[need] = record
    return found


def with_archive(captures: Captures, archive: Archive) -> Captures:
    """Return captures with the calibration records of the devices that were captured."""
    return {key: {**items, **archive.get(key, {})} for key, items in captures.items()}


def _wanted(plan: Plan) -> set[tuple[DeviceKey, type[Need]]]:
    return {
        (entry.device, type(need))
        for entry in plan.checks
        if entry.skipped is None
        for need in entry.check.needs
        if isinstance(need, ARCHIVED)
    }


def _record(key: DeviceKey, need: type[Need], plan: Plan, wiring: Wiring) -> Captured | None:
    stored = wiring.records.get((key.role, need))
    if stored is not None:
        return stored
    if key.scope is Scope.MICROPHONE:
        return _of_microphone(key.role, need, plan, wiring)
    role = plan.studio.cameras[key.role]
    if not simulated(role.device):
        return None
    made = _SIMULATED.get(need)
    if made is None:
        return None
    video = targets_of(plan.profile.targets, role).video
    scene, name = in_scene(wiring, role.device, "cameras")
    return Captured(made()(scene, name, video.width, video.height, video.fps))


def _of_microphone(role: str, need: type[Need], plan: Plan, wiring: Wiring) -> Captured | None:
    """Return what a calibration of a simulated microphone would have stored."""
    binding = plan.studio.microphones[role]
    if not simulated(binding.device):
        return None
    scene, name = in_scene(wiring, binding.device, "microphones")
    if need is Sensitivity:
        from studiocheck.simulator.sensitivity import (  # noqa: PLC0415 - numpy
            known_sensitivity,
        )

        return Captured(known_sensitivity(scene, name))
    from studiocheck.simulator.baseline import room_baseline  # noqa: PLC0415 - numpy

    speaker = sweep_speaker(plan.studio, binding)
    if speaker is not None:
        if not simulated(speaker[1].device):  # said when the microphone is opened
            return None
        speaker = in_scene(wiring, speaker[1].device, "speakers")[1], speaker[1]
    return Captured(room_baseline(scene, name, speaker))


def _look() -> Callable[..., Any]:
    from studiocheck.simulator.look import golden_look  # noqa: PLC0415 - needs cv2

    return golden_look


def _lamps() -> Callable[..., Any]:
    from studiocheck.simulator.lamps import calibrated_lamps  # noqa: PLC0415 - needs cv2

    return calibrated_lamps


def _white() -> Callable[..., Any]:
    from studiocheck.simulator.white import calibrated_white  # noqa: PLC0415 - needs cv2

    return calibrated_white


_SIMULATED: Mapping[type[Need], Callable[[], Callable[..., Any]]] = {
    Golden: _look,
    Lamps: _lamps,
    White: _white,
}
