"""What the network tools of macOS and Windows print, and what can be read in it.

The readers rely on numbers, addresses and names that are the same in every language of the system.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from studiocheck.core.network import Medium

_LIMIT_S = 3.0
_ADAPTERS = (
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8; Get-NetAdapter -IncludeHidden | "
    "Select-Object Name,InterfaceDescription,NdisPhysicalMedium,Virtual | ConvertTo-Json -Compress"
)
_MAC_PORT = re.compile(r"^Hardware Port: (?P<port>.+)\n\s*Device: (?P<device>\S+)", re.MULTILINE)
_HARDWARE = re.compile(r"\b(?:[0-9a-fA-F]{1,2}[:-]){5}[0-9a-fA-F]{1,2}\b")
# NDIS_PHYSICAL_MEDIUM of ntddndis.h
_BY_NDIS: Mapping[int, Medium] = {
    1: "wireless", 8: "cellular", 9: "wireless", 10: "phone", 14: "wired", 17: "cellular",
}  # fmt: skip
_BY_WORD: tuple[tuple[str, Medium], ...] = (
    (r"wi-?fi|airport", "wireless"),
    (r"iphone|ipad|android|remote ndis|apple mobile|bluetooth", "phone"),
    (r"wireguard|wintun|tap-windows|openvpn|vpn|tunnel", "vpn"),
    (r"wwan|modem|mobile broadband", "cellular"),
    (r"bridge|hyper-v|virtual|vmware", "virtual"),
    (r"ethernet|\blan\b|10/100|gbe", "wired"),
)


def printed(*command: str) -> str:
    """Return what a program of the system prints; empty where it is missing, fails or hangs."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, its arguments apart
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", errors="replace").replace("\r\n", "\n")


def adapters() -> str:
    """Return what Windows prints of its network adapters, as JSON."""
    return printed("powershell", "-NoProfile", "-NonInteractive", "-Command", _ADAPTERS)


def mac_medium(ports: str, interface: str) -> Medium | None:
    r"""Return what an interface of a Mac is.

    Parameters
    ----------
    ports : str
        What ``networksetup -listallhardwareports`` prints.
    interface : str
        For example ``en0``.

    Examples
    --------
    >>> mac_medium("Hardware Port: Wi-Fi\nDevice: en0\n", "en0")
    'wireless'
    """
    if interface.startswith(("utun", "ipsec", "ppp")):
        return "vpn"
    port = next((m["port"] for m in _MAC_PORT.finditer(ports) if m["device"] == interface), "")
    return _by_word(port)


def windows_medium(adapters: str, interface: str) -> Medium | None:
    """Return what an adapter of Windows is.

    Parameters
    ----------
    adapters : str
        What `adapters` returned.
    interface : str
        The connection's name, as the user sees it.
    """
    for adapter in _objects(adapters):
        if adapter.get("Name") == interface:
            told = _by_word(str(adapter.get("InterfaceDescription", "")))
            physical = adapter.get("NdisPhysicalMedium")
            medium = _BY_NDIS.get(physical) if isinstance(physical, int) else None
            # tunnels and phones call themselves Ethernet, and only their description is honest
            return told if told in {"phone", "vpn", "virtual"} else medium or told
    return None


def windows_signal_dbm(wlan: str, interface: str) -> float | None:
    r"""Return the signal of a Wi-Fi adapter, dBm, from ``netsh wlan show interfaces``.

    Windows 11 tells it; before, the quality in percent stands for it: 0 % is −100 dBm and 100 %
    −50 dBm, linear between.

    **Source**: WLAN_ASSOCIATION_ATTRIBUTES, ``wlanSignalQuality`` (Microsoft, wlanapi.h).

    Examples
    --------
    >>> windows_signal_dbm("    Name : WLAN\n    Signal : 80%\n", "WLAN")
    -60.0
    """
    blocks = [block for block in re.split(r"\n\s*\n", wlan) if "%" in block]
    named = [b for b in blocks if re.search(rf":\s*{re.escape(interface)}\s*$", b, re.MULTILINE)]
    if len(named or blocks) != 1:
        return None
    block = (named or blocks)[0]
    if told := re.search(r"\bRssi\s*:\s*(-\d+)", block, re.IGNORECASE):
        return float(told[1])
    percent = re.search(r":\s*(\d{1,3})%", block)
    return int(percent[1]) / 2 - 100 if percent else None


def mac_gateway(route: str) -> str | None:
    r"""Return the first hop that ``route -n get ADDRESS`` of a Mac prints; None for a neighbour.

    Examples
    --------
    >>> mac_gateway("   route to: default\n    gateway: 192.168.1.1\n  interface: en0\n")
    '192.168.1.1'
    """
    found = re.search(r"^\s*gateway: (\S+)$", route, re.MULTILINE)
    # for a neighbour it is its own hardware address, or link#4
    return found[1] if found and re.search(r"[.:]", found[1]) and "#" not in found[1] else None


def hardware_address(table: str, address: str, interface: str | None = None) -> str | None:
    """Return the hardware address of a neighbour, from a table of any system.

    Parameters
    ----------
    table : str
        ``/proc/net/arp``, or what ``arp -an`` or ``arp -a`` prints.
    address : str
        The neighbour's address.
    interface : str, optional
        Where two interfaces have a neighbour of that address; only Linux and macOS tell.

    Examples
    --------
    >>> hardware_address("? (192.168.1.1) at a4:2b:b0:1:2:3 on en0 ifscope", "192.168.1.1")
    'a4:2b:b0:01:02:03'
    """
    lines = [line for line in table.splitlines() if address in re.split(r"[\s()]+", line)]
    of_it = [line for line in lines if interface is not None and interface in line.split()]
    for line in of_it or lines:
        if found := _HARDWARE.search(line):
            parts = [part.zfill(2).lower() for part in re.split("[:-]", found[0])]
            return ":".join(parts) if any(part != "00" for part in parts) else None
    return None


def _by_word(text: str) -> Medium | None:
    return next((m for word, m in _BY_WORD if re.search(word, text, re.IGNORECASE)), None)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON answer; PowerShell writes a single one without brackets."""
    try:
        found = json.loads(text)
    except ValueError:
        return
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict):
            yield item
