"""`camera.brightness`: luma of the presenter, and of the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import CameraRole, Region, Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.brightness import luma_percentiles, region_luma
from studiocheck.measure.picture.face import face_region

_NO_REGION = Text(
    "studio.toml names no subject region for this camera, and no face was found: the whole "
    "picture was judged, with wider limits",
    "studio.toml 没有写明主播区域（subject），也没有找到人脸，只能按整幅画面、用较宽的限值判断",
)
_FACE_FOUND = Text(
    "studio.toml names no subject region for this camera: the face that was found was judged",
    "studio.toml 没有写明主播区域（subject），按找到的人脸判断",
)

_HISTOGRAM = Text("histogram of sampled frames", "抽样帧的直方图")
_REGION = Text("mean luma of the declared region", "主播区域的平均亮度")
_FACE = Text("mean luma of the face", "人脸的平均亮度")
_WHOLE = Text("mean luma of the whole picture", "整幅画面的平均亮度")


def _assess(case: Case) -> Assessment:
    clip = case.clip
    where = _where(clip, case.camera)
    percentiles = luma_percentiles(clip.histogram)
    return Assessment(
        measurements=[
            _mean(clip, where),
            *(
                Measurement.of(f"luma_p{p}", value, "%", _HISTOGRAM, n=len(clip.sampled))
                for p, value in zip((5, 50, 95), percentiles, strict=True)
            ),
        ],
        note=_NOTES.get(where.method),
    )


@dataclass(frozen=True, slots=True)
class _Where:
    region: Region | None
    method: Text


_NOTES: Mapping[Text, Text] = {_FACE: _FACE_FOUND, _WHOLE: _NO_REGION}


def _where(clip: ClipEvidence, camera: CameraRole) -> _Where:
    """Return what is judged: the subject, else the face, else the whole picture."""
    if camera.subject is not None:
        return _Where(camera.subject, _REGION)
    face = face_region([still.image for still in clip.stills], camera)
    if face is None:
        return _Where(None, _WHOLE)
    return _Where(face.region, _REGION if face.how == "declared" else _FACE)


def _mean(clip: ClipEvidence, where: _Where) -> Measurement:
    luma = region_luma([still.image for still in clip.stills], where.region)
    return Measurement.of(
        "subject_luma" if where.region is not None else "picture_luma",
        luma.percent,
        "%",
        where.method,
        uncertainty=luma.uncertainty_percent,
        n=luma.n,
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    aim = targets.light.subject_luma
    subject = Limit(
        minimum=aim - 20, warn_minimum=aim - 10, warn_maximum=aim + 10, maximum=aim + 20
    )
    picture = Limit(minimum=15, maximum=85, warn_minimum=25, warn_maximum=75)
    practice = Text(
        "practice: a face is exposed at 45 to 65 %, or 10 % around the profile's subject_luma",
        "经验：人脸曝光在 45%–65%，即配置的 subject_luma 上下 10%",
    )
    loose = Text(
        "rule of thumb, wide because it depends on the background", "经验值：随背景而变，故放宽"
    )
    return {
        "subject_luma": Default(subject, practice, "%"),
        "picture_luma": Default(picture, loose, "%"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    if any(exceeded(m) == "high" for m in measurements):
        return Text(
            "close the iris or lower the gain; if the lamps were changed, dim the key light",
            "收小光圈或降低增益；若动过灯光，请调暗主光",
        )
    return Text(
        "see whether every lamp is on and at its level, then open the iris before raising the gain",
        "先看每盏灯是否亮着、亮度是否正确，再开大光圈，最后才加增益",
    )


CHECK = Check(
    id="camera.brightness",
    title=Text("Brightness", "亮度"),
    about=Text(
        "Mean luma of the presenter's region, with the 5th, 50th and 95th percentile of the "
        "whole picture.",
        "主播所在区域的平均亮度，以及整幅画面的第 5、50、95 百分位。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a presenter in good light", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera stopped down by one stop",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:exposure=-1stop",),
            role="main",
        ),
        Example(
            says="a key light that is off",
            verdict=Verdict.FAIL,
            faults=("lamp.key:off",),
            role="main",
        ),
        Example(
            says="a camera without a declared region or a face to see",
            verdict=Verdict.PASS,
            faults=("presenter:absent",),
            role="product",
        ),
        Example(
            says="a camera that is not there",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:unplug",),
            role="main",
        ),
    ),
)
