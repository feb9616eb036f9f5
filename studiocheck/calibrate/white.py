"""From pictures of a card or chart in known light to a camera's white calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from studiocheck.calibrate.records import utc
from studiocheck.calibrate.white_records import LASTS_DAYS
from studiocheck.core.errors import Unmeasurable, UsageError
from studiocheck.core.lighting import LampsEvidence, WhiteEvidence, WhiteMethod
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.redaction import redacted
from studiocheck.core.studio import CameraRole, Region
from studiocheck.core.text import Text
from studiocheck.measure.light.camera_white import CameraWhite
from studiocheck.measure.light.chart_finder import find_chart
from studiocheck.measure.light.neutral_patch import card_codes
from studiocheck.measure.light.white_calibration import (
    WhiteFit,
    white_from_card,
    white_from_chart,
    white_from_two,
)
from studiocheck.measure.light.white_lock import white_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLight:
    """What is said of the light: K as a meter or the lamps' display tells, and Duv of a meter."""

    method: WhiteMethod
    kelvin: tuple[float, ...]
    duv: float | None = None

    def __post_init__(self) -> None:
        wanted = 2 if self.method == "two-point" else 1
        if len(self.kelvin) != wanted:
            example = "3200,5600" if wanted == 2 else "5500"
            raise UsageError(
                Text(
                    f"--white {self.method} takes {wanted} colour temperature(s), not "
                    f"{len(self.kelvin)}",
                    f"--white {self.method} 需要 {wanted} 个色温，而不是 {len(self.kelvin)} 个",
                ),
                Text(f"for example --kelvin {example}", f"例如 --kelvin {example}"),
            )


def white_of(
    clips: Sequence[ClipEvidence],
    light: KnownLight,
    camera: CameraRole,
    box: Region | None,
    lamps: LampsEvidence | None = None,
    by: str = "-",
    lasts_days: float = LASTS_DAYS,
    now: datetime | None = None,
) -> WhiteEvidence:
    """Return the white calibration that clips of known light make.

    Parameters
    ----------
    clips : sequence of ClipEvidence
        One for each known light, in its order, whole.
    light : KnownLight
        What the light was, and what stood in it.
    camera : CameraRole
        Of the studio file: what its white balance is locked to, and where the card is.
    box : Region, optional
        Where the card or the chart is; the declared neutral patch is the default of a card.
    lamps : LampsEvidence, optional
        The lamp calibration of this camera, which knows its tone curve.
    by : str
        Who calibrates.
    lasts_days : float
        For how long.
    now : datetime, optional
        When it was taken; by default the time of this call.

    Raises
    ------
    Unmeasurable
        If the white balance is not locked, or the card or chart cannot be used.
    """
    lock = white_lock(camera, [(clip.camera, clip.controls) for clip in clips], light.kelvin[0])
    locked = lock.kelvin
    pictures = [[still.image for still in clip.stills] for clip in clips]
    base = CameraWhite(locked_kelvin=locked, linear=lamps.linear if lamps else None)
    fit = _fit(pictures, light, base, box or camera.neutral_patch, box)
    return WhiteEvidence(
        taken=utc(now or datetime.now(UTC)),
        by=by,
        method=fit.method,
        camera=replace(clips[0].camera, device=redacted(clips[0].camera.device)),
        controls=clips[0].controls,
        locked_kelvin=locked,
        known_kelvin=fit.known_kelvin,
        offset_mired=fit.offset_mired,
        mired_uncertainty=fit.mired_uncertainty,
        duv_offset=fit.duv_offset,
        duv_uncertainty=fit.duv_uncertainty,
        level_dn=fit.level_dn,
        colour_scale=fit.camera.colour_scale,
        saturation=fit.camera.saturation,
        linear=None if fit.camera.linear is None else fit.camera.linear.astype(np.float32),
        matrix=fit.camera.matrix,
        lasts_days=lasts_days,
    )


def _fit(
    pictures: Sequence[Sequence[NDArray[np.uint8]]],
    light: KnownLight,
    base: CameraWhite,
    card: Region | None,
    box: Region | None,
) -> WhiteFit:
    if light.method == "chart":
        chart = find_chart(pictures[0][-1], box)
        return white_from_chart(chart, light.kelvin[0], base.locked_kelvin, light.duv)
    if card is None:
        raise Unmeasurable(
            Text("nothing says where the grey card is", "没有写明灰卡在哪里"),
            Text(
                "add --box x,y,width,height (shares of the picture), or declare neutral_patch in "
                "studio.toml",
                "请加上 --box x,y,w,h（占画面的比例），或在 studio.toml 中写明 neutral_patch",
            ),
        )
    codes = [card_codes(stills, card).mean(axis=(0, 1)) for stills in pictures]
    if light.method == "two-point":
        return white_from_two(codes, (light.kelvin[0], light.kelvin[1]), base)
    return white_from_card(codes[0], light.kelvin[0], base, light.duv)
