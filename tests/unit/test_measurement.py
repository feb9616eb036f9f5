"""The judge: what passes, what fails, what nobody may be sure of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.check import exceeded
from studiocheck.core.measurement import Limit, Measurement, Verdict, judge, worst
from studiocheck.core.units import allowed, quantity

finite = st.floats(-1e6, 1e6, allow_nan=False)


def measured(value: float, uncertainty: float | None = None, **bounds: float) -> Measurement:
    return Measurement("x", value, "dB", "test", uncertainty, limit=Limit(**bounds))


def test_a_value_inside_its_limits_passes():
    assert judge(measured(5, minimum=0, maximum=10)) is Verdict.PASS


def test_a_value_in_the_warning_band_is_marginal():
    assert judge(measured(28.9, minimum=28.5, warn_minimum=29.7)) is Verdict.MARGINAL


@pytest.mark.parametrize("value", [28.4, 28.6])
def test_an_uncertainty_across_the_failing_limit_is_marginal_on_both_sides(value: float):
    assert judge(measured(value, 0.3, minimum=28.5)) is Verdict.MARGINAL


def test_a_value_beyond_the_limit_by_more_than_its_uncertainty_fails():
    assert judge(measured(28.0, 0.3, minimum=28.5)) is Verdict.FAIL


def test_exactly_on_the_limit_is_allowed():
    assert judge(measured(10.0, minimum=10.0)) is Verdict.PASS


@given(finite, st.floats(0, 1e3), finite, finite)
def test_more_uncertainty_never_makes_a_verdict_surer(value, spread, a, b):
    low, high = sorted((a, b))
    sharp = judge(measured(value, 0.0, minimum=low, maximum=high))
    vague = judge(measured(value, spread, minimum=low, maximum=high))
    assert vague in (sharp, Verdict.MARGINAL)


@given(finite, st.floats(0, 1e3), finite)
def test_a_verdict_that_is_not_green_says_on_which_side(value, spread, bound):
    measurement = measured(value, spread, maximum=bound)
    assert (judge(measurement) is Verdict.PASS) == (exceeded(measurement) == "")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_does_not_exist_is_refused(value: float):
    with pytest.raises(ValueError, match="Unmeasurable"):
        Measurement("x", value, "dB", "test")


def test_bounds_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="warn_minimum"):
        Limit(minimum=5, warn_minimum=4)


@given(st.lists(st.sampled_from(Verdict)))
def test_the_worst_verdict_is_one_of_those_given(verdicts):
    assert worst(verdicts) in (*verdicts, Verdict.PASS)
    assert worst([*verdicts, Verdict.FAIL]) is Verdict.FAIL


@given(finite, st.none() | st.floats(0, 1e5), st.sampled_from(["fps", "K", "dBFS", "%", "", "ms"]))
def test_every_quantity_can_be_written(value, uncertainty, unit):
    text = quantity(Measurement("x", value, unit, "", uncertainty))
    assert text.endswith(unit)
    assert not text.startswith("-0 ")


@given(st.lists(finite, min_size=4, max_size=4).map(sorted))
def test_what_is_allowed_names_the_green_range(bounds):
    text = allowed(Limit(bounds[0], bounds[3], bounds[1], bounds[2]), "dB")
    assert text.endswith("dB")
