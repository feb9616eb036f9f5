"""`camera.clipping`: how much of the picture is burnt out, and how much has drowned in black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.clipping import Share, clipped_luma, clipped_shares

_WORST = Text(
    "samples of the worst channel at 254 or 255, full frames",
    "完整帧中最差通道达到 254 或 255 的像素",
)
_CHANNEL = Text("samples at 254 or 255, full frames", "完整帧中达到 254 或 255 的像素")
_BLACK = Text("pixels at 0 or 1 in all channels, full frames", "完整帧中三个通道均为 0 或 1 的像素")
_LUMA = Text("luma histogram of sampled frames", "抽样帧的亮度直方图")
_LUMA_ONLY = Text(
    "no full frame was kept: luma alone shows the least that is clipped",
    "没有保留完整帧：只看亮度，实际过曝只会更多",
)


def _assess(case: Case) -> Assessment:
    clip = case.clip
    if not clip.stills:
        white, black = clipped_luma(clip.histogram)
        return Assessment(
            measurements=[_share("white_share", white, _LUMA), _share("black_share", black, _LUMA)],
            note=_LUMA_ONLY,
        )
    return Assessment(measurements=_of_stills(clip))


def _of_stills(clip: ClipEvidence) -> list[Measurement]:
    found = clipped_shares([still.image for still in clip.stills])
    return [
        _share("white_share", found.white, _WORST),
        _share("white_red", found.red, _CHANNEL),
        _share("white_green", found.green, _CHANNEL),
        _share("white_blue", found.blue, _CHANNEL),
        _share("black_share", found.black, _BLACK),
    ]


def _share(name: str, share: Share, method: Text) -> Measurement:
    return Measurement.of(name, share.percent, "%", method, share.uncertainty_percent, share.n)


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "EBU R 103: at most 1 % of the picture out of range; 3 % is seen at once (practice)",
        "EBU R 103：越限面积不超过 1%；超过 3% 一眼可见（经验）",
    )
    return {"white_share": Default(Limit(maximum=3, warn_maximum=1), source, "%")}


def _advice(measurements: Sequence[Measurement]) -> Text:
    shares = {m.name: m.value for m in measurements}
    white = shares.get("white_share", 0.0)
    others = sorted(shares.get(f"white_{name}", white) for name in ("red", "green", "blue"))
    if white > 0 and others[1] < white / 3:
        return Text(
            "only one colour is burnt out: set the white balance, then look at coloured lamps and "
            "at the camera's saturation",
            "只有一种颜色过曝：先校准白平衡，再看彩色灯和摄像头的饱和度设置",
        )
    return Text(
        "close the iris or lower the exposure until the zebra is gone from skin and goods; then "
        "turn lamps and windows out of the picture",
        "收小光圈或降低曝光，直到皮肤和商品上不再出现斑马纹；再把灯和窗移出画面",
    )


CHECK = Check(
    id="camera.clipping",
    title=Text("Burnt-out parts", "过曝"),
    about=Text(
        "Share of the picture that is clipped at white, channel by channel: what is burnt out in "
        "the camera nothing brings back.",
        "各通道在白电平处被削平的画面比例：摄像头里过曝的细节，后面再也救不回来。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a picture in good light", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera opened by three stops",
            verdict=Verdict.FAIL,
            faults=("camera.main:exposure=3stops",),
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
