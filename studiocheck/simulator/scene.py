"""The scene: every parameter of the simulated studio, and how a scene file is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import TypeAdapter, ValidationError

from studiocheck.core.errors import SceneError
from studiocheck.core.studio import (
    CameraRole,
    MicrophoneRole,
    SpeakerRole,
    Studio,
    UplinkRole,
)
from studiocheck.core.text import Text
from studiocheck.profile.problems import explain
from studiocheck.simulator.faults import Fault, changes_of, table_of, wrong
from studiocheck.simulator.models import (
    _STRICT,
    CameraModel,
    HostModel,
    Lamp,
    MicrophoneModel,
    Presenter,
    Room,
    SpeakerModel,
    UplinkModel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The whole simulated studio at one time; `at` gives it at another."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    name: str = "simulated"
    profile: str = "live-commerce-1080p30"
    seed: int = 1
    lamps: Mapping[str, Lamp] = field(default_factory=dict)
    room: Room = field(default_factory=Room)
    presenter: Presenter = field(default_factory=Presenter)
    cameras: Mapping[str, CameraModel] = field(default_factory=dict)
    microphones: Mapping[str, MicrophoneModel] = field(default_factory=dict)
    speakers: Mapping[str, SpeakerModel] = field(default_factory=dict)
    uplinks: Mapping[str, UplinkModel] = field(default_factory=dict)
    host: HostModel = field(default_factory=HostModel)
    faults: tuple[Fault, ...] = ()

    def with_faults(self, *faults: Fault) -> Scene:
        """Return the scene with more faults to come."""
        return replace(self, faults=(*self.faults, *faults))

    def at(self, time_s: float) -> Scene:
        """Return the scene as it is ``time_s`` after the start: all faults begun, none over."""
        now = replace(self, faults=())
        for fault in self.faults:
            if fault.active(time_s):
                now = now.changed_by(fault)
        return now

    def changed_by(self, fault: Fault) -> Scene:
        """Return the scene with one fault's changes made.

        Raises
        ------
        SceneError
            If the scene has no such device, or the value makes no sense.
        """
        changes = changes_of(fault)
        kind, _, role = fault.device.partition(".")
        if kind == "host":
            return replace(self, host=_changed(self.host, changes, fault))
        if kind == "presenter":
            return replace(self, presenter=_changed(self.presenter, changes, fault))
        if kind == "stray" or (kind == "mic" and fault.name == "rt60"):
            return replace(self, room=_changed(self.room, changes, fault))
        table = table_of(kind)
        devices = getattr(self, table)
        if role not in devices:
            there = ", ".join(f"{kind}.{name}" for name in devices) or "-"
            raise wrong(str(fault), Text(f"this scene has {there}", f"此场景有 {there}"))
        if kind == "camera" and fault.name == "flicker":
            flicker = {"flicker": changes}
            lamps = {n: _changed(lamp, flicker, fault) for n, lamp in self.lamps.items()}
            return replace(self, lamps=lamps)
        changed = {**devices, role: _changed(devices[role], changes, fault)}
        parts: dict[str, Any] = {table: changed}
        return replace(self, **parts)

    def studio(self) -> Studio:
        """Return the studio file that this scene would have."""
        start = self.at(0.0)
        cameras = {
            role: CameraRole(
                device=f"sim:{role}",
                lighting=model.lighting,
                white_balance="auto"
                if start.cameras[role].auto_white_balance
                else round(self.cameras[role].white_balance_kelvin),
                neutral_patch=model.neutral_patch,
                subject=model.subject,
                face=model.face,
                product=model.product,
                background=model.background,
                green_screen=model.green_screen,
                ignore=model.ignore,
            )
            for role, model in self.cameras.items()
        }
        return Studio(
            name=self.name,
            profile=self.profile,
            cameras=cameras,
            microphones={
                role: MicrophoneRole(device=f"sim:{role}", channels=model.channels)
                for role, model in start.microphones.items()
            },
            speakers={
                role: SpeakerRole(device=f"sim:{role}", sweep_dbfs=model.sweep_dbfs)
                for role, model in self.speakers.items()
            },
            uplinks={
                role: UplinkRole(
                    target=f"sim:{role}",
                    ingest=f"sim:{role}" if model.ingest else None,
                    platform=start.uplinks[role].platform,
                )
                for role, model in self.uplinks.items()
            },
        )


M = TypeVar(
    "M", Lamp, Room, Presenter, CameraModel, MicrophoneModel, SpeakerModel, UplinkModel, HostModel
)


def _changed(model: M, changes: Mapping[str, Any], fault: Fault) -> M:
    """Return a part of the scene with new parameters, inside their ranges."""
    found = {item.name: getattr(model, item.name) for item in fields(model)} | dict(changes)
    try:
        return TypeAdapter(type(model)).validate_python(found)
    except ValidationError as error:
        raise SceneError(explain(str(fault), error)) from error


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Scene]:
    return TypeAdapter(Scene)


def scene_names() -> list[str]:
    """Return the scenes that come with studiocheck."""
    folder = resources.files(__package__) / "scenes"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")


def load_scene(name: str = "studio") -> Scene:
    """Load a scene by name, or from a TOML file.

    Raises
    ------
    SceneError
        If there is no such scene or the file is not a scene.
    """
    built_in = resources.files(__package__) / "scenes" / f"{name}.toml"
    try:
        text = (
            built_in.read_text("utf-8") if name in scene_names() else Path(name).read_text("utf-8")
        )
        data = tomllib.loads(text)
        return _adapter().validate_python(data)
    except FileNotFoundError as error:
        raise SceneError(
            Text(
                f"there is no scene {name}; built in: {', '.join(scene_names())}",
                f"没有场景 {name}；内置场景：{'、'.join(scene_names())}",
            )
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise SceneError(explain(name, error)) from error
