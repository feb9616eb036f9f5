"""A computer with too much to do is not a driver that hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from studiocheck.sources.capture.watchdog import Watchdog

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long one queued")


@linux
def test_a_child_that_stands_in_the_queue_for_a_processor_is_not_silent():
    one = f"import os; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\n"
    hungry = subprocess.Popen([sys.executable, "-c", one + "while True: pass"])
    starved = subprocess.Popen([sys.executable, "-c", one + "os.nice(19)\nwhile True: pass"])
    try:
        time.sleep(0.3)
        watchdog = Watchdog(starved.pid)
        time.sleep(1.0)
        assert not watchdog.is_over(0.5)
    finally:
        for process in (hungry, starved):
            process.kill()
            process.wait()


def test_a_child_that_sleeps_is_silent():
    asleep = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        time.sleep(0.5)
        watchdog = Watchdog(asleep.pid)
        time.sleep(0.4)
        assert watchdog.is_over(0.2)
    finally:
        asleep.kill()
        asleep.wait()
