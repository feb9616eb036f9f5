"""`camera.slate`: whether the camera shows the studio at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.text import Text
from studiocheck.measure.picture.slate import Kind, Slate, is_snow, slate

_METHOD = Text(
    "colours that stand alone, in the flattest of the full frames",
    "完整帧中最平的一帧里孤立颜色所占的面积",
)
_FOUND: Mapping[Kind, Text] = {
    "": Text("a picture from a lens", "是镜头拍到的画面"),
    "solid": Text("one plain colour and nothing else", "只有一种纯色，没有画面"),
    "dark": Text(
        "dark, with nothing but noise: the lens cap is on, or the light is off",
        "一片漆黑，只有噪点：镜头盖没取或灯没开",
    ),
    "bars": Text("colour bars or a test pattern", "彩条或测试图"),
    "card": Text(
        "a drawn card: no signal, stand by, or a placeholder", "图形画面：无信号、请稍候或占位图"
    ),
    "gradient": Text(
        "looks drawn: a smooth gradient without any noise", "像是图形：渐变底，完全没有噪点"
    ),
    "snow": Text("the snow of a receiver without a signal", "接收机无信号时的雪花"),
}
_ADVICE: Mapping[Kind, Text] = {
    "solid": Text(
        "see whether the camera is on and its HDMI or SDI cable sits at both ends; then choose the "
        "right input on the capture card",
        "检查摄像头是否开机、HDMI 或 SDI 线两端是否插好；再确认采集卡的输入选对了",
    ),
    "dark": Text(
        "take the lens cap off and switch the lights on; then open the iris",
        "取下镜头盖，打开灯光；再开大光圈",
    ),
    "bars": Text(
        "switch the camera from colour bars to its lens", "在摄像头上关闭彩条，切回镜头画面"
    ),
    "card": Text(
        "start the source behind this device: switch the camera on, plug its cable in, or press "
        "“Start Virtual Camera” in the software that feeds it",
        "启动该设备背后的信号源：打开摄像头、插好线，或在推流软件里点“启动虚拟摄像机”",
    ),
    "gradient": Text(
        "look at the picture: if it is a placeholder, start the source behind this device",
        "看一眼画面：若是占位图，请启动该设备背后的信号源",
    ),
    "snow": Text(
        "plug the camera's cable into the capture card and choose the right input",
        "把摄像头的线插到采集卡上，并选对输入",
    ),
}


def _assess(case: Case) -> Assessment:
    clip = case.clip
    found = _worst(clip)
    kind = found.kind
    if not kind and clip.burst is not None and is_snow(clip.burst):
        kind = "snow"
    verdict = Verdict.FAIL
    if kind in {"", "gradient"}:
        verdict = Verdict.MARGINAL if kind else Verdict.PASS
    return Assessment(
        measurements=[
            Measurement.of("flat_share", found.flat_percent, "%", _METHOD, n=len(clip.stills))
        ],
        verdict=verdict,
        note=_FOUND[kind],
        advice=_ADVICE.get(kind),
    )


def _worst(clip: ClipEvidence) -> Slate:
    """Return what the most suspicious of the full frames is: a signal may be lost midway."""
    stills = {still.index: still for still in (*clip.stills, clip.worst) if still is not None}
    if not stills:
        raise Unmeasurable(
            Text("no full frame was kept", "没有保留完整帧"),
            Text("run `studiocheck check` again", "请重新运行 `studiocheck check`"),
        )
    order = ("", "gradient")
    return max(
        (slate(still.image) for still in stills.values()),
        key=lambda found: (
            order.index(found.kind) if found.kind in order else len(order),
            found.flat_percent,
        ),
    )


def _advice(_: Sequence[Measurement]) -> Text:
    return _ADVICE["card"]


CHECK = Check(
    id="camera.slate",
    title=Text("A real picture", "真实画面"),
    about=Text(
        "Whether the camera shows the studio, or a no-signal card, colour bars, a plain colour, "
        "its lens cap, or the placeholder of a virtual camera.",
        "画面是否来自现场，而不是无信号画面、彩条、纯色、镜头盖或虚拟摄像机的占位图。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a picture of the studio", verdict=Verdict.PASS, role="main"),
        Example(
            says="a frozen picture of the studio",
            verdict=Verdict.PASS,
            faults=("camera.main:freeze",),
            role="main",
        ),
        Example(
            says="colour bars",
            verdict=Verdict.FAIL,
            faults=("camera.main:slate=bars",),
            role="main",
        ),
        Example(
            says="no signal",
            verdict=Verdict.FAIL,
            faults=("camera.main:slate=nosignal",),
            role="main",
        ),
        Example(
            says="a plain colour from the third second on",
            verdict=Verdict.FAIL,
            faults=("camera.main:slate=solid@3s",),
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
