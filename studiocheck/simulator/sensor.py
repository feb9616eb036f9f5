"""From light to the picture of a simulated camera: white balance, exposure, curve, noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.srgb import srgb_from_linear
from studiocheck.simulator.geometry import Array, Box, enlarge
from studiocheck.simulator.light import light_colour
from studiocheck.simulator.models import CameraModel
from studiocheck.simulator.stage import Layer, Stage

EXPOSURE = 2.0
"""Sensor gain at which the planned light puts the presenter's face where it belongs."""

_CURVE_STEPS = 4096
_NOISE_MARGIN = 64
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Exposed:
    """A picture ready to be delivered but for the presenter's sway and the noise.

    ``figure`` is the presenter on no background, ``veil`` what shows through, 255 is all of it.
    """

    ground: Picture
    box: Box | None
    figure: Picture | None
    veil: Picture | None


def shade(layer: Layer, sources: Mapping[str, NDArray[np.float64]]) -> Array:
    """Return the light that a layer sends to the camera, linear sRGB, (height, width, 3)."""
    shape = next(iter(layer.lit.values())).diffuse.shape
    diffuse = np.zeros((*shape, 3), np.float32)
    highlight = np.zeros_like(diffuse)
    for name, colour in sources.items():
        lit = layer.lit[name]
        diffuse += lit.diffuse[..., None] * colour.astype(np.float32)
        highlight += lit.highlight[..., None] * colour.astype(np.float32)
    light = layer.albedo * enlarge(diffuse, layer.box)
    if layer.gloss:
        light += layer.gloss * enlarge(highlight, layer.box)
    return light


def expose(stage: Stage, sources: Mapping[str, NDArray[np.float64]], model: CameraModel) -> Exposed:
    """Return what a camera makes of the set in some light."""
    ground = np.zeros((stage.view.height, stage.view.width, 3), np.float32)
    for layer in stage.still:
        light, at = shade(layer, sources), layer.box.index
        if layer.cover is None:
            ground[at] = light
        else:
            ground[at] += layer.cover[..., None] * (light - ground[at])
    gains = 2.0**model.exposure_stops * EXPOSURE * _white_balance(ground, model)
    blur = model.blur_px * stage.view.width / 1920
    look = tone_curve(model)
    developed = look[_index(_blurred(ground, blur) * gains)]
    if not stage.presenter:
        return Exposed(developed, None, None, None)
    figure, veil = _figure(stage.presenter, sources)
    veil = _blurred(veil, blur)[..., None]
    # the curve is not linear, so it is laid on the presenter's own light, not on its share of it
    own_light = np.asarray(_blurred(figure, blur) / np.maximum(1 - veil, 1e-3), np.float32)
    return Exposed(
        ground=developed,
        box=stage.presenter[0].box,
        figure=np.asarray(np.rint(look[_index(own_light * gains)] * (1 - veil)), np.uint8),
        veil=np.asarray(np.rint(255 * np.repeat(veil, 3, axis=2)), np.uint8),
    )


def _figure(
    layers: tuple[Layer, ...], sources: Mapping[str, NDArray[np.float64]]
) -> tuple[Array, Array]:
    """Return the presenter's light, weighted by cover, and what share of the ground shows."""
    shape = layers[0].albedo.shape
    figure, veil = np.zeros(shape, np.float32), np.ones(shape[:2], np.float32)
    for layer in layers:
        cover = np.ones(shape[:2], np.float32) if layer.cover is None else layer.cover
        figure += cover[..., None] * (shade(layer, sources) - figure)
        veil *= 1 - cover
    return figure, veil


def pose(exposed: Exposed, sway_px: float) -> Picture:
    """Return a fresh BGR picture with the presenter moved sideways."""
    picture = exposed.ground.copy()
    if exposed.box is None or exposed.figure is None or exposed.veil is None:
        return picture
    figure, veil = aside(exposed.figure, sway_px), aside(exposed.veil, sway_px)
    there = picture[exposed.box.index]
    picture[exposed.box.index] = cv2.add(cv2.multiply(there, veil, scale=1 / 255), figure)
    return picture


def aside(picture: Picture, right_px: float) -> Picture:
    """Return a picture moved sideways by any part of a pixel (ten times faster than a warp)."""
    whole = math.floor(right_px)
    part, width, margin = right_px - whole, picture.shape[1], abs(whole) + 1
    # where the picture's edge cuts the presenter, more of them comes in from outside
    wide = cv2.copyMakeBorder(picture, 0, 0, margin, margin, cv2.BORDER_REPLICATE)
    start = margin - whole
    near, far = wide[:, start : start + width], wide[:, start - 1 : start - 1 + width]
    return np.asarray(cv2.addWeighted(near, 1 - part, far, part, 0.0), np.uint8)


def _blurred(light: Array, sigma_px: float) -> Array:
    if sigma_px <= 0:
        return light
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma_px), np.float32)


def _white_balance(ground: Array, model: CameraModel) -> Array:
    """Return gains of R, G, B that make a white look white: the locked one, or the average."""
    white = light_colour(model.white_balance_kelvin)
    if model.auto_white_balance:
        white = ground[::4, ::4].reshape(-1, 3).mean(axis=0).astype(np.float64)
    return np.asarray(white[1] / white, np.float32)


def _index(light: Array) -> NDArray[np.uint16]:
    """Return light as BGR indices of the tone curve's table."""
    scaled = light[..., ::-1] * np.float32(_CURVE_STEPS - 1)
    np.clip(scaled, 0, _CURVE_STEPS - 1, out=scaled)
    scaled += np.float32(0.5)
    return scaled.astype(np.uint16)


def tone_curve(model: CameraModel) -> Picture:
    """Return the camera's tone curve: sRGB, steepened around middle grey by ``contrast``."""
    value = srgb_from_linear(np.linspace(0.0, 1.0, _CURVE_STEPS))
    steep = value**model.contrast
    value = steep / (steep + (1.0 - value) ** model.contrast)
    return np.asarray(np.rint(255 * value), np.uint8)


class Noise:
    """Sensor noise from one prepared tile, laid at random over each picture.

    Shot noise has the same size in DN everywhere, because the tone curve is close to the square
    root that makes it so; read noise is the rest.
    """

    def __init__(self, width: int, height: int, sigma_dn: float, rng: np.random.Generator) -> None:
        self._rng = rng
        shape = (height + _NOISE_MARGIN, width + _NOISE_MARGIN, 3)
        # rounding to whole DN adds 1/12 of its own
        sigma = math.sqrt(max(sigma_dn**2 - 1 / 12, 0.0))
        grain = rng.standard_normal(shape, dtype=np.float32)
        grain *= np.float32(sigma)
        np.rint(grain, out=grain)
        self._more = np.clip(grain, 0, 127).astype(np.uint8)
        self._less = np.clip(np.negative(grain, out=grain), 0, 127, out=grain).astype(np.uint8)

    def over(self, picture: Picture) -> Picture:
        """Add noise to a BGR picture in place and return it."""
        height, width = picture.shape[:2]
        y, x = self._rng.integers(0, _NOISE_MARGIN, 2)
        at = slice(y, y + height), slice(x, x + width)
        cv2.add(picture, self._more[at], dst=picture)
        cv2.subtract(picture, self._less[at], dst=picture)
        return picture
