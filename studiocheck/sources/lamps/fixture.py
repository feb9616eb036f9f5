"""A lamp as DMX sees it: which channels it listens to, and what their values mean."""

from __future__ import annotations

from dataclasses import dataclass

from studiocheck.core.capture import LampState

Levels = dict[int, int]
"""Channel, counted from 1 as on the console, to value, 0…255."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A dimmer channel, with a fine one after it or not, and perhaps one for colour temperature.

    Parameters
    ----------
    channel : int
        Of the dimmer, 1…512.
    fine : bool
        Whether ``channel + 1`` holds the lower eight bits.
    cct : int, optional
        Channel of the colour temperature.
    kelvin_range : tuple of int, optional
        Colour temperature at value 0 and at value 255, K; linear between, as fixtures' manuals
        give it. Either may be the greater.
    """

    channel: int
    fine: bool = False
    cct: int | None = None
    kelvin_range: tuple[int, int] | None = None

    @property
    def channels(self) -> tuple[int, ...]:
        """Every channel that the lamp listens to."""
        fine = (self.channel + 1,) if self.fine else ()
        cct = (self.cct,) if self.cct is not None else ()
        return (self.channel, *fine, *cct)

    def levels(self, output: float, kelvin: float | None) -> Levels:
        """Return the channel values of a setting.

        Parameters
        ----------
        output : float
            Dimmer, 0…1.
        kelvin : float or None
            Colour temperature, K; its channel is left out where it is ``None`` or there is none.

        Examples
        --------
        >>> Fixture(5, fine=True, cct=9, kelvin_range=(2700, 6500)).levels(0.5, 4600)
        {5: 128, 6: 0, 9: 128}
        """
        if self.fine:
            high, low = divmod(round(output * 65535), 256)
            found = {self.channel: high, self.channel + 1: low}
        else:
            found = {self.channel: round(output * 255)}
        if self.cct is not None and self.kelvin_range is not None and kelvin is not None:
            zero, full = self.kelvin_range
            share = (kelvin - zero) / (full - zero)
            found[self.cct] = min(255, max(0, round(255 * share)))
        return found

    def reading(self, look: bytes) -> LampState:
        """Return what a universe's channel values, the first channel first, mean for the lamp."""
        value = self._value(look, self.channel)
        output = value / 255
        if self.fine:
            output = (256 * value + self._value(look, self.channel + 1)) / 65535
        kelvin = None
        if self.cct is not None and self.kelvin_range is not None:
            zero, full = self.kelvin_range
            kelvin = zero + (full - zero) * self._value(look, self.cct) / 255
        return LampState(on=output > 0, output=output, kelvin=kelvin, verified=False)

    @staticmethod
    def _value(look: bytes, channel: int) -> int:
        return look[channel - 1] if channel <= len(look) else 0
