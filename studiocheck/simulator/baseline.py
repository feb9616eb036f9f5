"""The room baseline of a simulated microphone: its scene on a good day, with no fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studiocheck.core.sound import RoomAcoustics, RoomEvidence
from studiocheck.core.studio import SpeakerRole
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.room_baseline import acoustics_of
from studiocheck.measure.sound.sound_pressure import as_calibrated
from studiocheck.measure.sound.third_octaves import third_octaves
from studiocheck.simulator import room
from studiocheck.simulator.loudspeaker import ROOM_SEED
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.models import TAKEN
from studiocheck.simulator.scene import Scene

_QUIET_S = 5.0
_BEFORE_S, _RESPONSE_S = 0.005, 1.0


def room_baseline(scene: Scene, role: str, speaker: tuple[str, SpeakerRole] | None) -> RoomEvidence:
    """Return how a microphone of the scene heard its room before anything was wrong.

    Parameters
    ----------
    scene : Scene
        Its faults are left out; its noise is another evening's.
    role : str
        A microphone of the scene.
    speaker : (str, SpeakerRole), optional
        The loudspeaker that plays sweeps to it: its name in the scene, and its entry in the
        studio file.
    """
    good = replace(scene, faults=())
    microphone = SimulatedMicrophone(replace(good, seed=good.seed + 1), role)
    info = microphone.open()
    quiet = microphone.record("quiet", _QUIET_S, lambda _: None)
    floor = noise_floor(quiet.samples, quiet.rate_hz)
    bands = third_octaves(quiet.samples, quiet.rate_hz)
    return RoomEvidence(
        taken=TAKEN,
        by="simulator",
        microphone=as_calibrated(info.device, info),
        noise_dbfs=floor.flat_dbfs,
        noise_a_dbfs=floor.a_weighted_dbfs,
        bands_hz=bands.nominal_hz,
        bands_dbfs=bands.level_dbfs,
        bands_uncertainty_db=bands.uncertainty_db,
        acoustics=_acoustics(good, quiet.rate_hz, *speaker) if speaker is not None else None,
    )


def _acoustics(scene: Scene, rate_hz: int, name: str, speaker: SpeakerRole) -> RoomAcoustics:
    """Return what a sweep would show of the room: the room itself answers an impulse."""
    impulse = np.zeros(round(_RESPONSE_S * rate_hz))
    impulse[round(_BEFORE_S * rate_hz)] = 1.0
    rng = np.random.default_rng([scene.seed, ROOM_SEED])
    distance_m = scene.speakers[name].distance_m
    answer = room.reverberate(impulse, rate_hz, scene.room.rt60_s, distance_m, rng)
    return acoustics_of(ImpulseResponse.of(answer, rate_hz), speaker.device)
