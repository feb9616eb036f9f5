"""Work that several checks share is done once, whichever thread asks first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.once import Once
from studiocheck.core.text import Text
from studiocheck.measure.sound.fast_fourier import at_lower_rate, voice_at_lower_rate


def test_several_threads_get_one_result():
    once, began, calls = Once(), threading.Barrier(4, timeout=10), []

    def work(take):
        calls.append(take)
        return object()

    evidence = ("take",)

    def ask(_):
        began.wait()
        return once(work, evidence)

    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(ask, range(4)))
    assert len(results) == len(calls) == 1


def test_what_cannot_be_known_is_said_every_time():
    once = Once()

    def work(_):
        raise Unmeasurable(Text("why", "原因"))

    for _ in range(2):
        with pytest.raises(Unmeasurable, match="why"):
            once(work, "take")


def test_equal_evidence_of_two_devices_is_not_confused():
    once = Once()
    first, second = [1.0], [1.0]
    assert once(id, first) != once(id, second)


@pytest.mark.parametrize("rate_hz", [16000, 22050, 24000, 44100, 47999, 48000, 96000])
@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.3])
def test_a_voice_resampled_by_blocks_is_the_voice_resampled_as_a_whole(rate_hz, seconds):
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    fade = np.hanning(len(time_s)) if len(time_s) else time_s
    voice = fade * sum(np.sin(2 * np.pi * hertz * time_s) for hertz in (210.0, 3000.0, 6900.0))
    voice = np.asarray(voice, dtype=np.float64)
    whole = at_lower_rate(voice, rate_hz, 16000)
    by_blocks = voice_at_lower_rate(voice, rate_hz, 16000)
    assert 0 <= len(by_blocks) - len(whole) <= 160
    if len(whole):
        assert np.abs(by_blocks[: len(whole)] - whole).max() < 2e-3
