"""The frame split into its lamps: what each of them alone gives tonight, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.text import Text
from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight
from studiocheck.measure.light.linear_light import FINE, LUMINANCE, linear_grid
from studiocheck.report.layout import cells, tidy
from studiocheck.report.pictures.outlines import Frame, outline, paths_of
from studiocheck.report.pictures.raster import fitted, jpeg
from studiocheck.report.pictures.svg import STAGE, Drawing

WIDTH = 480.0
_COLUMNS, _GAP = 2, 8.0
_CAPTION = 58.0
_RASTER_PX = 360
_FULL_BAR_PERCENT = 150.0
_NAME_CELLS = 22
_OFF, _UNKNOWN, _ON = "× off 关", "? cannot tell 无法判断", "on 亮 · ? %"
_TOGETHER, _REST, _NEW = "all together 全部", "other light 其他光", "new 新增"
_LIT_FROM = 0.5
"""Of its brightest light: where a lamp that gives none is outlined."""

Light = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Tile:
    """One picture with its name, what is said below, and how it is marked."""

    picture: NDArray[np.uint8]
    name: str
    left: str = ""
    right: str = ""
    stamp: str = ""
    percent: float | None = None
    lit: NDArray[np.bool_] | None = None


def lamp_split(
    image: NDArray[np.uint8], calibrated: LampsEvidence, tonight: LightTonight | None
) -> bytes:
    """Draw the frame, then the light of each lamp alone, then what is no lamp's.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR picture of tonight on the full range.
    calibrated : LampsEvidence
        The light of each lamp alone, of this camera.
    tonight : LightTonight, optional
        What each lamp gives; None where that cannot be told.

    Returns
    -------
    bytes
        SVG. Every tile is exposed like the frame: its light goes through the camera's tone curve.
        Below it the output in % of the calibrated, on a bar with a tick at 100 %, and the drift of
        its colour. Of a lamp that is off what it should light is outlined.
    """
    tiles = _tiles(image, calibrated, tonight)
    width = (WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS
    height = width * min(max(image.shape[0] / image.shape[1], 0.3), 1.8)
    lines = -(-len(tiles) // _COLUMNS)
    drawing = Drawing(WIDTH, lines * (height + _CAPTION), STAGE)
    for number, tile in enumerate(tiles):
        down, across = divmod(number, _COLUMNS)
        at = (across * (width + _GAP), down * (height + _CAPTION), width, height)
        _draw(drawing, tile, at)
    return drawing.done()


def _tiles(
    image: NDArray[np.uint8], calibrated: LampsEvidence, tonight: LightTonight | None
) -> list[_Tile]:
    together = _Tile(fitted(image, _RASTER_PX), _TOGETHER)
    bases = calibrated.bases.astype(np.float32)
    if tonight is None:
        unknown = [LampReading(lamp=lamp) for lamp in calibrated.lamps]
        return [together, *_lamps(unknown, np.zeros_like(bases), calibrated)]
    given = bases * tonight.gains[:, None, None, :].astype(np.float32)
    tiles = [together, *_lamps(tonight.readings, given, calibrated, tonight.relative_only)]
    if tonight.doubt is None or tonight.stray_percent is not None:
        rest = linear_grid([image], calibrated.linear, FINE).light - given.sum(axis=0)
        tiles.append(_rest(np.maximum(rest, 0), calibrated, tonight))
    return tiles


def _rest(light: Light, calibrated: LampsEvidence, tonight: LightTonight) -> _Tile:
    stray = _with_uncertainty(tonight.stray_percent, tonight.stray_uncertainty, "%", signed=True)
    return _Tile(_seen_as(light, calibrated), _REST, left=f"{_NEW} {stray}" if stray else "")


def _lamps(
    readings: Sequence[LampReading],
    given: Light,
    calibrated: LampsEvidence,
    relative_only: Text | None = None,
) -> Iterator[_Tile]:
    for reading, light, basis in zip(readings, given, calibrated.bases, strict=True):
        comparable = relative_only is not None and reading.doubt == relative_only
        yield _lamp(reading, light, basis.astype(np.float32), calibrated, comparable=comparable)


def _lamp(
    reading: LampReading, light: Light, basis: Light, calibrated: LampsEvidence, *, comparable: bool
) -> _Tile:
    """Return the tile of a lamp; ``comparable`` says that only its number is in doubt."""
    told = reading.doubt is None and reading.output_percent is not None
    off, shown = reading.on is False, told or comparable
    return _Tile(
        picture=_seen_as(light if shown else np.zeros_like(light), calibrated),
        name=_short(reading.lamp.name),
        left=_output(reading) if told else _ON if reading.on else "",
        right=_drift(reading) if told and reading.on else "",
        stamp=_OFF if off else "" if shown else _UNKNOWN,
        percent=reading.output_percent if told else None,
        lit=_lights_up(basis) if off else None,
    )


def _seen_as(light: Light, calibrated: LampsEvidence) -> NDArray[np.uint8]:
    """Return light as this camera would show it, BGR on the full range."""
    curve = np.maximum.accumulate(calibrated.linear.astype(np.float64))
    codes = np.interp(_on_the_tile(light), curve, np.arange(256))
    return np.ascontiguousarray(np.rint(codes[..., ::-1]).astype(np.uint8))


def _on_the_tile(light: Light) -> Light:
    """Return light on the grid of a tile, averaged before any curve bends it."""
    size = (_RASTER_PX, _RASTER_PX * light.shape[0] // light.shape[1])
    return np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32)


def _lights_up(basis: Light) -> NDArray[np.bool_]:
    """Return where a lamp gives most of its light, without the pattern of what it falls on."""
    light = cv2.GaussianBlur(basis @ LUMINANCE.astype(np.float32), (0, 0), 9)
    return np.asarray(light > _LIT_FROM * np.percentile(light, 98))


def _output(reading: LampReading) -> str:
    return _with_uncertainty(reading.output_percent, reading.output_uncertainty, "%")


def _drift(reading: LampReading) -> str:
    """Write the drift of the colour, in kelvin where the lamp's own kelvin are known."""
    mired, spread = reading.drift_mired, reading.drift_uncertainty
    if mired is None or reading.colour_doubt is not None:
        return "? K"
    if reading.lamp.kelvin is None:
        return _with_uncertainty(mired, spread, "mired", signed=True)
    was = 1e6 / reading.lamp.kelvin
    now = max(was + mired, 20.0)
    kelvin = 1e6 / now - reading.lamp.kelvin
    spread = None if spread is None else spread * 1e6 / now**2
    return _with_uncertainty(kelvin, spread, "K", signed=True, step=10)


def _with_uncertainty(
    value: float | None, spread: float | None, unit: str, *, signed: bool = False, step: int = 1
) -> str:
    """Write a value in whole steps, its uncertainty never as less than one of them."""
    if value is None:
        return ""
    rounded = step * round(value / step)
    number = f"{rounded:+d}" if signed and rounded else f"{rounded}"
    if spread is None:
        return f"{number} {unit}"
    return f"{number} ± {step * max(1, round(spread / step))} {unit}"


def _short(name: str) -> str:
    """Return a name that fits below its tile."""
    plain = tidy(name) or "-"
    while cells(plain) > _NAME_CELLS:
        plain = plain.removesuffix("…")[:-1] + "…"
    return plain


def _draw(drawing: Drawing, tile: _Tile, at: Frame) -> None:
    x, y, width, height = at
    drawing.image(x, y, width, height, "jpeg", jpeg(tile.picture))
    if tile.lit is not None:
        for path in paths_of(tile.lit, at, most=3):
            outline(drawing, path, "hot", dash="5 5")
    if tile.stamp:
        drawing.text(x + width / 2, y + height / 2 + 6, tile.stamp, anchor="middle", look="tag")
    below = y + height
    if tile.percent is not None:
        full = width / _FULL_BAR_PERCENT
        drawing.rect(x, below + 2, width, 5, "rail")
        drawing.rect(x, below + 2, full * min(tile.percent, _FULL_BAR_PERCENT), 5, "lit")
        drawing.rect(x + 100 * full - 1, below, 2, 9, "tick")
    drawing.text(x + 4, below + 26, tile.name, look="name")
    drawing.text(x + 4, below + 47, tile.left)
    drawing.text(x + width - 4, below + 47, tile.right, anchor="end", look="small")
