"""What streaming platforms ask of a stream: a small table of facts, each with source and trust."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from annotated_types import Gt, Le, MinLen
from pydantic import TypeAdapter

from studiocheck.core.text import Text

_STRICT: dict[str, Any] = {"extra": "forbid"}
Trust = Literal["high", "low"]
"""``high``: the platform's own word, or software that it supports; ``low``: hearsay."""
_Rate = Annotated[float, Gt(0), Le(1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact comes from."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    trust: Trust
    en: Annotated[str, MinLen(1)]
    zh: Annotated[str, MinLen(1)]

    @property
    def text(self) -> Text:
        """Both languages as one `Text`."""
        return Text(self.en, self.zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bitrate of video, Mbit/s; for pictures of ``height`` lines and up to ``fps``, if given.

    ``maximum`` is a documented ceiling, ``advised`` the range that is recommended.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    source: str
    height: int | None = None
    fps: float | None = None
    maximum: _Rate | None = None
    advised: tuple[_Rate, _Rate] | None = None

    def fits(self, lines: int, fps: float) -> bool:
        """Return whether it speaks of such a picture."""
        return (self.height is None or self.height == lines) and (
            self.fps is None or fps <= self.fps * 1.01
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyframe:
    """The longest time from one key frame to the next, s."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    seconds: Annotated[float, Gt(0), Le(20)]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestMode:
    """How a stream is published there without going on air."""

    __test__: ClassVar[bool] = False
    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    en: str
    zh: str
    source: str

    @property
    def text(self) -> Text:
        """Both languages as one `Text`."""
        return Text(self.en, self.zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What one platform asks; what is absent is not known.

    ``audio_mbit_s`` is what sound may take beside the video that its rates speak of.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    id: str
    en: str
    zh: str
    hosts: tuple[str, ...] = ()
    hosts_source: str | None = None
    audio_mbit_s: float = 0.16
    rates: tuple[Rate, ...] = ()
    keyframe: Keyframe | None = None
    test_mode: TestMode | None = None

    @property
    def name(self) -> Text:
        """Both languages as one `Text`."""
        return Text(self.en, self.zh)

    def maximum(self, lines: int, fps: float) -> Rate | None:
        """Return the ceiling for a picture, the nearest in frame rate; None where not known."""
        return _nearest(r for r in self.rates if r.maximum is not None and r.fits(lines, fps))

    def advised(self, lines: int, fps: float) -> Rate | None:
        """Return what is recommended for a picture; None where not known."""
        return _nearest(r for r in self.rates if r.advised is not None and r.fits(lines, fps))


def _nearest(rates: Iterable[Rate]) -> Rate | None:
    return min(rates, key=lambda rate: (rate.height is None, rate.fps or 1e9), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformTable:
    """All platforms that are known, and where what is known of them comes from."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    sources: Mapping[str, Source] = field(default_factory=dict)
    platforms: tuple[Platform, ...] = ()

    def named(self, name: str) -> Platform | None:
        """Return the platform of that id or name, in either language."""
        wanted = name.strip().casefold()
        return next(
            (p for p in self.platforms
             if wanted in (p.id, p.en.casefold(), p.zh.casefold())), None,
        )  # fmt: skip

    def near(self, name: str) -> str | None:
        """Return the id that was probably meant."""
        ids = [platform.id for platform in self.platforms]
        return next(iter(difflib.get_close_matches(name.casefold(), ids, 1, 0.5)), None)

    def of_host(self, host: str) -> tuple[Platform, ...]:
        """Return the platforms that an ingest address may belong to.

        Examples
        --------
        >>> [p.id for p in platforms().of_host("a.rtmps.youtube.com")]
        ['youtube']
        >>> [p.id for p in platforms().of_host("hkg06.contribute.live-video.net")]
        ['twitch', 'amazon-ivs']
        """
        return tuple(
            p for p in self.platforms if any(fnmatchcase(host.lower(), name) for name in p.hosts)
        )


@lru_cache(maxsize=1)
def platforms() -> PlatformTable:
    """Return the table that comes with studiocheck."""
    file = resources.files(__package__) / "platforms.toml"
    return TypeAdapter(PlatformTable).validate_python(tomllib.loads(file.read_text("utf-8")))


def host_of(address: str) -> str:
    """Return the host of an ingest address; empty where it names none.

    Examples
    --------
    >>> host_of("rtmps://A.rtmps.YouTube.com:443/live2"), host_of("sim:primary")
    ('a.rtmps.youtube.com', '')
    """
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
