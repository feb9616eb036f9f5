"""What is known of a platform, in lines: every number with its source and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from studiocheck.core.text import Text
from studiocheck.profile.platforms import Platform, Rate, Source, Trust

_TRUST: Mapping[Trust, Text] = {
    "high": Text("high trust", "可信"),
    "low": Text("low trust", "仅供参考"),
}
_UNKNOWN = Text("unknown: look at the platform's own page", "未知：请查看平台官方说明")
_LINE = Text("{what}: {value}", "{what}：{value}")
_SOURCED = Text("{line}  · {trust}: {source}", "{line}  · {trust}：{source}")
_VIDEO = Text("video", "视频码率")
_KEYFRAME = Text("key frame", "关键帧")
_INGEST = Text("ingest", "推流地址")
_TEST = Text("off air test", "不开播测试")


def platform_lines(platform: Platform, sources: Mapping[str, Source]) -> Iterator[Text]:
    """Write what a platform asks.

    Parameters
    ----------
    platform : Platform
        A row of the table.
    sources : mapping
        Its sources, by id.

    Yields
    ------
    Text
        One line a fact; what is not known is said to be unknown.
    """
    for rate in platform.rates:
        yield _fact(_VIDEO, _rate(rate), sources[rate.source])
    if not platform.rates:
        yield _LINE.fill(what=_VIDEO, value=_UNKNOWN)
    if platform.keyframe is not None:
        every = f"{platform.keyframe.seconds:g} s"
        yield _fact(_KEYFRAME, Text(every, every), sources[platform.keyframe.source])
    else:
        yield _LINE.fill(what=_KEYFRAME, value=_UNKNOWN)
    if platform.hosts and platform.hosts_source is not None:
        hosts = ", ".join(platform.hosts)
        yield _fact(_INGEST, Text(hosts, hosts), sources[platform.hosts_source])
    if platform.test_mode is not None:
        yield _fact(_TEST, platform.test_mode.text, sources[platform.test_mode.source])


def _fact(what: Text, value: Text, source: Source) -> Text:
    line = _LINE.fill(what=what, value=value)
    return _SOURCED.fill(line=line, trust=_TRUST[source.trust], source=source.text)


def _rate(rate: Rate) -> Text:
    """Write ``1080p30 ≤ 6 Mbit/s`` or ``1080p 4-6 Mbit/s advised``."""
    frames = f"{rate.fps:g}" if rate.fps is not None else ""
    picture = f"{rate.height}p{frames} " if rate.height is not None else ""
    if rate.maximum is not None:
        most = f"{picture}≤ {rate.maximum:g} Mbit/s"
        return Text(most, most)
    low, high = rate.advised or (0.0, 0.0)
    span = f"{low:g}-{high:g}" if low < high else f"{high:g}"
    return Text(f"{picture}{span} Mbit/s advised", f"{picture}建议 {span} Mbit/s")
