"""Writes a first studio file from what was found, with the next steps as comments."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
# target = "https://upload.example.com/up"   # best: the server that the show goes to
""",
}


def _value(value: Any) -> str:  # noqa: ANN401 - what TOML can hold
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a TOML basic string escapes as JSON does
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def studio_toml(studio: Studio) -> str:
    """Return a studio as the text of a TOML file.

    Examples
    --------
    >>> print(studio_toml(Studio(name="room-1")).splitlines()[-1])
    name = "room-1"
    """
    lines = [_HEAD, f"name = {_value(studio.name)}"]
    if studio.profile is not None:
        lines.append(f"profile = {_value(studio.profile)}")
    for table in ("cameras", "microphones", "speakers", "uplinks", "lamps"):
        roles: Mapping[str, Any] = getattr(studio, table)
        for number, (role, binding) in enumerate(roles.items()):
            name = role if role.isascii() else _value(role)
            lines.append(f"\n[{table}.{name}]")
            lines += _items(binding)
            if number == 0 and table in _HINTS:
                lines.append(_HINTS[table].rstrip("\n"))
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
