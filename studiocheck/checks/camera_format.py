"""`camera.format`: the picture that is really delivered: its size, its lines, its way here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.temporal_noise import stillness
from studiocheck.measure.picture.upscaling import Enlargement, enlargement

_BITS_PER_PIXEL: Mapping[str, int] = {
    "GREY": 8, "Y800": 8,
    "NV12": 12, "NV21": 12, "I420": 12, "YU12": 12, "YV12": 12, "IYUV": 12, "YUV420P": 12,
    "YUYV": 16, "YUY2": 16, "UYVY": 16, "YVYU": 16, "YUV422P": 16, "NV16": 16, "RGBP": 16,
    "BGR24": 24, "RGB24": 24, "BGR3": 24, "RGB3": 24,
}  # fmt: skip
"""Uncompressed formats, as the systems name them."""

_PERIODIC_SHARE = 0.8
"""What a bus gives to cameras at most (USB 2.0, 5.6.4: periodic transfers at high speed)."""

_DECODED = Text("decoded frames, not the request", "按解码后的实际画面，而非请求值")
_LINES = Text(
    "traces of interpolation by 3:2 and 2:1 in the mean of several frames",
    "在多帧平均中查找 3:2 与 2:1 插值的痕迹",
)
_LOAD = Text(
    "size × rate × bits of the format, against 80 % of the link's rate",
    "画面尺寸 × 帧率 × 像素位数，与链路速率的 80% 相比",
)
_TOO_SOFT = Text(
    "the picture has too little fine detail to tell whether it was enlarged",
    "画面缺少细节，看不出是否由低分辨率放大而来",
)
_SCALED = Text(
    "traces of scaling somewhere, too weak to say whether it was enlarged",
    "有缩放过的痕迹，但太弱，无法断定是否放大",
)


def _assess(case: Case) -> Assessment:
    clip, camera = case.clip, case.clip.camera
    found = _enlargement(clip)
    measurements = [
        Measurement.of("width", camera.width, "px", _DECODED, uncertainty=0.0),
        Measurement.of("height", camera.height, "px", _DECODED, uncertainty=0.0),
    ]
    notes = [_path(camera)]
    if found is None or found.soft:
        notes.append(_TOO_SOFT)
    elif found.real_height is None:
        notes.append(_SCALED)
    if found is not None and found.real_height is not None:
        measurements.append(Measurement.of("real_height", found.real_height, "px", _LINES))
    load = _bus_load(camera, camera.nominal_fps or case.targets.video.fps)
    if load is not None:
        measurements.append(Measurement.of("bus_load", load, "%", _LOAD))
    return Assessment(
        measurements=measurements,
        note=joined(notes),
    )


def _enlargement(clip: ClipEvidence) -> Enlargement | None:
    burst = clip.burst
    if burst is not None and burst.spread.size:
        return enlargement(burst.mean, stillness(burst).noise_dn / math.sqrt(burst.n))
    if not clip.stills:
        return None
    return enlargement(_luma(clip.stills[0].image))


def _luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _bus_load(camera: CameraInfo, fps: float) -> float | None:
    """Return how much of what the bus has for it an uncompressed picture needs, %."""
    bits = _BITS_PER_PIXEL.get(camera.pixel_format.upper())
    if bits is None or camera.compressed or not camera.link_mbit_s:
        return None
    needed_mbit_s = camera.width * camera.height * fps * bits / 1e6
    return 100 * needed_mbit_s / (_PERIODIC_SHARE * camera.link_mbit_s)


def _path(camera: CameraInfo) -> Text:
    """Return the pixel format and the bus, as far as they are known."""
    en, zh = f"pixel format {camera.pixel_format}", f"像素格式 {camera.pixel_format}"
    if camera.compressed is not None:
        en += ", compressed" if camera.compressed else ", uncompressed"
        zh += "，已压缩" if camera.compressed else "，未压缩"
    if camera.port:
        en, zh = f"{en}, USB port {camera.port}", f"{zh}，USB 端口 {camera.port}"
    if camera.link_mbit_s:
        en += f", link of {camera.link_mbit_s:.0f} Mbit/s"
        zh += f"，链路 {camera.link_mbit_s:.0f} Mbit/s"
    return Text(en, zh)


def _defaults(targets: Targets) -> Mapping[str, Default]:
    source = Text("the profile, or the camera's entry in studio.toml", "配置或 studio.toml")
    usb = Text(
        "USB 2.0, 5.6.4: cameras get at most 80 % of the bus; a fifth of that is left for the "
        "others (practice)",
        "USB 2.0 第 5.6.4 条：摄像头最多占用总线的 80%；其中再留五分之一余量（经验）",
    )
    width, height = targets.video.width, targets.video.height
    return {
        "width": Default(Limit(minimum=width, maximum=width), source, "px"),
        "height": Default(Limit(minimum=height, maximum=height), source, "px"),
        "real_height": Default(Limit(minimum=height), source, "px"),
        "bus_load": Default(Limit(warn_maximum=80), usb, "%"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    wrong = {m.name for m in measurements if exceeded(m)}
    if wrong == {"bus_load"}:
        return Text(
            "the bus is nearly full: plug the camera straight into a USB 3 port of its own, or set "
            "it to MJPEG",
            "总线快满了：把摄像头单独插到 USB 3 口，或改用 MJPEG",
        )
    if wrong and wrong <= {"real_height", "bus_load"}:
        return Text(
            "the picture is enlarged from fewer lines: set the camera's own output, then the "
            "capture card's input, to the size of the show",
            "画面是由低分辨率放大的：先把摄像头的输出、再把采集卡的输入设为所需的尺寸",
        )
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
        "Width and height of the frames that arrive, how many lines of them are real, and whether "
        "the bus can carry them; cameras fall back silently, and capture cards enlarge what they "
        "get.",
        "实际收到的画面宽高、真实行数，以及总线能否承载；摄像头会悄悄降级，采集卡会把小画面放大。",
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
            says="a capture card that enlarges a 720p signal",
            verdict=Verdict.FAIL,
            faults=("camera.main:upscaled",),
            role="main",
        ),
        Example(
            says="an uncompressed camera on a link that it nearly fills",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:link=2000",),
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
