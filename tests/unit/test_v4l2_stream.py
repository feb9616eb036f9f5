"""Buffers of a simulated driver: their times, numbers, flags, and how a stream ends."""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import replace

import pytest

from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.v4l2 import Device
from studiocheck.sources.cameras.v4l2_stream import Stream, is_steady
from tests.unit.simulated_v4l2 import PATH, Webcam


def stream_of(webcam: Webcam) -> Stream:
    return Stream(Device(PATH, webcam))


def test_a_buffer_carries_the_kernel_s_time_and_number() -> None:
    webcam = Webcam(picture=lambda n: b"%03d" % n)
    stream = stream_of(webcam)
    buffers = [stream.next(1.0) for _ in range(20)]
    stream.close()
    assert [buffer.payload for buffer in buffers if buffer] == [b"%03d" % n for n in range(20)]
    assert [buffer.sequence for buffer in buffers if buffer] == list(range(20))
    times_s = [buffer.captured_s or 0.0 for buffer in buffers if buffer]
    assert is_steady(times_s)
    assert times_s[-1] - times_s[0] == pytest.approx(19 / webcam.fps, abs=1e-5)


def test_a_frame_lost_before_it_reached_us_is_a_gap_in_the_numbers() -> None:
    stream = stream_of(Webcam(lost=frozenset({3, 4, 9})))
    numbers = [buffer.sequence for _ in range(8) if (buffer := stream.next(1.0))]
    stream.close()
    assert numbers == [0, 1, 2, 5, 6, 7, 8, 10]


def test_a_buffer_that_the_driver_calls_damaged_is_marked() -> None:
    stream = stream_of(Webcam(damaged=frozenset({1})))
    marks = [buffer.damaged for _ in range(3) if (buffer := stream.next(1.0))]
    stream.close()
    assert marks == [False, True, False]


def test_a_time_of_another_clock_is_no_time() -> None:
    stream = stream_of(Webcam(monotonic=False))
    buffer = stream.next(1.0)
    stream.close()
    assert buffer is not None
    assert buffer.captured_s is None
    assert not is_steady([None, None])
    assert not is_steady([5.0, 5.0])


def test_buffers_are_given_back_so_that_the_format_can_change() -> None:
    webcam = Webcam()
    device = Device(PATH, webcam)
    stream = Stream(device)
    with pytest.raises(OSError, match="streams"):
        device.agree("MJPG")
    stream.close()
    stream.close()
    assert device.agree("MJPG").pixel_format == "MJPG"


@pytest.mark.parametrize("request_number", [kernel.REQBUFS, kernel.QUERYBUF, kernel.STREAMON])
def test_a_stream_that_does_not_start_holds_nothing(request_number: int) -> None:
    webcam = Webcam(fails={request_number: errno.ENOSPC})
    device = Device(PATH, webcam)
    with pytest.raises(OSError, match="as told"):
        Stream(device)
    webcam.fails.clear()
    assert device.agree("MJPG").pixel_format == "MJPG"


def test_a_driver_with_too_few_buffers_is_refused() -> None:
    with pytest.raises(OSError, match="only 2 buffers"):
        stream_of(Webcam(buffers=2))


@pytest.mark.realtime
def test_a_camera_that_stalls_is_a_timeout_and_no_hang() -> None:
    stream = stream_of(Webcam(stalls_at=1))
    assert stream.next(1.0) is not None
    began_s = time.monotonic()
    with pytest.raises(TimeoutError):
        stream.next(0.3)
    assert time.monotonic() - began_s < 1.0
    stream.close()


@pytest.mark.parametrize("number", [errno.EIO, errno.ENODEV])
def test_a_stream_that_the_driver_ends_says_so(number: int) -> None:
    stream = stream_of(Webcam(ends_at=2, end=number))
    assert stream.next(1.0)
    assert stream.next(1.0)
    with pytest.raises(OSError, match="ended") as caught:
        stream.next(1.0)
    assert caught.value.errno == number
    stream.close()


@pytest.mark.realtime
def test_a_waiting_stream_can_be_stopped_from_another_thread() -> None:
    stream = stream_of(Webcam(stalls_at=0))
    threading.Timer(0.1, stream.stop).start()
    began_s = time.monotonic()
    assert stream.next(10.0) is None
    assert time.monotonic() - began_s < 1.0
    stream.close()


def test_the_driver_s_word_on_size_and_rate_is_what_counts() -> None:
    webcam = Webcam(largest=(640, 480))
    setting = Device(PATH, webcam).agree("MJPG", (1920, 1080), 29.97)
    assert setting.size == (640, 480)
    assert setting.rate == pytest.approx(29.97)
    assert setting.pixel_format == "MJPG"


def test_what_was_set_is_put_back_bit_for_bit() -> None:
    webcam = Webcam(largest=(640, 480))
    device = Device(PATH, webcam)
    before = device.setting()
    assert device.agree("MJPG", (640, 480), 30) != before
    device.restore(before)
    assert device.setting() == before


def test_a_closed_device_answers_nothing() -> None:
    webcam = replace(Webcam())
    device = Device(PATH, webcam)
    device.close()
    device.close()
    assert webcam.open_files == 0
    with pytest.raises(OSError, match="closed"):
        device.setting()
