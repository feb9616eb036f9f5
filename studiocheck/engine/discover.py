"""Finds what this computer has, in killable children: drivers may hang while they are listed."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

from studiocheck.core.errors import StudioCheckError
from studiocheck.core.studio import CameraRole, MicrophoneRole, Studio, UplinkRole
from studiocheck.engine.devices import AudioBackend
from studiocheck.sources import listing
from studiocheck.sources.capture import children
from studiocheck.sources.found import FoundCamera, FoundMicrophone, FoundPath, FoundSpeaker

T = TypeVar("T")
_LIMIT_S = 12.0
_CAMERA_ROLES = ("main", "second", "third", "fourth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What this computer has, and what could not be listed."""

    cameras: tuple[FoundCamera, ...]
    microphones: tuple[FoundMicrophone, ...]
    speakers: tuple[FoundSpeaker, ...]
    network: tuple[FoundPath, ...]
    problems: tuple[StudioCheckError, ...]

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "cameras": [asdict(c) for c in self.cameras],
            "microphones": [asdict(m) for m in self.microphones],
            "speakers": [asdict(s) for s in self.speakers],
            "network": [asdict(n) for n in self.network],
            "problems": [
                {"code": p.code, "en": p.message.en, "zh": p.message.zh} for p in self.problems
            ],
        }


def discover(backend: AudioBackend = "auto") -> Found:
    """List cameras, microphones, speakers and network paths; what fails is named, not raised."""
    problems: list[StudioCheckError] = []

    def ask(question: Callable[[], tuple[T, ...]], name: str) -> tuple[T, ...]:
        try:
            return children.ask(question, _LIMIT_S, name)
        except StudioCheckError as error:
            problems.append(error)
            return ()

    return Found(
        cameras=ask(listing.cameras, "cameras"),
        microphones=ask(partial(listing.microphones, backend), "microphones"),
        speakers=ask(listing.speakers, "speakers"),
        network=ask(listing.network, "network"),
        problems=tuple(problems),
    )


def studio_of(found: Found) -> Studio:
    """Return the studio that the found devices make: roles by position, default microphone."""
    cameras = {
        (_CAMERA_ROLES[i] if i < len(_CAMERA_ROLES) else f"camera{i + 1}"): CameraRole(
            device=camera.binding
        )
        for i, camera in enumerate(found.cameras)
    }
    microphones = {}
    if found.microphones:
        chosen = next((m for m in found.microphones if m.is_default), found.microphones[0])
        microphones["host"] = MicrophoneRole(device=chosen.binding)
    return Studio(
        name=platform.node() or "studio",
        cameras=cameras,
        microphones=microphones,
        uplinks={"primary": UplinkRole()},
    )


def monitors_of(found: Found) -> list[str]:
    """Return the loudspeakers that may be the room's monitor, the likeliest first."""
    likely = sorted(found.speakers, key=lambda speaker: not speaker.is_default)
    return [speaker.binding for speaker in likely]


def discovered_studio(backend: AudioBackend = "auto") -> Studio:
    """Return the studio that this computer's own devices make."""
    return studio_of(discover(backend))
