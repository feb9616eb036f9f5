"""The simulated camera: opens, delivers frames at a cadence, and fails as real ones do."""

from __future__ import annotations

import time
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.core.errors import DeviceBusy, DeviceGone
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.text import Text
from studiocheck.simulator.footage import Footage
from studiocheck.simulator.geometry import View
from studiocheck.simulator.models import CameraModel
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.sensor import Noise, Picture
from studiocheck.simulator.stage import Stage, build_stage

_SAME_TIME_S = 1e-6
"""A sum of frame intervals misses a round time by less; a fault begins with its frame."""

_HOLDER = "obs64 (simulated)"
_GONE_ADVICE = Text(
    "check the camera's cable and power, then plug it in again", "检查摄像头的线和供电，重新插拔"
)


class SimulatedCamera:
    """A camera of the simulated studio, on a virtual clock.

    Delivers at most the size and rate that are asked for and at most what its model can do, as a
    real camera does. Cheap to make and to send to another process; `open` computes the pictures.
    """

    live = False

    def __init__(self, scene: Scene, role: str, width: int, height: int, fps: float) -> None:
        self._scene, self._role = scene, role
        self._width, self._height, self._fps = width, height, fps
        self._slot_s, self._last_s, self._sequence = 0.0, -1.0, -1
        self._previous: tuple[Picture, NDArray[np.uint8]] | None = None

    def open(self) -> CameraInfo:
        """Open the camera; raises `DeviceGone` or `DeviceBusy` where the scene says so."""
        info = self.describe()
        seed = np.random.SeedSequence([self._scene.seed, zlib.crc32(self._role.encode())])
        # apart, so that when frames come does not depend on what they show
        self._rng, self._grain = (np.random.default_rng(s) for s in seed.spawn(2))
        self._segment = -1
        self._stage: Stage | None = None
        self._on_stage = self._scene.presenter
        self._enter(bisect_right(self._changes_s, 0.0))
        return info

    def describe(self) -> CameraInfo:
        """Return what opening would, and compute no picture; raises as `open` does."""
        model = self._scene.at(0.0).cameras[self._role]
        if model.gone:
            raise DeviceGone(
                Text(f"there is no camera at sim:{self._role}", f"找不到摄像头 sim:{self._role}"),
                _GONE_ADVICE,
            )
        if model.busy:
            raise DeviceBusy(
                Text(
                    f"camera sim:{self._role} is held by {_HOLDER}",
                    f"摄像头 sim:{self._role} 正被 {_HOLDER} 占用",
                ),
                Text(
                    f"close {_HOLDER}, or release the camera there",
                    f"关闭 {_HOLDER}，或在其中停用该摄像头",
                ),
            )
        self._changes_s = sorted(
            {fault.at_s for fault in self._scene.faults}
            | {f.at_s + f.lasts_s for f in self._scene.faults if f.lasts_s is not None}
        )
        self._models = [self._scene.at(at).cameras[self._role] for at in (0.0, *self._changes_s)]
        self._now = model
        width, height = self._size(model)
        return CameraInfo(
            device=f"sim:{self._role}",
            name=f"simulated camera {self._role}",
            backend="simulator",
            clock="simulated",
            width=width,
            height=height,
            pixel_format="BGR24",
            nominal_fps=self._fps,
            white_balance_locked=not model.auto_white_balance,
            compressed=False,
            port=model.port,
            link_mbit_s=model.link_mbit_s,
        )

    def read(self) -> Frame | None:
        """Return the next frame; blocks for ever when the scene says the camera hangs."""
        while True:
            at_s = self._slot_s
            segment = bisect_right(self._changes_s, at_s + _SAME_TIME_S)
            model = self._models[segment]
            if model.gone:
                raise DeviceGone(
                    Text(
                        f"camera sim:{self._role} left after {at_s:.1f} s",
                        f"摄像头 sim:{self._role} 在 {at_s:.1f} 秒后断开",
                    ),
                    _GONE_ADVICE,
                )
            while model.hung:
                time.sleep(0.5)
            self._slot_s += 1 / min(self._fps, model.fps)
            self._sequence += 1
            self._now = model
            if model.drop_share > 0 and self._rng.random() < model.drop_share:
                continue
            return self._frame(at_s, segment, model)

    def controls(self) -> Controls:
        """Return the settings at the start and now."""
        return Controls(found=_settings(self._models[0]), after=_settings(self._now))

    def close(self) -> None:
        """Forget the pictures."""
        self._stage = None
        self._previous = None

    def _frame(self, at_s: float, segment: int, model: CameraModel) -> Frame:
        captured_s = max(at_s + 1e-3 * model.jitter_ms * self._rng.normal(), self._last_s + 1e-4)
        self._last_s = captured_s
        torn = model.torn_share > 0 and self._rng.random() < model.torn_share
        again = model.frozen or (
            model.duplicate_share > 0 and self._rng.random() < model.duplicate_share
        )
        if not again or self._previous is None:
            if segment != self._segment:
                self._enter(segment)
            picture = self._footage.picture(at_s)
            luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
            self._previous = picture, luma
        picture, luma = self._previous
        height, width = luma.shape
        return Frame(
            captured_s=captured_s,
            size=(width, height),
            luma=_always(luma),
            bgr=_always(picture),
            sequence=self._sequence,
            state="torn" if torn else "whole",
        )

    def _size(self, model: CameraModel) -> tuple[int, int]:
        return min(self._width, model.width), min(self._height, model.height)

    def _enter(self, segment: int) -> None:
        """Make the pictures between two changes; the set is built once a size and sitter."""
        model = self._models[segment]
        view = View(*self._size(model), pan_m=model.pan_m, zoom=model.zoom)
        now = self._scene.at(0.0 if segment == 0 else self._changes_s[segment - 1])
        if self._stage is None or (self._stage.view, self._on_stage) != (view, now.presenter):
            self._stage = build_stage(replace(self._scene, presenter=now.presenter), view)
            self._on_stage = now.presenter
        noise = Noise(view.width, view.height, model.noise_dn, self._grain)
        self._footage, self._segment = Footage(now, self._role, self._stage, noise), segment


def _settings(model: CameraModel) -> dict[str, int]:
    return {
        "auto_exposure": int(model.auto_exposure),
        "exposure": model.exposure_100us,
        "auto_exposure_priority": int(model.auto_exposure_priority),
        "auto_white_balance": int(model.auto_white_balance),
        "white_balance": round(model.white_balance_kelvin),
        "auto_focus": int(model.auto_focus),
    }


def _always(picture: Picture) -> Callable[[], Picture]:
    return lambda: picture
