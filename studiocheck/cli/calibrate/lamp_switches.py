"""Brings the lamps of a calibration into a state: by their drivers, in the scene, or by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from studiocheck.calibrate.lamp_states import ALL
from studiocheck.cli.words import say
from studiocheck.core.capture import LampState
from studiocheck.core.studio import LampRole, lamp_kind

if TYPE_CHECKING:
    from studiocheck.engine.devices import Wiring
    from studiocheck.simulator.scene import Scene
    from studiocheck.sources.lamps.switchboard import Switchboard


@dataclass
class Switches:
    """The lamps of a calibration.

    Parameters
    ----------
    lamps : mapping
        Every lamp that takes part, by name, with what is declared of it.
    wiring : Wiring
        How devices are found; its scene changes with the lamps where they are simulated.
    simulated : bool
        Whether the lamps are those of the scene.
    """

    lamps: Mapping[str, LampRole]
    wiring: Wiring
    simulated: bool
    _board: Switchboard | None = None
    _by_hand: Mapping[str, bool] | None = None
    _told: dict[str, LampState] = field(default_factory=dict)

    @property
    def manual(self) -> tuple[str, ...]:
        """The lamps that a person has to switch."""
        if self.simulated:
            return ()
        return tuple(name for name, role in self.lamps.items() if role.control is None)

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Hold the lines to the lamps that can be switched; afterwards each is as it was found."""
        from studiocheck.sources.lamps.rig import lamps_for
        from studiocheck.sources.lamps.switchboard import switching

        drivers = {} if self.simulated else lamps_for(self.lamps)
        with switching(drivers) as self._board:
            yield
        self._board = None

    def switch(self, state: str) -> None:
        """Switch every lamp that can be switched from here."""
        if self._board is None:
            return
        for name, lamp in self._board.lamps.items():
            role = self.lamps[name]
            if not _is_on(name, state):
                lamp.set(on=False)
                continue
            has_colour = role.kelvin is not None and lamp.state().kelvin is not None
            kelvin = role.kelvin if has_colour else None
            self._told[name] = lamp.set(on=True, output=role.output, kelvin=kelvin)

    def wiring_in(self, state: str) -> Wiring:
        """Return the wiring whose scene, where it is simulated, is lit as the state says."""
        if not self.simulated:
            return self.wiring
        from studiocheck.simulator.scene import load_scene

        scene = self.wiring.scene or load_scene()
        return replace(self.wiring, scene=_lit(scene, state))

    def request(self, state: str) -> str | None:
        """Return what a person has to switch now; None when nothing differs from before."""
        wanted = {name: _is_on(name, state) for name in self.manual}
        if wanted == self._by_hand or (not wanted):
            return None
        on = [self._named(name, shining=True) for name, shines in wanted.items() if shines]
        off = [self._named(name, shining=False) for name, shines in wanted.items() if not shines]
        parts = []
        if on:
            parts.append(say(f"switch on: {', '.join(on)}", f"打开：{'、'.join(on)}"))
        if off:
            parts.append(say(f"switch off: {', '.join(off)}", f"关闭：{'、'.join(off)}"))
        return say("; ", "；").join(parts)

    def switched(self, state: str) -> None:
        """Take note that a person has switched the lamps to a state."""
        self._by_hand = {name: _is_on(name, state) for name in self.manual}

    def ask_again(self) -> None:
        """Take note that nobody knows any more how the lamps are switched."""
        self._by_hand = None

    def declared(self) -> dict[str, LampRole]:
        """Return what is known of the lamps: as declared, else as they told themselves."""
        known = dict(self.lamps)
        for name, told in self._told.items():
            role = known[name]
            kelvin = role.kelvin or (round(told.kelvin) if told.kelvin else None)
            known[name] = replace(role, kelvin=kelvin, output=role.output or told.output or None)
        return known

    def _named(self, name: str, *, shining: bool) -> str:
        if lamp_kind(name, self.lamps[name]) != "window":
            return name
        how = say("blinds open", "窗帘拉开") if shining else say("blinds closed", "窗帘拉上")
        return f"{name} ({how})"


def _is_on(name: str, state: str) -> bool:
    return state in {ALL, name}


def _lit(scene: Scene, state: str) -> Scene:
    from studiocheck.simulator.lamps import with_lamps

    lit = with_lamps(scene, {name: _is_on(name, state) for name in scene.lamps})
    # a fault of a lamp would light it again: who is switched off has none
    off = {f"lamp.{name}" for name in scene.lamps if not _is_on(name, state)}
    return replace(lit, faults=tuple(f for f in scene.faults if f.device not in off))
