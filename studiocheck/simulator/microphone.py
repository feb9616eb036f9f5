"""The simulated microphone: what `studiocheck.sources` would deliver in the scene's room."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Report
from studiocheck.core.errors import DeviceGone
from studiocheck.core.takes import MicrophoneInfo, SweepEvidence, TakeEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.loudness_bs1770 import loudness
from studiocheck.simulator import room
from studiocheck.simulator.loudspeaker import SimulatedSpeaker
from studiocheck.simulator.models import MicrophoneModel
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.voice import speak

Wave = NDArray[np.float64]

_CALIBRATION_S = 10.0
_PEAK_OVER_LOUDNESS_DB = 14.0  # of the simulated voice, give or take 1 dB
_GAP_S = 0.005
_BUFFER_S = 0.02
_JITTER_S = 0.0005
_PROGRAMME_PITCH_HZ = 110.0


@dataclass(frozen=True, slots=True)
class _Moment:
    """The stretch of one take in which nothing in the scene changes."""

    begin_s: float
    end_s: float
    scene: Scene


class SimulatedMicrophone:
    """A microphone of a scene, on a virtual clock: it takes no longer than the arithmetic.

    Time 0, from which faults count, is the start of the first take after `open`.

    Parameters
    ----------
    scene : Scene
        With its faults.
    role : str
        Which of the scene's microphones.
    speaker : SimulatedSpeaker, optional
        The loudspeaker that plays sweeps to it.
    """

    def __init__(self, scene: Scene, role: str, speaker: SimulatedSpeaker | None = None) -> None:
        self._scene = scene
        self._role = role
        self._speaker = speaker
        self._now_s = 0.0
        self._delivered = 0

    def open(self) -> MicrophoneInfo:
        """Open the microphone as it is at time 0; raises `DeviceGone`."""
        self._now_s, self._delivered = 0.0, 0
        model = self._model(self._scene.at(0.0))
        if model.gone:
            raise _gone(self._role)
        if model.hung:
            _hang()
        return self._info(model)

    def record(
        self, kind: Literal["quiet", "speech"], seconds: float, report: Report
    ) -> TakeEvidence:
        """Render one take; raises `DeviceGone` when the microphone leaves during it."""
        begin_s = self._now_s
        moments = self._moments(begin_s, begin_s + seconds)
        for moment in moments:
            share = (moment.begin_s - begin_s) / seconds
            model = self._model(moment.scene)
            if model.gone:
                report(share)
                raise _gone(self._role)
            if model.hung:
                report(share)
                _hang()
        model = self._model(moments[0].scene)
        samples = _join(
            [(m, self._render(m.scene, kind, seconds, begin_s)) for m in moments],
            begin_s,
            model.rate_hz,
        )
        lost = self._losses(moments[0].scene, seconds, begin_s)
        if len(lost):
            samples = np.delete(samples, lost, axis=0)
        arrived_s, frames_by_then = self._arrivals(model, len(samples), lost, begin_s)
        self._now_s = begin_s + seconds
        report(1.0)
        return TakeEvidence(
            microphone=self._info(model),
            kind=kind,
            samples=samples,
            rate_hz=model.rate_hz,
            prompted=True,
            attached_after=self._info(model).attached_to,
            arrived_s=arrived_s,
            frames_by_then=frames_by_then,
        )

    def sweep(self, seconds: float, report: Report) -> SweepEvidence:
        """Hear a sweep, after every fault has come; raises `DeviceGone`."""
        scene = self._scene.at(math.inf)
        model = self._model(scene)
        if model.gone or self._speaker is None:
            raise _gone(self._role)
        if model.hung:
            _hang()
        rng = np.random.default_rng([scene.seed, 7006])
        played = self._speaker.play(scene, seconds, model.rate_hz)
        heard = played.in_room(scene, model.leak_db)
        if model.echo_db is not None:
            heard = room.echo(heard, model.rate_hz, model.echo_ms, model.echo_db)
        heard = heard + room.noise(len(heard), model.rate_hz, scene.room.noise_dbfs, rng)
        samples = _electronics(heard, model, rng)
        report(1.0)
        return played.evidence(self._info(model), samples * (not model.muted))

    def close(self) -> None:
        """Release nothing: there is nothing."""

    def _model(self, scene: Scene) -> MicrophoneModel:
        return scene.microphones[self._role]

    def _info(self, model: MicrophoneModel) -> MicrophoneInfo:
        return MicrophoneInfo(
            device=f"sim:{self._role}",
            name=f"simulated microphone {self._role}",
            backend="simulator",
            rate_hz=model.rate_hz,
            channels=model.channels,
            attached_to=f"simulated.{self._role}",
            muted=model.muted,
            gain_db=model.gain_db,
        )

    def _moments(self, begin_s: float, end_s: float) -> list[_Moment]:
        """Cut a take where faults come and go."""
        changes = {begin_s, end_s}
        for fault in self._scene.faults:
            until_s = None if fault.lasts_s is None else fault.at_s + fault.lasts_s
            changes |= {t for t in (fault.at_s, until_s) if t is not None and begin_s < t < end_s}
        times = sorted(changes)
        return [_Moment(a, b, self._scene.at(a)) for a, b in pairwise(times)]

    def _losses(self, scene: Scene, seconds: float, begin_s: float) -> NDArray[np.int64]:
        """Return the numbers of the samples that a take loses, a buffer at a time."""
        model = self._model(scene)
        buffer, size = round(_BUFFER_S * model.rate_hz), round(seconds * model.rate_hz)
        rng = np.random.default_rng([scene.seed, 7004, round(1000 * begin_s)])
        starts = rng.integers(size // 4, 3 * size // 4, model.losses)
        return np.unique(starts[:, np.newaxis] + np.arange(buffer))

    def _arrivals(
        self, model: MicrophoneModel, size: int, lost: NDArray[np.int64], begin_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return when each buffer of a take arrived, a little late, and what had come by then."""
        buffer = round(_BUFFER_S * model.rate_hz)
        came = np.append(np.arange(buffer, size, buffer), size)
        captured = np.setdiff1d(np.arange(size + len(lost)), lost)[came - 1] if len(lost) else came
        true_rate_hz = model.rate_hz * (1 + model.clock_ppm * 1e-6)
        rng = np.random.default_rng([self._scene.seed, 7005, round(1000 * begin_s)])
        late_s = rng.exponential(_JITTER_S, len(came))
        frames_by_then = came + self._delivered
        self._delivered += size
        return begin_s + captured / true_rate_hz + late_s, frames_by_then

    def _render(
        self, scene: Scene, kind: Literal["quiet", "speech"], seconds: float, begin_s: float
    ) -> NDArray[np.float32]:
        """Return a whole take as it would be if the scene stayed as it is at one moment."""
        model = self._model(scene)
        rate_hz = model.rate_hz
        true_rate_hz = rate_hz * (1 + model.clock_ppm * 1e-6)
        size = round(seconds * true_rate_hz)
        if model.muted:
            return np.zeros((size, model.channels), np.float32)
        rng = np.random.default_rng([scene.seed, 7002, round(1000 * begin_s)])
        heard = np.zeros(size)
        if model.tone_db_spl is not None:
            return _electronics(_calibrator(size, model), model, rng)
        if kind == "speech" and scene.presenter.speaks:
            heard = self._voice(scene, size, begin_s)
        if model.echo_db is not None:
            heard = room.echo(heard, rate_hz, model.echo_ms, model.echo_db)
        if model.leak_db is not None:
            other = speak(size / rate_hz, rate_hz, scene.seed + 500, _PROGRAMME_PITCH_HZ)[:size]
            programme = other * _gain_to(other, rate_hz, model.speech_lufs + model.leak_db)
            heard += room.reverberate(programme, rate_hz, scene.room.rt60_s, 1.5, rng)
        heard += room.noise(size, rate_hz, scene.room.noise_dbfs, rng)
        if true_rate_hz != rate_hz:  # what happened at the right rate, seen by the wrong clock
            heard = np.interp(np.arange(size) * (rate_hz / true_rate_hz), np.arange(size), heard)
        return _electronics(heard, model, rng)

    def _voice(self, scene: Scene, size: int, begin_s: float) -> Wave:
        """Return the voice in the room, as loud as planned where the microphone was planned."""
        model, planned = self._model(scene), replace(self._scene, faults=())
        place, rate_hz = self._model(planned), model.rate_hz
        seed = 1000 * scene.seed + round(begin_s)
        speech = speak(size / rate_hz, rate_hz, seed, scene.presenter.pitch_hz)[:size]

        def heard(rt60_s: float, distance_m: float) -> Wave:
            rng = np.random.default_rng([scene.seed, 7003])
            near = speech * (place.distance_m / distance_m)
            return room.reverberate(near, rate_hz, rt60_s, distance_m, rng)

        as_planned = heard(planned.room.rt60_s, place.distance_m)
        gain = _gain_to(as_planned, rate_hz, place.speech_lufs)
        if (scene.room.rt60_s, model.distance_m) == (planned.room.rt60_s, place.distance_m):
            return gain * as_planned
        return gain * heard(scene.room.rt60_s, model.distance_m)


def _calibrator(size: int, model: MicrophoneModel) -> Wave:
    """Return the pressure below a sound calibrator, against full scale."""
    level_db = (model.tone_db_spl or 0.0) - model.full_scale_db_spl
    time = np.arange(size) / model.rate_hz
    return np.asarray(
        math.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * model.tone_hz * time)
    )


def _electronics(
    heard: Wave, model: MicrophoneModel, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Turn pressure into samples: capsule noise, hum, preamplifier, converter, cable."""
    size, rate_hz = len(heard), model.rate_hz
    channels = []
    for index in range(model.channels):
        wave = heard + 10 ** (model.noise_dbfs / 20) * rng.standard_normal(size)
        if model.hum_dbfs is not None:
            wave += room.hum(size, rate_hz, model.hum_hz, model.hum_dbfs, rng)
        if model.bandwidth_hz is not None:
            wave = room.band_limit(wave, rate_hz, model.bandwidth_hz)
        if model.drive_db > 0:  # the loudest peaks of speech are pushed this far over full scale
            peak_dbfs = model.speech_lufs + _PEAK_OVER_LOUDNESS_DB
            wave *= 10 ** ((model.drive_db - peak_dbfs) / 20)
        wave = np.clip(wave, -1.0, 1.0) * 10 ** (model.gain_db / 20)
        wave = np.clip(wave, -1.0, 1.0)
        wave = np.clip(wave + model.dc_offset, -1.0, 1.0)
        last = index == model.channels - 1
        if model.dead_side and last:
            wave *= 0.0
        channels.append(-wave if model.inverted and last else wave)
    samples = np.stack(channels, axis=1).astype(np.float32)
    gap, buffer = round(_GAP_S * rate_hz), round(_BUFFER_S * rate_hz)
    for start in rng.integers(0, max(size - gap, 1), model.gaps):
        samples[start : start + gap] = 0.0
    for start in rng.integers(buffer, max(size - buffer, buffer + 1), model.repeats):
        samples[start : start + buffer] = samples[start - buffer : start]
    return samples


def _gain_to(wave: Wave, rate_hz: int, lufs: float) -> float:
    """Return the gain that brings a voice to a loudness, as the measure reads it."""
    level = loudness(wave[: round(_CALIBRATION_S * rate_hz)], rate_hz).integrated_lufs
    return float(10 ** ((lufs - level) / 20))


def _join(
    parts: list[tuple[_Moment, NDArray[np.float32]]], begin_s: float, rate_hz: int
) -> NDArray[np.float32]:
    if len(parts) == 1:
        return parts[0][1]
    cut = [
        whole[round((m.begin_s - begin_s) * rate_hz) : round((m.end_s - begin_s) * rate_hz)]
        for m, whole in parts
    ]
    return np.concatenate(cut)


def _gone(role: str) -> DeviceGone:
    return DeviceGone(
        Text(f"microphone sim:{role} is not there", f"麦克风 sim:{role} 不见了"),
        Text("plug it in again, or check the receiver", "重新插好麦克风，检查接收机"),
    )


def _hang() -> None:
    """Block for ever, as a driver does; the child is killed from outside."""
    threading.Event().wait()
