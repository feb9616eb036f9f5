"""A lamp calibration that is not finished: every measured state on disk, so that it can go on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from studiocheck.calibrate.lamp_records import LAMPS
from studiocheck.calibrate.record_reading import read_file, read_json
from studiocheck.calibrate.records import (
    as_png,
    plain,
    record_name,
    room_folder,
    write_whole,
)
from studiocheck.core.errors import CalibrationError
from studiocheck.core.picture import CameraInfo, Controls, MeanFrameEvidence
from studiocheck.core.redaction import redacted

SCHEMA: Literal["studiocheck.lamps-unfinished/1"] = "studiocheck.lamps-unfinished/1"
KEPT_H = 12.0
"""Nobody knows what was moved overnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One state that was measured; the picture lies beside."""

    picture: str
    sha256: str
    taken: datetime
    n: int
    seconds: float
    swing: float
    camera: CameraInfo
    controls: Controls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    schema: Literal["studiocheck.lamps-unfinished/1"] = SCHEMA
    studio: str
    role: str
    device: str
    lamps: tuple[str, ...]
    steps: Mapping[str, _Step]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The folder of one camera's unfinished calibration.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Whose calibration it is.
    device : str
        What the camera is bound to, without secrets: another camera begins anew.
    lamps : tuple of str
        Other lamps begin anew.
    """

    root: Path
    studio: str
    role: str
    device: str
    lamps: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return room_folder(self.root, self.studio) / (
            f"{record_name(LAMPS.prefix, self.role)}.partial"
        )

    @property
    def _file(self) -> Path:
        return self.folder / "state.json"

    def measured(
        self, order: Sequence[str], now: datetime | None = None
    ) -> dict[str, MeanFrameEvidence]:
        """Return the states that need not be measured again, in order, up to the first that is not.

        Damaged, foreign or old ones count as not measured.
        """
        state = self._read()
        if state is None:
            return {}
        oldest = (now or datetime.now(UTC)) - timedelta(hours=KEPT_H)
        found: dict[str, MeanFrameEvidence] = {}
        for name in order:
            step = state.steps.get(name)
            if step is None or step.taken.tzinfo is None or step.taken < oldest:
                break
            try:
                mean = self._picture(step)
            except CalibrationError:
                break
            found[name] = MeanFrameEvidence(
                camera=step.camera,
                mean=mean,
                n=step.n,
                seconds=step.seconds,
                swing=step.swing,
                controls=step.controls,
            )
        return found

    def keep(self, name: str, seen: MeanFrameEvidence, now: datetime | None = None) -> None:
        """Store one state that was measured.

        Raises
        ------
        StateError
            When it cannot be written.
        """
        png = as_png(seen.mean)
        step = _Step(
            picture=f"{name}.png",
            sha256=hashlib.sha256(png).hexdigest(),
            taken=now or datetime.now(UTC),
            n=seen.n,
            seconds=seen.seconds,
            swing=seen.swing,
            camera=replace(seen.camera, device=redacted(seen.camera.device)),
            controls=seen.controls,
        )
        state = self._read() or self._empty()
        write_whole(self.folder / step.picture, png)
        self._write(replace(state, steps={**state.steps, name: step}))

    def forget(self, names: Sequence[str]) -> None:
        """Count states as not measured."""
        state = self._read()
        if state is not None:
            left = {name: step for name, step in state.steps.items() if name not in names}
            self._write(replace(state, steps=left))

    def discard(self) -> None:
        """Remove everything; never raises."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _empty(self) -> _State:
        return _State(
            studio=self.studio, role=self.role, device=self.device, lamps=self.lamps, steps={}
        )

    def _write(self, state: _State) -> None:
        text = json.dumps(plain(asdict(state)), ensure_ascii=False, indent=2, allow_nan=False)
        write_whole(self._file, f"{text}\n".encode())

    def _read(self) -> _State | None:
        try:
            data = read_json(self._file, LAMPS.command)
            state = None if data is None else TypeAdapter(_State).validate_python(data)
        except (CalibrationError, ValidationError):
            return None
        if state is None or replace(state, steps={}) != self._empty():
            return None
        return state

    def _picture(self, step: _Step) -> NDArray[np.uint16]:
        import cv2  # noqa: PLC0415 - heavy

        data = read_file(self._file, step.picture, step.sha256, LAMPS)
        try:
            mean = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error as error:
            raise LAMPS.damaged(self.folder / step.picture, "PNG") from error
        size = (step.camera.height, step.camera.width, 3)
        if mean is None or mean.shape != size or mean.dtype != np.uint16:
            raise LAMPS.damaged(self.folder / step.picture, "PNG")
        return np.asarray(mean, np.uint16)
