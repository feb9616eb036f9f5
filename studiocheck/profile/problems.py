"""Turns what a parser says of a user's file into file, key path, and what is allowed."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text, joined

# pydantic error type → what to tell; ``{ctx}`` fields come from pydantic's own context
_TEXTS: dict[str, Text] = {
    "extra_forbidden": Text("unknown key", "未知的键"),
    "unexpected_keyword_argument": Text("unknown key", "未知的键"),
    "missing": Text("this key is required", "缺少必需的键"),
    "missing_argument": Text("this key is required", "缺少必需的键"),
    "missing_keyword_only_argument": Text("this key is required", "缺少必需的键"),
    "string_type": Text("must be text in quotes", "必须是带引号的文本"),
    "string_too_short": Text("must not be empty", "不能为空"),
    "too_short": Text("must not be empty", "不能为空"),
    "int_type": Text("must be a whole number", "必须是整数"),
    "int_parsing": Text("must be a whole number", "必须是整数"),
    "int_from_float": Text("must be a whole number", "必须是整数"),
    "float_type": Text("must be a number", "必须是数字"),
    "float_parsing": Text("must be a number", "必须是数字"),
    "finite_number": Text("must be a finite number", "必须是有限的数"),
    "bool_type": Text("must be true or false", "必须是 true 或 false"),
    "bool_parsing": Text("must be true or false", "必须是 true 或 false"),
    "greater_than": Text("must be greater than {gt}", "必须大于 {gt}"),
    "greater_than_equal": Text("must be at least {ge}", "不能小于 {ge}"),
    "less_than": Text("must be less than {lt}", "必须小于 {lt}"),
    "less_than_equal": Text("must be at most {le}", "不能大于 {le}"),
    "literal_error": Text("must be one of {expected}", "必须是以下之一：{expected}"),
    "enum": Text("must be one of {expected}", "必须是以下之一：{expected}"),
    "string_pattern_mismatch": Text("must match {pattern}", "必须符合 {pattern}"),
    "dict_type": Text("must be a table", "必须是表（table）"),
    "mapping_type": Text("must be a table", "必须是表（table）"),
    "dataclass_type": Text("must be a table", "必须是表（table）"),
    "model_type": Text("must be a table", "必须是表（table）"),
    "model_attributes_type": Text("must be a table", "必须是表（table）"),
    "list_type": Text("must be a list", "必须是列表"),
    "tuple_type": Text("must be a list", "必须是列表"),
    "datetime_from_date_parsing": Text("must be a date and time", "必须是日期时间"),
}

_TOML_PLACE = re.compile(r"(.+) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")


def key_path(location: Sequence[str | int]) -> str:
    """Write a location as a TOML key path.

    Examples
    --------
    >>> key_path(("limits", "mic.noise_floor", "maximum"))
    'limits."mic.noise_floor".maximum'
    """
    parts = []
    for part in location:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            quoted = part if part.replace("_", "").replace("-", "").isalnum() else f'"{part}"'
            parts.append(f".{quoted}" if parts else quoted)
    return "".join(parts)


def _statement(problem: Any) -> Text:  # noqa: ANN401 - pydantic's ErrorDetails
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        cause = context.get("error")
        said = cause.args[0] if isinstance(cause, ValueError) and cause.args else problem["msg"]
        return said if isinstance(said, Text) else Text(str(said), str(said))
    text = _TEXTS.get(kind)
    if text is None:
        return Text(problem["msg"], f"取值不合法（{problem['msg']}）")
    return text.fill(**context)


def explain(
    file: str, error: Exception, schema: Mapping[str, Any] | None = None, keep: int = 3
) -> Text:
    """Say what is wrong with a file: its name, the key path, and what is allowed.

    Parameters
    ----------
    file : str
        The file's name as the user gave it.
    error : Exception
        Of tomllib, the file system, or pydantic.
    schema : mapping, optional
        The file's JSON Schema, to name the keys that are allowed beside an unknown one.
    keep : int
        How many problems to name at most.
    """
    if isinstance(error, ValidationError):
        lines = []
        for problem in error.errors()[:keep]:
            location = _without_branches(problem["loc"])
            path = key_path(location) or "-"
            statement = _statement(problem)
            if schema is not None and problem["type"] in _UNKNOWN_KEY:
                statement = _with_allowed(statement, location, schema)
            lines.append(Text(f"{path}: {statement.en}", f"{path}：{statement.zh}"))
        more = error.error_count() - len(lines)
        if more > 0:
            lines.append(Text(f"and {more} more", f"另有 {more} 处"))
        said = joined(lines)
        return Text(f"{file}: {said.en}", f"{file}：{said.zh}")
    if isinstance(error, tomllib.TOMLDecodeError):
        said = _of_toml(str(error))
        return Text(f"{file}: not valid TOML: {said.en}", f"{file}：不是合法的 TOML：{said.zh}")
    if isinstance(error, UnicodeDecodeError):
        return Text(f"{file}: not UTF-8 text", f"{file}：不是 UTF-8 文本")
    if isinstance(error, OSError):
        why = reason_of(error)
        return Text(f"{file}: cannot be read: {why.en}", f"{file}：无法读取：{why.zh}")
    return Text(f"{file}: {error}", f"{file}：{error}")


def _of_toml(said: str) -> Text:
    """Say where a TOML file goes wrong.

    Examples
    --------
    >>> _of_toml("Invalid value (at line 3, column 8)").zh
    '第 3 行第 8 列（Invalid value）'
    """
    found = _TOML_PLACE.fullmatch(said)
    if found is None:
        return Text(said, said)
    what, line, column = found.groups()
    place = f"第 {line} 行第 {column} 列" if line else "文件末尾"
    return Text(said, f"{place}（{what}）")


def _with_allowed(
    statement: Text, location: Sequence[str | int], schema: Mapping[str, Any]
) -> Text:
    keys = allowed_keys(schema, location[:-1])
    near = difflib.get_close_matches(str(location[-1]), keys, 1, 0.6)
    if near:
        return Text(
            f"{statement.en}; did you mean {near[0]}?", f"{statement.zh}；您是否想写 {near[0]}？"
        )
    return Text(
        f"{statement.en}; allowed: {', '.join(keys)}", f"{statement.zh}；可用：{'、'.join(keys)}"
    )


def allowed_keys(schema: Mapping[str, Any], location: Sequence[str | int]) -> list[str]:
    """Return the keys that a JSON Schema allows in the table at a location."""
    node: Any = schema
    for part in location:
        node = _resolved(schema, node)
        node = (
            node.get("items", {})
            if isinstance(part, int)
            else node.get("properties", {}).get(part, node.get("additionalProperties", {}))
        )
    return list(_resolved(schema, node).get("properties", {}))


def _resolved(schema: Mapping[str, Any], node: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, dict) and "$ref" in node:
        return schema["$defs"][node["$ref"].rpartition("/")[2]]
    return node if isinstance(node, dict) else {}


_BRANCHES = {"int", "float", "str", "function-after", "literal['auto']", "constrained-int"}


def _without_branches(location: Sequence[str | int]) -> list[str | int]:
    """Drop the parts that pydantic adds for the branches of a union."""
    return [
        part
        for part in location
        if not (isinstance(part, str) and (part in _BRANCHES or "[" in part or "(" in part))
    ]
