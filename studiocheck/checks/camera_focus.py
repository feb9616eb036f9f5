"""`camera.focus`: how blurred the edges of the picture are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.edge_blur import View, edge_blur
from studiocheck.measure.picture.single_noise import noise_of_one
from studiocheck.measure.picture.temporal_noise import stillness

_METHOD = Text(
    "blur of the steepest edges against a second blur (Zhuo–Sim), σ at 1080 lines",
    "最陡边缘与再模糊之比（Zhuo–Sim），按 1080 行换算的 σ",
)
_SUBJECT = Text("judged in the declared subject region", "按声明的主播区域判断")
_WHOLE = Text(
    "studio.toml names no subject region for this camera: the sharpest parts of the picture count",
    "studio.toml 没有写明主播区域（subject），按画面中最清晰的部分判断",
)


def _assess(case: Case) -> Assessment:
    region = case.camera.subject
    found = edge_blur(_views(case.clip), region)
    return Assessment(
        measurements=[
            Measurement.of(
                "edge_blur", found.sigma_px, "px", _METHOD, found.uncertainty_px, found.tiles
            )
        ],
        note=_WHOLE if region is None else _SUBJECT,
    )


def _views(clip: ClipEvidence) -> list[View]:
    """Return the mean of several frames where nothing moves, and one frame where something does."""
    burst = clip.burst
    if burst is None or not burst.spread.size:
        luma = _luma(clip)
        return [View(luma, noise_of_one(luma))]
    tiles = stillness(burst)
    views = [View(burst.mean, tiles.noise_dn / math.sqrt(burst.n), tiles.still)]
    if clip.stills and tiles.moving.any():
        views.append(View(_luma(clip), tiles.noise_dn, tiles.moving))
    return views


def _luma(clip: ClipEvidence) -> NDArray[np.uint8]:
    """Return luma of the still in the middle."""
    if not clip.stills:
        raise Unmeasurable(
            Text("no full frame was kept", "没有保留完整帧"),
            Text("run `studiocheck check` again", "请重新运行 `studiocheck check`"),
        )
    image = clip.stills[len(clip.stills) // 2].image
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "measured on photographs with known blur: up to 1.2 px looks sharp at 1080p, beyond 1.6 px "
        "soft",
        "对照片做已知模糊实测：1080p 下 1.2 像素以内看着清晰，超过 1.6 像素发虚",
    )
    return {"edge_blur": Default(Limit(maximum=1.6, warn_maximum=1.2), source, "px")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "focus by hand on the presenter's eyes or on the goods, with the picture enlarged, and "
        "switch autofocus off; then wipe the lens",
        "放大画面，手动对焦到主播的眼睛或商品上，并关闭自动对焦；再擦一擦镜头",
    )


CHECK = Check(
    id="camera.focus",
    title=Text("Focus", "对焦"),
    about=Text(
        "Blur of the steepest edges, as the σ of a Gaussian in pixels of a 1080-line picture.",
        "最陡边缘的模糊程度，以 1080 行画面中高斯模糊的 σ（像素）表示。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a camera in focus", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera out of focus",
            verdict=Verdict.FAIL,
            faults=("camera.main:blur=3px",),
            role="main",
        ),
        Example(
            says="a camera far out of focus",
            verdict=Verdict.FAIL,
            faults=("camera.main:blur=9px",),
            role="main",
        ),
        Example(
            says="a camera with its lens cap on",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:black",),
            role="main",
        ),
    ),
)
