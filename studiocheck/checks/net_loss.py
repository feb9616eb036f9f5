"""`net.loss`: packets that have to be sent again, and what they cost a single connection."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Link, Upload
from studiocheck.core.link_advice import EITHER, link_advice
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.network.goodput import (
    Goodput,
    require_course,
    together_goodput,
    upload_goodput,
)

_COUNTED = Text(
    "segments sent again over segments sent, the end of slow start left out",
    "重传数据段占发送数据段的比例，不含慢启动末尾",
)
_AGAINST = Text(
    "what one connection carries over what four carry at once",
    "单个连接与四个连接同时上传的速率之比",
)
_LOSES = Text(
    "{first}; if it stays, switch to the backup line and tell the provider that the line loses "
    "packets",
    "{first}；仍丢包请切换备用线路，并告知宽带运营商线路丢包",
)
_NOT_TOLD = Text("this system does not tell what was sent again", "本系统无法得知重传数量")


def _assess(case: Case) -> Assessment:
    upload = case.upload
    require_course(
        upload,
        Text(
            f"{upload.backend} averages several connections, which hides loss",
            f"{upload.backend} 是多连接平均值，看不出丢包",
        ),
    )
    alone = upload_goodput(upload)
    measurements = [*_retransmitted(alone), *_one_to_four(alone, together_goodput(upload))]
    if not measurements:
        raise Unmeasurable(_NOT_TOLD)
    # a connection that keeps up with four is not held back, but what it lost is still not known
    known = alone.retransmitted_share is not None
    return Assessment(
        measurements=measurements,
        verdict=Verdict.PASS if known else Verdict.UNMEASURED,
        note=None if known else _NOT_TOLD,
        advice=_LOSES.fill(first=link_advice(case)),
    )


def _retransmitted(alone: Goodput) -> list[Measurement]:
    share, uncertainty = alone.retransmitted_share, alone.retransmitted_uncertainty
    if share is None or uncertainty is None:
        return []
    return [Measurement.of("retransmitted", 100 * share, "%", _COUNTED, 100 * uncertainty)]


def _one_to_four(alone: Goodput, four: Goodput | None) -> list[Measurement]:
    """Compare; nothing where one was enough, or several did not come about."""
    if four is None or min(alone.median_mbit_s, four.median_mbit_s) <= 0:
        return []
    ratio = alone.median_mbit_s / four.median_mbit_s
    relative = math.hypot(
        alone.median_uncertainty_mbit_s / alone.median_mbit_s,
        four.median_uncertainty_mbit_s / four.median_mbit_s,
    )
    return [
        Measurement.of("one_to_four", ratio, "", _AGAINST, ratio * relative, alone.windows),
    ]


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "retransmitted": Default(
            Limit(maximum=0.5, warn_maximum=0.2),
            Text(
                "measured: with 0.5 % of packets lost a stream of 6 Mbit/s falls behind on a line "
                "of 20 with a round trip of 30 ms",
                "实测：往返时延 30 毫秒、20 Mbit/s 的线路丢包 0.5% 时，6 Mbit/s 推流开始积压",
            ),
            "%",
        ),
        "one_to_four": Default(
            Limit(minimum=0.5, warn_minimum=0.8),
            Text(
                "measured: clean lines give one connection more than 0.95 of what four get",
                "实测：无丢包线路上单个连接可达四个连接的 0.95 以上",
            ),
            "",
        ),
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return _LOSES.fill(first=EITHER)


CHECK = Check(
    id="net.loss",
    title=Text("Packet loss", "丢包"),
    about=Text(
        "How much has to be sent again, and whether one connection gets what several get: a line "
        "that loses packets is fast on a speed test and slow for a stream.",
        "有多少数据要重传，单个连接能否跑满线路：丢包的线路测速很快，推流却跑不动。",
    ),
    scope=Scope.UPLINK,
    needs=(Upload(4.0), Link()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="nothing lost", verdict=Verdict.PASS),
        Example(
            says="a slow line that loses nothing",
            verdict=Verdict.PASS,
            faults=("uplink.primary:rate=6",),
        ),
        Example(
            says="1 % of all packets lost", verdict=Verdict.FAIL, faults=("uplink.primary:loss=1%",)
        ),
        Example(
            says="the far end refuses",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:refuse",),
        ),
    ),
)
