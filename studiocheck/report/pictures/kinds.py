"""What pictures there are of a device, what their files are called, and which check each explains.

How they are drawn stands beside; nothing here needs an image library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

Kind = Literal[
    "worst",
    "lamps",
    "light-stops",
    "glare-shadow",
    "false-colour",
    "focus-peaking",
    "waveform",
    "parade",
    "histogram",
    "frame-times",
    "difference",
    "level",
    "spectrum",
    "impulse-response",
    "throughput",
    "delay",
    "connection",
    "broadcast",
    "sustained",
    "still",
]
"""In the order of a contact sheet."""

OF_MICROPHONE: tuple[Kind, ...] = ("level", "spectrum", "impulse-response")
"""What is drawn of a microphone."""

OF_UPLINK: tuple[Kind, ...] = ("throughput", "delay", "connection", "broadcast", "sustained")
"""What is drawn of an uplink; all else shows a camera."""

EXPLAINED_BY: Mapping[str, tuple[Kind, ...]] = {
    "camera.frame_rate": ("frame-times",),
    "camera.cadence": ("frame-times",),
    "camera.freeze": ("worst",),
    "camera.black": ("worst",),
    "camera.slate": ("worst",),
    "camera.brightness": ("false-colour", "waveform", "histogram"),
    "camera.clipping": ("false-colour", "histogram", "waveform"),
    "camera.dark_area": ("histogram", "waveform", "false-colour"),
    "camera.focus": ("focus-peaking",),
    "camera.view": ("difference",),
    "camera.match": ("parade",),
    "light.lamps": ("lamps",),
    "light.stray": ("lamps",),
    "light.key_fill": ("lamps", "light-stops"),
    "light.back": ("lamps", "light-stops"),
    "light.evenness": ("light-stops", "false-colour"),
    "light.background": ("light-stops", "false-colour"),
    "light.green_screen": ("light-stops", "false-colour"),
    "light.glare": ("glare-shadow", "false-colour"),
    "light.hard_shadow": ("glare-shadow",),
    "light.colour_temperature": ("parade",),
    "light.skin": ("parade",),
    "mic.signal": ("level",),
    "mic.level": ("level",),
    "mic.clipping": ("level",),
    "mic.gaps": ("level",),
    "mic.noise_floor": ("spectrum", "level"),
    "mic.snr": ("spectrum", "level"),
    "mic.quality": ("spectrum", "level"),
    "mic.hum": ("spectrum",),
    "mic.bandwidth": ("spectrum",),
    "mic.echo": ("impulse-response",),
    "mic.reverberation": ("impulse-response",),
    "mic.intelligibility": ("impulse-response",),
    "net.upload": ("throughput",),
    "net.loss": ("throughput",),
    "net.delay": ("delay",),
    "net.ingest": ("connection",),
    "net.broadcast": ("broadcast",),
    "net.stability": ("sustained",),
}
"""Which picture of its device shows what a check judges, best first."""

SHARP_PX = 1.2
"""Edges up to this blur are marked as in focus: standard deviation in px of a picture of 1080
lines, the limit below which `camera.focus` passes."""

_FRAMES, _SOUND, _NET = "frames/", "sound/", "net/"
"""Devices of different kinds may bear one name, so that their pictures lie apart."""
_SUFFIX: Mapping[Kind, str] = {
    "lamps": "svg",
    "light-stops": "svg",
    "glare-shadow": "svg",
    "waveform": "svg",
    "parade": "svg",
    "histogram": "svg",
    "false-colour": "svg",
    "frame-times": "svg",
    "level": "svg",
    "spectrum": "svg",
    "impulse-response": "svg",
    **dict.fromkeys(OF_UPLINK, "svg"),
}
_PLAIN = "|".join(kind for kind in get_args(Kind) if kind not in ("worst", "still"))
_NAME = re.compile(
    rf"(?P<role>.*)-(?:(?P<still>\d{{3}})|worst-(?P<at>\d{{1,6}}\.\d\d)s|(?P<kind>{_PLAIN}))"
    r"\.(?:jpg|png|svg)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A picture by its file name; ``at_s`` is the time of the worst frame, s from the first."""

    name: str
    kind: Kind
    at_s: float | None = None


def file_name(role: str, kind: Kind, *, number: int = 0, at_s: float = 0.0) -> str:
    """Return the name of a picture inside the folder of its run.

    Parameters
    ----------
    role : str
        Of the camera, the microphone or the uplink.
    kind : Kind
        What it shows.
    number : int
        Which of the stills.
    at_s : float
        When the worst frame was taken, s from the first frame.

    Examples
    --------
    >>> file_name("main", "worst", at_s=2.5)
    'frames/main-worst-2.50s.jpg'
    >>> file_name("main", "spectrum")
    'sound/main-spectrum.svg'
    """
    if kind == "still":
        return f"{_FRAMES}{role}-{number:03d}.jpg"
    if kind == "worst":
        return f"{_FRAMES}{role}-worst-{at_s:.2f}s.jpg"
    folder = _SOUND if kind in OF_MICROPHONE else _NET if kind in OF_UPLINK else _FRAMES
    return f"{folder}{role}-{kind}.{_SUFFIX.get(kind, 'jpg')}"


def parse(name: str) -> Named | None:
    """Return what a file shows by its name; ``None`` for one that is not named as ours are.

    Examples
    --------
    >>> parse("frames/main-worst-2.50s.jpg")
    Named(name='frames/main-worst-2.50s.jpg', kind='worst', at_s=2.5)
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    if found["still"]:
        return Named(name, "still")
    if found["at"]:
        return Named(name, "worst", float(found["at"]))
    return Named(name, cast("Kind", found["kind"]))


def series_of(name: str) -> str:
    """Return what the pictures of one device have in common: ``frames/main``, ``sound/host``."""
    found = _NAME.fullmatch(name)
    return found["role"] if found else re.sub(r"-\d+\.\w+$", "", name)


def look_of(name: str) -> str:
    """Return what pictures share that look the same: plain frames of one camera do."""
    found = parse(name)
    return series_of(name) if found is None or found.kind == "still" else name


def explaining(check: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return those pictures that show what a check judges, best first.

    Parameters
    ----------
    check : str
        Id of the check.
    names : iterable of str
        File names of the pictures there are.
    """
    named = [(found.kind, name) for name in names if (found := parse(name))]
    wanted = EXPLAINED_BY.get(check, ())
    return tuple(name for kind in wanted for has, name in named if has == kind)
