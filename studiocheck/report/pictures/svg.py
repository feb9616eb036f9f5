"""Writes the few shapes that our plots are made of as SVG, and knows its own hand again.

A plot that comes back from a stored run may be anything: only what consists of nothing but these
shapes is called ours, so that neither script nor address of another place is let into a page.
"""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape
from typing import Literal

from studiocheck.report.layout import tidy

PAPER = (
    "text{font:14px system-ui,sans-serif;fill:#59616b;paint-order:stroke;stroke:#fff;"
    "stroke-width:4px;stroke-linejoin:round}.paper{fill:#fff}"
    ".grid{stroke:#dde1e6}.axis{stroke:#8d96a1}.red{fill:#d02f00}.amber{fill:#d98a00}"
    ".redline{stroke:#d02f00}.greenline{stroke:#1b8a3a}.blueline{stroke:#2b5fd9}.dots{stroke:#0b63a8}"
    ".soft{fill:#aab2bb}"
    "@media (prefers-color-scheme:dark){text{fill:#9aa4b0;stroke:#1a1e24}.paper{fill:#1a1e24}"
    ".grid{stroke:#2e353e}.axis{stroke:#77818d}.red{fill:#ff7a4a}.amber{fill:#ffbe55}"
    ".redline{stroke:#ff7a6a}.greenline{stroke:#62d080}.blueline{stroke:#7aa5ff}"
    ".dots{stroke:#6cbcf5}.soft{fill:#58626e}}"
)
"""A plot on paper: light or dark as the reader's screen is."""

SCREEN = (
    "text{font:14px system-ui,sans-serif;fill:#c8d0da}.paper{fill:#0b0e11}"
    ".grid{stroke:#4a545f}.axis{stroke:#98a3af}"
)
"""A monitor: always dark."""

STAGE = (
    "text{font:17px system-ui,sans-serif;fill:#e6ebf1}.paper{fill:#0b0e11}.name{font-weight:700}"
    ".small{font-size:15px;fill:#aab6c3}.large{font-size:22px;font-weight:700}"
    ".tag{font-weight:700;paint-order:stroke;stroke:#000;stroke-width:4px;stroke-linejoin:round}"
    ".under{stroke:#000;stroke-opacity:.8}.over{stroke:#fff}.hot{stroke:#ffd21f}.cold{stroke:#4fe3ff}"
    ".rail{fill:#39424d}.lit{fill:#f2c14e}.tick{fill:#fff}"
)
"""Light on a dark stage: pictures with words and outlines on them."""

SOUND = (
    "text{font:14px system-ui,sans-serif;fill:#59616b;paint-order:stroke;stroke:#fff;"
    "stroke-width:4px;stroke-linejoin:round}.paper{fill:#fff}.name{font-weight:700;fill:#16191d}"
    ".grid{stroke:#dde1e6}.axis{stroke:#8d96a1}.target{fill:#bfe3c8}.soft{fill:#c3cad2}"
    ".softline{stroke:#6d7782}.ear{stroke:#16191d}.voice{stroke:#0b63a8}.rise{fill:#a9d0ee}.red{fill:#c02b00}"
    ".redline{stroke:#c02b00}.amber{fill:#8f5400}.amberline{stroke:#8f5400}"
    "@media (prefers-color-scheme:dark){text{fill:#9aa4b0;stroke:#1a1e24}.paper{fill:#1a1e24}"
    ".name{fill:#eceff3}.grid{stroke:#2e353e}.axis{stroke:#77818d}.target{fill:#1f4a2b}"
    ".soft{fill:#47505b}.softline{stroke:#97a2ae}.ear{stroke:#eceff3}.voice{stroke:#6cbcf5}.rise{fill:#1d4766}"
    ".red{fill:#ff8a5c}.redline{stroke:#ff8a5c}.amber{fill:#ffbe55}.amberline{stroke:#ffbe55}}"
)
"""Sound and network on paper: voice or stream blue, the room or what was due grey, wrong red."""

Anchor = Literal["start", "middle", "end"]

_TAGS = "svg|g|rect|line|path|text|title|image"
_ATTRIBUTES = (
    "xmlns|viewBox|width|height|x|y|x1|x2|y1|y2|d|class|fill|fill-opacity|stroke|stroke-width|"
    "stroke-dasharray|stroke-linecap|text-anchor|preserveAspectRatio"
)
_SPACE = "http://www.w3.org/2000/svg"
_START = f'<svg xmlns="{_SPACE}" '
_OURS = re.compile(
    rf"(?:<(?:{_TAGS})"
    rf'(?: (?:{_ATTRIBUTES})="(?:[\w .,#-]*|{re.escape(_SPACE)})"'
    r'| href="data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]*")*+/?>'
    rf"|</(?:{_TAGS})>"
    rf"|<style>(?:{'|'.join(map(re.escape, (PAPER, SCREEN, STAGE, SOUND)))})</style>"
    r"|[^<>&]++|&(?:amp|lt|gt);)*+",
    re.ASCII,
)


class Drawing:
    """An SVG that is being written.

    Parameters
    ----------
    width, height : float
        Size of its coordinate system.
    style : str
        `PAPER`, `SCREEN`, `STAGE` or `SOUND`.
    title : str
        What the file is called where it is opened on its own or read aloud.
    """

    def __init__(self, width: float, height: float, style: str, title: str = "") -> None:
        size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        named = f"<title>{_said(title)}</title>" if title else ""
        self._parts = [f"{_START}{size}>{named}", f"<style>{style}</style>"]
        self.rect(0, 0, width, height, "paper")

    def rect(self, x: float, y: float, width: float, height: float, look: str) -> None:
        """Fill a rectangle; ``look`` is a class or, with ``#``, a colour."""
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f"{_look(look)}/>"
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, look: str, dash: str = "") -> None:
        """Draw a straight line; ``dash`` as in ``stroke-dasharray``."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        self._parts.append(f'<line {ends} class="{look}"{dashed}/>')

    def stroke(self, path: str, look: str, width: float = 1.5, dash: str = "") -> None:
        """Draw along a path."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path d="{path}" fill="none" class="{look}" stroke-width="{width:g}"'
            f' stroke-linecap="round"{dashed}/>'
        )

    def fill(self, path: str, look: str, opacity: float = 1.0) -> None:
        """Fill a closed path."""
        seen = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self._parts.append(f'<path d="{path}" {_look(look)}{seen}/>')

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        anchor: Anchor = "start",
        look: str = "",
    ) -> None:
        """Write numbers, units and names; sentences belong into the page with its two languages."""
        kind = f" {_look(look)}" if look else ""
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"{kind}>{_said(said)}</text>'
        )

    def image(
        self, x: float, y: float, width: float, height: float, kind: str, content: bytes
    ) -> None:
        """Place a raster picture, ``kind`` ``png`` or ``jpeg``, stretched to a rectangle."""
        self._parts.append(
            f'<image x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'preserveAspectRatio="none" '
            f'href="data:image/{kind};base64,{b64encode(content).decode("ascii")}"/>'
        )

    def done(self) -> bytes:
        """Return the file."""
        return ("".join(self._parts) + "</svg>\n").encode()


def is_drawing(content: bytes) -> bool:
    """Whether an SVG consists of nothing but what `Drawing` writes.

    Parameters
    ----------
    content : bytes
        A file of unknown origin.

    Examples
    --------
    >>> is_drawing(Drawing(10, 10, PAPER).done())
    True
    >>> is_drawing(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    False
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return text.startswith(_START) and _OURS.fullmatch(text) is not None


def _said(text: str) -> str:
    """Return text of any origin as it may stand in an XML file."""
    return escape(tidy(text), quote=False)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _look(look: str) -> str:
    return f'fill="{look}"' if look.startswith("#") else f'class="{look}"'
