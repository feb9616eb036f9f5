"""Lists what this computer has, for people and for a first studio file."""

from __future__ import annotations

from typing import Literal

from studiocheck.core.errors import LibraryMissing
from studiocheck.sources.found import FoundCamera, FoundMicrophone, FoundPath, FoundSpeaker


def cameras() -> tuple[FoundCamera, ...]:
    """List the cameras of this computer."""
    from studiocheck.sources.cameras.roles import list_cameras  # noqa: PLC0415 - needs drivers

    return list_cameras()


def network() -> tuple[FoundPath, ...]:
    """List the network interfaces that carry anything but this computer's own traffic."""
    import psutil  # noqa: PLC0415 - only when asked

    from studiocheck.sources.network.link import describe  # noqa: PLC0415 - needs psutil

    found = []
    for name, state in psutil.net_if_stats().items():
        link = describe(name)
        if link.medium == "loopback" or not state.isup:
            continue
        words: list[str] = [link.medium]
        if link.speed_mbit_s:
            words.append(f"{link.speed_mbit_s:g} Mbit/s")
        if link.duplex:
            words.append(link.duplex)
        found.append(FoundPath(name, ", ".join(words)))
    return tuple(found)


def microphones(backend: Literal["auto", "sounddevice", "pyaudio"]) -> tuple[FoundMicrophone, ...]:
    """List the microphones of this computer."""
    from studiocheck.sources.microphones.roles import list_microphones  # noqa: PLC0415 - needs PortAudio

    return list_microphones(backend)


def speakers() -> tuple[FoundSpeaker, ...]:
    """List the loudspeakers of this computer; none where no library that plays is installed."""
    from studiocheck.sources.microphones.loudspeaker import list_speakers  # noqa: PLC0415 - needs PortAudio

    try:
        return list_speakers()
    except LibraryMissing:  # said of the microphones already
        return ()


def sounddevice_microphones() -> tuple[FoundMicrophone, ...]:
    """List the microphones that sounddevice sees."""
    return microphones("sounddevice")


def sound_server() -> str | None:
    """Return what the sound server calls itself; ``None`` where none answers."""
    try:
        import pulsectl  # noqa: PLC0415 - loads libpulse
    except (ImportError, OSError):
        return None
    try:
        with pulsectl.Pulse("studiocheck", connect=False) as pulse:
            pulse.connect(autospawn=False, timeout=2)
            return str(pulse.server_info().server_name)
    except (OSError, pulsectl.PulseError):
        return None
