"""`net.clock`: whether this computer knows what time it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clock, ClockEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

_ASKED = Text("one question to the time server (SNTP, RFC 4330)", "向时间服务器询问一次（SNTP）")
_RECKONED = Text("the kernel's own estimate of its largest error", "系统内核估计的最大误差")
_NOBODY = Text(
    "the kernel says that nobody keeps this clock; it may be right all the same",
    "内核报告时钟未同步；时间仍可能是准的",
)
_SWITCH_ON = Text(
    "switch automatic time on in the system's date settings, then check again; to have it measured "
    'name a time server in the studio file: ntp = "ntp.aliyun.com"',
    "请在系统日期设置中打开自动对时，再重新检查；"
    '要实测请在直播间设备文件中写 ntp = "ntp.aliyun.com"',
)


def _assess(case: Case) -> Assessment:
    seen = case.clock
    if seen.offset_ms is not None:
        return _measured(seen, seen.offset_ms)
    if seen.synchronised is None:
        if seen.why is not None:
            raise Unmeasurable(seen.why, _SWITCH_ON)
        raise NotAsked(
            Text(
                "this system does not tell how good its clock is, and the studio file names no "
                'time server: ntp = "ntp.aliyun.com" has it measured',
                "系统不报告时钟状态，直播间设备文件也未写时间服务器："
                '写上 ntp = "ntp.aliyun.com" 即可测量',
            ),
            optional=True,
        )
    if seen.synchronised and seen.kernel_error_ms is not None:
        error = Measurement.of("time_error", seen.kernel_error_ms, "ms", _RECKONED)
        return Assessment(measurements=[error], note=seen.why)
    note = _NOBODY
    if seen.why is not None:
        note = Text("{nobody}; {why}", "{nobody}；{why}").fill(nobody=_NOBODY, why=seen.why)
    return Assessment(verdict=Verdict.MARGINAL, note=note, advice=_SWITCH_ON)


def _measured(seen: ClockEvidence, offset_ms: float) -> Assessment:
    uncertainty = seen.delay_ms / 2 if seen.delay_ms is not None else None
    unkept = Text(
        "right against {server}; the kernel says that nobody keeps it",
        "与 {server} 一致；但内核报告无人校时",
    )
    against = Text("against {server}", "对照 {server}")
    note = (unkept if seen.synchronised is False else against).fill(server=seen.server)
    return Assessment(
        measurements=[
            Measurement.of("time_offset", offset_ms, "ms", _ASKED, uncertainty, 1),
        ],
        note=note,
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "0.1 s: three frames, within which recordings of two computers line up; from seconds on "
        "the countdown is wrong, from minutes on TLS and stream keys are refused",
        "0.1 秒即三帧，多机录像还能对齐；差几秒则倒计时不准，差几分钟则 TLS 和推流密钥会被拒绝",
    )
    return {
        "time_offset": Default(
            Limit(minimum=-1000, maximum=1000, warn_minimum=-100, warn_maximum=100), rule, "ms"
        ),
        "time_error": Default(
            Limit(warn_maximum=4000),
            Text(
                "kernels add 0.5 ms for every second since the last synchronisation: 4 s are two "
                "hours without one",
                "距上次对时每过一秒内核加 0.5 毫秒：4 秒即两小时未对时",
            ),
            "ms",
        ),
    }


def _advice(measured: Sequence[Measurement]) -> Text:
    offset = next((m.value for m in measured if m.name == "time_offset"), None)
    if offset is None:
        return _SWITCH_ON
    ahead = offset > 0
    return Text(
        f"the clock is {abs(offset) / 1000:.1f} s {'ahead' if ahead else 'behind'}: switch "
        "automatic time on in the system's date settings and press “synchronise now”",
        f"时钟{'快' if ahead else '慢'}了 {abs(offset) / 1000:.1f} 秒："
        "请在系统日期设置中打开自动对时并点“立即同步”",
    )


CHECK = Check(
    id="net.clock",
    title=Text("Clock", "系统时钟"),
    about=Text(
        "How far this computer's clock is off: the start of the show, signed ingest addresses "
        "and recordings of several computers depend on it.",
        "本机时钟偏差：开播时间、平台的签名推流地址和多机录像对齐都靠它。",
    ),
    scope=Scope.HOST,
    needs=(Clock(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a clock that is kept", verdict=Verdict.PASS),
        Example(says="half a second ahead", verdict=Verdict.MARGINAL, faults=("host:clock=500ms",)),
        Example(says="three seconds ahead", verdict=Verdict.FAIL, faults=("host:clock=3s",)),
        Example(
            says="nobody keeps it and there is nobody to ask",
            verdict=Verdict.MARGINAL,
            faults=("host:noclock",),
        ),
        Example(
            says="the kernel alone says that it is kept",
            verdict=Verdict.PASS,
            faults=("host:notimeserver",),
        ),
        Example(
            says="a system that does not tell",
            verdict=Verdict.UNMEASURED,
            faults=("host:unreadable",),
        ),
    ),
)
