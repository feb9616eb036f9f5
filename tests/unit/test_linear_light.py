"""Which cells of a picture say something of light."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.measure.light.linear_light import Pictures, clear_cells, unclipped_cells

Picture = NDArray[np.uint8]
CELLS = (10, 10)


def scene(darkest: int = 30, brightest: int = 200) -> Picture:
    """Return a grey ramp of 10 x 10 cells, darkest on the left."""
    ramp = np.linspace(darkest, brightest, 320).round().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (180, 320, 3)))


def as_mean(picture: Picture) -> NDArray[np.uint16]:
    return picture.astype(np.uint16) << 8


@pytest.fixture(params=["frames", "their mean"])
def taken(request: pytest.FixtureRequest):
    def take(picture: Picture) -> Pictures:
        return [picture] if request.param == "frames" else as_mean(picture)

    return take


def test_grey_cells_are_clear_however_dark(taken):
    assert clear_cells(taken(scene(0, 240)), CELLS).all()


def test_a_lit_cell_without_its_blue_says_nothing(taken):
    picture = scene()
    picture[18:36, 160:192] = (0, 60, 180)
    clear = clear_cells(taken(picture), CELLS)
    assert not clear[1, 5]
    assert clear.sum() == clear.size - 1


def test_a_crushed_colour_is_not_called_overexposed(taken):
    picture = scene()
    picture[18:36, 160:192] = (0, 60, 180)
    picture[54:72, 160:192] = 255
    whole = unclipped_cells(taken(picture), CELLS)
    assert whole[1, 5]
    assert not whole[3, 5]


def test_a_dark_cell_may_lack_a_channel(taken):
    picture = scene()
    picture[18:36, 160:192] = (0, 2, 20)
    assert clear_cells(taken(picture), CELLS).all()


def test_a_limited_range_clips_at_235_and_crushes_at_16(taken):
    picture = np.clip(scene(30, 250), 16, 235)
    picture[18:36, 160:192] = (16, 60, 180)
    clear = clear_cells(taken(picture), CELLS)
    assert not clear[:, -1].any()
    assert not clear[1, 5]
    assert clear[2:, :-2].all()


@pytest.mark.parametrize("white", [205, 222, 245])
def test_a_white_card_is_no_clipping(taken, white: int):
    picture = scene()
    picture[18:72, 96:160] = white
    assert clear_cells(taken(picture), CELLS).all()
