"""`camera.format`: the size of the picture that is really delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.check import Assessment, Case, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text


def _assess(case: Case) -> Assessment:
    camera = case.clip.camera
    method = Text("decoded frames, not the request", "按解码后的实际画面，而非请求值")
    return Assessment(
        measurements=[
            Measurement.of("width", camera.width, "px", method, uncertainty=0.0),
            Measurement.of("height", camera.height, "px", method, uncertainty=0.0),
        ],
        note=Text(f"pixel format {camera.pixel_format}", f"像素格式 {camera.pixel_format}"),
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    source = Text("the profile, or the camera's entry in studio.toml", "配置或 studio.toml")
    width, height = targets.video.width, targets.video.height
    return {
        "width": Default(Limit(minimum=width, maximum=width), source, "px"),
        "height": Default(Limit(minimum=height, maximum=height), source, "px"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    wanted = {m.name: m.limit.minimum for m in measurements if m.limit and m.limit.minimum}
    if not {"width", "height"} <= wanted.keys():
        return Text(
            "set the picture size that the show needs on the camera", "在摄像头上设置所需的画面尺寸"
        )
    size = f"{wanted['width']:.0f} × {wanted['height']:.0f}"
    return Text(
        f"set the camera to {size}; if it falls back, plug it straight into a USB 3 port "
        "or choose MJPEG",
        f"把摄像头设为 {size}；若仍自动降级，请直接插到 USB 3 口，或改用 MJPEG",
    )


CHECK = Check(
    id="camera.format",
    title=Text("Picture size", "画面尺寸"),
    about=Text(
        "Width and height of the frames that arrive; cameras fall back silently when the bus or "
        "the driver cannot carry what was asked.",
        "实际收到的画面宽高；总线或驱动承载不了时，摄像头会悄悄降级。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a camera that gives 1080p", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera that falls back to 720p",
            verdict=Verdict.FAIL,
            faults=("camera.main:resolution=1280x720",),
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
