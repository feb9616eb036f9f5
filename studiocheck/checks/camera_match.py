"""`camera.match`: each camera against the first one: exposure and colour of the same thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case, Peer
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import CameraRole, Role, Studio, Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.light.camera_match import Match, match_cards, match_regions

_CARD = Text("the same grey card in both pictures, linear light", "两个画面中的同一张灰卡，线性光")
_CHROMA = Text(
    "CIEDE2000 of the same grey card at equal luminance", "同一张灰卡在相同亮度下的 CIEDE2000 色差"
)
_MIRED = Text("95 ln(R/B) of the same grey card", "同一张灰卡的 95·ln(R/B)")
_REGION = Text("mean linear light of both subject regions", "两个画面主体区域的平均线性光")


def _assess(case: Case) -> Assessment:
    reference_role, peer = next(iter(case.peers.items()))
    camera, reference = case.camera, peer.binding
    if not isinstance(reference, CameraRole):
        raise TypeError(reference)
    clip, other = case.clip, _reference_clip(reference_role, peer)
    if camera.neutral_patch is not None and reference.neutral_patch is not None:
        found = match_cards(
            _images(clip), camera.neutral_patch, _images(other), reference.neutral_patch
        )
        automatic = _automatic({case.role: (camera, clip), reference_role: (reference, other)})
        return _by_card(found, reference_role, automatic)
    if camera.subject is not None and reference.subject is not None:
        stops, uncertainty = match_regions(
            _images(clip), camera.subject, _images(other), reference.subject
        )
        return Assessment(
            measurements=[
                Measurement.of(
                    "exposure_difference", stops, "stops", _REGION, uncertainty, len(clip.stills)
                )
            ],
            note=Text(
                f"against {reference_role} without a grey card: only an indication of exposure, "
                "colour was not compared",
                f"与 {reference_role} 比较时没有灰卡：只能粗看曝光，未比较颜色",
            ),
        )
    raise NotAsked(
        Text(
            f"nothing says what this camera and {reference_role} both see: hold one grey card "
            "into both pictures and declare it as neutral_patch of both in studio.toml",
            f"不知道此摄像头与 {reference_role} 共同拍到什么：请放一张两个画面都能拍到的灰卡，"
            "并在 studio.toml 中为两者写明 neutral_patch",
        )
    )


def _reference_clip(role: str, peer: Peer) -> ClipEvidence:
    clip = peer.clip
    if clip is None:
        raise Unmeasurable(
            Text(
                f"the reference camera {role} gave no picture to compare with",
                f"参考摄像头 {role} 没有可供比较的画面",
            ),
            Text(f"put camera {role} right first", f"请先处理摄像头 {role}"),
        )
    return clip


def _images(clip: ClipEvidence) -> list[NDArray[np.uint8]]:
    return [still.image for still in clip.stills]


def _automatic(cameras: Mapping[str, tuple[CameraRole, ClipEvidence]]) -> list[str]:
    """Return the cameras that balance their white by themselves, so that their colour moves."""
    return [
        role
        for role, (camera, clip) in cameras.items()
        if camera.white_balance == "auto"
        or clip.camera.white_balance_locked is False
        or (clip.controls is not None and clip.controls.found.get("auto_white_balance") == 1)
    ]


def _by_card(found: Match, reference: str, automatic: Sequence[str]) -> Assessment:
    exposure = Measurement.of(
        "exposure_difference", found.stops, "stops", _CARD, found.stops_uncertainty, found.n
    )
    if automatic:
        names = ", ".join(automatic)
        return Assessment(
            measurements=[exposure],
            note=Text(
                f"against {reference}; colour was not compared: the white balance of {names} is "
                "automatic and will move",
                f"以 {reference} 为参考；未比较颜色：{names} 的白平衡为自动，随时会变",
            ),
        )
    colour = found.colour
    return Assessment(
        measurements=[
            exposure,
            Measurement.of(
                "delta_e2000", colour.de2000, "", _CHROMA, colour.de2000_uncertainty, found.n
            ),
            Measurement.of(
                "mired_difference", colour.mired, "mired", _MIRED, colour.mired_uncertainty, found.n
            ),
        ],
        note=Text(f"against {reference}, same grey card", f"以 {reference} 为参考，同一张灰卡"),
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: at a cut between cameras more than this is seen",
        "经验值：切换机位时，超过这些就看得出",
    )
    return {
        "exposure_difference": Default(_both_ways(0.3, 0.7), rule, "stops"),
        "delta_e2000": Default(Limit(maximum=6, warn_maximum=3), rule, ""),
        "mired_difference": Default(_both_ways(8, 20), rule, "mired"),
    }


def _both_ways(warn: float, fail: float) -> Limit:
    return Limit(minimum=-fail, warn_minimum=-warn, warn_maximum=warn, maximum=fail)


def _advice(measurements: Sequence[Measurement]) -> Text:
    sides = {m.name: exceeded(m) for m in measurements}
    size = {m.name: abs(m.value) for m in measurements}
    steps = []
    if side := sides.get("exposure_difference"):
        stops = f"{size['exposure_difference']:.1f}"
        steps.append(
            Text(
                f"{stops} stops brighter than the first camera: close the iris or lower the gain",
                f"比第一台摄像头亮 {stops} 档：收光圈或降增益",
            )
            if side == "high"
            else Text(
                f"{stops} stops darker than the first camera: open the iris",
                f"比第一台摄像头暗 {stops} 档：开大光圈",
            )
        )
    if side := sides.get("mired_difference"):
        mired = f"{size['mired_difference']:.0f}"
        steps.append(
            Text(
                f"{mired} mired warmer: set a lower kelvin value for its white balance",
                f"偏暖 {mired} 微倒度：把白平衡的 K 值调低",
            )
            if side == "high"
            else Text(
                f"{mired} mired colder: set a higher kelvin value for its white balance",
                f"偏冷 {mired} 微倒度：把白平衡的 K 值调高",
            )
        )
    elif sides.get("delta_e2000"):
        steps.append(
            Text(
                "a cast towards green or magenta: balance both cameras on one white card",
                "偏绿或偏品红：让两台摄像头对同一张白卡做白平衡",
            )
        )
    if not steps:
        return Text(
            "set exposure and white balance of both cameras by hand, on one grey card",
            "用同一张灰卡，手动设置两台摄像头的曝光和白平衡",
        )
    return joined(steps)


def _is_not_the_first(role: Role, studio: Studio, _: Targets) -> bool:
    cameras = list(studio.cameras.values())
    return len(cameras) > 1 and role is not cameras[0]


CHECK = Check(
    id="camera.match",
    title=Text("Match with the first camera", "与第一台摄像头匹配"),
    about=Text(
        "Exposure and colour against the first camera of the studio file, on a grey card that "
        "both see: whether a cut between them shows.",
        "以设备文件中的第一台摄像头为参考，用两者都拍到的灰卡比较曝光和颜色：切换机位是否看得出。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=_is_not_the_first,
    with_peers=True,
    examples=(
        Example(says="two cameras set alike", verdict=Verdict.PASS, role="product"),
        Example(
            says="one of them stopped down",
            verdict=Verdict.FAIL,
            faults=("camera.product:exposure=-1stop",),
            role="product",
        ),
        Example(
            says="one of them at another white balance",
            verdict=Verdict.FAIL,
            faults=("camera.product:wb=4300K",),
            role="product",
        ),
        Example(
            says="automatic white balance: only the exposure can be known",
            verdict=Verdict.PASS,
            faults=("camera.product:autowb",),
            role="product",
        ),
        Example(
            says="a reference that is not there",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:unplug",),
            role="product",
        ),
    ),
)
