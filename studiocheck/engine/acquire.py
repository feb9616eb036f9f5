"""Captures all devices of a plan: devices at the same time, each device's needs one by one.

A loudspeaker is heard by every microphone: sweeps wait until the takes of all of them are done, and
are then played one after the other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

from studiocheck.core import events
from studiocheck.core.capture import Device
from studiocheck.core.check import Scope
from studiocheck.core.errors import Problem, StudioCheckError
from studiocheck.core.evidence import Captured, Need, RoomTone, Speech, Sweep
from studiocheck.core.takes import TakeEvidence
from studiocheck.engine import interrupts
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.plan import Plan
from studiocheck.engine.takes import Keys, Takes
from studiocheck.sources.capture import isolation, messages

_TAKES: dict[str, events.Take] = {
    "Clip": "clip",
    "MeanFrame": "clip",
    "RoomTone": "quiet",
    "Speech": "speech",
    "Sweep": "sweep",
    "Upload": "upload",
    "Broadcast": "broadcast",
    "Sustained": "sustained",
    "HostLoad": "load",
}
_HEARS_NOBODY = ("file:", "sim:")
_LEAST_WATCH_S = 2.0
_SLICE_S = 0.2


class Capture:
    """All devices of a plan being captured; `captured` holds what has come so far."""

    def __init__(
        self,
        plan: Plan,
        devices: Mapping[DeviceKey, Device | Problem],
        listen: events.Listener,
        logs: Path | None = None,
        *,
        keys: Keys | None = None,
    ) -> None:
        self._plan, self._devices, self._listen, self._logs = plan, devices, listen, logs
        self._takes = Takes(self._heard_live(), keys, listen) if keys else None
        self._cancelled = threading.Event()
        self._began_s = time.monotonic()
        self._running = {key for key in devices if key.scope is not Scope.HOST}
        self._listening = {key for key in devices if key.scope is Scope.MICROPHONE}
        self._takes_are_done = threading.Condition()
        self._loudspeaker = threading.Lock()
        self._line = threading.Lock()
        self.captured: dict[DeviceKey, dict[type[Need], Captured]] = {}

    def run(self) -> None:
        """Capture everything; returns when the last device is done.

        Raises
        ------
        KeyboardInterrupt
            After every device has been told to stop and has been released.
        """
        with ThreadPoolExecutor(max_workers=max(1, len(self._devices))) as pool:
            tasks = {pool.submit(self._one, key) for key in self._devices}
            try:
                # waited for in slices: a wait without a time limit cannot be interrupted on Windows
                while wait(tasks, timeout=0.2).not_done:
                    pass
            except KeyboardInterrupt:
                with interrupts.ignored():
                    self._cancelled.set()
                    self._listen(events.RunStopping())
                    wait(tasks)
                raise
            for task in tasks:
                task.result()

    def _one(self, key: DeviceKey) -> None:
        try:
            self._capture(key)
        finally:
            self._heard_its_takes(key)
            self._running.discard(key)

    def _others_are_done(self) -> bool:
        """The computer is watched while devices are captured, and not for nothing after that."""
        return not self._running and time.monotonic() - self._began_s > _LEAST_WATCH_S

    def _capture(self, key: DeviceKey) -> None:
        device, needs, name = self._devices[key], self._plan.needs[key], str(key)
        if isinstance(device, Problem):
            self._failed(key, device)
            return
        self._listen(events.DeviceOpening(name))
        store = self.captured.setdefault(key, {})
        sweeps = tuple(need for need in needs if isinstance(need, Sweep))
        try:
            with self._alone(key):
                self._serve(key, device, tuple(need for need in needs if need not in sweeps))
            self._heard_its_takes(key)
            if sweeps:
                self._sweep(key, device, sweeps)
        except isolation.Cancelled:
            return
        except StudioCheckError as error:
            self._failed(key, Problem.of(error))
            return
        problem = next((c.problem for c in store.values() if c.problem is not None), None)
        self._listen(events.DeviceDone(name, problem))

    def _alone(self, key: DeviceKey) -> AbstractContextManager[object]:
        """Two uplinks may turn out to be one line: they are measured one after the other."""
        return self._line if key.scope is Scope.UPLINK else nullcontext()

    def _heard_live(self) -> set[DeviceKey]:
        """Return the microphones that hear a person who can be asked for something."""
        microphones = self._plan.studio.microphones
        return {
            key
            for key, device in self._devices.items()
            if key.scope is Scope.MICROPHONE
            and not isinstance(device, Problem)
            and not microphones[key.role].device.startswith(_HEARS_NOBODY)
            and any(isinstance(need, RoomTone | Speech) for need in self._plan.needs[key])
        }

    def _heard_its_takes(self, key: DeviceKey) -> None:
        if self._takes is not None:
            self._takes.left(key)
        with self._takes_are_done:
            self._listening.discard(key)
            self._takes_are_done.notify_all()

    def _sweep(self, key: DeviceKey, device: Device, sweeps: tuple[Need, ...]) -> None:
        """Let one microphone hear the loudspeaker, when no other one records."""
        store = self.captured[key]
        problem = next((c.problem for c in store.values() if c.problem is not None), None)
        if problem is not None:
            store.update({type(need): Captured(problem=problem) for need in sweeps})
            return
        with self._takes_are_done:
            while self._listening and not self._cancelled.is_set():
                self._takes_are_done.wait(_SLICE_S)
        with self._loudspeaker:
            self._serve(key, device, sweeps)

    def _serve(self, key: DeviceKey, device: Device, needs: tuple[Need, ...]) -> None:
        """Capture some needs of a device; raises `StudioCheckError`."""
        if not needs:
            return
        name, store = str(key), self.captured[key]
        takes = self._takes if self._takes is not None and self._takes.has(key) else None

        def tell(message: messages.Message) -> None:
            match message:
                case messages.Opened(label):
                    self._listen(events.DeviceOpened(name, label))
                case messages.Began(need, seconds):
                    take = _TAKES.get(type(need).__name__)
                    if take is not None:  # a look at the link takes no time to speak of
                        self._listen(events.TakeStarted(name, take, seconds))
                case messages.Alive(share, flow):
                    self._listen(events.Progress(name, share, flow))
                case messages.Done(need, captured):
                    if need is not None and captured is not None:
                        store[type(need)] = self._as_prompted(captured)

        isolation.capture(
            device,
            needs,
            name=name,
            tell=tell,
            cancelled=self._cancelled,
            enough=self._others_are_done if key.scope is Scope.HOST else None,
            direct=partial(takes.word, key) if takes is not None else None,
            log=self._logs / f"{name}.log" if self._logs else None,
        )

    def _as_prompted(self, captured: Captured) -> Captured:
        """A device does not know whether anybody was ready when its takes began."""
        take = captured.evidence
        if not isinstance(take, TakeEvidence):
            return captured
        prompted = take.prompted and self._takes is not None and self._takes.was_prompted(take.kind)
        return replace(captured, evidence=replace(take, prompted=prompted))

    def _failed(self, key: DeviceKey, problem: Problem) -> None:
        """Whatever this device has not given yet is missing for this reason."""
        store = self.captured.setdefault(key, {})
        for need in self._plan.needs[key]:
            store.setdefault(type(need), Captured(problem=problem))
        self._listen(events.DeviceDone(str(key), problem))
