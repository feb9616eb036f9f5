"""The simulated computer: load, memory, disk and clock as the scene says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studiocheck.core.capture import Report
from studiocheck.core.errors import PermissionDenied
from studiocheck.core.evidence import ClockEvidence, HostEvidence
from studiocheck.core.text import Text
from studiocheck.simulator.scene import Scene

INTERVAL_S = 0.5
_FLUCTUATION_PERCENT = 1.5
_DELAY_MS = 8.0
_KERNEL_ERROR_MS = {True: 12.0, False: 16_000.0}


@dataclass(frozen=True, slots=True)
class SimulatedHost:
    """The computer of a scene. It does not make anybody wait.

    Parameters
    ----------
    scene : Scene
        The simulated studio with its faults.
    """

    scene: Scene

    def sample(self, seconds: float, report: Report) -> HostEvidence:
        """Return what a computer like that would tell over ``seconds``.

        Raises
        ------
        PermissionDenied
            If the scene says that the system does not tell.
        """
        times_s = INTERVAL_S * np.arange(max(1, round(seconds / INTERVAL_S)))
        hosts = [self.scene.at(float(time_s)).host for time_s in times_s]
        if any(host.unreadable for host in hosts):
            raise _denied()
        noise = np.random.default_rng(self.scene.seed).normal(0, _FLUCTUATION_PERCENT, len(hosts))
        report(1.0)
        return HostEvidence(
            cpu_percent=np.clip([host.cpu_percent for host in hosts] + noise, 0.0, 100.0),
            cores=hosts[0].cores,
            memory_total_bytes=round(1e9 * hosts[0].memory_gb),
            memory_available_bytes=round(1e9 * min(host.memory_free_gb for host in hosts)),
            disk_free_bytes=round(1e9 * min(host.disk_free_gb for host in hosts)),
            disk_path="simulated",
        )

    def clock(self, report: Report) -> ClockEvidence:
        """Return what the kernel and the time server of a computer like that would say.

        Raises
        ------
        PermissionDenied
            If the scene says that the system does not tell.
        """
        host = self.scene.at(0.0).host
        if host.unreadable:
            raise _denied()
        report(1.0)
        return ClockEvidence(
            synchronised=host.clock_kept,
            kernel_error_ms=_KERNEL_ERROR_MS[host.clock_kept],
            server="" if host.clock_ms is None else "sim:clock",
            offset_ms=host.clock_ms,
            delay_ms=None if host.clock_ms is None else _DELAY_MS,
        )


def _denied() -> PermissionDenied:
    return PermissionDenied(
        Text("the system does not tell its load and its clock", "系统不允许读取负载和时钟信息"),
        Text("run as another user", "请换用户运行"),
    )
