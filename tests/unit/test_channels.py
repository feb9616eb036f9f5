"""Two channels: inverted, dead, off centre, unrelated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks import mic_channels
from studiocheck.core.case import Case
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Captured, Speech
from studiocheck.core.studio import MicrophoneRole, Targets
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.measure.sound.channels import channel_pair
from studiocheck.simulator.voice import speak

RATE_HZ = 16000
VOICE = 0.1 * speak(6, RATE_HZ, 5)


def noise(level_dbfs: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), len(VOICE))


def pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left + noise(-70, 1), right + noise(-70, 2)], axis=1).astype(np.float32)


@settings(max_examples=30)
@given(balance_db=st.floats(-30, 30), inverted=st.booleans())
def test_balance_and_polarity_are_read(balance_db: float, inverted: bool) -> None:
    sign = -1 if inverted else 1
    found = channel_pair(pair(VOICE, sign * VOICE * 10 ** (-balance_db / 20)), RATE_HZ)
    assert found.dead is None
    assert found.balance_db == pytest.approx(balance_db, abs=0.5)
    assert found.correlation == pytest.approx(sign, abs=0.1)


def test_mono_loses_nothing_of_the_same_3_db_of_the_unrelated_and_all_of_the_inverted() -> None:
    assert channel_pair(pair(VOICE, VOICE), RATE_HZ).mono_loss_db == pytest.approx(0, abs=0.05)
    other = channel_pair(np.stack([noise(-20, 3), noise(-20, 4)], axis=1), RATE_HZ)
    assert other.mono_loss_db == pytest.approx(3.01, abs=0.2)
    assert other.correlation == pytest.approx(0, abs=0.05)
    inverted = channel_pair(pair(VOICE, -VOICE), RATE_HZ)
    assert inverted.mono_loss_db is not None
    assert inverted.mono_loss_db > 20


def test_a_dead_side_is_named() -> None:
    silent = np.zeros(len(VOICE))
    assert channel_pair(np.stack([VOICE, silent], axis=1), RATE_HZ).dead == "right"
    assert channel_pair(np.stack([silent + noise(-95, 1), VOICE], axis=1), RATE_HZ).dead == "left"


def test_two_dead_sides_tell_nothing() -> None:
    with pytest.raises(Unmeasurable, match="digital silence"):
        channel_pair(np.zeros((RATE_HZ, 2)), RATE_HZ)


def test_one_channel_is_not_asked_about() -> None:
    take = TakeEvidence(
        microphone=MicrophoneInfo(
            device="name:x", name="x", backend="test", rate_hz=RATE_HZ, channels=1
        ),
        kind="speech",
        samples=VOICE[:, None].astype(np.float32),
        rate_hz=RATE_HZ,
        prompted=True,
    )
    case = Case(
        role="host",
        binding=MicrophoneRole(device="name:x"),
        targets=Targets(),
        captured={Speech: Captured(evidence=take)},
    )
    with pytest.raises(NotAsked, match="one channel"):
        mic_channels.CHECK.assess(case)
