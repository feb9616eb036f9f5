"""Which interface carries the show, read from trees of sysfs that real computers have."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from studiocheck.core.errors import DeviceGone
from studiocheck.core.network import Medium
from studiocheck.sources.network.link import describe, link_to

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sysfs is Linux's own")


class Sysfs:
    """A tree with the files that a driver would show."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(
        self,
        name: str,
        *,
        kind: int = 1,
        devtype: str = "",
        driver: str | None = "e1000e",
        state: str = "up",
        wireless: bool = False,
        **files: str,
    ) -> Path:
        folder = self.root / "class" / "net" / name
        (folder / "statistics").mkdir(parents=True)
        (folder / "type").write_text(f"{kind}\n")
        (folder / "operstate").write_text(f"{state}\n")
        (folder / "uevent").write_text(
            (f"DEVTYPE={devtype}\n" if devtype else "") + f"INTERFACE={name}\n"
        )
        for file, text in files.items():
            (folder / file).write_text(f"{text}\n")
        if driver is not None:
            target = self.root / "bus" / "drivers" / driver
            target.mkdir(parents=True, exist_ok=True)
            (folder / "device").mkdir()
            (folder / "device" / "driver").symlink_to(target)
        if wireless:
            (folder / "wireless").mkdir()
        return folder


@pytest.fixture
def sysfs(tmp_path: Path) -> Sysfs:
    return Sysfs(tmp_path)


def test_a_cable_is_wired_with_speed_duplex_and_errors(sysfs: Sysfs):
    folder = sysfs.add("enp3s0", speed="1000", duplex="full", carrier="1")
    for counter, count in {
        "rx_errors": 3,
        "tx_errors": 1,
        "rx_dropped": 4,
        "tx_dropped": 0,
    }.items():
        (folder / "statistics" / counter).write_text(f"{count}\n")
    link = link_to(None, interface="enp3s0", sysroot=sysfs.root)
    assert (link.medium, link.up, link.speed_mbit_s, link.duplex) == ("wired", True, 1000, "full")
    assert link.errors == 8
    assert "e1000e" in link.why


@pytest.mark.parametrize(
    ("medium", "what"),
    [
        ("wireless", {"devtype": "wlan", "driver": "iwlwifi"}),
        ("wireless", {"wireless": True, "driver": "rtl8xxxu"}),
        ("cellular", {"devtype": "wwan", "driver": "qmi_wwan"}),
        ("cellular", {"driver": "cdc_mbim"}),
        ("phone", {"driver": "ipheth"}),
        ("phone", {"driver": "rndis_host"}),
        ("vpn", {"kind": 65534, "driver": None, "tun_flags": "0x1001"}),
        ("vpn", {"kind": 65534, "devtype": "wireguard", "driver": None}),
        ("vpn", {"kind": 512, "driver": None}),
        ("loopback", {"kind": 772, "driver": None}),
        ("virtual", {"driver": None}),
        ("wired", {"driver": "virtio_net"}),
        ("wired", {"driver": "r8152"}),
    ],
)
def test_the_medium_is_told_by_what_the_driver_shows(sysfs: Sysfs, medium: Medium, what: dict):
    sysfs.add("x0", **what)
    assert describe("x0", sysfs.root).medium == medium


@pytest.mark.parametrize(("port", "medium"), [("e1000e", "wired"), ("rndis_host", "phone")])
def test_a_bridge_is_what_its_worst_port_is(sysfs: Sysfs, port: str, medium: Medium):
    wired = sysfs.add("eth0")
    other = sysfs.add("eth1", driver=port)
    bridge = sysfs.add("br0", devtype="bridge", driver=None)
    (bridge / "lower_eth0").symlink_to(wired)
    (bridge / "lower_eth1").symlink_to(other)
    assert describe("br0", sysfs.root).medium == medium


def test_a_pulled_cable_is_down(sysfs: Sysfs):
    sysfs.add("eth0", state="down", carrier="0", speed="-1", duplex="unknown")
    link = describe("eth0", sysfs.root)
    assert not link.up
    assert link.speed_mbit_s is None
    assert link.duplex is None
    assert link.errors is None


@pytest.mark.parametrize(("carrier", "up"), [("1", True), ("0", False), (None, True)])
def test_a_driver_without_a_state_is_judged_by_its_carrier(
    sysfs: Sysfs, carrier: str | None, up: bool
):
    sysfs.add("tun0", state="unknown", driver=None, **({"carrier": carrier} if carrier else {}))
    assert describe("tun0", sysfs.root).up is up


def test_half_duplex_is_seen(sysfs: Sysfs):
    sysfs.add("eth0", speed="100", duplex="half")
    link = describe("eth0", sysfs.root)
    assert (link.speed_mbit_s, link.duplex) == (100, "half")


def test_the_way_to_this_computer_is_loopback():
    link = link_to("127.0.0.1")
    assert link.medium == "loopback"
    assert link.up


def test_an_interface_that_is_not_there_is_gone():
    with pytest.raises(DeviceGone, match="nosuch0"):
        link_to("127.0.0.1", interface="nosuch0")


def test_asking_for_the_way_sends_nothing():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far_end:
        far_end.bind(("127.0.0.1", 0))
        far_end.settimeout(0.1)
        link_to("127.0.0.1", far_end.getsockname()[1])
        with pytest.raises(TimeoutError):
            far_end.recv(10)
