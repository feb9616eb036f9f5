"""The record itself: canonical JSON, schema version 1."""

from __future__ import annotations

import json
from typing import Unpack

from studiocheck.core.record import RunRecord
from studiocheck.core.text import Language
from studiocheck.report import Options


def render(record: RunRecord, _language: Language, **_options: Unpack[Options]) -> str:
    """Write the record; both languages are in it."""
    return json.dumps(record.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
