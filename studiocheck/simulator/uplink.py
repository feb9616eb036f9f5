"""A simulated uplink: what its interface looks like, and a port that behaves like its far end.

It measures nothing: the engine lets the real upload code measure the port.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studiocheck.core.errors import DeviceBusy, PermissionDenied
from studiocheck.core.network import LinkEvidence, UploadEvidence
from studiocheck.core.text import Text
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.shaped_port import ShapedPort, round_trip_s


class SimulatedUplink:
    """One uplink of a scene.

    Parameters
    ----------
    scene : Scene
        The simulated studio with its faults.
    role : str
        Which uplink.
    """

    def __init__(self, scene: Scene, role: str) -> None:
        self._scene, self._role = scene, role
        self._port = ShapedPort(scene, role)

    def link(self) -> LinkEvidence:
        """Describe the interface.

        Raises
        ------
        PermissionDenied
            If the scene says that the system does not tell.
        """
        self._check_readable()
        uplink = self._scene.at(0.0).uplinks[self._role]
        return LinkEvidence(
            interface=f"sim-{self._role}",
            medium=uplink.medium,
            up=not uplink.cut,
            speed_mbit_s=uplink.link_mbit_s,
            duplex="full" if uplink.medium == "wired" else None,
            errors=0,
            why="simulated",
        )

    def start(self) -> tuple[str, int]:
        """Open the far end and return host and port.

        Raises
        ------
        PermissionDenied
            If the scene says that the system does not let us.
        DeviceBusy
            If this computer has no port left.
        """
        self._check_readable()
        try:
            return self._port.start()
        except OSError as error:
            raise DeviceBusy(
                Text(f"no free port on this computer: {error}", f"本机没有可用端口：{error}")
            ) from error

    def stop(self) -> None:
        """Close the far end."""
        self._port.stop()

    def dress(self, evidence: UploadEvidence) -> UploadEvidence:
        """Add to a measured course what loopback cannot show: the way's delay and its losses."""
        uplink = self._scene.at(0.0).uplinks[self._role]
        again = np.rint(uplink.loss * np.maximum(evidence.segments, 0)).astype(np.int64)
        return replace(
            evidence,
            target=f"sim:{self._role}",
            backend="simulated",
            connect_ms=evidence.connect_ms + 1000 * round_trip_s(uplink),
            rtt_ms=evidence.rtt_ms + 1000 * round_trip_s(uplink),
            retransmitted=np.where(evidence.segments < 0, -1, evidence.retransmitted + again),
        )

    def _check_readable(self) -> None:
        if self._scene.at(0.0).uplinks[self._role].unreadable:
            raise PermissionDenied(
                Text(
                    "the system does not let this user look at the network",
                    "系统不允许当前用户查看网络状态",
                ),
                Text("run as another user", "请换用户运行"),
            )
