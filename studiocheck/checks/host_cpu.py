"""`host.cpu`: load of the processor while everything is being captured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import HostLoad
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

_PEAK = Text("highest half second", "最高的半秒")


def _assess(case: Case) -> Assessment:
    loads = case.host.cpu_percent
    if not len(loads):
        raise Unmeasurable(
            Text("the load was not watched long enough", "负载采样时间不足"),
            Text("run the check again", "请重新检查"),
        )
    spread = 2 * float(np.std(loads, ddof=1)) / math.sqrt(len(loads)) if len(loads) > 1 else None
    return Assessment(
        measurements=[
            Measurement.of(
                "cpu_used",
                float(np.mean(loads)),
                "%",
                Text(
                    "mean of all cores while capturing, studiocheck's own work included",
                    "采集期间所有核心的平均值，含 studiocheck 自身",
                ),
                spread,
                len(loads),
            ),
            Measurement.of("cpu_peak", float(np.max(loads)), "%", _PEAK, n=1),
        ]
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: an encoder begins to skip frames when less than a tenth is free",
        "经验值：空闲不足一成时编码器开始丢帧",
    )
    return {"cpu_used": Default(Limit(maximum=90, warn_maximum=70), rule, "%")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "close programs that the show does not need, browsers and updates first; then let the "
        "encoder use the graphics card",
        "关闭直播不需要的程序，先关浏览器和系统更新；再改用显卡硬件编码",
    )


CHECK = Check(
    id="host.cpu",
    title=Text("Processor", "处理器"),
    about=Text(
        "Load of all cores while the devices are captured; the encoder needs what is left.",
        "采集设备期间所有核心的负载；编码器要靠剩余的算力。",
    ),
    scope=Scope.HOST,
    needs=(HostLoad(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a computer with room to spare", verdict=Verdict.PASS),
        Example(says="a busy computer", verdict=Verdict.MARGINAL, faults=("host:cpu=80%",)),
        Example(
            says="a computer that something else keeps busy",
            verdict=Verdict.FAIL,
            faults=("host:cpu=98%",),
        ),
        Example(
            says="a system that does not tell",
            verdict=Verdict.UNMEASURED,
            faults=("host:unreadable",),
        ),
    ),
)
