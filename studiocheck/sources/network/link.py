"""The interface that carries the traffic to a target, and whether it is fit for a show.

On Linux everything is read from sysfs; elsewhere psutil tells state and speed, and the tools of the
system tell the medium.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import psutil

from studiocheck.core.errors import DeviceGone, SourceError
from studiocheck.core.network import LinkEvidence, Medium
from studiocheck.core.text import Text
from studiocheck.sources.network.connection import Address, resolve
from studiocheck.sources.network.interface import interface_of, require, tie
from studiocheck.sources.network.system_tools import (
    adapters,
    mac_medium,
    printed,
    windows_medium,
    windows_signal_dbm,
)

SYSFS = Path("/sys")
WIRELESS = Path("/proc/net/wireless")
_LOOKUP_S = 2.5
# nobody answers there (RFC 5737, RFC 3849) and nothing is sent: it only asks the routing table
_ELSEWHERE: tuple[Address, ...] = (
    (socket.AF_INET, ("198.51.100.1", 9)),
    (socket.AF_INET6, ("2001:db8::1", 9)),
)
_BY_DEVTYPE: Mapping[str, Medium] = {"wlan": "wireless", "wwan": "cellular"}
_BY_DRIVER: Mapping[str, Medium] = {
    "rndis_host": "phone", "ipheth": "phone", "cdc_ncm": "phone", "cdc_ether": "phone",
    "cdc_mbim": "cellular", "qmi_wwan": "cellular", "huawei_cdc_ncm": "cellular",
}  # fmt: skip
_LOOPBACK_TYPE = 772
_TUNNEL_TYPES = {512, 768, 769, 776, 778, 65534}  # ppp, ipip, ip6tnl, sit, gre, tun without frames


def link_to(
    host: str | None,
    port: int = 443,
    *,
    interface: str | None = None,
    sysroot: Path = SYSFS,
) -> LinkEvidence:
    """Find the interface that carries the traffic to a host and say what it is.

    Parameters
    ----------
    host : str or None
        Name or address; ``None``, or a name that does not resolve, asks for the default route.
    port : int
        Any; nothing is sent.
    interface : str, optional
        The interface to describe, where the studio file names one.
    sysroot : Path
        Where sysfs is mounted.

    Raises
    ------
    DeviceGone
        If there is no such interface, or no way out of this computer.
    """
    if interface is not None:
        if sysroot == SYSFS:
            require(interface)
        return replace(describe(interface, sysroot), address=way_to((), interface)[1])
    name, own = interface_to(host, port)
    return replace(describe(name, sysroot), address=own)


def interface_to(host: str | None, port: int = 443) -> tuple[str, str]:
    """Return the interface that carries the traffic to a host, and this computer's address on it.

    Raises
    ------
    DeviceGone
        If there is no way out of this computer.
    """
    addresses: list[Address] = []
    if host is not None:
        with contextlib.suppress(SourceError):  # net.path names a failed look-up; here it tells
            addresses = resolve(host, port, _LOOKUP_S)  # no more than that the route is the default
    own = way_to(addresses)[1]
    name = interface_of(own) if own else None
    if own and name:
        return name, own
    raise DeviceGone(
        Text("this computer has no network connection", "本机没有网络连接"),
        Text(
            "plug in the network cable and look at the lamps of the socket; then restart the "
            "router, then switch to the backup line",
            "请插好网线并看网口指示灯；再重启路由器，仍不行就切换备用线路",
        ),
    )


def way_to(
    addresses: Iterable[Address], interface: str | None = None
) -> tuple[str | None, str | None]:
    """Return the first address that there is a way to, and this computer's own on that way.

    The way to anywhere stands for no addresses; ``(None, None)`` where there is none. Nothing is
    sent.
    """
    for family, where in (*addresses, *_ELSEWHERE):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                if interface is not None:
                    tie(sock, interface)
                sock.connect(where)
                return where[0], sock.getsockname()[0].partition("%")[0]
        except (OSError, SourceError):
            continue
    return None, None


def describe(name: str, sysroot: Path = SYSFS) -> LinkEvidence:
    """Describe one interface."""
    folder = sysroot / "class" / "net" / name
    if sys.platform.startswith("linux") and folder.is_dir():
        return _from_sysfs(name, folder)
    return _from_psutil(name)


def _from_sysfs(name: str, folder: Path) -> LinkEvidence:
    medium, why = _medium(folder)
    state = _read(folder / "operstate")
    speed = _number(_read(folder / "speed"))
    duplex = _read(folder / "duplex")
    counters = [
        _number(_read(folder / "statistics" / counter))
        for counter in ("rx_errors", "tx_errors", "rx_dropped", "tx_dropped")
    ]
    known = [int(count) for count in counters if count is not None]
    # a frame of a protocol that nobody here speaks is received and dropped: no fault of the line
    wrong = [int(count) for count in (*counters[:2], counters[3]) if count is not None]
    changes = _number(_read(folder / "carrier_changes"))
    return LinkEvidence(
        interface=name,
        medium=medium,
        # tunnels and some drivers keep no operational state: then the carrier decides
        up=state == "up" or (state in {"unknown", ""} and _read(folder / "carrier") != "0"),
        speed_mbit_s=speed if speed is not None and speed > 0 else None,
        duplex="full" if duplex == "full" else "half" if duplex == "half" else None,
        errors=sum(known) if known else None,
        why=why,
        frame_errors=sum(wrong) if wrong else None,
        carrier_changes=int(changes) if changes is not None else None,
        signal_dbm=_signal_dbm(name) if medium == "wireless" else None,
    )


def _medium(folder: Path) -> tuple[Medium, str]:
    """Return what an interface is, and by what it was told."""
    devtype = dict(
        line.split("=", 1) for line in _read(folder / "uevent").splitlines() if "=" in line
    ).get("DEVTYPE", "")
    kind = _number(_read(folder / "type"))
    driver = folder / "device" / "driver"
    name = driver.resolve().name if driver.exists() else "?"
    medium: Medium = _BY_DRIVER.get(name, "wired")
    why = f"driver {name}"
    if devtype in _BY_DEVTYPE:
        medium, why = _BY_DEVTYPE[devtype], f"DEVTYPE={devtype}"
    elif (folder / "wireless").exists() or (folder / "phy80211").exists():
        medium, why = "wireless", "wireless in sysfs"
    elif kind == _LOOPBACK_TYPE:
        medium, why = "loopback", "type 772"
    elif devtype == "wireguard" or (folder / "tun_flags").exists() or kind in _TUNNEL_TYPES:
        medium, why = "vpn", f"tunnel, type {kind or 0:.0f}"
    elif not (folder / "device").exists():
        medium, why = _composed(folder)
    return medium, why


def _composed(folder: Path) -> tuple[Medium, str]:
    """Return what a bridge, bond or VLAN is: what its ports are, the worst of them first."""
    ports = {port.name.removeprefix("lower_"): port.resolve() for port in folder.glob("lower_*")}
    found = [(*_medium(port), name) for name, port in sorted(ports.items()) if port != folder]
    if not found:
        return "virtual", "no device behind it"
    medium, why, name = min(found, key=lambda port: port[0] == "wired")
    return medium, f"{name}: {why}"


def _from_psutil(name: str) -> LinkEvidence:
    stats = psutil.net_if_stats().get(name)
    count = psutil.net_io_counters(pernic=True).get(name)
    flags = getattr(stats, "flags", "").split(",") if stats else []
    medium, signal_dbm = _told_by_the_system(name)
    if "loopback" in flags:
        medium = "loopback"
    elif "pointopoint" in flags:
        medium = "vpn"
    duplex: Literal["full", "half"] | None = None
    if stats and stats.duplex in {psutil.NIC_DUPLEX_FULL, psutil.NIC_DUPLEX_HALF}:
        duplex = "full" if stats.duplex == psutil.NIC_DUPLEX_FULL else "half"
    return LinkEvidence(
        interface=name,
        medium=medium,
        up=bool(stats and stats.isup),
        speed_mbit_s=float(stats.speed) if stats and stats.speed > 0 else None,
        duplex=duplex,
        errors=count.errin + count.errout + count.dropin + count.dropout if count else None,
        why="psutil",
        frame_errors=count.errin + count.errout + count.dropout if count else None,
        signal_dbm=signal_dbm,
    )


def _told_by_the_system(name: str) -> tuple[Medium, float | None]:
    """Return what an interface is, and the signal of its radio, dBm, where a tool tells."""
    if sys.platform == "darwin":
        return mac_medium(printed("networksetup", "-listallhardwareports"), name) or "unknown", None
    if sys.platform == "win32":
        medium = windows_medium(adapters(), name) or "unknown"
        if medium == "wireless":
            wlan = printed("netsh", "wlan", "show", "interfaces")
            return medium, windows_signal_dbm(wlan, name)
        return medium, None
    return "unknown", None


def _signal_dbm(name: str) -> float | None:
    told = wireless_signal_dbm(_read(WIRELESS), name)
    if told is not None:
        return told
    found = re.search(r"signal:\s*(-\d+)", printed("iw", "dev", name, "link"))
    return float(found[1]) if found else None


def wireless_signal_dbm(table: str, name: str) -> float | None:
    """Return the signal of a Wi-Fi interface, dBm, from ``/proc/net/wireless``.

    Drivers that give it on a scale of their own tell nothing.

    Examples
    --------
    >>> wireless_signal_dbm(" wlan0: 0000   60.  -50.  -256        0", "wlan0")
    -50.0
    """
    found = re.search(rf"^\s*{re.escape(name)}:\s+\S+\s+\S+\s+(-?\d+)", table, re.MULTILINE)
    level = float(found[1]) if found else 0.0
    return level if -120 < level < 0 else None


def _read(path: Path) -> str:
    """Return a sysfs file's text; empty where it does not exist or the driver refuses."""
    try:
        return path.read_text("ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
