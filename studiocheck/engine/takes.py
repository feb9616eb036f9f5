"""Lets all microphones begin their takes together, when the person who is to be heard is ready."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Literal

from studiocheck.core import events
from studiocheck.core.evidence import Need, RoomTone, Speech
from studiocheck.engine.device_keys import DeviceKey

Keys = Callable[[], str]
"""Returns a key that was pressed, or nothing; at once."""

Word = Literal["go", "again"]
Kind = Literal["quiet", "speech"]

PATIENCE_S = 120.0
"""How long a person is waited for before a take; then it is taken all the same, unprompted."""
SECOND_THOUGHTS_S = 6.0
"""How long, after the last take, it may still be repeated."""
_GO, _AGAIN = ("\r", "\n", " "), ("r", "R")
_KINDS: dict[type[Need], Kind] = {RoomTone: "quiet", Speech: "speech"}
_STEPS: tuple[Kind | None, ...] = ("quiet", "speech", None)


class Takes:
    """Asks once for all microphones.

    Each microphone's thread asks `word` again and again while its stream waits; nobody blocks.

    Parameters
    ----------
    microphones : iterable of DeviceKey
        Those that hear the person who is asked.
    keys : Keys
        The keyboard.
    listen : Listener
        Is told when something is asked, and when it has been answered.
    """

    def __init__(
        self, microphones: Iterable[DeviceKey], keys: Keys, listen: events.Listener
    ) -> None:
        self._keys, self._listen = keys, listen
        self._lock = threading.Lock()
        self._members = set(microphones)
        self._waiting: dict[DeviceKey, Need | None] = {}
        self._told: dict[DeviceKey, Word] = {}
        self._asked = False
        self._until_s = 0.0
        self._taken = False
        self._nobody = False
        self._prompted: set[Kind] = set()

    def has(self, key: DeviceKey) -> bool:
        """Return whether a device takes part."""
        return key in self._members

    def was_prompted(self, kind: Kind) -> bool:
        """Return whether a person said that a kind of take may begin."""
        return kind in self._prompted

    def word(self, key: DeviceKey, need: Need | None) -> Word | None:
        """Return what a microphone is to do that waits with its next need; None: wait.

        ``need`` is None after the last one.
        """
        with self._lock:
            if key not in self._told:
                self._waiting[key] = need
                if self._members <= self._waiting.keys():
                    self._ask()
            word = self._told.pop(key, None)
            if word is not None:
                self._waiting.pop(key, None)
            return word

    def left(self, key: DeviceKey) -> None:
        """Note that a microphone is done, or is gone: nobody waits for it."""
        with self._lock:
            self._members.discard(key)
            self._waiting.pop(key, None)
            self._told.pop(key, None)
            if not self._members and self._asked:
                self._answered(by_person=False)

    def _ask(self) -> None:
        """Go on with the earliest step that a microphone waits for, once somebody says so."""
        steps = {
            key: _KINDS.get(type(need)) if need else None for key, need in self._waiting.items()
        }
        kind = min(steps.values(), key=_STEPS.index)
        if not self._asked and not self._nobody:
            seconds = [need.seconds for need in self._waiting.values() if need is not None]
            self._begin(kind, max(seconds, default=0.0))
        word = "go" if self._nobody else self._answer()
        if word is None:
            return
        by_person = not self._nobody
        if kind is not None and word == "go":
            self._taken = True
            (self._prompted.add if by_person else self._prompted.discard)(kind)
        for key, step in steps.items():
            if step == kind:
                self._told[key] = word
        if self._asked:
            self._answered(by_person=by_person)

    def _begin(self, kind: Kind | None, seconds: float) -> None:
        while self._keys():  # what was typed before it was asked for answers nothing
            pass
        patience_s = PATIENCE_S if kind else SECOND_THOUGHTS_S
        self._asked, self._until_s = True, time.monotonic() + patience_s
        self._listen(events.PersonAsked(kind, seconds, self._taken, patience_s))

    def _answer(self) -> Word | None:
        while key := self._keys():
            if key in _GO:
                return "go"
            if key in _AGAIN and self._taken:
                return "again"
        if time.monotonic() > self._until_s:
            self._nobody = True
            return "go"
        return None

    def _answered(self, *, by_person: bool) -> None:
        self._asked = False
        self._listen(events.PersonAnswered(by_person=by_person))
