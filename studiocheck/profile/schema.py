"""JSON Schemas (2020-12) of the three files that others read or write."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter

from studiocheck.core.record import RunRecord
from studiocheck.core.studio import Studio
from studiocheck.profile.models import ProfileFile

SchemaName = Literal["profile", "studio", "record"]
FILES: dict[SchemaName, str] = {
    "profile": "schema.json",
    "studio": "studio.schema.json",
    "record": "record.schema.json",
}
_NOUNS: dict[SchemaName, Any] = {"profile": ProfileFile, "studio": Studio, "record": RunRecord}


def json_schema(name: SchemaName) -> dict[str, Any]:
    """Return the JSON Schema of a profile file, a studio file or a run record."""
    mode: Literal["validation", "serialization"] = "validation"
    schema = TypeAdapter(_NOUNS[name]).json_schema(mode=mode)
    without_null = _absent_never_null(schema)
    assert isinstance(without_null, dict)  # noqa: S101 - for the type checker
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"studiocheck {name}",
        **{k: v for k, v in without_null.items() if k != "title"},
    }


def _absent_never_null(node: Any) -> Any:  # noqa: ANN401 - JSON
    """TOML has no null, and in a record a value that does not exist is absent."""
    if isinstance(node, dict):
        if "anyOf" in node:
            kept = [option for option in node["anyOf"] if option != {"type": "null"}]
            rest = {k: v for k, v in node.items() if k != "anyOf"}
            node = {**rest, **kept[0]} if len(kept) == 1 else {**rest, "anyOf": kept}
        return {
            k: _absent_never_null(v)
            for k, v in node.items()
            if not (k == "default" and v is None) and not (k == "title" and isinstance(v, str))
        }
    if isinstance(node, list):
        return [_absent_never_null(item) for item in node]
    return node
