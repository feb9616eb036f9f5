"""Bars of the steps to an ingest: what each took, and which one failed."""

from __future__ import annotations

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import IngestEvidence
from studiocheck.core.text import Text
from studiocheck.report.pictures.axes import short
from studiocheck.report.pictures.svg import SOUND, Drawing

_WIDTH, _LEFT, _RIGHT = 480.0, 92.0, 412.0
_TOP, _ROW, _BAR = 34.0, 26.0, 14.0


def connection(ingest: IngestEvidence) -> bytes:
    """Draw the steps to an ingest, one below the other as they came.

    Parameters
    ----------
    ingest : IngestEvidence
        How far one got.

    Returns
    -------
    bytes
        SVG: a row for every step, its bar as long as it took, ms; × the step that failed.

    Raises
    ------
    Unmeasurable
        If not even one step is known.
    """
    steps = dict(ingest.steps_ms)
    failed = ingest.step
    names = [*steps, *([failed] if failed and failed not in steps else [])]
    if not names:
        raise Unmeasurable(Text("no step was taken", "没有任何连接步骤"))
    whole_ms = max(sum(steps.values()), 1.0)
    height = _TOP + _ROW * len(names) + 8
    drawing = Drawing(_WIDTH, height, SOUND, "Steps to the ingest 连接推流服务器的步骤")
    drawing.text(_LEFT, 20, ingest.target, look="name")
    scale = (_RIGHT - _LEFT) / whole_ms
    x = _LEFT
    for number, name in enumerate(names):
        y = _TOP + _ROW * number
        look = "red" if name == failed else ""
        drawing.text(_LEFT - 8, y + 12, name, anchor="end", look=look)
        drawing.line(_LEFT, y + _ROW - 5, _WIDTH - 8, y + _ROW - 5, "grid")
        took_ms = steps.get(name)
        if took_ms is not None:
            length = max(took_ms * scale, 1.5)
            drawing.rect(x, y, length, _BAR, "red" if name == failed else "rise")
            x += took_ms * scale
        said = "×" if took_ms is None or name == failed else f"{short(took_ms)} ms"
        drawing.text(_WIDTH - 8, y + 12, said, anchor="end", look=look)
    if not failed:
        drawing.text(
            _WIDTH - 8, 20, f"Σ {short(sum(steps.values()))} ms", anchor="end", look="name"
        )
    return drawing.done()
