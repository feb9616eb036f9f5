"""`net.platform`: whether the planned stream is what the platform takes."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.measurement import Measurement, Verdict, worst
from studiocheck.core.studio import Role, Studio, Targets, UplinkRole, ingest_of
from studiocheck.core.text import Text, joined
from studiocheck.profile.platforms import Platform, Source, host_of, platforms

_PLANNED = Text("as the profile says", "按配置")
_LIST = Text(
    "`studiocheck profile platforms` lists what is known",
    "`studiocheck profile platforms` 可列出已知平台",
)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Something of the plan that the platform does not ask for."""

    verdict: Verdict
    said: Text
    advice: Text


def _assess(case: Case) -> Assessment:
    platform = _platform(case)
    stream = case.targets.stream
    if not platform.rates and platform.keyframe is None:
        raise NotAsked(_ask(platform.name), optional=True)
    found = [doubt for doubt in (_rate(platform, case), _keyframe(platform, case)) if doubt]
    return Assessment(
        measurements=[
            Measurement.of("planned_bitrate", stream.bitrate_mbit_s, "Mbit/s", _PLANNED),
            Measurement.of("keyframe_interval", stream.keyframe_s, "s", _PLANNED),
        ],
        verdict=worst(doubt.verdict for doubt in found),
        note=joined(doubt.said for doubt in found) if found else _fits(platform, case),
        advice=joined(doubt.advice for doubt in found) if found else None,
    )


def _platform(case: Case) -> Platform:
    """Return the platform that is named, or whose ingest it is.

    Raises
    ------
    Unmeasurable
        If the one that is named is not in the table.
    NotAsked
        If none is named and the address does not tell.
    """
    table = platforms()
    name = case.uplink.platform or case.targets.stream.platform
    if name is not None:
        named = table.named(name)
        if named is not None:
            return named
        near = table.near(name)
        hint = Text(f"did you mean {near}? {{list}}", f"您是否想用 {near}？{{list}}")
        raise Unmeasurable(
            Text(f"no platform {name!r} is known", f"没有名为 {name!r} 的平台数据"),
            hint.fill(list=_LIST) if near else _LIST,
        )
    host = host_of(ingest_of(case.uplink) or "")
    found = table.of_host(host)
    if not found:
        raise NotAsked(_ask(Text(host, host)), optional=True)
    if len(found) > 1:
        names = [platform.id for platform in found]
        raise NotAsked(
            Text(
                f"{host} may be {' or '.join(names)}: name it as `platform` of this uplink",
                f"{host} 可能是 {' 或 '.join(names)}：请在该上行的 platform 中写明",
            ),
            optional=True,
        )
    return found[0]


def _ask(name: Text) -> Text:
    return Text(
        "nothing is known of what {name} asks: look at its own page, and put bitrate_mbit_s and "
        "keyframe_s under [stream] of the profile",
        "没有 {name} 的要求数据：请查看平台官方说明，把 bitrate_mbit_s 和 keyframe_s "
        "写到配置的 [stream] 中",
    ).fill(name=name)


def _rate(platform: Platform, case: Case) -> _Doubt | None:
    """Hold the planned bitrate against ceiling and advice.

    A documented ceiling is failed, because beyond it a platform re-encodes, throttles or hangs up;
    what is only advised, or only said somewhere, is no more than a reason to look.
    """
    video, planned = case.targets.video, case.targets.stream.bitrate_mbit_s
    lines = min(video.width, video.height)  # a portrait picture is named by its width
    ceiling, advice = platform.maximum(lines, video.fps), platform.advised(lines, video.fps)
    if ceiling is not None and ceiling.maximum is not None:
        most = ceiling.maximum + platform.audio_mbit_s
        source = platforms().sources[ceiling.source]
        if planned > most:
            verdict = Verdict.FAIL if source.trust == "high" else Verdict.MARGINAL
            return _too_much(platform, planned, most, source, verdict)
    if advice is not None and advice.advised is not None:
        most = advice.advised[1] + platform.audio_mbit_s
        if planned > most:
            source = platforms().sources[advice.source]
            return _too_much(platform, planned, most, source, Verdict.MARGINAL)
    return None


def _too_much(
    platform: Platform, planned: float, most: float, source: Source, verdict: Verdict
) -> _Doubt:
    said = Text(
        f"{planned:g} Mbit/s; {{name}} takes {most:.1f} with sound ({{source}})",
        f"{planned:g} Mbit/s；{{name}} 含声音 {most:.1f}（{{source}}）",
    ).fill(name=platform.name, source=source.text)
    lower = Text(
        f"lower the bitrate to {most:.1f} Mbit/s in the encoder and in the profile",
        f"请在推流软件和配置中把码率降到 {most:.1f} Mbit/s",
    )
    return _Doubt(verdict, said, lower if source.trust == "high" else _unless(lower))


def _keyframe(platform: Platform, case: Case) -> _Doubt | None:
    asked, planned = platform.keyframe, case.targets.stream.keyframe_s
    if asked is None or planned <= asked.seconds:
        return None
    source = platforms().sources[asked.source]
    said = Text(
        f"a key frame every {planned:g} s; {{name}} asks for {asked.seconds:g} s ({{source}})",
        f"关键帧间隔 {planned:g} 秒；{{name}} 要求 {asked.seconds:g} 秒（{{source}}）",
    ).fill(name=platform.name, source=source.text)
    shorter = Text(
        f"set the key-frame interval to {asked.seconds:g} s in the encoder and in the profile",
        f"请在推流软件和配置中把关键帧间隔设为 {asked.seconds:g} 秒",
    )
    return _Doubt(Verdict.MARGINAL, said, shorter if source.trust == "high" else _unless(shorter))


def _unless(advice: Text) -> Text:
    """What is only hearsay is to be looked up before anything is touched."""
    return Text(
        "look at the platform's own page; unless it allows more, {advice}",
        "请先查看平台官方说明；若未放宽，{advice}",
    ).fill(advice=advice)


def _fits(platform: Platform, case: Case) -> Text:
    """Say what the plan was held against, and what is not known."""
    video = case.targets.video
    lines = min(video.width, video.height)
    ceiling, advice = platform.maximum(lines, video.fps), platform.advised(lines, video.fps)
    most = [rate.maximum for rate in (ceiling,) if rate and rate.maximum]
    most += [rate.advised[1] for rate in (advice,) if rate and rate.advised]
    told = [platform.name]
    if most:
        rate = f"{min(most) + platform.audio_mbit_s:.1f} Mbit/s"
        told.append(Text(f"takes {rate} with sound", f"含声音可到 {rate}"))
    else:
        told.append(Text("no bitrate is known of it", "其码率要求未知"))
    if platform.keyframe is not None:
        every = f"{platform.keyframe.seconds:g}"
        told.append(Text(f"a key frame every {every} s", f"关键帧间隔 {every} 秒"))
    else:
        told.append(Text("no key-frame interval is known of it", "其关键帧要求未知"))
    return joined(told)


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "set bitrate and key-frame interval as the platform's own page says, in the encoder and in "
        "the profile",
        "请按平台官方说明，在推流软件和配置中设置码率和关键帧间隔",
    )


def _applies(binding: Role, _studio: Studio, targets: Targets) -> bool:
    """Where a platform is named, or the show goes to a host by name that may be one."""
    if not isinstance(binding, UplinkRole):
        return False
    host = host_of(ingest_of(binding) or "")
    named = binding.platform is not None or targets.stream.platform is not None
    return named or ("." in host and not _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


CHECK = Check(
    id="net.platform",
    title=Text("Platform", "平台要求"),
    about=Text(
        "The planned bitrate and key-frame interval against what the platform takes; nothing is "
        "sent. What is known of a platform has a source and is trusted accordingly.",
        "把计划的码率和关键帧间隔与平台要求对照，不发送任何数据；平台数据注明来源，按可信度判定。",
    ),
    scope=Scope.UPLINK,
    needs=(),
    assess=_assess,
    advice=_advice,
    applies=_applies,
    examples=(
        Example(
            says="6 Mbit/s and a key frame every 2 s to Twitch",
            verdict=Verdict.PASS,
            faults=("uplink.primary:platform=twitch",),
        ),
        Example(
            says="6 Mbit/s where 4 are advised",
            verdict=Verdict.MARGINAL,
            faults=("uplink.primary:platform=alibaba-cloud",),
        ),
        Example(
            says="a platform of which nothing is known",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:platform=nowhere",),
        ),
    ),
)
