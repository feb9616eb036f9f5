"""`camera.present`: the camera opens and delivers a picture."""

from __future__ import annotations

from collections.abc import Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.core.text import Text

_CLOCKS = {
    "device": Text("the camera driver's clock", "摄像头驱动的时钟"),
    "sender": Text("the sender's clock", "发送端的时钟"),
    "file": Text("the file's timestamps", "文件的时间戳"),
    "arrival": Text("arrival here only", "仅为到达时间"),
    "simulated": Text("a virtual clock", "虚拟时钟"),
}
_NOT_THE_CAMERA = {"library", "evidence"}
"""Problems of this computer or of the stored run: they say nothing about the camera."""


def _assess(case: Case) -> Assessment:
    found = case.capture(Clip)
    if found.problem is not None:
        if found.problem.code in _NOT_THE_CAMERA:
            raise Unmeasurable(found.problem.message, found.problem.advice)
        return Assessment(
            verdict=Verdict.FAIL, note=found.problem.message, advice=found.problem.advice
        )
    clip = found.evidence
    if not isinstance(clip, ClipEvidence) or not len(clip.series):
        return Assessment(
            verdict=Verdict.FAIL,
            note=Text("it opened, but no picture came", "摄像头已打开，但没有画面"),
        )
    return Assessment(note=_identity(clip.camera))


def _identity(camera: CameraInfo) -> Text:
    text = Text(
        "{name} ({device}) by {backend}; frame times: {clock}",
        "{name}（{device}），经由 {backend}；帧时间：{clock}",
    )
    return text.fill(
        name=camera.name,
        device=camera.device,
        backend=camera.backend,
        clock=_CLOCKS[camera.clock],
    )


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "check the camera's cable and power, close programs that use it, then run "
        "`studiocheck devices`",
        "检查摄像头的线和供电，关闭占用它的程序，再运行 `studiocheck devices`",
    )


CHECK = Check(
    id="camera.present",
    title=Text("Camera present", "摄像头在位"),
    about=Text(
        "The camera that the studio file names opens and delivers a picture.",
        "直播间设备文件中指定的摄像头能打开并送出画面。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a camera that works", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera that is not plugged in",
            verdict=Verdict.FAIL,
            faults=("camera.main:unplug",),
            role="main",
        ),
        Example(
            says="a camera that another program holds",
            verdict=Verdict.FAIL,
            faults=("camera.main:busy",),
            role="main",
        ),
        Example(
            says="a camera that leaves while it is being looked at",
            verdict=Verdict.FAIL,
            faults=("camera.main:unplug@2s",),
            role="main",
        ),
    ),
)
