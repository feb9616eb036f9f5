from __future__ import annotations

import io
import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from studiocheck.core.errors import Problem
from studiocheck.core.events import (
    DeviceDone,
    DeviceOpened,
    DeviceOpening,
    FindingMade,
    PersonAnswered,
    PersonAsked,
    Progress,
    RunStarted,
    RunStopping,
    TakeStarted,
)
from studiocheck.core.measurement import Verdict
from studiocheck.core.network import Flow
from studiocheck.core.record import Finding
from studiocheck.core.text import Text
from studiocheck.report.live import LiveView

DEVICES = ("camera.main", "microphone.host", "uplink.primary", "host")
GONE = Problem("gone", Text("camera main is not connected", "摄像头 main 未连接"))


def failed(check):
    return Finding(
        check=check, role="main", title=Text("x", "x"), verdict=Verdict.FAIL, blocker=True
    )


class Tape:
    """A terminal that remembers, and whose clock is moved by hand."""

    def __init__(self, encoding="utf-8", width=80, tty=True):
        self.bytes = io.BytesIO()
        self.file = io.TextIOWrapper(self.bytes, encoding=encoding, errors="strict", newline="")
        self.now = 0.0
        self.console = Console(
            file=self.file,
            force_terminal=tty,
            width=width,
            height=25,
            get_time=lambda: self.now,
            legacy_windows=False,
            _environ={},
        )

    def view(self, language="en", **options):
        return LiveView(language, console=self.console, **options)

    def screen(self, view):
        with self.console.capture() as captured:
            self.console.print(view._picture())
        return without_codes(captured.get())

    def written(self):
        self.file.flush()
        return self.bytes.getvalue()


def without_codes(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text)


def play(view, kind="quiet"):
    view(RunStarted(DEVICES, checks=20, expected_s=12.0))
    view(DeviceOpening("camera.main"))
    view(DeviceOpened("camera.main", "Logitech BRIO"))
    view(TakeStarted("camera.main", "clip", 5.0))
    view(Progress("camera.main", 0.5))
    view(TakeStarted("microphone.host", kind, 5.0))
    view(DeviceDone("uplink.primary", GONE))
    view(FindingMade(failed("net.upload")))


@pytest.mark.parametrize(
    ("language", "kind", "call"),
    [
        ("en", "quiet", "QUIET PLEASE - 5 s"),
        ("zh", "quiet", "请保持安静 - 还有 5 秒"),
        ("en", "speech", "SPEAK AS IN THE SHOW - 5 s"),
        ("zh", "speech", "请像直播时一样说话 - 还有 5 秒"),
    ],
)
def test_a_person_is_told_what_to_do_now(language, kind, call):
    tape = Tape()
    with tape.view(language) as view:
        play(view, kind)
        assert call in tape.screen(view)


def test_somebody_who_stops_a_run_sees_that_it_is_stopping():
    tape = Tape()
    with tape.view("zh") as view:
        play(view)
        view(RunStopping())
        screen = tape.screen(view)
    assert "正在停止" in screen
    assert "大约还需" not in screen


def test_the_call_ends_with_its_take():
    tape = Tape()
    with tape.view() as view:
        play(view)
        view(DeviceDone("microphone.host"))
        assert "QUIET" not in tape.screen(view)


def test_the_seconds_count_down():
    tape = Tape()
    with tape.view() as view:
        play(view)
        tape.now = 3.0
        screen = tape.screen(view)
    assert "QUIET PLEASE - 2 s" in screen
    assert "about 9 s left" in screen


def test_a_late_run_says_so_instead_of_counting_below_zero():
    tape = Tape()
    with tape.view() as view:
        play(view)
        tape.now = 60.0
        screen = tape.screen(view)
    assert "taking longer than expected" in screen
    assert "-" not in screen.split("QUIET PLEASE - ")[1].splitlines()[0]


def test_every_device_has_a_line_and_a_problem_says_what_it_is():
    tape = Tape()
    with tape.view() as view:
        play(view)
        screen = tape.screen(view)
    for name in ("Camera main", "Microphone host", "Network primary", "This computer"):
        assert name in screen
    assert "× Network primary  camera main is not connected" in screen
    assert "1 of 20 checked" in screen


@pytest.mark.parametrize(
    ("language", "kind", "flow", "said"),
    [
        ("en", "upload", Flow(18.66), "uploading 18.7 Mbit/s"),
        ("zh", "upload", Flow(18.66), "测上行 18.7 Mbit/s"),
        ("en", "broadcast", Flow(6.0, 0.12), "test broadcast 6.0 Mbit/s, backlog 0.1 s"),
        ("zh", "broadcast", Flow(6.0, 0.12), "测试推流 6.0 Mbit/s，积压 0.1 秒"),
    ],
)
def test_a_line_that_is_measured_says_what_it_carries_just_now(language, kind, flow, said):
    tape = Tape(width=80)
    with tape.view(language) as view:
        view(RunStarted(DEVICES, checks=20, expected_s=12.0))
        view(TakeStarted("uplink.primary", kind, 4.0))
        assert "Mbit/s" not in tape.screen(view)
        view(Progress("uplink.primary", 0.5, flow))
        assert said in tape.screen(view)
        view(TakeStarted("uplink.primary", kind, 4.0))  # what was is not what is
        assert "Mbit/s" not in tape.screen(view)


def test_nothing_is_written_where_nobody_watches():
    tape = Tape(tty=False)
    with tape.view() as view:
        play(view)
    assert tape.written() == b""


def test_verbose_writes_plain_lines_where_nothing_can_be_drawn():
    tape = Tape(tty=False)
    with tape.view("zh", verbose=True) as view:
        play(view)
    lines = tape.written().decode().splitlines()
    assert "麦克风 host: 请保持安静 - 还有 5 秒" in lines
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("width", [4, 12, 20, 40, 80, 200])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "ascii"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_console_of_any_width_can_show_it(encoding, width, language):
    tape = Tape(encoding, width)
    with tape.view(language) as view:
        play(view)
        view(DeviceOpened("camera.\U0001f3a5\x1b[2J", "é\U0001f600"))
        view(DeviceDone("camera.\U0001f3a5\x1b[2J", Problem("x", Text("✗ µ é", "✗ 无法打开"))))
        view._live.refresh()
        for line in tape.screen(view).splitlines():
            assert cell_len(line) <= max(width, 13)
    tape.written().decode(encoding)


def test_events_may_come_from_several_threads_at_once():
    tape = Tape()
    with tape.view() as view:
        view(RunStarted(DEVICES, checks=400, expected_s=12.0))

        def hammer(device):
            for step in range(100):
                view(TakeStarted(device, "clip", 1.0))
                view(Progress(device, step / 100))
                view(FindingMade(failed(f"{device}.{step}")))
                tape.screen(view) if step % 25 == 0 else None
            view(DeviceDone(device))

        threads = [threading.Thread(target=hammer, args=(device,)) for device in DEVICES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
            assert not thread.is_alive()
        assert "400 of 400 checked" in tape.screen(view)


def test_the_picture_is_wiped_even_when_the_run_breaks():
    tape = Tape()

    def broken():
        with tape.view() as view:
            play(view)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        broken()
    assert tape.written().endswith((b"\x1b[2K", b"\x1b[?25h"))


@given(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=50)
def test_any_device_and_any_share_can_be_shown(name, share):
    tape = Tape("gbk")
    view = tape.view("zh")
    view(RunStarted((name,), checks=0, expected_s=0.0))
    view(TakeStarted(name, "upload", 0.0))
    view(Progress(name, share))
    tape.screen(view).encode("gbk")


@pytest.mark.parametrize(
    ("language", "kind", "call"),
    [
        ("en", "quiet", "BE QUIET for 5 s: press Enter"),
        ("zh", "quiet", "需要安静 5 秒：准备好后按回车"),
        ("en", "speech", "SPEAK AS IN THE SHOW for 5 s: press Enter"),
        ("zh", "speech", "像直播时一样说话 5 秒：按回车后开始"),
    ],
)
def test_a_person_is_asked_for_the_word_to_begin(language, kind, call):
    tape = Tape()
    with tape.view(language) as view:
        play(view)
        view(PersonAsked(kind, 5.0, again=False, patience_s=120.0))
        assert call in tape.screen(view)
        view(PersonAnswered(by_person=True))
        assert call not in tape.screen(view)


def test_a_take_can_be_repeated_only_when_there_was_one():
    tape = Tape()
    with tape.view() as view:
        view(PersonAsked("quiet", 5.0, again=False, patience_s=120.0))
        assert "again" not in tape.screen(view)
        view(PersonAsked("speech", 5.0, again=True, patience_s=120.0))
        assert "r: the last take again" in tape.screen(view)


def test_a_run_that_waits_for_a_person_is_not_late():
    tape = Tape()
    with tape.view() as view:
        play(view)
        view(PersonAsked("quiet", 5.0, again=False, patience_s=120.0))
        tape.now = 60.0
        assert "about 12 s left" in tape.screen(view)
        view(PersonAnswered(by_person=True))
        assert "about 12 s left" in tape.screen(view)
