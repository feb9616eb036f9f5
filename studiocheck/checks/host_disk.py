"""`host.disk`: whether the recording fits on the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import HostLoad
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Stream, Targets
from studiocheck.core.text import Text


def _gb_an_hour(stream: Stream) -> float:
    return stream.recording_mbit_s * 3600 / 8000


def _assess(case: Case) -> Assessment:
    host, stream = case.host, case.targets.stream
    free_gb = host.disk_free_bytes / 1e9
    hours = free_gb / _gb_an_hour(stream)
    return Assessment(
        measurements=[
            Measurement.of(
                "disk_free",
                free_gb,
                "GB",
                Text(f"free where {host.disk_path} lies", f"{host.disk_path} 所在磁盘的剩余空间"),
            ),
            Measurement.of(
                "recording_left",
                hours,
                "h",
                Text(
                    f"at {stream.recording_mbit_s:g} Mbit/s",
                    f"按 {stream.recording_mbit_s:g} Mbit/s 计算",
                ),
            ),
        ],
        note=Text(
            f"room for {hours:.1f} h of recording in {host.disk_path}, "
            f"the show takes {stream.show_hours:g} h",
            f"{host.disk_path} 还能录 {hours:.1f} 小时，本场直播 {stream.show_hours:g} 小时",
        ),
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    show_gb = _gb_an_hour(targets.stream) * targets.stream.show_hours
    rule = Text(
        f"OBS marks less than 5 GB yellow, less than 1 GB red; twice the show's {show_gb:.1f} GB",
        f"OBS 低于 5 GB 标黄、低于 1 GB 标红；且不少于本场 {show_gb:.1f} GB 的两倍",
    )
    limit = Limit(minimum=1, warn_minimum=max(5.0, 2 * show_gb))
    return {"disk_free": Default(limit, rule, "GB")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "move old recordings to another disk and empty the recycle bin, or record to another disk",
        "把旧录像移到其他磁盘并清空回收站，或改录到其他磁盘",
    )


CHECK = Check(
    id="host.disk",
    title=Text("Disk", "磁盘"),
    about=Text(
        "Free space where recordings go, against the length of the show.",
        "录像所在磁盘的剩余空间是否够录完整场直播。",
    ),
    scope=Scope.HOST,
    needs=(HostLoad(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="an empty disk", verdict=Verdict.PASS),
        Example(
            says="less than twice the show needs",
            verdict=Verdict.MARGINAL,
            faults=("host:disk=15GB",),
        ),
        Example(says="a full disk", verdict=Verdict.FAIL, faults=("host:disk=0.5GB",)),
        Example(
            says="a system that does not tell",
            verdict=Verdict.UNMEASURED,
            faults=("host:unreadable",),
        ),
    ),
)
