"""Whether a camera's white balance is locked, to what, and whether it still is as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.studio import CameraRole
from studiocheck.core.text import Text

SAME_KELVIN = 50
"""A camera's steps of white balance are smaller; a change that anybody makes is larger."""


@dataclass(frozen=True, slots=True)
class WhiteLock:
    """What the white balance is locked to, K, and whether the camera itself says that it is."""

    kelvin: float
    told: bool


def white_lock(
    camera: CameraRole,
    seen: Sequence[tuple[CameraInfo, Controls | None]],
    planned_kelvin: float = 5500.0,
) -> WhiteLock:
    """Return what a camera's white balance is locked to.

    Parameters
    ----------
    camera : CameraRole
        What the studio file says.
    seen : sequence of (CameraInfo, Controls)
        What the camera said of itself, each time it was watched.
    planned_kelvin : float
        What to advise, K.

    Returns
    -------
    WhiteLock
        As declared; as the camera reads back where nothing is declared.

    Raises
    ------
    Unmeasurable
        If it is automatic, if nobody says what it is locked to, or if they disagree.

    Notes
    -----
    **Source**: methods-picture-and-light, 2: an automatic white balance makes any light look white.

    Examples
    --------
    >>> white_lock(CameraRole(device="index:0", white_balance=5600), [])
    WhiteLock(kelvin=5600.0, told=False)
    """
    settings = [_settings(controls) for _, controls in seen]
    says = [info.white_balance_locked for info, _ in seen]
    if camera.white_balance == "auto":
        raise _automatic(planned_kelvin)
    if False in says or any(each.get("auto_white_balance") == 1 for each in settings):
        raise _against(camera.white_balance) if camera.white_balance else _automatic(planned_kelvin)
    told = bool(says) and all(each is True for each in says)
    read = [each["white_balance"] for each in settings if "white_balance" in each]
    if read and max(read) - min(read) > SAME_KELVIN:
        raise moved_while_watched()
    if camera.white_balance is None:
        if not (read and told):
            raise _nobody_says(planned_kelvin)
        return WhiteLock(float(read[0]), told)
    if read and abs(read[0] - camera.white_balance) > SAME_KELVIN:
        raise _not_as_declared(read[0], camera.white_balance)
    return WhiteLock(float(camera.white_balance), told)


def refuse_another_white(then: Controls | None, now: Controls | None) -> None:
    """Refuse a white balance that is not as it was at calibration.

    Parameters
    ----------
    then, now : Controls, optional
        How the camera was set; where either does not tell, nothing is refused.

    Raises
    ------
    Unmeasurable
        If it was changed.

    Notes
    -----
    **Source**: a calibration holds for one setting of the camera.

    Examples
    --------
    >>> set_to = lambda kelvin: Controls(found={"white_balance": kelvin})
    >>> refuse_another_white(set_to(5500), set_to(5510))
    >>> refuse_another_white(set_to(5500), set_to(4300))
    Traceback (most recent call last):
    studiocheck.core.errors.Unmeasurable: white balance was changed since calibration: 4300 K now
    """
    before, after = (_settings(each).get("white_balance") for each in (then, now))
    if before is not None and after is not None and abs(before - after) > SAME_KELVIN:
        raise _changed(after, before)


def moved_while_watched() -> Unmeasurable:
    """Say that somebody, or the camera, moved the white balance."""
    return Unmeasurable(
        Text("the white balance changed while it was watched", "采集期间白平衡变了"),
        Text("lock it, leave it alone and take it again", "请锁定白平衡、不要触动，再采集一次"),
    )


def _settings(controls: Controls | None) -> dict[str, int]:
    return {**controls.found, **controls.held} if controls is not None else {}


def _changed(now: int, wanted: int) -> Unmeasurable:
    return Unmeasurable(
        Text(
            f"white balance was changed since calibration: {now} K now",
            f"校准之后白平衡被改动过：现为 {now} K",
        ),
        Text(f"set it back to {wanted} K, or calibrate again", f"请调回 {wanted} K，或重新校准"),
    )


def _not_as_declared(now: int, wanted: int) -> Unmeasurable:
    return Unmeasurable(
        Text(
            f"the white balance is at {now} K, and studio.toml says {wanted} K",
            f"白平衡现为 {now} K，而 studio.toml 写的是 {wanted} K",
        ),
        Text(f"set it back to {wanted} K", f"请把白平衡调回 {wanted} K"),
    )


def _automatic(planned_kelvin: float) -> Unmeasurable:
    return Unmeasurable(
        Text(
            "the white balance is automatic: it makes any light look white",
            "白平衡为自动：任何光都会被校成白色",
        ),
        Text(
            f"lock the camera's white balance at {planned_kelvin:.0f} K and write "
            f"white_balance = {planned_kelvin:.0f}",
            f"把摄像头白平衡锁定在 {planned_kelvin:.0f} K，并写入 "
            f"white_balance = {planned_kelvin:.0f}",
        ),
    )


def _against(declared: int | str) -> Unmeasurable:
    return Unmeasurable(
        Text(
            "the camera says that its automatic white balance is on, against studio.toml",
            "摄像头报告自动白平衡已开启，与 studio.toml 不符",
        ),
        Text(
            f"switch automatic white balance off and set {declared} K",
            f"关闭自动白平衡，设为 {declared} K",
        ),
    )


def _nobody_says(planned_kelvin: float) -> Unmeasurable:
    return Unmeasurable(
        Text(
            "studio.toml does not say what the camera's white balance is locked to",
            "studio.toml 没有写明摄像头白平衡锁定在多少",
        ),
        Text(
            "lock the camera's white balance and write into studio.toml: "
            f"white_balance = {planned_kelvin:.0f}",
            f"锁定摄像头白平衡，并写入 studio.toml：white_balance = {planned_kelvin:.0f}",
        ),
    )
