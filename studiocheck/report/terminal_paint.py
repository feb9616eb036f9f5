"""How the lines of the checklist are painted on a terminal, or left plain."""

from __future__ import annotations

from rich.color import ColorSystem
from rich.style import Style

from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Decision
from studiocheck.report.layout import NO_BREAK

Span = tuple[str, str]
"""Some text and the name of its style."""
Line = list[Span]

_STYLES = {
    "plain": "",
    "strong": "bold",
    "faint": "bright_black",
    "advice": "bold",
    "label": "bold black on color(214)",
    Verdict.PASS: "color(32)",
    Verdict.MARGINAL: "color(172)",
    Verdict.FAIL: "bold color(202)",
    Verdict.UNMEASURED: "bold color(172)",
    Verdict.SKIPPED: "bright_black",
    Verdict.WAIVED: "color(172)",
    Verdict.PENDING: "bold color(172)",
    Decision.GO: "bold white on color(25)",
    Decision.CAUTION: "bold black on color(214)",
    Decision.NO_GO: "bold white on color(166)",
    Decision.INCOMPLETE: "bold white on color(240)",
    # the frame is for paper and pipes: on a coloured block it is painted in the block's colour
    f"{Decision.GO} frame": "color(25) on color(25)",
    f"{Decision.CAUTION} frame": "color(214) on color(214)",
    f"{Decision.NO_GO} frame": "color(166) on color(166)",
    f"{Decision.INCOMPLETE} frame": "color(240) on color(240)",
}


def painted(line: Line, *, colour: bool) -> str:
    """Return a line as it is printed."""
    if not colour:
        return "".join(text for text, _ in line).replace(NO_BREAK, " ").rstrip()
    return "".join(
        Style.parse(_STYLES[style]).render(
            text.replace(NO_BREAK, " "), color_system=ColorSystem.EIGHT_BIT
        )
        for text, style in line
    ).rstrip()
