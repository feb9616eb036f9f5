"""Listing the checks costs no device library: `studiocheck checks` must work, and fast, anywhere."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("cv2", "av", "psutil", "sounddevice")


def test_looking_at_every_check_loads_no_device_library():
    code = (
        "import sys; from studiocheck.checks import all_checks; assert all_checks(); "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout.split() == []
