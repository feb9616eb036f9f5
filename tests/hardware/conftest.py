"""The guest, booted once for the whole suite, and what the tests plug into it.

Nothing here is collected unless it is asked for by its marker: ``pytest -m hardware``.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hardware.vm.image import code_disk, image
from tests.hardware.vm.machine import Guest, booted
from tests.hardware.webcam.firmware import Webcam
from tests.hardware.webcam.pictures import Pictures

PLUG_LIMIT_S = 40
TEST_LIMIT_S = 300
"""An emulated processor beside other work is slow; what is claimed to be quick is timed inside it."""

Plug = Callable[..., Webcam]


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the suite alone unless it is meant."""
    wanted = str(config.getoption("markexpr", ""))
    return None if "hardware" in wanted and "not hardware" not in wanted else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("hardware")
            item.add_marker(pytest.mark.timeout(TEST_LIMIT_S))


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory, pictures: Pictures) -> Iterator[Guest]:
    folder = tmp_path_factory.mktemp("guest")
    rendering = threading.Thread(target=pictures.prepare)
    rendering.start()
    with booted(image(), code_disk(folder / "code.ext4"), folder) as guest:
        rendering.join()
        yield guest


@pytest.fixture
def plug(guest: Guest, pictures: Pictures) -> Iterator[Plug]:
    """Plugs webcams in: ``plug("A1")``; they are gone after the test."""
    plugged: list[Webcam] = []

    def plug(serial: str, *, port: int | None = None, **made: Any) -> Webcam:
        webcam = Webcam(pictures, serial, **made)
        plugged.append(webcam)
        plug_in(guest, webcam, len(plugged) - 1 if port is None else port)
        return webcam

    yield plug
    for webcam in plugged:
        webcam.throw_away()
    until(lambda: not [n for n in guest.call("nodes").values() if "vivid" not in n], "unplugged")
    assert [webcam.trouble for webcam in plugged] == [None] * len(plugged)


def plug_in(guest: Guest, webcam: Webcam, port: int, *, again: bool = False) -> None:
    """Plug a webcam into a USB port of the guest, and wait until its kernel knows it."""
    webcam.wait_for_computer()
    guest.plug(webcam.port, port, again=again)
    until(lambda: webcam.binding in {c["identity"] for c in guest.call("plugged")}, "plugged in")


def until(is_so: Callable[[], bool], what: str, limit_s: float = PLUG_LIMIT_S) -> None:
    """Wait until something is so."""
    ends_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < ends_s, f"not {what} within {limit_s:g} s"
        time.sleep(0.2)


@contextlib.contextmanager
def after(seconds: float, what: Callable[[], object]) -> Iterator[None]:
    """Do something to a camera while it is being captured."""
    timer = threading.Timer(seconds, what)
    timer.start()
    yield
    timer.join()


@pytest.fixture
def vivid(guest: Guest) -> Iterator[Callable[..., None]]:
    """Loads the kernel's virtual capture driver: ``vivid(n_devs=2, …)``."""

    def load(**options: object) -> None:
        words = [f"{name}={value}" for name, value in options.items()]
        done = guest.run("modprobe", "vivid", *words)
        assert done.code == 0, done.err

    yield load
    with contextlib.suppress(AssertionError):
        until(lambda: guest.run("modprobe", "-r", "vivid").code == 0, "unloaded", 10)
