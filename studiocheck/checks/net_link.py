"""`net.link`: the interface that carries the show: what it is, and whether it is up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Link, LinkAfter
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import LinkEvidence, Medium
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

_SLOW_PORT_MBIT_S = 1000
_DRIVER = Text("as the driver says", "网卡驱动报告")
_COUNTERS = Text("errors and drops since the interface came up", "网口启用以来的错误和丢包")
_DURING = Text("the interface's counters before and after the check", "检查前后网口计数器之差")
_RADIO = Text("received signal, as the radio says", "无线网卡报告的信号强度")
_CABLE = Text(
    "plug the computer into the router by cable and switch its Wi-Fi off",
    "请用网线把电脑接到路由器，并关闭 Wi-Fi",
)
_FINE_AS_A_SPARE = {"cellular", "phone"}
_MEDIA: Mapping[Medium, tuple[Text, Text | None]] = {
    "wired": (Text("cable", "有线"), None),
    "wireless": (Text("Wi-Fi", "Wi-Fi 无线"), _CABLE),
    "cellular": (
        Text("mobile network", "移动网络"),
        Text(
            "use a cable as the primary line and keep the mobile network as the backup",
            "主线路请用有线，移动网络留作备用",
        ),
    ),
    "phone": (
        Text("a phone's connection", "手机共享网络"),
        Text(
            "use a cable as the primary line; a phone stops sharing when it is called or empty",
            "主线路请用有线；手机来电或没电时共享会中断",
        ),
    ),
    "vpn": (
        Text("a VPN", "VPN"),
        Text(
            "disconnect the VPN, or exclude the encoder from it",
            "请断开 VPN，或让推流软件不走 VPN",
        ),
    ),
    "virtual": (
        Text("a virtual interface", "虚拟网卡"),
        Text(
            "run studiocheck on the streaming computer itself, not in a container",
            "请在推流电脑本机上运行 studiocheck，不要在容器里运行",
        ),
    ),
    "loopback": (
        Text("inside this computer", "本机回环"),
        Text(
            "the target is this computer itself: set a server outside the room as the target",
            "目标就是本机：请把目标改为外部服务器",
        ),
    ),
    "unknown": (
        Text("an unknown medium", "未知类型"),
        Text(
            "look whether a network cable is plugged in, and prefer it to Wi-Fi",
            "请看网线是否插好，尽量用有线，不用 Wi-Fi",
        ),
    ),
}


def _assess(case: Case) -> Assessment:
    problem = case.capture(Link).problem
    if problem is not None and problem.code == "gone":
        return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    link = case.link
    verdict, advice = _judged(link, spare=case.place > 0)
    after = _after(case)
    if after is None and _lost(case):
        return Assessment(
            measurements=_measurements(link),
            verdict=Verdict.FAIL,
            note=Text(
                f"{link.interface} went away while it was checked",
                f"{link.interface} 在检查过程中断开",
            ),
            advice=_LOOSE,
        )
    counted = _counted(link, after) if after is not None else []
    return Assessment(
        measurements=[*_measurements(link), *counted],
        verdict=verdict,
        note=_note(link),
        # a cable that loses frames comes before whatever its medium would be advised
        advice=None if any(m.value for m in counted) else advice,
    )


def _after(case: Case) -> LinkEvidence | None:
    """Return the same interface after everything was sent; None where nothing is known."""
    found = case.captured.get(LinkAfter)
    seen = found.evidence if found is not None else None
    same = isinstance(seen, LinkEvidence) and seen.interface == case.link.interface
    return seen if same and isinstance(seen, LinkEvidence) else None


def _lost(case: Case) -> bool:
    found = case.captured.get(LinkAfter)
    return found is not None and found.problem is not None and found.problem.code == "gone"


def _counted(link: LinkEvidence, after: LinkEvidence) -> list[Measurement]:
    """Return what changed during the check."""
    found = []
    for name, before, now in (
        ("new_errors", link.frame_errors, after.frame_errors),
        ("link_changes", link.carrier_changes, after.carrier_changes),
    ):
        if before is not None and now is not None:
            # a driver that was started again counts from nought
            found.append(
                Measurement.of(name, now - before if now >= before else now, "count", _DURING)
            )
    return found


def _judged(link: LinkEvidence, *, spare: bool) -> tuple[Verdict, Text | None]:
    if not link.up:
        return Verdict.FAIL, Text(
            "plug the network cable in at both ends until its lamps are lit; then try another "
            "cable, then another socket",
            "请把网线两端插紧直到指示灯亮；不行就换网线，再换网口",
        )
    if link.duplex == "half":
        return Verdict.FAIL, Text(
            "change the network cable; then set port and switch to automatic negotiation",
            "请更换网线；再把网口和交换机都设为自动协商",
        )
    if spare and link.medium in _FINE_AS_A_SPARE:
        return Verdict.PASS, None
    advice = _MEDIA[link.medium][1]
    return (Verdict.PASS if advice is None else Verdict.MARGINAL), advice


def _measurements(link: LinkEvidence) -> list[Measurement]:
    found = []
    if link.speed_mbit_s is not None:
        found.append(Measurement.of("link_speed", link.speed_mbit_s, "Mbit/s", _DRIVER))
    if link.errors is not None:
        found.append(Measurement.of("link_errors", link.errors, "count", _COUNTERS))
    if link.signal_dbm is not None:
        found.append(Measurement.of("signal", link.signal_dbm, "dBm", _RADIO))
    return found


def _note(link: LinkEvidence) -> Text:
    note = Text(f"{link.interface}: {{medium}}", f"{link.interface}：{{medium}}").fill(
        medium=_MEDIA[link.medium][0]
    )
    if not link.up:
        return Text(f"{note.en}, down", f"{note.zh}，未连接")
    if link.duplex == "half":
        return Text(f"{note.en}, half duplex", f"{note.zh}，半双工")
    speed = link.speed_mbit_s
    if link.medium == "wired" and speed is not None and speed < _SLOW_PORT_MBIT_S:
        return Text(
            f"{note.en}, only {speed:.0f} Mbit/s: an old port or a cable with a broken pair",
            f"{note.zh}，仅 {speed:.0f} Mbit/s：网口较旧或网线断芯",
        )
    return note


def _defaults(_: Targets) -> Mapping[str, Default]:
    cable = Text(
        "a cable may have one bit in 10^10 wrong (IEEE 802.3, 1000BASE-T): none in a whole check",
        "网线误码率不超过 10 的负 10 次方（IEEE 802.3）：整个检查中不应出错",
    )
    radio = Text(
        "rule of thumb of wireless planners for voice and video", "无线音视频覆盖的常用规划值"
    )
    return {
        "new_errors": Default(Limit(warn_maximum=0), cable, "count"),
        "link_changes": Default(
            Limit(maximum=0),
            Text("a link that drops now drops in the show", "现在会断，直播时也会断"),
            "count",
        ),
        "signal": Default(Limit(warn_minimum=-67), radio, "dBm"),
    }


_LOOSE = Text(
    "push the network plugs in at both ends until they click; then another cable, then another "
    "port of the switch",
    "请把网线两端插紧到位；不行就换网线，再换交换机端口",
)


def _advice(measured: Sequence[Measurement]) -> Text:
    value = {m.name: m.value for m in measured}
    if value.get("link_changes", 0):
        return _LOOSE
    if value.get("new_errors", 0):
        return Text(
            f"{value['new_errors']:.0f} frames were damaged while we watched: change the "
            "network cable first, then the port of the switch",
            f"检查期间有 {value['new_errors']:.0f} 个数据帧损坏：先换网线，再换交换机端口",
        )
    return _CABLE


CHECK = Check(
    id="net.link",
    title=Text("Network connection", "网络连接"),
    about=Text(
        "Which interface carries the show, whether it is a cable, and whether it is up: Wi-Fi "
        "shares its air with every phone in the room.",
        "直播走哪个网口、是否有线、是否连通；Wi-Fi 会受现场所有手机的干扰。",
    ),
    scope=Scope.UPLINK,
    needs=(Link(), LinkAfter()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a network cable", verdict=Verdict.PASS),
        Example(
            says="the computer is on Wi-Fi",
            verdict=Verdict.MARGINAL,
            faults=("uplink.primary:medium=wireless", "uplink.primary:signal=-58dBm"),
        ),
        Example(
            says="the cable is pulled out",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:cut",),
        ),
        Example(
            says="a system that does not tell",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:unreadable",),
        ),
    ),
)
