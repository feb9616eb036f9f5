"""Routing tables, neighbours and adapters as Linux, macOS and Windows print them."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.sources.network.gateway import (
    Route,
    linux_routes,
    linux_routes6,
    next_hop,
    windows_routes,
)
from studiocheck.sources.network.link import wireless_signal_dbm
from studiocheck.sources.network.senders import read_message
from studiocheck.sources.network.system_tools import (
    hardware_address,
    mac_gateway,
    mac_medium,
    windows_medium,
    windows_signal_dbm,
)

LINUX = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
wlan0\t00000000\t012BA8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
wlan0\t002BA8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0
"""
LINUX6 = (
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
    "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
)
WINDOWS = """===========================================================================
接口列表
 12...d8 bb c1 00 00 01 ......Intel(R) Ethernet Controller
===========================================================================

IPv4 路由表
===========================================================================
活动路由:
网络目标        网络掩码          网关       接口   跃点数
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     25
          0.0.0.0          0.0.0.0     192.168.43.1    192.168.43.77     50
        127.0.0.0        255.0.0.0            在链路上         127.0.0.1    331
      192.168.1.0    255.255.255.0            在链路上      192.168.1.23    281
===========================================================================
永久路由:
  无
"""
WINDOWS6 = """IPv6 Route Table
Active Routes:
 If Metric Network Destination      Gateway
 12    281 ::/0                     fe80::1
  1    331 ::1/128                  On-link
 12    281 fe80::/64                On-link
"""
PORTS = """
Hardware Port: Ethernet Adapter (en4)
Device: en4
Ethernet Address: 00:00:5e:00:53:01

Hardware Port: Wi-Fi
Device: en0
Ethernet Address: 00:00:5e:00:53:02

Hardware Port: iPhone USB
Device: en7
Ethernet Address: 00:00:5e:00:53:03

Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: 00:00:5e:00:53:04
"""
NETSH = """
系统上有 1 个接口:

    名称                   : WLAN
    描述                   : Intel(R) Wi-Fi 6 AX201
    物理地址               : 00:00:5e:00:53:05
    状态                   : 已连接
    SSID                   : studio
    接收速率(Mbps)         : 866.7
    信号                   : 82%
"""


@pytest.mark.parametrize(
    ("address", "interface", "hop"),
    [
        ("198.51.100.7", None, "192.168.1.1"),
        ("198.51.100.7", "wlan0", "192.168.43.1"),
        ("192.168.1.9", None, None),
        ("198.51.100.7", "tun0", None),
    ],
)
def test_linux_tells_the_first_hop_of_each_interface(address, interface, hop):
    assert next_hop(linux_routes(LINUX), address, interface) == hop


def test_linux_names_the_interface_of_a_link_local_first_hop():
    assert next_hop(linux_routes6(LINUX6), "2001:db8::7", "eth0") == "fe80::1%eth0"
    assert next_hop(linux_routes6(LINUX6), "fe80::9%eth0", "eth0") is None


def test_windows_in_chinese_tells_the_first_hop_of_each_address_of_ours():
    assert next_hop(windows_routes(WINDOWS), "198.51.100.7", "192.168.1.23") == "192.168.1.1"
    assert next_hop(windows_routes(WINDOWS), "198.51.100.7", "192.168.43.77") == "192.168.43.1"
    assert next_hop(windows_routes(WINDOWS), "192.168.1.9", "192.168.1.23") is None
    assert next_hop(windows_routes(WINDOWS6), "2001:db8::7") == "fe80::1%12"


def test_a_mac_tells_a_router_from_a_neighbour():
    router = "   route to: 198.51.100.7\n    gateway: 192.168.1.1\n  interface: en0\n"
    assert mac_gateway(router) == "192.168.1.1"
    assert mac_gateway("   route to: 192.168.1.9\n  interface: en0\n") is None
    assert mac_gateway("    gateway: link#4\n") is None
    assert mac_gateway("route: writing to routing socket: not in table\n") is None


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32), st.integers(0, 1000)), max_size=12
    ),
    st.integers(0, 2**32 - 1),
)
def test_the_narrowest_network_wins_and_then_the_least_metric(rows, where):
    routes = [
        Route(ip_network((start, bits), strict=False), f"hop{place}", "eth0", metric)
        for place, (start, bits, metric) in enumerate(rows)
    ]
    hop = next_hop(routes, str(IPv4Address(where)))
    fit = [route for route in routes if IPv4Address(where) in route.network]
    if not fit:
        assert hop is None
        return
    chosen = next(route for route in routes if route.gateway == hop)
    assert chosen.network.prefixlen == max(route.network.prefixlen for route in fit)
    assert chosen.metric == min(
        route.metric for route in fit if route.network.prefixlen == chosen.network.prefixlen
    )


@given(st.text(max_size=300))
def test_no_print_makes_a_reader_fail(text):
    assert list(windows_routes(text)) is not None
    assert windows_medium(text, "Ethernet") is None
    assert windows_signal_dbm(text, "WLAN") is None or "%" in text
    assert mac_medium(text, "en0") in {
        None,
        "wired",
        "wireless",
        "phone",
        "vpn",
        "virtual",
        "cellular",
    }
    assert mac_gateway(text) is None or "gateway" in text
    assert hardware_address(text, "192.168.1.1") is None


def test_two_routers_of_one_address_are_told_apart_by_their_hardware():
    linux = (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "192.168.1.1      0x1         0x2         00:00:5e:00:53:0a     *        eth0\n"
        "192.168.1.1      0x1         0x2         00:00:5e:00:53:0b     *        wlan0\n"
        "192.168.1.10     0x1         0x0         00:00:00:00:00:00     *        eth0\n"
    )
    assert hardware_address(linux, "192.168.1.1", "eth0") == "00:00:5e:00:53:0a"
    assert hardware_address(linux, "192.168.1.1", "wlan0") == "00:00:5e:00:53:0b"
    assert hardware_address(linux, "192.168.1.10", "eth0") is None
    windows = "  192.168.1.1           00-00-5e-00-53-0a     动态\n"
    assert hardware_address(windows, "192.168.1.1") == "00:00:5e:00:53:0a"
    mac = "? (192.168.1.1) at 0:0:5e:0:53:a on en0 ifscope [ethernet]\n"
    assert hardware_address(mac, "192.168.1.1", "en0") == "00:00:5e:00:53:0a"
    assert hardware_address("? (192.168.1.1) at (incomplete) on en0", "192.168.1.1") is None


@pytest.mark.parametrize(
    ("interface", "medium"),
    [
        ("en4", "wired"), ("en0", "wireless"), ("en7", "phone"), ("bridge0", "virtual"),
        ("utun3", "vpn"), ("en9", None),
    ],
)  # fmt: skip
def test_a_mac_says_what_its_ports_are(interface, medium):
    assert mac_medium(PORTS, interface) == medium


@pytest.mark.parametrize(
    ("description", "physical", "medium"),
    [
        ("Realtek PCIe GbE Family Controller", 14, "wired"),
        ("Intel(R) Wi-Fi 6 AX201 160MHz", 9, "wireless"),
        ("Remote NDIS based Internet Sharing Device", 0, "phone"),
        ("Apple Mobile Device Ethernet", 14, "phone"),
        ("WireGuard Tunnel", 0, "vpn"),
        ("TAP-Windows Adapter V9", 14, "vpn"),
        ("Hyper-V Virtual Ethernet Adapter", 14, "virtual"),
        ("Fibocom L850-GL", 8, "cellular"),
        ("Unheard-of", 0, None),
    ],
)
def test_windows_says_what_its_adapters_are(description, physical, medium):
    one = {"Name": "以太网", "InterfaceDescription": description, "NdisPhysicalMedium": physical}
    other = {"Name": "WLAN", "InterfaceDescription": "x", "NdisPhysicalMedium": 9}
    assert windows_medium(json.dumps([other, one]), "以太网") == medium
    assert windows_medium(json.dumps(one), "以太网") == medium  # a single one has no brackets


def test_the_signal_is_told_in_any_language_of_windows_and_by_linux():
    assert windows_signal_dbm(NETSH, "WLAN") == -59
    assert windows_signal_dbm(NETSH + "    Rssi                   : -54\n", "WLAN") == -54
    two = NETSH + "\n" + NETSH.replace("WLAN", "WLAN 2").replace("82%", "20%")
    assert windows_signal_dbm(two, "WLAN 2") == -90
    table = (
        "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
        " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
        " wlan0: 0000   60.  -50.  -256        0      0      0      0      0        0\n"
        " wlan1: 0000   60.   70.    0         0      0      0      0      0        0\n"
    )
    assert wireless_signal_dbm(table, "wlan0") == -50
    assert wireless_signal_dbm(table, "wlan1") is None  # a scale of its own
    assert wireless_signal_dbm(table, "wlan9") is None


@given(st.binary(max_size=400))
def test_no_answer_of_the_kernel_makes_the_reader_of_sockets_fail(raw):
    assert read_message(raw) is None or len(raw) > 72
