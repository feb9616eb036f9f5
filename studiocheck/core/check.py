"""The noun *check*: what it is called, what it needs, how it measures, what it allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from studiocheck.core.case import Case
from studiocheck.core.evidence import (
    Need,
)
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import (
    CameraRole,
    Role,
    Studio,
    Targets,
)
from studiocheck.core.text import Text


class Scope(StrEnum):
    """What a check is made of: once per camera, microphone, uplink, or once per computer."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    UPLINK = "uplink"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a check found.

    Parameters
    ----------
    measurements : sequence of Measurement
        Judged against the limits by the engine.
    verdict : Verdict, optional
        What the check knows beyond its numbers; the gravest of all counts.
    note : Text, optional
        One sentence on what was found or, where nothing was, below what level it could not be.
    advice : Text, optional
        What to touch, when the check knows better than its general advice.
    """

    measurements: Sequence[Measurement] = ()
    verdict: Verdict = Verdict.PASS
    note: Text | None = None
    advice: Text | None = None


@dataclass(frozen=True, slots=True)
class Default:
    """A default limit, where its number comes from, and the unit of what it limits."""

    limit: Limit
    source: Text
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A simulated studio and the verdict that the check must give there.

    ``faults`` are fault specifications of the simulated studio, as ``--fault`` takes them;
    ``role`` names the device whose finding is meant; ``scene`` is another of the scenes that come
    with studiocheck, judged by the profile that it names; ``thorough`` asks for the long check,
    which the tests cut short.
    """

    says: str
    verdict: Verdict
    faults: tuple[str, ...] = ()
    role: str | None = None
    scene: str = "studio"
    thorough: bool = False


def _no_limits(_: Targets) -> Mapping[str, Default]:
    return {}


def _always(_binding: Role, _studio: Studio, _targets: Targets) -> bool:
    return True


def is_lit(binding: Role, _studio: Studio, _targets: Targets) -> bool:
    """Return whether a device is a camera that sees the subject that the lamps are set for."""
    return isinstance(binding, CameraRole) and binding.lighting is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. A file in ``checks/`` holds exactly one, named ``CHECK``.

    Parameters
    ----------
    id : str
        ``domain.name``; a contract, never renamed.
    title, about : Text
        What it is called; what it measures and why it matters, in a sentence or two.
    scope : Scope
        What it is made of.
    needs : tuple of Need
        The evidence that it asks for, what it judges by first.
    assess : callable
        Case → Assessment. Pure. Raises `Unmeasurable` where it cannot know, `NotAsked` where the
        user declared nothing that it could judge by.
    defaults : callable
        Targets → default limit by measurement name, each with its source. The first is the one
        that ``[limits."<id>"]`` of a profile overrides.
    advice : callable
        Judged measurements → what to touch, for a finding that is not green.
    blocker : bool
        Whether a failure keeps the show off air.
    applies : callable
        Binding, studio, targets → whether it is meaningful for a device at all (a light check only
        where light is declared).
    examples : tuple of Example
        At least one that passes, one that does not, one that cannot be measured.
    with_peers : bool
        Whether it compares with other devices of its kind, which are then captured with it.
    extra : str, optional
        The extra of the package without which it is skipped.
    """

    id: str
    title: Text
    about: Text
    scope: Scope
    needs: tuple[Need, ...]
    assess: Callable[[Case], Assessment]
    advice: Callable[[Sequence[Measurement]], Text]
    examples: tuple[Example, ...]
    defaults: Callable[[Targets], Mapping[str, Default]] = _no_limits
    blocker: bool = False
    applies: Callable[[Role, Studio, Targets], bool] = _always
    with_peers: bool = False
    extra: str | None = None


def exceeded(measurement: Measurement) -> str:
    """Return ``"high"``, ``"low"`` or ``""``: on which side a value leaves its green range."""
    limit = measurement.limit
    if limit is None:
        return ""
    spread = measurement.uncertainty or 0.0
    for bound in (limit.warn_maximum, limit.maximum):
        if bound is not None and measurement.value > bound:
            return "high"
    for bound in (limit.warn_minimum, limit.minimum):
        if bound is not None and measurement.value < bound:
            return "low"
    if limit.maximum is not None and measurement.value + spread > limit.maximum:
        return "high"
    if limit.minimum is not None and measurement.value - spread < limit.minimum:
        return "low"
    return ""
