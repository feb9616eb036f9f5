"""What the settings of a camera are called, and which of them another one drives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from studiocheck.core.picture import Controls
from studiocheck.core.text import Text

AUTOMATIC = ("auto_exposure", "auto_gain", "auto_white_balance", "auto_focus")
"""Settings with which a camera changes its own picture."""

_DRIVEN_BY = {
    "exposure": "auto_exposure",
    "gain": "auto_gain",
    "white_balance": "auto_white_balance",
    "focus": "auto_focus",
}

SETTINGS: Mapping[str, Text] = {
    "auto_exposure": Text("automatic exposure", "自动曝光"),
    "exposure": Text("exposure time", "曝光时间"),
    "auto_exposure_priority": Text("lower rate in the dark", "低光降帧"),
    "auto_gain": Text("automatic gain", "自动增益"),
    "gain": Text("gain", "增益"),
    "auto_white_balance": Text("automatic white balance", "自动白平衡"),
    "white_balance": Text("white balance", "白平衡"),
    "auto_focus": Text("automatic focus", "自动对焦"),
    "focus": Text("focus", "对焦"),
    "power_line_frequency": Text("mains frequency", "工频"),
    "backlight_compensation": Text("backlight compensation", "背光补偿"),
    "hdr": Text("HDR", "HDR"),
}
"""In the order in which people are told of them."""


def is_driven(name: str, *settings: Mapping[str, int]) -> bool:
    """Return whether a value follows an automatic, so that its change is no news.

    Examples
    --------
    >>> is_driven("exposure", {"auto_exposure": 1}), is_driven("exposure", {"auto_exposure": 0})
    (True, False)
    """
    return any(each.get(_DRIVEN_BY.get(name, ""), 0) == 1 for each in settings)


def present_settings(controls: Controls) -> dict[str, int]:
    """Return how a camera is set while it is measured: as found, with what was held for that."""
    return {**controls.found, **controls.held}


def moved_settings(controls: Controls) -> dict[str, tuple[int, int]]:
    """Return what changed while a camera was watched: setting → before and after."""
    before = present_settings(controls)
    return {
        name: (before[name], value)
        for name, value in controls.after.items()
        if name in before and before[name] != value and not is_driven(name, before)
    }


def setting_text(name: str, value: int) -> Text:
    """Write one setting with its value.

    Examples
    --------
    >>> setting_text("exposure", 333).en, setting_text("white_balance", 5500).zh
    ('exposure time 33.3 ms', '白平衡 5500 K')
    """
    word = SETTINGS.get(name, Text(name, name))
    if name == "white_balance":
        shown = Text(f"{value} K", f"{value} K")
    elif name == "exposure":
        shown = Text(f"{value / 10:g} ms", f"{value / 10:g} 毫秒")
    elif name in {"hdr", "auto_exposure_priority"}:
        shown = Text("on", "开") if value else Text("off", "关")
    else:
        shown = Text(f"{value}", f"{value}")
    return Text(f"{word.en} {shown.en}", f"{word.zh} {shown.zh}")


def change_text(name: str, before: int, after: int) -> Text:
    """Write how one setting has changed.

    Examples
    --------
    >>> change_text("gain", 10, 20).en
    'gain 10 to 20'
    """
    first, second = setting_text(name, before), setting_text(name, after)
    word = SETTINGS.get(name, Text(name, name))
    return Text(
        f"{first.en} to {second.en.removeprefix(f'{word.en} ')}",
        f"{first.zh} → {second.zh.removeprefix(f'{word.zh} ')}",
    )


def setting_names(names: Iterable[str]) -> Text:
    """Return the names of settings in one line."""
    words = [SETTINGS.get(name, Text(name, name)) for name in names]
    return Text(", ".join(word.en for word in words), "、".join(word.zh for word in words))
