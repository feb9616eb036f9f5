"""What the sound server (PulseAudio, PipeWire) says of our own recording; absent is no error."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass

from studiocheck.sources.bounded import bounded

_LIMIT_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What this process hears.

    Parameters
    ----------
    source : str
        The server's name of the source that our stream is attached to now.
    muted : bool
        Whether source or stream is muted in the system.
    gain_db : float or None
        Volume of source and stream together, dB; absent when it is turned down to nothing.
    """

    source: str
    muted: bool
    gain_db: float | None


def hearing() -> Hearing | None:
    """Ask the sound server which source this process records from.

    Returns
    -------
    Hearing or None
        ``None`` where there is no such server, it does not answer within 1.5 s, or it knows no
        recording of this process (the sound library talks to the hardware itself).
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        import pulsectl  # noqa: PLC0415 - loads libpulse
    except (ImportError, OSError):
        return None

    def ask() -> Hearing | None:
        with pulsectl.Pulse("studiocheck", connect=False) as pulse:
            pulse.connect(autospawn=False)  # its own time limit is always waited for in full
            return _own_stream(pulse)

    try:
        return bounded(ask, _LIMIT_S)
    except (TimeoutError, OSError, pulsectl.PulseError):
        return None


def _own_stream(pulse: object) -> Hearing | None:
    """Return what the recording stream of this process hears; ``pulse`` is a `pulsectl.Pulse`."""
    own = str(os.getpid())
    streams = [
        stream
        for stream in pulse.source_output_list()  # type: ignore[attr-defined]
        if stream.proplist.get("application.process.id") == own
    ]
    if not streams:
        return None
    stream = streams[-1]
    source = pulse.source_info(stream.source)  # type: ignore[attr-defined]
    volume = source.volume.value_flat * stream.volume.value_flat
    return Hearing(
        source=source.name,
        muted=bool(source.mute or stream.mute),
        # the server's scale is the cube root of amplitude
        gain_db=60 * math.log10(volume) if volume > 0 else None,
    )
