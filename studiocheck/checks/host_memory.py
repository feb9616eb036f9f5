"""`host.memory`: memory left on the computer while everything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import HostLoad
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

_HIGHEST = Text("highest share in use while capturing", "采集期间的最高占用")
_LOWEST = Text("lowest seen while capturing", "采集期间的最低值")


def _assess(case: Case) -> Assessment:
    host = case.host
    used = 100 * (1 - host.memory_available_bytes / host.memory_total_bytes)
    return Assessment(
        measurements=[
            Measurement.of("memory_used", used, "%", _HIGHEST),
            Measurement.of("memory_available", host.memory_available_bytes / 1e9, "GB", _LOWEST),
        ]
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: above 90 % systems begin to swap", "经验值：超过 90% 系统开始用硬盘充当内存"
    )
    return {"memory_used": Default(Limit(maximum=90, warn_maximum=80), rule, "%")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "close programs that the show does not need, browsers first",
        "关闭直播不需要的程序，先关浏览器",
    )


CHECK = Check(
    id="host.memory",
    title=Text("Memory", "内存"),
    about=Text(
        "Memory in use while the devices are captured; a computer that swaps drops frames.",
        "采集设备期间内存的占用比例；内存不够、用硬盘顶替时会丢帧。",
    ),
    scope=Scope.HOST,
    needs=(HostLoad(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a computer with room to spare", verdict=Verdict.PASS),
        Example(
            says="a computer that is nearly full",
            verdict=Verdict.FAIL,
            faults=("host:memory=0.5GB",),
        ),
        Example(
            says="a system that does not tell",
            verdict=Verdict.UNMEASURED,
            faults=("host:unreadable",),
        ),
    ),
)
