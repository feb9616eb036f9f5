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
from studiocheck.simulator.shaped_port import MSS_BYTES, ShapedPort, connection_mbit_s, round_trip_s
from studiocheck.simulator.way import own_address, unknown_name


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
            address=own_address(self._scene, self._role),
            frame_errors=0,
            carrier_changes=1,
            signal_dbm=uplink.signal_dbm,
        )

    def start(self) -> tuple[str, int]:
        """Open the far end and return host and port.

        Raises
        ------
        PermissionDenied
            If the scene says that the system does not let us.
        NetworkRefused
            If it says that no name can be looked up.
        DeviceBusy
            If this computer has no port left.
        """
        self._check_readable()
        if self._scene.at(0.0).uplinks[self._role].no_names:
            raise unknown_name()
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
        way_ms = 1000 * round_trip_s(uplink)
        # a connection that loss keeps below the line's rate leaves the queue empty
        full = connection_mbit_s(uplink) >= uplink.rate_mbit_s or evidence.connections > 1
        loaded_ms = way_ms + (uplink.queue_ms if full else 0.0)
        segments = evidence.delivered_bytes // MSS_BYTES  # loopback's own are larger
        known = evidence.segments >= 0
        return replace(
            evidence,
            target=f"sim:{self._role}",
            backend="simulated",
            connect_ms=evidence.connect_ms + way_ms,
            rtt_ms=evidence.rtt_ms + loaded_ms,
            retransmitted=np.where(known, np.rint(uplink.loss * segments), -1).astype(np.int64),
            segments=np.where(known, segments, -1),
            idle_ms=evidence.idle_ms + way_ms,
            loaded_ms=evidence.loaded_ms + loaded_ms,
            together=self.dress(evidence.together) if evidence.together else None,
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
