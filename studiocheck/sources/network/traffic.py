"""What an interface carries while studiocheck itself is silent."""

from __future__ import annotations

import time

import numpy as np
import psutil

from studiocheck.core.capture import Report
from studiocheck.core.errors import DeviceGone
from studiocheck.core.network import TrafficEvidence
from studiocheck.core.text import Text
from studiocheck.sources.network.interface import require
from studiocheck.sources.network.senders import Senders

SLICE_S = 0.1


def watch(interface: str, seconds: float, report: Report) -> TrafficEvidence:
    """Watch what is sent and received through an interface.

    Parameters
    ----------
    interface : str
        Its name.
    seconds : float
        How long, s; at least two slices of 0.1 s.
    report : callable
        Told how far this is.

    Raises
    ------
    DeviceGone
        If there is no such interface, or it goes away.
    """
    require(interface)
    addresses = {
        entry.address.partition("%")[0] for entry in psutil.net_if_addrs().get(interface, ())
    }
    senders = Senders(addresses)
    began = time.monotonic()
    times_s, counts = [began], [_counters(interface)]
    for place in range(1, max(2, round(seconds / SLICE_S)) + 1):
        time.sleep(max(0.0, began + place * SLICE_S - time.monotonic()))
        counts.append(_counters(interface))
        times_s.append(time.monotonic())
        report(min(1.0, place * SLICE_S / max(seconds, 2 * SLICE_S)))
    watched_s = times_s[-1] - began
    rates_mbit_s = 8e-6 * np.diff(np.array(counts), axis=0) / np.diff(times_s)[:, None]
    return TrafficEvidence(
        interface=interface,
        seconds=watched_s,
        sent_mbit_s=rates_mbit_s[:, 0],
        received_mbit_s=rates_mbit_s[:, 1],
        senders=senders.since(watched_s),
    )


def _counters(interface: str) -> tuple[int, int]:
    found = psutil.net_io_counters(pernic=True).get(interface)
    if found is None:
        raise DeviceGone(
            Text(f"{interface} went away", f"{interface} 消失了"),
            Text("plug the adapter in again", "请重新插好网卡"),
        )
    return found.bytes_sent, found.bytes_recv
