"""One self-contained page on which a person draws where things stand in a camera's picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from studiocheck.core.studio import CameraRole, Region
from studiocheck.core.text import Language, Text
from studiocheck.report.layout import clean

KINDS: Mapping[str, Text] = {
    "subject": Text(
        "Presenter: head and chest, as they stand in the show", "主播：头到胸口，按直播站位"
    ),
    "face": Text("Face: brow to chin, ear to ear", "人脸：额头到下巴，两耳之间"),
    "product": Text("Article: the goods on the table", "商品：台面上的货品"),
    "background": Text(
        "Background: the wall, where nobody stands before it", "背景：没有人遮挡的墙面"
    ),
    "green_screen": Text("Green screen: all of it in view", "绿幕：画面中的全部绿幕"),
    "neutral_patch": Text("Grey card: well inside its edges", "灰卡：画在灰卡边缘以内"),
    "ignore": Text(
        "May be white: a lamp, a window, a screen (as many as there are)",
        "允许过曝：灯、窗、屏幕（可画多个）",
    ),
}
"""Regions of `CameraRole`, and what to draw each around."""

_MANY = ("ignore",)


def regions_of(camera: CameraRole) -> dict[str, list[Region]]:
    """Return the regions that a studio file declares, by kind."""
    found: dict[str, list[Region]] = {}
    for kind in KINDS:
        declared = getattr(camera, kind)
        if kind in _MANY:
            found[kind] = list(declared)
        elif declared is not None:
            found[kind] = [declared]
    return found


def regions_page(
    role: str,
    picture: bytes,
    drawn: Mapping[str, Sequence[Region]],
    language: Language,
    found_face: Region | None = None,
) -> str:
    """Write the page.

    Parameters
    ----------
    role : str
        Of the camera, as in the studio file.
    picture : bytes
        What it sees, a JPEG file.
    drawn : mapping
        Kind of region → those that are there already.
    language : Language
        In which the page opens.
    found_face : Region, optional
        The face that was detected; it is drawn where none is declared.

    Returns
    -------
    str
        HTML with picture, styles and script inside; it opens no connection.
    """
    boxes = {kind: [_rounded(box) for box in drawn.get(kind, ())] for kind in KINDS}
    detected = found_face is not None and not boxes["face"]
    if found_face is not None and detected:
        boxes["face"] = [_rounded(found_face)]
    return (
        _environment()
        .get_template("regions.html")
        .render(
            role=clean(role),
            table=_table(role),
            picture=f"data:image/jpeg;base64,{b64encode(picture).decode('ascii')}",
            kinds=KINDS,
            many=_MANY,
            boxes=boxes,
            detected=detected,
            language=language,
        )
    )


def _rounded(box: Region) -> list[float]:
    return [round(part, 3) for part in box]


def _table(role: str) -> str:
    plain = role.isascii() and role.replace("-", "").replace("_", "").isalnum()
    quoted = role.replace("\\", "\\\\").replace('"', '\\"')
    return f"[cameras.{role}]" if plain else f'[cameras."{clean(quoted)}"]'


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("studiocheck.report"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
