"""`net.delay`: how long a packet takes, and how much longer while the line is full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Upload
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.network.delay import line_delay
from studiocheck.measure.network.goodput import require_course, upload_goodput

_IDLE = Text("time of a TCP handshake, median, before the upload", "上传前 TCP 握手用时，中位数")
_LOADED = Text("the same while the upload fills the line", "上传占满线路时的同一用时")
_ADDED = Text("loaded less idle", "满载减空载")
_AT_LEAST = Text(
    "at least: the router's queue was still growing when the upload was over",
    "至少如此：上传结束时路由器队列仍在增长",
)


def _assess(case: Case) -> Assessment:
    upload = case.upload
    require_course(
        upload, Text(f"{upload.backend} does not tell delays", f"{upload.backend} 不提供时延")
    )
    found = line_delay(
        upload.idle_ms, upload.loaded_ms, upload.loaded_at_s, upload_goodput(upload).startup_s
    )
    return Assessment(
        measurements=[
            Measurement.of(
                "added_delay", found.added_ms, "ms", _ADDED,
                found.added_uncertainty_ms, found.loaded_tries,
            ),
            Measurement.of(
                "idle_delay", found.idle_ms, "ms", _IDLE,
                found.idle_uncertainty_ms, found.idle_tries,
            ),
            Measurement.of(
                "loaded_delay", found.loaded_ms, "ms", _LOADED,
                found.loaded_uncertainty_ms, found.loaded_tries,
            ),
        ],
        note=_AT_LEAST if found.growing else None,
    )  # fmt: skip


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "added_delay": Default(
            Limit(maximum=300, warn_maximum=100),
            Text(
                "rule of thumb after the IETF's responsiveness under load: a router's queue of "
                "100 ms is usual, of 300 ms a fault",
                "经验值，参考 IETF 负载响应性：路由器队列 100 毫秒属正常，300 毫秒属故障",
            ),
            "ms",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "stop every other upload during the show; let the router limit its upload queue (SQM), or "
        " set the stream well below the line's rate",
        "直播期间停止其他上传；在路由器中开启上行智能限速（SQM），或让推流码率明显低于线路上行",
    )


CHECK = Check(
    id="net.delay",
    title=Text("Delay under load", "负载时延"),
    about=Text(
        "How much longer packets wait when somebody fills the uplink: a long queue in the router "
        "delays the stream, the chat and every call.",
        "上行被占满时数据包要多等多久；路由器队列过长会拖慢推流、评论和连麦。",
    ),
    scope=Scope.UPLINK,
    needs=(Upload(4.0),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a queue of 40 ms", verdict=Verdict.PASS),
        Example(
            says="a queue of 200 ms",
            verdict=Verdict.MARGINAL,
            faults=("uplink.primary:queue=200ms",),
        ),
        Example(
            says="a queue of half a second",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:queue=500ms",),
        ),
        Example(
            says="the far end refuses",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:refuse",),
        ),
    ),
)
