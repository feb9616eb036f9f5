"""A lamp on a DMX universe, whichever way the universe is sent.

DMX goes one way: no state here is the lamp's own word, so none is ``verified``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from studiocheck.core.capture import LampState
from studiocheck.core.errors import SourceError
from studiocheck.core.text import Text
from studiocheck.sources.lamps import problems
from studiocheck.sources.lamps.fixture import Fixture
from studiocheck.sources.lamps.universe import Universe


@dataclass
class DmxLamp:
    """One fixture of a universe that it may share with other lamps."""

    name: str
    fixture: Fixture
    universe: Universe
    resting: LampState
    """What it is set to for the show, as the studio file says."""
    _present: LampState | None = field(default=None, repr=False)
    _touched: bool = field(default=False, repr=False)
    _owe: Callable[[Callable[[], None]], None] | None = field(default=None, repr=False)

    def promise(self, owe: Callable[[Callable[[], None]], None]) -> None:
        """Be told whom to tell what is owed before anything is changed."""
        self._owe = owe

    def state(self) -> LampState:
        """Return what is sent to the lamp, by us or by the console; raises `SourceError`."""
        base = self.universe.base()  # also tells whether we still hold it
        return self._present or self.fixture.reading(base)

    def set(
        self, *, on: bool | None = None, output: float | None = None, kelvin: float | None = None
    ) -> LampState:
        """Send the lamp a new setting, and go on sending it; raises `SourceError`."""
        wanted = self._wanted(self.state(), on=on, output=output, kelvin=kelvin)
        if self._owe is not None:
            self._owe(self.universe.debt())
        share = wanted.output if wanted.on and wanted.output is not None else 0.0
        self._touched = True
        self.universe.hold(self.fixture.levels(share, wanted.kelvin))
        self._present = wanted
        return wanted

    def restore(self) -> None:
        """Let the lamp go; with the last lamp of a universe the universe is given back."""
        touched, self._touched, self._present = self._touched, False, None
        try:
            self.universe.release(self.fixture.channels)
        except SourceError as error:
            if touched:
                raise problems.not_put_back(self.name, self._words(), error) from error

    def _wanted(
        self, present: LampState, *, on: bool | None, output: float | None, kelvin: float | None
    ) -> LampState:
        if output is not None and not 0 <= output <= 1:
            message = f"output is a share of 1, got {output}"
            raise ValueError(message)
        if output == 0:
            on, output = False, None
        if kelvin is not None:
            self._check_kelvin(kelvin)
        on = present.on if on is None else on
        # a dimmer at zero does not tell how bright it was: what was declared, else full
        output = output or present.output or self.resting.output or 1.0
        return replace(present, on=on, output=output, kelvin=kelvin or present.kelvin)

    def _check_kelvin(self, kelvin: float) -> None:
        span = self.fixture.kelvin_range
        if span is None:
            raise problems.no_kelvin(self.name)
        if not min(span) <= kelvin <= max(span):
            raise problems.no_such_kelvin(self.name, kelvin, min(span), max(span))

    def _words(self) -> Text:
        share = f"{100 * (self.resting.output or 1):.0f} %"
        return Text(f"its setting for the show ({share})", f"开播设置（{share}）")
