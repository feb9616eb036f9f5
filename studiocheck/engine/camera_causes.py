"""Causes that show in the pictures of one camera or of several together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Clip, Golden
from studiocheck.core.measurement import Verdict
from studiocheck.core.picture import CameraInfo, ClipEvidence, LookEvidence
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine.causes import (
    Captures,
    Rule,
    diagnosis,
    is_bad,
    is_low,
    measured,
    where,
)
from studiocheck.engine.device_keys import DeviceKey

_BITS_PER_PIXEL = 16
"""Of YUYV, what webcams send when they do not compress."""

_USABLE = 0.8
"""Share of a USB 2.0 bus that isochronous transfers may take (USB 2.0, 5.6.3)."""


def _info(role: str, captures: Captures) -> CameraInfo | None:
    """Return what is known of a camera: tonight, else from the evening of its golden look."""
    found = captures.get(DeviceKey(Scope.CAMERA, role), {})
    for need in (Clip, Golden):
        evidence = found[need].evidence if need in found else None
        if isinstance(evidence, ClipEvidence | LookEvidence):
            return evidence.camera
    return None


def _hub(role: str, captures: Captures) -> str | None:
    """Return the USB hub that a camera hangs on; None for a port of the computer itself."""
    info = _info(role, captures)
    hub, dot, _ = (info.port if info and info.port else "").rpartition(".")
    return hub if dot else None


def _hubs(roles: Iterable[str], captures: Captures) -> dict[str, list[str]]:
    """Return the cameras of each hub that has several."""
    found = defaultdict(list)
    for role in roles:
        hub = _hub(role, captures)
        if hub is not None:
            found[hub].append(role)
    return {hub: on_it for hub, on_it in found.items() if len(on_it) > 1}


def _hub_gone(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """All cameras of one hub are missing: it is the hub."""
    present = {f.role: i for i, f in enumerate(findings) if f.check == "camera.present"}
    lost = {findings[i].role for i in where(findings, "camera.present", Verdict.FAIL)}
    found = []
    for hub, roles in _hubs(present, captures).items():
        if lost.issuperset(roles):
            names = ", ".join(roles)
            text = Text(
                f"cameras {names} hang on one USB hub (port {hub}) and are all missing: check the "
                "hub's power supply and its cable to the computer first",
                f"摄像头 {names} 都接在同一个 USB 集线器（端口 {hub}）上，且全部不见了："
                "先检查集线器的供电和它到电脑的线缆",
            )
            found.append(diagnosis("camera.hub_gone", text, [present[role] for role in roles]))
    return found


def _hub_full(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """Uncompressed cameras of one hub want more than it carries, and stutter."""
    slow = {
        findings[i].role: i
        for check in ("camera.cadence", "camera.frame_rate")
        for i in where(findings, check, Verdict.FAIL, Verdict.MARGINAL)
    }
    roles = list(dict.fromkeys(f.role for f in findings if f.check == "camera.present"))
    found = []
    for hub, on_it in _hubs(roles, captures).items():
        infos = [info for role in on_it if (info := _info(role, captures)) is not None]
        raw = [info for info in infos if info.compressed is False and info.link_mbit_s]
        wanted = sum(
            info.width * info.height * (info.nominal_fps or 0) * _BITS_PER_PIXEL / 1e6
            for info in raw
        )
        hit = [slow[role] for role in on_it if role in slow]
        carries = min((info.link_mbit_s or 0 for info in raw), default=0.0)
        if hit and len(raw) > 1 and wanted > _USABLE * carries:
            text = Text(
                f"{len(raw)} uncompressed cameras share one USB hub (port {hub}): they want "
                f"{wanted:.0f} Mbit/s and it carries {_USABLE * carries:.0f}; set them to MJPEG, "
                "or move one to another port of the computer",
                f"{len(raw)} 台未压缩的摄像头共用一个 USB 集线器（端口 {hub}）："
                f"需要 {wanted:.0f} Mbit/s，只能承载 {_USABLE * carries:.0f}；"
                "请改用 MJPEG，或把其中一台换到电脑的其他接口",
            )
            found.append(diagnosis("camera.hub_full", text, hit))
    return found


def _slate(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """A slate explains everything else that is wrong with the picture."""
    found = []
    for i in where(findings, "camera.slate", Verdict.FAIL):
        role = findings[i].role
        follows = [
            j
            for j, other in enumerate(findings)
            if other.role == role
            and other.check.partition(".")[0] in ("camera", "light")
            and other.verdict in (Verdict.FAIL, Verdict.MARGINAL, Verdict.UNMEASURED)
            and j != i
        ]
        if follows:
            text = Text(
                f"camera {role} shows a slate instead of the studio, the rest follows from it: "
                "switch the camera on, then check the cable into the capture card",
                f"摄像头 {role} 送来的是占位画面而非现场，其余问题由此而来："
                "先打开摄像头，再检查接到采集卡的线",
            )
            found.append(diagnosis("camera.no_picture", text, [i, *follows]))
    return found


def _repeated_pictures(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """A freeze, repeated frames and a low rate of new pictures are one fault, not three."""
    found = []
    for i in where(findings, "camera.freeze", Verdict.FAIL):
        role = findings[i].role
        follows = [
            j
            for check in ("camera.frame_rate", "camera.cadence")
            for j in where(findings, check)
            if findings[j].role == role
        ]
        if follows:
            text = Text(
                f"camera {role} froze and that is why its rate of new pictures is low: "
                "reconnect the camera, then its capture card",
                f"摄像头 {role} 画面卡住，因此有效帧率偏低：先重新连接摄像头，再检查采集卡",
            )
            found.append(diagnosis("camera.frozen", text, [i, *follows]))
    return found


def _frames_lost(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Frames that get lost lower the rate as well: one fault, not two."""
    found = []
    for i in where(findings, "camera.cadence", Verdict.FAIL, Verdict.MARGINAL):
        role, lost = findings[i].role, measured(findings[i], "drop_rate")
        repeated = measured(findings[i], "duplicate_rate")
        rate = _of_role(findings, role, "camera.frame_rate")
        if lost and rate and lost.value > (repeated.value if repeated else 0.0):
            text = Text(
                f"camera {role} loses {lost.value:.1f} % of its frames on the way: plug it "
                "straight into a USB 3 port of its own, away from other cameras; then try a "
                "shorter cable",
                f"摄像头 {role} 在传输中丢失 {lost.value:.1f}% 的帧："
                "直接插到单独的 USB 3 口，不与其他摄像头共用集线器；再换短线试试",
            )
            found.append(diagnosis("camera.frames_lost", text, [i, *rate]))
    return found


def _of_role(findings: Sequence[Finding], role: str, *checks: str) -> list[int]:
    """Return the positions of what is bad in some checks of one camera."""
    hits = (i for check in checks for i in where(findings, check, Verdict.FAIL, Verdict.MARGINAL))
    return [i for i in hits if findings[i].role == role]


def _lamps(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """All cameras too dark: the lamps. One: its exposure."""
    cameras = [i for i, f in enumerate(findings) if f.check == "camera.brightness"]
    low = [i for i in cameras if is_low(findings[i], "subject_luma")]
    if len(cameras) > 1 and low == cameras:
        text = Text(
            "all cameras are too dark: look at the lamps before touching any camera",
            "所有摄像头都偏暗：先看灯，再动摄像头",
        )
        return [diagnosis("light.too_dark", text, low)]
    return []


def _dark_and_slow(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """A camera that lowers its rate in the dark lengthens its exposure: it needs light."""
    found = []
    for i in where(findings, "camera.frame_rate", Verdict.FAIL, Verdict.MARGINAL):
        role = findings[i].role
        dark = [
            j
            for j in where(findings, "camera.brightness", Verdict.FAIL, Verdict.MARGINAL)
            if findings[j].role == role and is_low(findings[j], "subject_luma")
        ]
        frozen = [j for j in where(findings, "camera.freeze") if findings[j].role == role]
        if (dark or _exposes_long(findings[i], captures)) and not frozen:
            text = Text(
                f"camera {role} is slow because it lacks light and exposes longer: "
                "raise the key light, then switch the camera's low-light frame rate off",
                f"摄像头 {role} 因光线不足而延长曝光，帧率下降："
                "先提高主光，再关闭摄像头的低光降帧功能",
            )
            found.append(diagnosis("camera.low_light", text, [i, *dark]))
    return found


def _exposes_long(finding: Finding, captures: Captures) -> bool:
    """Return whether the camera itself says that it exposes longer than a planned frame lasts."""
    clip = captures.get(DeviceKey(Scope.CAMERA, finding.role), {}).get(Clip)
    evidence = clip.evidence if clip is not None else None
    rate = measured(finding, "frame_rate")
    wanted = rate.limit.warn_minimum or rate.limit.minimum if rate and rate.limit else None
    if not isinstance(evidence, ClipEvidence) or evidence.controls is None or not wanted:
        return False
    found = evidence.controls.found
    lengthens = found.get("auto_exposure") == 1 and found.get("auto_exposure_priority") == 1
    return lengthens and found.get("exposure", 0) * 1e-4 > 1 / wanted


def _changed_together(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Colour or brightness of all cameras left the golden look: the lamps. Of one: that camera."""
    views = [i for i, f in enumerate(findings) if f.check == "camera.view" and f.measurements]
    found = []
    for name, same_cause, everywhere, alone in (
        (
            "colour_change",
            ("camera.locked",),
            Text(
                "all cameras have changed colour since their golden look: a lamp has changed; "
                "look at the lamps' colour temperature before touching any camera",
                "所有摄像头的颜色都变了：是灯变了；先查各灯色温，再动摄像头",
            ),
            Text(
                "only camera {role} has changed colour since its golden look: "
                "set its white balance again",
                "只有摄像头 {role} 的颜色变了：请重新设置它的白平衡",
            ),
        ),
        (
            "exposure_change",
            ("camera.brightness", "camera.clipping", "camera.dark_area"),
            Text(
                "all cameras have changed brightness since their golden look: a lamp has changed; "
                "look at the lamps before touching any camera",
                "所有摄像头的亮度都变了：是灯变了；先看灯，再动摄像头",
            ),
            Text(
                "only camera {role} has changed brightness since its golden look: "
                "set its exposure and gain again",
                "只有摄像头 {role} 的亮度变了：请重新设置它的曝光和增益",
            ),
        ),
    ):
        bad = [i for i in views if is_bad(findings[i], name)]
        what = name.removesuffix("_change")
        if len(views) < 2 or not bad:
            continue
        if bad == views:
            found.append(diagnosis(f"light.{what}_changed", everywhere, bad))
        elif len(bad) == 1:
            role = findings[bad[0]].role
            hits = [*bad, *_of_role(findings, role, *same_cause)]
            found.append(diagnosis(f"camera.{what}_changed", alone.fill(role=role), hits))
    return found


RULES: tuple[Rule, ...] = (_hub_gone, _hub_full, _slate, _repeated_pictures)
RULES_OF_THE_LOOK: tuple[Rule, ...] = (_lamps, _changed_together, _dark_and_slow, _frames_lost)
"""Those that a cause in the light goes before."""
