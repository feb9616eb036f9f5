"""Decisions and errors as exit codes: the only place that knows them."""

from __future__ import annotations

from typing import Literal

from studiocheck.core.record import Decision

ExitStyle = Literal["studiocheck", "nagios"]
USAGE, BUG, INTERRUPTED = 2, 1, 130
_CODES = {Decision.GO: 0, Decision.CAUTION: 10, Decision.NO_GO: 20, Decision.INCOMPLETE: 30}
_NAGIOS = {Decision.GO: 0, Decision.CAUTION: 1, Decision.NO_GO: 2, Decision.INCOMPLETE: 3}
_NAGIOS_UNKNOWN = 3


def of_decision(decision: Decision, style: ExitStyle) -> int:
    """Return the exit code of a decision."""
    return (_NAGIOS if style == "nagios" else _CODES)[decision]


def of_error(code: int, style: ExitStyle) -> int:
    """Return the exit code of an error; Nagios knows only UNKNOWN, but an interrupt stays one."""
    return _NAGIOS_UNKNOWN if style == "nagios" and code != INTERRUPTED else code
