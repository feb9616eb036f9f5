"""What both PortAudio libraries share: choosing an input, and keeping them silent."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studiocheck.core.errors import DeviceGone
from studiocheck.sources.microphones import portaudio_problems as problems

# on Windows every input appears once per host API; MME cuts names at 31 characters
_PREFERRED_APIS = ("Windows WASAPI", "Windows DirectSound", "MME", "Windows WDM-KS")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDevice:
    """One input as PortAudio lists it; ``index`` is PortAudio's number today.

    ``rate_hz`` and ``channels`` are what it has by itself, where that is known.
    """

    index: int
    name: str
    host_api: str
    is_default: bool = False
    rate_hz: int | None = None
    channels: int | None = None


def choose(inputs: Sequence[InputDevice], binding: str) -> InputDevice:
    """Return the input that a binding means.

    Parameters
    ----------
    inputs : sequence of InputDevice
        Everything that can record.
    binding : str
        ``default``, ``index:3`` or ``name:…`` (part of a name, in any case; the whole name wins
        over a part, one host API over another).

    Raises
    ------
    DeviceGone
        If there is no such input, or more than one: the message lists what is there.
    FormatRefused
        If the binding has none of the known forms.

    Examples
    --------
    >>> inputs = [InputDevice(index=0, name="HDA Intel", host_api="ALSA"),
    ...           InputDevice(index=4, name="RODE Wireless GO", host_api="ALSA")]
    >>> choose(inputs, "name:wireless").index
    4
    """
    word = binding.strip()
    kind, _, rest = word.partition(":")
    rest = rest.strip()
    if word == "default":
        matches = [device for device in inputs if device.is_default]
    elif kind == "index" and rest.isascii() and rest.isdecimal():
        matches = [device for device in inputs if device.index == int(rest)]
    elif kind == "name" and rest:
        matches = _named(inputs, rest.casefold())
    else:
        raise problems.no_binding(binding)
    if len(matches) != 1:
        raise _not_one(inputs, matches, word)
    return matches[0]


def _named(inputs: Sequence[InputDevice], part: str) -> list[InputDevice]:
    matches = [device for device in inputs if part in device.name.casefold()]
    matches = [d for d in matches if d.name.casefold() == part] or matches
    for api in _PREFERRED_APIS:
        preferred = [device for device in matches if device.host_api == api]
        if preferred:
            return preferred
    return matches


def _not_one(
    inputs: Sequence[InputDevice], matches: Sequence[InputDevice], word: str
) -> DeviceGone:
    if matches:
        return problems.ambiguous(word, _names(matches))
    return problems.absent(word, _names(inputs)) if inputs else problems.no_microphone(word)


def _names(inputs: Sequence[InputDevice]) -> list[str]:
    return [f"{device.name} (index:{device.index})" for device in inputs]


def bindings(inputs: Sequence[InputDevice]) -> list[tuple[str, InputDevice]]:
    """Return inputs with the binding that finds each again: by name where that is unique.

    Examples
    --------
    >>> twins = [InputDevice(index=i, name="USB Mic", host_api="ALSA") for i in (2, 5)]
    >>> [binding for binding, _ in bindings(twins)]
    ['index:2', 'index:5']
    """
    found = []
    for device in inputs:
        alone = [d.index for d in _named(inputs, device.name.casefold())] == [device.index]
        found.append((f"name:{device.name}" if alone else f"index:{device.index}", device))
    return found


@contextlib.contextmanager
def without_chatter() -> Iterator[None]:
    """Silence what ALSA, JACK and PortAudio print on the C level's standard error."""
    try:
        kept = os.dup(2)
    except OSError:  # no standard error at all (pythonw on Windows)
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
