"""What a look around this computer finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera: the binding that finds it again, its name, formats and who holds it."""

    binding: str
    name: str
    formats: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundMicrophone:
    """A microphone: the binding that finds it again and its name."""

    binding: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class FoundSpeaker:
    """A loudspeaker: the binding that finds it again and its name."""

    binding: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class FoundPath:
    """A network interface that is up, in a few words."""

    interface: str
    text: str
