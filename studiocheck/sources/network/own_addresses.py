"""Under which addresses other computers reach this one."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress

import psutil

_ELSEWHERE = ("192.0.2.1", 9)  # nobody answers there (RFC 5737), and nothing is sent


def own_addresses(host: str) -> list[str]:
    """Return the addresses that reach what listens on ``host``, the likeliest first.

    Parameters
    ----------
    host : str
        What is listened on; ``0.0.0.0`` stands for all IPv4 addresses, ``::`` for all.

    Returns
    -------
    list of str
        Never empty; addresses that are only known to one cable (link-local) are left out.

    Examples
    --------
    >>> own_addresses("10.1.2.3")
    ['10.1.2.3']
    """
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return [host]
    families = [socket.AF_INET] + [socket.AF_INET6] * (host == "::")
    states = psutil.net_if_stats()
    found = [
        entry.address.partition("%")[0]
        for family in families
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if entry.family == family and name in states and states[name].isup
    ]
    reachable = [address for address in found if _is_reachable(address)]
    first = _way_out()
    return sorted(dict.fromkeys(reachable), key=lambda a: a != first) or ["127.0.0.1"]


def _is_reachable(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return not (parsed.is_loopback or parsed.is_link_local)


def _way_out() -> str | None:
    """Return the address that this computer uses towards the rest of the world."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(_ELSEWHERE)
        own: str = sock.getsockname()[0]
        return own
    return None


def authority(address: str, port: int) -> str:
    """Return address and port as they stand in a URL.

    Examples
    --------
    >>> authority("10.1.2.3", 7878), authority("2001:db8::7", 7878)
    ('10.1.2.3:7878', '[2001:db8::7]:7878')
    """
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
