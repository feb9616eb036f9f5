"""Writes a first studio file from what was found, with the next steps as comments."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from studiocheck.core.studio import Studio

_HEAD = """\
#:schema ./studio.schema.json
# What stands in this room, by role. Rename the roles as your crew calls them.
# 本直播间的设备，按角色列出；角色名可改成团队习惯的叫法。
"""
_HINTS = {
    "cameras": """\
# lighting = "three-point"                   # this camera sees the presenter in the lamps
# white_balance = 5500                       # kelvin that it is locked to, or "auto"
# neutral_patch = [0.45, 0.40, 0.10, 0.20]   # a grey card: x y width height, shares of the picture
# subject = [0.30, 0.15, 0.40, 0.70]         # where the presenter is
""",
    "uplinks": """\
# target：接收上传的地址；在直播间外的任一电脑上运行 `studiocheck target serve` 即可得到。
# ingest：推流地址，不含密钥；stream_key 只写密钥的名称，密钥本身放在环境变量中。
# target = "https://upload.example.com/up"   # takes uploads: `studiocheck target serve` on any
#                                            # computer outside the room prints the line to write
# ingest = "rtmp://live.example.com/app"     # the server that the show goes to, without its key
# stream_key = "live"                        # the key's name; the key itself never stands here but
#                                            # in the environment: STUDIOCHECK_SECRET_LIVE
""",
}
_SPEAKER = """
# A speaker near the microphones plays a short sweep in each check, which measures echo exactly.
# 麦克风旁的音箱在每次检查时播放一段短扫频信号，用于准确测量回声；去掉行首 # 即启用。
# [speakers.monitor]
# device = {device}
# sweep_dbfs = -20                           # peak level of the sweep; begin low
# on_air = false                             # when it is mute while the show is on
"""


def _value(value: Any) -> str:  # noqa: ANN401 - what TOML can hold
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a TOML basic string escapes as JSON does
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def studio_toml(studio: Studio, speakers: Sequence[str] = ()) -> str:
    """Return a studio as the text of a TOML file.

    Parameters
    ----------
    studio : Studio
        What stands in the room.
    speakers : sequence of str
        The loudspeakers that may be the monitor, the likeliest first. They are suggested in a
        comment: whoever takes it away has agreed to be played to.

    Examples
    --------
    >>> print(studio_toml(Studio(name="room-1")).splitlines()[-1])
    name = "room-1"
    """
    lines = [_HEAD, f"name = {_value(studio.name)}"]
    named = {name: getattr(studio, name) for name in ("profile", "ntp", "secrets")}
    lines += [f"{name} = {_value(value)}" for name, value in named.items() if value is not None]
    for table in ("cameras", "microphones", "speakers", "uplinks", "lamps"):
        roles: Mapping[str, Any] = getattr(studio, table)
        for number, (role, binding) in enumerate(roles.items()):
            name = role if role.isascii() else _value(role)
            lines.append(f"\n[{table}.{name}]")
            lines += _items(binding)
            if number == 0 and table in _HINTS:
                lines.append(_HINTS[table].rstrip("\n"))
    if speakers and not studio.speakers:
        first, *others = map(_value, speakers)
        device = first + (f"   # or {', '.join(others)}" if others else "")
        lines.append(_SPEAKER.rstrip("\n").format(device=device))
    return "\n".join(lines) + "\n"


def _items(binding: object) -> list[str]:
    if not is_dataclass(binding):
        raise TypeError(binding)
    pairs = []
    for item in fields(binding):
        value = getattr(binding, item.name)
        if value is not None and value != item.default:
            pairs.append(f"{item.name} = {_value(value)}")
    return pairs
