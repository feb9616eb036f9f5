"""What a requirement profile says: targets, limits by check, steps for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import MinLen
from pydantic import Field

from studiocheck.core.measurement import Limit
from studiocheck.core.studio import Light, Sound, Stream, Targets, Video
from studiocheck.core.text import Text

_STRICT: dict[str, Any] = {"extra": "forbid"}
Owner = Literal["anchor", "camera", "sound", "light", "network", "director", "floor"]
"""Whose step it is: the presenter, or the crew member of that trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitValues:
    """New bounds of one measurement; what is absent stays as it was."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    minimum: float | None = None
    maximum: float | None = None
    warn_minimum: float | None = None
    warn_maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRule(LimitValues):
    """What a profile says of one check; the bounds are those of its first measurement."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    blocker: bool | None = None
    enabled: bool | None = None
    measurements: Mapping[str, LimitValues] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualStep:
    """A step that only a person can do and sign."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    id: Annotated[str, Field(pattern=r"^manual\.[a-z0-9_]+$")]
    owner: Owner
    en: Annotated[str, MinLen(1)]
    zh: Annotated[str, MinLen(1)]
    blocker: bool = False

    @property
    def text(self) -> Text:
        """Both languages as one `Text`."""
        return Text(self.en, self.zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFile:
    """One profile file, before inheritance."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    extends: Annotated[str, MinLen(1)] | None = None
    en: str = ""
    zh: str = ""
    video: Video = field(default_factory=Video)
    sound: Sound = field(default_factory=Sound)
    light: Light = field(default_factory=Light)
    stream: Stream = field(default_factory=Stream)
    limits: Mapping[str, CheckRule] = field(default_factory=dict)
    manual: tuple[ManualStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile with everything that it inherits.

    ``chain`` names the files from the root to the profile itself; ``rules`` hold, in the same
    order, what each says of the checks; ``sha256`` is over the resolved content.
    """

    name: str
    chain: tuple[str, ...]
    targets: Targets
    rules: tuple[Mapping[str, CheckRule], ...]
    manual: tuple[ManualStep, ...]
    sha256: str
    about: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The limit of one measurement, its unit, and where each part of it comes from."""

    limit: Limit
    origin: Text
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a profile asks of one check."""

    bounds: Mapping[str, Bound]
    blocker: bool
    enabled: bool
