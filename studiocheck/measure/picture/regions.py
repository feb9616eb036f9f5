"""Parts of a picture, named by shares of its width and height."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text

T = TypeVar("T", bound=np.generic)


def cut_region(image: NDArray[T], region: Region, least_px: int = 4) -> NDArray[T]:
    """Return the part of a picture that a region names, as a view.

    Parameters
    ----------
    image : (height, width, …)
        The picture.
    region : tuple of float
        x, y, width, height as shares of the picture, origin top left; what lies outside is cut.
    least_px : int
        The fewest px that either side may have.

    Returns
    -------
    (h, w, …)
        A view, same unit as ``image``.

    Raises
    ------
    Unmeasurable
        If the region has fewer than ``least_px`` px on a side.

    Notes
    -----
    **Source**: `studiocheck.core.studio.Region`.

    Examples
    --------
    >>> cut_region(np.zeros((100, 200, 3)), (0.5, 0.1, 0.25, 0.2)).shape
    (20, 50, 3)
    """
    height, width = image.shape[:2]
    x, y, w, h = region
    left, right = round(x * width), round(min(x + w, 1.0) * width)
    top, bottom = round(y * height), round(min(y + h, 1.0) * height)
    if right - left < least_px or bottom - top < least_px:
        raise Unmeasurable(
            Text(
                f"the declared region is only {right - left} × {bottom - top} px in this picture",
                f"声明的区域在画面中只有 {right - left} × {bottom - top} 像素",
            ),
            Text(
                "draw a larger region in studio.toml, inside the picture",
                "请在 studio.toml 中把区域画大些，并放在画面之内",
            ),
        )
    return image[top:bottom, left:right]
