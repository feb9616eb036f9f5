"""Whoever ends the program in the middle of a measurement ends what it sends, and all of it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.namespaces import FAR_END, Rig
from tests.e2e.test_uplink_matrix import (
    CHECK,
    INGEST,
    UPLOADS,
    room,
    sent_bytes,
    studiocheck,
    wait_for_traffic,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Path]]:
    folder = tmp_path_factory.mktemp("room")
    with room(folder) as rig:
        yield rig, folder


def alive(rig: Rig) -> list[str]:
    """Return the processes of the studio."""
    told = subprocess.run(
        ["ip", "netns", "pids", rig.studio], capture_output=True, text=True, check=True
    )
    return told.stdout.split()


def offered_bytes(rig: Rig) -> int:
    """Return how much the studio has sent."""
    told = subprocess.run(
        ["ip", "-n", rig.studio, "-s", "-j", "link", "show", "st0"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(json.loads(told.stdout)[0]["stats64"]["tx"]["bytes"])


@pytest.mark.parametrize("port", [UPLOADS, INGEST], ids=["upload", "broadcast"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_and_nothing_is_left_sending(
    line: tuple[Rig, Path], port: int, ending: signal.Signals
) -> None:
    rig, folder = line
    process = studiocheck(rig, rig.studio, *CHECK, folder=folder)
    try:
        wait_for_traffic(rig, port)
        time.sleep(0.5)
        out, err = ended(process, ending)
    finally:
        process.kill()
        process.communicate()
    assert_silent(rig)
    assert sent_bytes(rig, port) == 0
    assert "Traceback" not in err
    if ending == signal.SIGINT:
        assert process.returncode == 130
        assert json.loads(out)["decision"] == "INCOMPLETE"


@pytest.mark.skipif(shutil.which("srt-live-transmit") is None, reason="needs srt-live-transmit")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_the_program_that_speaks_srt_for_us_ends_with_us(
    line: tuple[Rig, Path], ending: signal.Signals
) -> None:
    rig, folder = line
    far_end = subprocess.Popen(
        ["ip", "netns", "exec", rig.internet, "srt-live-transmit", "-q", "-ll", "fatal",
         "srt://:9000?mode=listener", "udp://127.0.0.1:5999"]
    )  # fmt: skip
    (folder / "srt.toml").write_text(
        f'name = "room"\n[uplinks.primary]\ningest = "srt://{FAR_END}:9000"\n', "utf-8"
    )
    arguments = ("check", "--studio", "srt.toml", "--only", "net.broadcast", "--json",
                 "--no-input", "--broadcast-to", FAR_END)  # fmt: skip
    process = studiocheck(rig, rig.studio, *arguments, folder=folder)
    before, end = offered_bytes(rig), time.monotonic() + 20
    try:
        while offered_bytes(rig) < before + 500_000:
            assert time.monotonic() < end
            time.sleep(0.1)
        ended(process, ending)
    finally:
        process.kill()
        process.communicate()
        far_end.kill()
        far_end.communicate()
    assert_silent(rig)


def ended(process: subprocess.Popen[str], ending: signal.Signals) -> tuple[str, str]:
    process.send_signal(ending)
    return process.communicate(timeout=10)


def assert_silent(rig: Rig) -> None:
    end = time.monotonic() + 4
    while alive(rig) and time.monotonic() < end:
        time.sleep(0.1)
    assert alive(rig) == []
    before = offered_bytes(rig)
    time.sleep(1)
    assert offered_bytes(rig) - before < 5_000  # neighbours ask for one another
