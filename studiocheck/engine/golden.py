"""Golden looks beside what the devices gave: stored ones, or those of the simulated studio."""

from __future__ import annotations

from collections.abc import Mapping

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Captured, Golden
from studiocheck.engine.causes import Captures
from studiocheck.engine.devices import Wiring, simulated_look
from studiocheck.engine.plan import DeviceKey, Plan, targets_of

Looks = Mapping[DeviceKey, Captured]


def looks_of(plan: Plan, wiring: Wiring) -> Looks:
    """Return the golden look of every camera that a check compares with one, where there is one.

    Parameters
    ----------
    plan : Plan
        What is to be found out.
    wiring : Wiring
        Holds the stored looks. A simulated camera without one has that of its scene.
    """
    found = {key: _look(key, plan, wiring) for key in _wanted(plan)}
    return {key: look for key, look in found.items() if look is not None}


def with_looks(captures: Captures, looks: Looks) -> Captures:
    """Return captures with the golden looks of the cameras that were captured."""
    return {
        key: {**items, Golden: looks[key]} if key in looks else items
        for key, items in captures.items()
    }


def _wanted(plan: Plan) -> set[DeviceKey]:
    return {
        entry.device
        for entry in plan.checks
        if entry.skipped is None
        and entry.device.scope is Scope.CAMERA
        and any(isinstance(need, Golden) for need in entry.check.needs)
    }


def _look(key: DeviceKey, plan: Plan, wiring: Wiring) -> Captured | None:
    stored = wiring.looks.get(key.role)
    if stored is not None:
        return stored
    role = plan.studio.cameras[key.role]
    video = targets_of(plan.profile.targets, role).video
    look = simulated_look(role, video.width, video.height, video.fps, wiring)
    return None if look is None else Captured(look)
