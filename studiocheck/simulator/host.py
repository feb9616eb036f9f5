"""The simulated computer: load, memory and disk as the scene says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studiocheck.core.capture import Report
from studiocheck.core.errors import PermissionDenied
from studiocheck.core.evidence import HostEvidence
from studiocheck.core.text import Text
from studiocheck.simulator.scene import Scene

INTERVAL_S = 0.5
_FLUCTUATION_PERCENT = 1.5


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
            raise PermissionDenied(
                Text("the system does not tell its load", "系统不允许读取负载信息"),
                Text("run as another user", "请换用户运行"),
            )
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
