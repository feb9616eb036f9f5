"""Dips of a real shaped line, found in the course of a stream that is sent at its planned rate."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from studiocheck.measure.network.dips import Dips, dips
from tests.e2e.namespaces import Rig, rig

__all__ = ["rig"]  # a fixture

pytestmark = pytest.mark.slow

SECONDS = 14.0
SUSTAIN = """
import json, sys
from studiocheck.core.network import StreamPlan
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.uplinks import uplink_for

uplink = uplink_for(UplinkRole(target=sys.argv[1]), StreamPlan(bitrate_mbit_s=6.0))
seen = uplink.sustain(float(sys.argv[2]), lambda share: None)
print(json.dumps({
    "t_s": seen.t_s.tolist(), "delivered": seen.delivered_bytes.tolist(),
    "backlog_s": seen.backlog_s.tolist(), "stopped": seen.stopped,
}), flush=True)
"""


def sustained(rig: Rig, *steps: tuple[float, float]) -> Dips:
    """Send 6 Mbit/s for a while over a line whose rate changes at times."""
    process = rig.start(rig.studio, "-c", SUSTAIN, rig.target, str(SECONDS))
    rig.shape_later(*steps)
    try:
        out, _ = process.communicate(timeout=SECONDS + 20)
    finally:
        process.kill()
    said: dict[str, Any] = json.loads(out)
    assert said["stopped"] == "time"
    rows = (np.array(said[name]) for name in ("t_s", "delivered", "backlog_s"))
    return dips(*rows, 6.0)


def test_a_line_of_20_carries_6_without_a_dip(rig: Rig):
    assert sustained(rig).dips == ()


def test_two_seconds_at_a_third_of_the_rate_are_one_dip_of_two_thirds(rig: Rig):
    found = sustained(rig, (7.0, 2.0), (9.0, 20.0))
    (dip,) = found.dips
    assert dip.began_s == pytest.approx(6.5, abs=1.2)  # the program took a moment to start
    assert dip.depth == pytest.approx(0.67, abs=0.12)
    assert 2.0 <= dip.length_s <= 4.5
    assert found.would_drop_s > 0
