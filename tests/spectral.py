"""Cameras, lights and surfaces made of spectra: a truth that owes nothing to the measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.colour_checker import PATCHES_LAB_D50
from studiocheck.measure.light.neutral_patch import card_codes
from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import (
    colour_matching_functions,
    planckian_uv,
    uv_to_xyz,
    xyz_to_uv,
)
from studiocheck.measure.light.srgb import RGB_TO_XYZ, srgb_from_linear

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

_KEPT = slice(4, 85)  # 380…780 nm at 5 nm
NM: Array = np.round(colour_matching_functions()[0][_KEPT] * 1e9)
OBSERVER: Array = colour_matching_functions()[1][_KEPT]
D50_WHITE: Array = np.array([0.9642, 1.0, 0.8249])

# ---------------------------------------------------------------- lights

# components of daylight, 380…780 nm at 10 nm: CIE 15:2018, table 6
_S0 = [
    63.3, 65.8, 94.8, 104.8, 105.9, 96.8, 113.9, 125.6, 125.5, 121.3, 121.3, 113.5, 113.1, 110.8,
    106.5, 108.8, 105.3, 104.4, 100.0, 96.0, 95.1, 89.1, 90.5, 90.3, 88.4, 84.0, 85.1, 81.9, 82.6,
    84.9, 81.3, 71.9, 74.3, 76.4, 63.3, 71.7, 77.0, 65.2, 47.7, 68.6, 65.0,
]  # fmt: skip
_S1 = [
    38.5, 35.0, 43.4, 46.3, 43.9, 37.1, 36.7, 35.9, 32.6, 27.9, 24.3, 20.1, 16.2, 13.2, 8.6, 6.1,
    4.2, 1.9, 0.0, -1.6, -3.5, -3.5, -5.8, -7.2, -8.6, -9.5, -10.9, -10.7, -12.0, -14.0, -13.6,
    -12.0, -13.3, -12.9, -10.6, -11.6, -12.2, -10.2, -7.8, -11.2, -10.4,
]  # fmt: skip
_S2 = [
    3.0, 1.2, -1.1, -0.5, -0.7, -1.2, -2.6, -2.9, -2.8, -2.6, -2.6, -1.8, -1.5, -1.3, -1.2, -1.0,
    -0.5, -0.3, 0.0, 0.2, 0.5, 2.1, 3.2, 4.1, 4.7, 5.1, 6.7, 7.3, 8.6, 9.8, 10.2, 8.3, 9.6, 8.5,
    7.0, 7.6, 8.0, 6.7, 5.2, 7.4, 6.8,
]  # fmt: skip


def bump(centre_nm: float, sigma_nm: float) -> Array:
    return np.asarray(np.exp(-0.5 * ((NM - centre_nm) / sigma_nm) ** 2))


def planck(kelvin: float) -> Array:
    metres = NM * 1e-9
    return unit(metres**-5 / np.expm1(1.4388e-2 / (metres * kelvin)))


def daylight(kelvin: float) -> Array:
    r = 1000 / kelvin
    x = (
        ((-4.6070 * r + 2.9678) * r + 0.09911) * r + 0.244063
        if kelvin <= 7000
        else ((-2.0064 * r + 1.9018) * r + 0.24748) * r + 0.237040
    )
    y = (-3 * x + 2.87) * x - 0.275
    m = 0.0241 + 0.2562 * x - 0.7341 * y
    parts = [np.interp(NM, np.arange(380, 781, 10), s) for s in (_S0, _S1, _S2)]
    m1, m2 = (-1.3515 - 1.7703 * x + 5.9114 * y) / m, (0.03 - 31.4424 * x + 30.0717 * y) / m
    return unit(parts[0] + m1 * parts[1] + m2 * parts[2])


def led(kelvin: float, blue_nm: float = 452.0, tint: float = 0.002) -> Array:
    """A bi-colour panel: a warm and a cold white LED of some tint, mixed to be as warm as asked."""
    warm, cold = (_white_led(ends, blue_nm, tint) for ends in (2600.0, 7000.0))
    low, high = 0.0, 1.0
    for _ in range(40):
        share = (low + high) / 2
        if mired_of(share * warm + (1 - share) * cold) < 1e6 / kelvin:
            low = share
        else:
            high = share
    return unit(share * warm + (1 - share) * cold)


@cache
def _white_led(kelvin: float, blue_nm: float, tint: float) -> Array:
    """Return blue, phosphor and red in the amounts that give a colour temperature and Duv."""
    here, ahead = planckian_uv(np.array([kelvin, kelvin * 1.001]))
    across = np.array([ahead[1] - here[1], here[0] - ahead[0]]) / np.hypot(*(ahead - here))
    wanted = uv_to_xyz(here + tint * across * np.sign(across[1]))
    dyes = np.stack([bump(blue_nm, 10), bump(548, 48), bump(618, 38)])
    return np.asarray(np.linalg.solve((dyes @ OBSERVER).T, wanted) @ dyes)


def unit(light: Array) -> Array:
    """Return a light of unit luminance."""
    return np.asarray(light / (light @ OBSERVER[:, 1]))


def mired_of(light: Array) -> float:
    return 1e6 / cct_and_duv(xyz_to_uv(light @ OBSERVER))[0]


def duv_of(light: Array) -> float:
    return cct_and_duv(xyz_to_uv(light @ OBSERVER))[1]


# ---------------------------------------------------------------- surfaces


@lru_cache(maxsize=1)
def chart_reflectances() -> Array:
    """Return the smoothest spectra that have the published colours of the chart, (24, λ)."""
    return np.array([smoothest(xyz_of_lab(lab)) for lab in PATCHES_LAB_D50])


def xyz_of_lab(lab: Array) -> Array:
    lightness, a, b = lab
    f = np.array([(lightness + 16) / 116 + a / 500, (lightness + 16) / 116])
    f = np.append(f, f[1] - b / 200)
    return np.asarray(D50_WHITE * np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)))


def smoothest(xyz_d50: Array) -> Array:
    """Return the reflectance of least curvature that has a colour in D50."""
    light = daylight(5003)
    seen = (OBSERVER * light[:, None]).T
    target = xyz_d50 * (light @ OBSERVER) / D50_WHITE
    count = len(NM)
    slope = np.diff(np.eye(count), 1, axis=0)
    bend = np.diff(np.eye(count), 2, axis=0)
    cost = 2 * (bend.T @ bend + 0.02 * slope.T @ slope)
    free, fixed = np.ones(count, bool), np.zeros(count)
    for _ in range(8):  # what leaves 0.01…0.99 is held there, the rest solved again
        constraint = seen[:, free]
        system = np.block(
            [[cost[np.ix_(free, free)], constraint.T], [constraint, np.zeros((3, 3))]]
        )
        known = cost[np.ix_(free, ~free)] @ fixed[~free]
        right = np.concatenate([-known, target - seen[:, ~free] @ fixed[~free]])
        solved = fixed.copy()
        solved[free] = np.linalg.lstsq(system, right, rcond=None)[0][: free.sum()]
        outside = free & ((solved < 0.01) | (solved > 0.99))
        if not outside.any():
            break
        fixed[outside] = np.clip(solved[outside], 0.01, 0.99)
        free &= ~outside
    return np.clip(solved, 0.01, 0.99)


# ---------------------------------------------------------------- cameras


def s_curve(amount: float) -> Curve:
    def curve(linear: Array) -> Array:
        code = srgb_from_linear(linear)
        return np.asarray(code**amount / (code**amount + (1 - code) ** amount))

    return curve


def saturated(curve: Curve, amount: float) -> Curve:
    def look(linear: Array) -> Array:
        code = curve(linear)
        grey = (code @ RGB_TO_XYZ[1])[..., None]
        return np.clip(grey + amount * (code - grey), 0, 1)

    return look


def bt709(linear: Array) -> Array:
    linear = np.clip(linear, 0, 1)
    return np.where(linear < 0.018, 4.5 * linear, 1.099 * np.maximum(linear, 1e-9) ** 0.45 - 0.099)


LOOKS: dict[str, Curve] = {
    "sRGB": srgb_from_linear,
    "BT.709": bt709,
    "S-curve 1.35": s_curve(1.35),
    "S-curve and saturation": saturated(s_curve(1.35), 1.2),
    "gamma 1.8": lambda linear: np.clip(linear, 0, 1) ** (1 / 1.8),
    "limited read as full": lambda linear: (16 + 219 * srgb_from_linear(linear)) / 255,
}

SENSITIVITIES: dict[str, Array] = {
    "colorimetric": OBSERVER @ np.linalg.inv(RGB_TO_XYZ).T,
    "narrow": np.stack(
        [bump(605, 30) + 0.10 * bump(445, 18), bump(533, 36) + 0.06 * bump(610, 25),
         bump(460, 27) + 0.08 * bump(530, 25)], axis=1,
    ),
    "wide": np.stack(
        [bump(596, 36) + 0.08 * bump(445, 20), bump(540, 40) + 0.05 * bump(460, 25), bump(458, 26)],
        axis=1,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class SpectralCamera:
    """A camera with its white balance locked: sensor, colour matrix of its maker, tone curve."""

    sensor: str = "colorimetric"
    look: str = "sRGB"
    locked_kelvin: float = 5500.0

    def linear(self, light: Array, surfaces: Array) -> Array:
        """Return what it makes of surfaces in a light, linear RGB, (…, 3); white at the lock is 1."""
        gains, matrix = _tuned(self.sensor, self.locked_kelvin)
        return np.asarray((surfaces * light) @ SENSITIVITIES[self.sensor] / gains @ matrix.T)

    def codes(self, linear: Array) -> Array:
        return np.asarray(255 * LOOKS[self.look](np.clip(linear, 0, 1)))


@cache
def _tuned(sensor: str, kelvin: float) -> tuple[Array, Array]:
    """Return what a maker sets: gains that make the lock white, and the best matrix there."""
    white = daylight(kelvin)
    gains = white @ SENSITIVITIES[sensor]
    raw = (chart_reflectances() * white) @ SENSITIVITIES[sensor] / gains
    seen = (chart_reflectances() * white) @ OBSERVER
    neutral = np.linalg.inv(RGB_TO_XYZ) @ (RGB_TO_XYZ.sum(axis=1))
    wanted = adapted(seen, white @ OBSERVER) @ np.linalg.inv(RGB_TO_XYZ).T
    fitted = np.linalg.lstsq(raw, wanted, rcond=None)[0].T
    return gains, fitted * (neutral / fitted.sum(axis=1))[:, None]


_CONE = np.array([[0.40024, 0.7076, -0.08081], [-0.2263, 1.16532, 0.0457], [0, 0, 0.91822]])


def adapted(xyz: Array, white: Array) -> Array:
    """Return colours as they would be in D65 (von Kries on Hunt–Pointer–Estévez cones)."""
    scale = (_CONE @ RGB_TO_XYZ.sum(axis=1)) / (_CONE @ white)
    return np.asarray(xyz @ (np.linalg.inv(_CONE) @ np.diag(scale) @ _CONE).T)


def delivered(codes: Array, rng: np.random.Generator, noise_dn: float = 1.5) -> NDArray[np.uint8]:
    """Return a BGR picture as a camera delivers it: noise, 8 bit, JPEG of quality 85, 4:2:0."""
    noisy = codes[..., ::-1] + noise_dn * rng.standard_normal(codes.shape)
    picture = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    how = [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x221111]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, how)[1], cv2.IMREAD_COLOR))


def card_stills(
    camera: SpectralCamera,
    light: Array,
    rng: np.random.Generator,
    level: float = 0.18,
    stills: int = 3,
    tilt: float = 0.06,
) -> list[NDArray[np.uint8]]:
    """Return pictures of a grey card that fills the frame; ``level`` is its green light."""
    card = camera.linear(light, np.ones_like(NM))
    across = 1 + tilt * np.linspace(-1, 1, 96)[None, :, None]
    codes = camera.codes(level * card / card[1] * across * np.ones((72, 1, 1)))
    return [delivered(codes, rng) for _ in range(stills)]


def card_codes_of(
    camera: SpectralCamera, light: Array, rng: np.random.Generator, level: float = 0.18
) -> Array:
    """Return the mean codes of a grey card as a calibration reads them."""
    pictures = card_stills(camera, light, rng, level, stills=2)
    return card_codes(pictures, (0.1, 0.1, 0.8, 0.8)).mean(axis=(0, 1))


def chart_colours(
    camera: SpectralCamera, light: Array, level: float = 0.8, fall_off: tuple[float, float] = (0, 0)
) -> Array:
    """Return the codes of the 24 patches, (24, 3); light falls off across and down the chart."""
    row, column = np.divmod(np.arange(24), 6)
    shading = np.exp(fall_off[0] * (column / 5 - 0.5) + fall_off[1] * (row / 3 - 0.5))
    white = camera.linear(light, np.ones_like(NM)).max()
    linear = camera.linear(light, chart_reflectances()) / white
    return camera.codes(level * shading[:, None] * linear)


def chart_picture(colours: Array, cell: int = 100, gap: int = 16, frame: int = 24) -> Array:
    """Return a chart seen square on, RGB codes, black between its patches."""
    height = 2 * frame + 4 * cell + 3 * gap
    picture = np.full((height, 2 * frame + 6 * cell + 5 * gap, 3), 28.0)
    for patch, colour in enumerate(colours):
        row, column = divmod(patch, 6)
        y, x = (frame + place * (cell + gap) for place in (row, column))
        picture[y : y + cell, x : x + cell] = colour
    return picture


@dataclass(frozen=True)
class Held:
    """How a chart is held before the camera: width in px, perspective, turn in rad, blur in px."""

    width_px: int = 300
    tilt: float = 0.0
    turn: float = 0.0
    blur_px: float = 0.0
    upside_down: bool = False


def held_before(
    behind: NDArray[np.uint8], chart: Array, held: Held, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Array]:
    """Return a picture of a chart before something else, and where its corners are, (4, 2) px."""
    chart = chart[::-1, ::-1] if held.upside_down else chart
    rows, columns = chart.shape[:2]
    size = held.width_px, held.width_px * rows / columns
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size
    corners = corners + 0.3 * held.width_px * held.tilt * rng.uniform(-1, 1, (4, 2))
    sine, cosine = np.sin(held.turn), np.cos(held.turn)
    corners = (corners - corners.mean(axis=0)) @ np.array([[cosine, sine], [-sine, cosine]])
    height, width = behind.shape[:2]
    reach = 0.72 * held.width_px
    corners = corners + rng.uniform((reach, 0.8 * reach), (width - reach, height - 0.8 * reach))
    own = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    way = cv2.getPerspectiveTransform(own, corners.astype(np.float32))
    soft = cv2.GaussianBlur(chart, (0, 0), max(0.35 * columns / held.width_px, 0.3))
    laid = cv2.warpPerspective(soft, way, (width, height), flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones((rows, columns)), way, (width, height))[..., None]
    picture = behind[..., ::-1] * (1 - cover) + laid * cover
    if held.blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), held.blur_px)
    return delivered(picture, rng, 2.0), corners
