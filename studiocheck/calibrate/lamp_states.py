"""The states of the lamps that a calibration is made of, and what speaks against a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.calibrate.lamp_records import MOST_LAMPS
from studiocheck.calibrate.records import can_name_a_file
from studiocheck.core.camera_settings import (
    AUTOMATIC,
    change_text,
    moved_settings,
    present_settings,
    setting_names,
)
from studiocheck.core.errors import UsageError
from studiocheck.core.picture import Controls, MeanFrameEvidence
from studiocheck.core.studio import Region
from studiocheck.core.text import Text, joined
from studiocheck.measure.light.linear_light import COARSE, LUMINANCE, linear_grid, unclipped_cells
from studiocheck.measure.light.srgb import linear_table

ALL, OFF = "all", "off"
"""Every lamp on, every lamp off; any other state is the name of the one lamp that is on."""

_CLIPPED_SHARE = 0.05
_LEAST_DARKER, _LEAST_LIGHT, _MOST_BRIGHTER = 0.05, 0.002, 1.05
_UNSTEADY, _UNSTEADY_DN = 0.1, 8.0
_MOST_TOGETHER = 1.5
"""Taken for sRGB, lamps one by one give 0.65…1.3 of the light of all at once, whatever tone curve
the camera has (gamma 1…3, S curves, BT.709, log); with automatic exposure it is 3 and more."""


def states_of(lamps: Sequence[str]) -> tuple[str, ...]:
    """Return the states in the order in which they are measured, for lamps that are named right.

    All on comes first: it is the brightest, so the iris is set by it, and what a camera holds still
    is held as it is there.

    Raises
    ------
    UsageError
        For fewer than two lamps, too many, one named twice, or a name that cannot be one.

    Examples
    --------
    >>> states_of(["key", "fill"])
    ('all', 'off', 'key', 'fill')
    """
    if not 2 <= len(lamps) <= MOST_LAMPS:
        raise _wrong(
            f"a calibration has 2 to {MOST_LAMPS} lamps; named were {len(lamps)}",
            f"校准需要 2 到 {MOST_LAMPS} 盏灯；现有 {len(lamps)} 盏",
        )
    folded = [name.casefold() for name in lamps]
    for name, word in zip(lamps, folded, strict=True):
        if folded.count(word) > 1:
            raise _wrong(f"lamp {name} is named twice", f"灯 {name} 重复")
        if word in {ALL, OFF} or not can_name_a_file(name):
            raise _wrong(
                f"{name!r} is no name for a lamp: letters, digits, - and _, but not all or off",
                f"{name!r} 不能作灯名：只能用文字、数字、- 和 _，且不能是 all 或 off",
            )
    return (ALL, OFF, *lamps)


def _wrong(en: str, zh: str) -> UsageError:
    return UsageError(
        Text(en, zh), Text("write --lamps key,fill,back", "写法示例：--lamps key,fill,back")
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a picture of a state, and what to do; ``fatal``: it cannot be used."""

    message: Text
    advice: Text
    fatal: bool = True


def doubt_of_settings(controls: Controls | None, first: Controls | None) -> Doubt | None:
    """Return what speaks against how a camera was set, in one picture or since the first one."""
    if controls is None or not controls.found:
        return None
    now = present_settings(controls)
    automatic = [name for name in AUTOMATIC if now.get(name) == 1]
    if automatic:
        said = setting_names(automatic)
        return Doubt(
            Text(
                f"the camera changes its picture by itself: {said.en}",
                f"摄像头会自行改变画面：{said.zh}",
            ),
            Text(
                f"switch {said.en} off in the camera's menu or its maker's program (set the value "
                "with all lamps on), or allow studiocheck to hold it: lock = true in the studio "
                "file",
                f"请在摄像头菜单或厂商软件中关闭{said.zh}（在全部灯打开时设定数值），或在"
                "直播间设备文件中写 lock = true，允许 studiocheck 在测量时锁定",
            ),
        )
    moved = moved_settings(controls)
    if not moved and first is not None:
        before = first.after or present_settings(first)
        after = controls.after or now
        moved = {
            name: (before[name], value)
            for name, value in after.items()
            if name in before and before[name] != value
        }
    if not moved:
        return None
    said = joined(change_text(name, *values) for name, values in moved.items())
    return Doubt(
        Text(
            f"the camera is set otherwise than at the first step: {said.en}",
            f"摄像头设置与第一步不同：{said.zh}",
        ),
        Text(
            "set it back, close the program that drives this camera, and measure again; or begin "
            "anew with --again",
            "请恢复设置，关闭正在控制此摄像头的程序，再重新测量；或加上 --again 从头开始",
        ),
    )


def doubt_of_light(
    state: str,
    seen: MeanFrameEvidence,
    before: Mapping[str, MeanFrameEvidence],
    ignore: Sequence[Region] = (),
) -> Doubt | None:
    """Return what speaks against a picture of a state, by itself and beside those before it.

    Parameters
    ----------
    state : str
        Which state it is meant to be.
    seen : MeanFrameEvidence
        Its picture.
    before : mapping
        The states that were measured before.
    ignore : sequence of Region
        Lamps and windows in the picture that may be clipped.
    """
    clipped = clipped_share(seen.mean, ignore)
    if clipped > _CLIPPED_SHARE:
        return _clipped(clipped, state)
    light = _light(seen.mean)
    everything = before.get(ALL)
    nothing = before.get(OFF)
    if state == OFF and everything is not None:
        if light > (1 - _LEAST_DARKER) * _light(everything.mean):
            return _not_darker()
    elif state != ALL and everything is not None and nothing is not None:
        full, dark = _light(everything.mean), _light(nothing.mean)
        if light > _MOST_BRIGHTER * full:
            return _too_bright(state)
        if light - dark < _LEAST_LIGHT * full:
            return _black(state)
    luma_dn = float(seen.mean.mean()) / 256
    if seen.swing > _UNSTEADY and seen.swing * luma_dn > _UNSTEADY_DN:
        return _unsteady(seen.swing)
    return None


def doubt_of_sum(pictures: Mapping[str, MeanFrameEvidence]) -> Doubt | None:
    """Return what speaks against all states together: a camera that evens out what it sees.

    Its pictures fit no list of lamps, and the grade alone would blame the list.
    """
    dark = _light(pictures[OFF].mean)
    together = sum(
        _light(pictures[name].mean) - dark for name in pictures if name not in (ALL, OFF)
    )
    if together <= _MOST_TOGETHER * max(_light(pictures[ALL].mean) - dark, 0.0):
        return None
    return Doubt(
        Text(
            "the lamps one by one are far brighter than all of them together",
            "逐盏灯的亮度之和远大于全部打开时的亮度",
        ),
        Text(
            "the camera evens the light out: set exposure and gain to manual with all lamps on, "
            "switch HDR and backlight compensation off, and calibrate again",
            "摄像头在自动补偿亮度：请在全部灯打开时把曝光和增益设为手动，"
            "关闭 HDR 和背光补偿，再重新校准",
        ),
    )


def clipped_share(mean: NDArray[np.uint16], ignore: Sequence[Region] = ()) -> float:
    """Return which share of a picture is clipped somewhere, 0…1, without what may be."""
    clear = unclipped_cells(mean)
    counted = np.ones(clear.shape, np.bool_)
    for x, y, width, height in ignore:
        columns = slice(int(x * COARSE[0]), int(np.ceil((x + width) * COARSE[0])))
        counted[int(y * COARSE[1]) : int(np.ceil((y + height) * COARSE[1])), columns] = False
    return float((~clear & counted).sum()) / max(1, int(counted.sum()))


def _light(mean: NDArray[np.uint16]) -> float:
    """Mean luminance as if the camera were sRGB, 1 is full scale: enough to tell on from off."""
    return float((linear_grid(mean, linear_table()).light @ LUMINANCE).mean())


def _clipped(share: float, state: str) -> Doubt:
    percent = f"{100 * share:.0f} %"
    return Doubt(
        Text(f"{percent} of the picture is clipped", f"画面有 {percent} 过曝"),
        Text(
            "close the iris or shorten the exposure, then begin again with all lamps on"
            if state != ALL
            else "close the iris or shorten the exposure, and measure again",
            "收小光圈或缩短曝光时间，再从全部灯打开开始"
            if state != ALL
            else "收小光圈或缩短曝光时间，再重新测量",
        ),
        fatal=False,
    )


def _not_darker() -> Doubt:
    return Doubt(
        Text(
            "with all lamps off the picture is as bright as with all on",
            "灯全部关闭时画面与全部打开时一样亮",
        ),
        Text(
            "switch the lamps off, draw the blinds if daylight outshines them; if it stays, the "
            "camera evens it out: automatic exposure or gain off",
            "请关灯；若日光太强请拉上窗帘；若仍如此，则是摄像头自动补偿：请关闭自动曝光和自动增益",
        ),
    )


def _black(lamp: str) -> Doubt:
    return Doubt(
        Text(
            f"{lamp} alone is as dark as all lamps off", f"只开 {lamp} 时画面与灯全部关闭时一样暗"
        ),
        Text(
            f"switch {lamp} on; if it is on, put a white card into its light: it lights nothing in "
            "this picture, or the camera evens it out (automatic exposure and gain off)",
            f"请打开 {lamp}；若已打开，请在其光线中放一张白卡：它没有照到画面中的任何东西，"
            "或摄像头在自动补偿（请关闭自动曝光和自动增益）",
        ),
    )


def _too_bright(lamp: str) -> Doubt:
    return Doubt(
        Text(
            f"{lamp} alone is brighter than all lamps together", f"只开 {lamp} 时比全部灯打开还亮"
        ),
        Text(
            "switch the camera's automatic exposure and gain off, and leave the dimmers as they "
            "were; then begin again",
            "请关闭摄像头的自动曝光和自动增益，并保持各灯亮度不变，再从头开始",
        ),
    )


def _unsteady(swing: float) -> Doubt:
    return Doubt(
        Text(f"the light swings by {100 * swing:.0f} %", f"光线波动 {100 * swing:.0f} %"),
        Text(
            "let the lamp burn for a minute, nobody may cross its light; then measure again",
            "请让灯稳定一分钟，期间不要有人遮挡光线，再重新测量",
        ),
        fatal=False,
    )
