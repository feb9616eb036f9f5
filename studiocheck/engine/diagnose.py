"""Finds the causes behind several findings, and the one thing to touch first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from studiocheck.core.measurement import Measurement, Verdict, judge
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text

_BAD = (Verdict.FAIL, Verdict.MARGINAL, Verdict.UNMEASURED)
Rule = Callable[[Sequence[Finding]], list[Diagnosis]]


def diagnose(findings: Sequence[Finding]) -> tuple[Diagnosis, ...]:
    """Return the causes that explain several findings at once, the gravest first.

    Parameters
    ----------
    findings : sequence of Finding
        All findings of a run; diagnoses name them by position.
    """
    return tuple(diagnosis for rule in _RULES for diagnosis in rule(findings))


def _where(findings: Sequence[Finding], check: str, *verdicts: Verdict) -> list[int]:
    wanted = verdicts or _BAD
    return [i for i, f in enumerate(findings) if f.check == check and f.verdict in wanted]


def _measured(finding: Finding, name: str) -> Measurement | None:
    return next((m for m in finding.measurements if m.name == name), None)


def _diagnosis(name: str, text: Text, hits: Sequence[int]) -> Diagnosis:
    return Diagnosis(id=name, en=text.en, zh=text.zh, findings=tuple(hits))


def _gone(findings: Sequence[Finding]) -> list[Diagnosis]:
    """Every device of a kind is missing: look for what they share, not at each of them."""
    found = []
    for kind, text in (
        (
            "camera",
            Text(
                "all cameras are missing: check their common hub, its power and its cable first",
                "所有摄像头都不见了：先检查共用的集线器、电源和线缆",
            ),
        ),
        (
            "mic",
            Text(
                "all microphones are missing: check the audio interface and the sound system first",
                "所有麦克风都不见了：先检查声卡/调音台和系统声音服务",
            ),
        ),
    ):
        all_of_kind = [i for i, f in enumerate(findings) if f.check == f"{kind}.present"]
        hits = _where(findings, f"{kind}.present", Verdict.FAIL)
        if len(hits) > 1 and hits == all_of_kind:
            found.append(_diagnosis(f"{kind}.all_gone", text, hits))
    return found


def _nothing_to_measure(findings: Sequence[Finding]) -> list[Diagnosis]:
    """A device that is missing, or a microphone that is mute, leaves the rest of it unknown."""
    found: list[Diagnosis] = []
    explained: set[int] = set()
    for root, kinds, name in (
        ("camera.present", ("camera", "light"), "camera.absent"),
        ("mic.present", ("mic",), "mic.absent"),
        ("mic.signal", ("mic",), "mic.silent"),
    ):
        for i in _where(findings, root, Verdict.FAIL):
            finding = findings[i]
            follows = [
                j
                for j, other in enumerate(findings)
                if other.role == finding.role
                and other.check.partition(".")[0] in kinds
                and (other.verdict is Verdict.UNMEASURED or other.check == "mic.signal")
                and other.verdict is not Verdict.PASS
                and j != i
            ]
            if i in explained or not follows or not finding.note or not finding.advice:
                continue
            explained.update((i, *follows))
            text = Text("{what}: {do}", "{what}：{do}").fill(what=finding.note, do=finding.advice)
            found.append(_diagnosis(name, text, [i, *follows]))
    return found


def _repeated_pictures(findings: Sequence[Finding]) -> list[Diagnosis]:
    """A freeze and a low rate of new pictures are one fault, not two."""
    found = []
    for i in _where(findings, "camera.freeze", Verdict.FAIL):
        role = findings[i].role
        rate = [j for j in _where(findings, "camera.frame_rate") if findings[j].role == role]
        if rate:
            text = Text(
                f"camera {role} froze and that is why its rate of new pictures is low: "
                "reconnect the camera, then its capture card",
                f"摄像头 {role} 画面卡住，因此有效帧率偏低：先重新连接摄像头，再检查采集卡",
            )
            found.append(_diagnosis("camera.frozen", text, [i, *rate]))
    return found


def _dark_and_slow(findings: Sequence[Finding]) -> list[Diagnosis]:
    """A camera that lowers its rate in the dark lengthens its exposure: it needs light."""
    found = []
    for i in _where(findings, "camera.frame_rate", Verdict.FAIL, Verdict.MARGINAL):
        role = findings[i].role
        dark = [
            j
            for j in _where(findings, "camera.brightness", Verdict.FAIL, Verdict.MARGINAL)
            if findings[j].role == role and _is_low(findings[j], "subject_luma")
        ]
        frozen = [j for j in _where(findings, "camera.freeze") if findings[j].role == role]
        if dark and not frozen:
            text = Text(
                f"camera {role} is dark and slow: not enough light makes it expose longer; "
                "raise the key light, then switch the camera's low-light frame rate off",
                f"摄像头 {role} 又暗又慢：光线不足导致曝光变长；先提高主光，再关闭低光降帧功能",
            )
            found.append(_diagnosis("camera.low_light", text, [i, *dark]))
    return found


def _is_low(finding: Finding, name: str) -> bool:
    measurement = _measured(finding, name)
    if measurement is None or measurement.limit is None or judge(measurement) is Verdict.PASS:
        return False
    floor = measurement.limit.warn_minimum or measurement.limit.minimum
    return floor is not None and measurement.value < floor


def _lamps(findings: Sequence[Finding]) -> list[Diagnosis]:
    """All cameras too dark: the lamps. One: its exposure."""
    cameras = [i for i, f in enumerate(findings) if f.check == "camera.brightness"]
    low = [i for i in cameras if _is_low(findings[i], "subject_luma")]
    if len(cameras) > 1 and low == cameras:
        text = Text(
            "all cameras are too dark: look at the lamps before touching any camera",
            "所有摄像头都偏暗：先看灯，再动摄像头",
        )
        return [_diagnosis("light.too_dark", text, low)]
    return []


def _same_noise(findings: Sequence[Finding]) -> list[Diagnosis]:
    """Every microphone is noisy: it is the room or the mixer, not a microphone."""
    mics = [i for i, f in enumerate(findings) if f.check == "mic.noise_floor"]
    hits = _where(findings, "mic.noise_floor", Verdict.FAIL, Verdict.MARGINAL)
    if len(mics) > 1 and hits == mics:
        text = Text(
            "every microphone is noisy: switch fans and air conditioning off first, "
            "then look at the mixer's gain",
            "所有麦克风底噪都偏高：先关风扇和空调，再检查调音台增益",
        )
        return [_diagnosis("mic.room_noise", text, hits)]
    return []


def _no_network(findings: Sequence[Finding]) -> list[Diagnosis]:
    """A link that is down explains an upload that fails."""
    found = []
    for i in _where(findings, "net.link", Verdict.FAIL):
        role = findings[i].role
        uploads = [j for j in _where(findings, "net.upload") if findings[j].role == role]
        if uploads:
            text = Text(
                f"uplink {role} has no working link: cable, switch port, then the router",
                f"上行网络 {role} 链路不通：依次检查网线、交换机端口、路由器",
            )
            found.append(_diagnosis("net.no_link", text, [i, *uploads]))
    return found


_RULES: tuple[Rule, ...] = (
    _gone,
    _nothing_to_measure,
    _no_network,
    _repeated_pictures,
    _lamps,
    _dark_and_slow,
    _same_noise,
)
