"""A measured value, the limit it is held against, and the verdict on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from studiocheck.core.text import Text


class Verdict(StrEnum):
    """What is known about one check. Only `PASS` is green."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    MARGINAL = "MARGINAL"
    FAIL = "FAIL"
    UNMEASURED = "UNMEASURED"
    SKIPPED = "SKIPPED"
    WAIVED = "WAIVED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is allowed, and the band just inside it that asks for attention.

    Parameters
    ----------
    minimum, maximum : float, optional
        Beyond these the value fails.
    warn_minimum, warn_maximum : float, optional
        Between these and the above the value is marginal. They lie inside.
    """

    minimum: float | None = None
    maximum: float | None = None
    warn_minimum: float | None = None
    warn_maximum: float | None = None

    def __post_init__(self) -> None:
        ladder = (self.minimum, self.warn_minimum, self.warn_maximum, self.maximum)
        steps = [bound for bound in ladder if bound is not None]
        if any(not math.isfinite(bound) for bound in steps) or steps != sorted(steps):
            message = (
                "a limit is finite and minimum <= warn_minimum <= warn_maximum <= maximum, "
                f"got {self}"
            )
            raise ValueError(message)

    @property
    def is_empty(self) -> bool:
        """Whether the limit allows everything."""
        return self == Limit()


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number with all that is needed to argue about it.

    Parameters
    ----------
    name : str
        A name of the catalogue, for example ``frame_rate``.
    value : float
        Finite. A value that is not known is an `Unmeasurable`, not a number.
    unit : str
        Unit symbol, for example ``fps`` or ``dBFS``; ``""`` for a pure number.
    method : str
        How it was measured, in a few words, with the standard where there is one.
    uncertainty : float, optional
        Expanded uncertainty (k = 2) in the same unit. Absent when it is not known.
    n : int, optional
        How many independent observations it rests on.
    limit : Limit, optional
        What it was judged against; set by the judge.
    method_zh : str, optional
        ``method`` in Chinese.
    """

    name: str
    value: float
    unit: str
    method: str
    uncertainty: float | None = None
    n: int | None = None
    limit: Limit | None = None
    method_zh: str | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            message = f"{self.name} is {self.value}: raise Unmeasurable instead"
            raise ValueError(message)
        if self.uncertainty is not None and not (0 <= self.uncertainty < math.inf):
            message = f"uncertainty of {self.name} is {self.uncertainty}"
            raise ValueError(message)

    @classmethod
    def of(
        cls,
        name: str,
        value: float,
        unit: str,
        method: Text,
        uncertainty: float | None = None,
        n: int | None = None,
    ) -> Measurement:
        """Return a measurement whose method is told in both languages."""
        return cls(name, value, unit, method.en, uncertainty, n, method_zh=method.zh)

    def against(self, limit: Limit | None) -> Measurement:
        """Return the same measurement with the limit it is judged against."""
        return replace(self, limit=limit)


def judge(measurement: Measurement) -> Verdict:
    """Judge a measurement against its limit.

    ``FAIL`` and ``PASS`` are said only when the whole uncertainty interval lies on one side of
    the failing limit; across it the verdict is ``MARGINAL`` (guarded acceptance and rejection,
    JCGM 106:2012, 8.3). A measurement without a limit informs and passes.

    Examples
    --------
    >>> limit = Limit(minimum=28.5, warn_minimum=29.7)
    >>> judge(Measurement("frame_rate", 24.97, "fps", "", 0.03, limit=limit)).value
    'FAIL'
    >>> judge(Measurement("frame_rate", 28.4, "fps", "", 0.2, limit=limit)).value
    'MARGINAL'
    """
    limit = measurement.limit
    if limit is None:
        return Verdict.PASS
    value, spread = measurement.value, measurement.uncertainty or 0.0
    low, high = value - spread, value + spread
    if limit.minimum is not None and high < limit.minimum:
        return Verdict.FAIL
    if limit.maximum is not None and low > limit.maximum:
        return Verdict.FAIL
    straddles = (limit.minimum is not None and low < limit.minimum) or (
        limit.maximum is not None and high > limit.maximum
    )
    in_warn_band = (limit.warn_minimum is not None and value < limit.warn_minimum) or (
        limit.warn_maximum is not None and value > limit.warn_maximum
    )
    return Verdict.MARGINAL if straddles or in_warn_band else Verdict.PASS


_SEVERITY = (
    Verdict.PASS,
    Verdict.SKIPPED,
    Verdict.WAIVED,
    Verdict.PENDING,
    Verdict.MARGINAL,
    Verdict.UNMEASURED,
    Verdict.FAIL,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of some verdicts; `PASS` for none.

    Examples
    --------
    >>> worst([Verdict.PASS, Verdict.FAIL, Verdict.MARGINAL]).value
    'FAIL'
    """
    return max(verdicts, key=_SEVERITY.index, default=Verdict.PASS)
