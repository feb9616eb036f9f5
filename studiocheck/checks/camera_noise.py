"""`camera.noise`: how noisy the picture is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import Burst, ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.temporal_noise import temporal_noise

_METHOD = Text(
    "luma difference of consecutive frames, lower quartile of the 32 px tiles",
    "相邻帧亮度差，取 32 像素分块的下四分位",
)
_AFTER_COMPRESSION = Text(
    "luma difference of consecutive frames, lower quartile of the 32 px tiles, after compression",
    "相邻帧亮度差，取 32 像素分块的下四分位（压缩之后）",
)
_COMPRESSED = Text(
    "the camera compresses its picture, which hides noise: the sensor has more",
    "摄像头输出压缩画面，会掩盖噪点：传感器的实际噪点更高",
)
_NONE = Text(
    "no noise at all: a still picture, a drawn one, or a strong noise filter",
    "完全没有噪点：画面静止、是图形，或降噪过强",
)
_NOTHING_DN = 0.1


def _assess(case: Case) -> Assessment:
    clip = case.moving_clip
    if clip.burst is None:
        raise Unmeasurable(
            Text(
                "no two consecutive frames were looked at in full", "没有连续两帧完整画面可供比较"
            ),
            Text("record a longer clip", "请录制更长的片段"),
        )
    found = temporal_noise(clip.burst, _grids(clip, clip.burst))
    compressed = bool(clip.camera.compressed)
    note = _COMPRESSED if compressed else None
    if found.sigma_dn < _NOTHING_DN:
        note = _NONE
    return Assessment(
        measurements=[
            Measurement.of(
                "temporal_noise",
                found.sigma_dn,
                "DN",
                _AFTER_COMPRESSION if compressed else _METHOD,
                uncertainty=found.uncertainty_dn,
                n=found.pairs,
            )
        ],
        note=note,
    )


def _grids(clip: ClipEvidence, burst: Burst) -> NDArray[np.uint8]:
    """Return the grids of the burst's own frames."""
    rows = clip.series.watched
    return clip.series.grid[rows[rows >= burst.index][: burst.n]]


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "practice: 2.5 DN of 255 is seen on large screens, 4 DN by everybody, and costs bit rate",
        "经验：2.5 DN（满幅 255）在大屏上可见，4 DN 人人可见，还浪费码率",
    )
    return {"temporal_noise": Default(Limit(maximum=4.0, warn_maximum=2.5), source, "DN")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "lower the gain and give the light back with the lamps or the iris; noise is missing light",
        "降低增益，用灯光或光圈把亮度补回来；噪点多就是光不够",
    )


CHECK = Check(
    id="camera.noise",
    title=Text("Noise", "噪点"),
    about=Text(
        "Temporal noise of luma, in codes of 8 bits: what flickers where nothing moves.",
        "亮度的时间噪声，以 8 位码值计：画面静止处的闪动。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a camera with enough light", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera with its gain up",
            verdict=Verdict.FAIL,
            faults=("camera.main:noise=8",),
            role="main",
        ),
        Example(
            says="a camera with its gain half up",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:noise=4.8",),
            role="main",
        ),
        Example(
            says="a camera that is not there",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:unplug",),
            role="main",
        ),
    ),
)
