"""The devices of a run by name, and what the studio file says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from studiocheck.core.check import Scope
from studiocheck.core.studio import (
    CameraRole,
    Role,
    Studio,
    Targets,
)

_NAMES = {
    Scope.CAMERA: "camera",
    Scope.MICROPHONE: "mic",
    Scope.UPLINK: "uplink",
    Scope.HOST: "host",
}


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """One device of a run, written as the fault vocabulary writes it: ``camera.main``."""

    scope: Scope
    role: str

    def __str__(self) -> str:
        return "host" if self.scope is Scope.HOST else f"{_NAMES[self.scope]}.{self.role}"


def targets_of(targets: Targets, binding: Role) -> Targets:
    """Return what is asked of a device: the show's targets, with what its own entry says."""
    if not isinstance(binding, CameraRole):
        return targets
    video = replace(
        targets.video,
        width=binding.width or targets.video.width,
        height=binding.height or targets.video.height,
        fps=binding.fps or targets.video.fps,
    )
    return replace(targets, video=video)


def binding_of(studio: Studio, device: DeviceKey) -> Role:
    """Return what the studio file says of a device; None for the computer."""
    return _table(studio, device.scope).get(device.role)


def devices_of(studio: Studio, scope: Scope) -> list[DeviceKey]:
    """Return the devices of a kind, in the order of the studio file."""
    if scope is Scope.HOST:
        return [DeviceKey(scope, "host")]
    return [DeviceKey(scope, role) for role in _table(studio, scope)]


def _table(studio: Studio, scope: Scope) -> Mapping[str, Role]:
    tables: dict[Scope, Mapping[str, Role]] = {
        Scope.CAMERA: studio.cameras,
        Scope.MICROPHONE: studio.microphones,
        Scope.UPLINK: studio.uplinks,
    }
    return tables.get(scope, {})
