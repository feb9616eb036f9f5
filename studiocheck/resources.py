"""Finds the data files that come with studiocheck, installed or in a source tree."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_folder(name: str) -> Path:
    """Return the folder ``profiles`` or ``calibration`` of this installation.

    A wheel carries them under ``_data``; an editable install reads them beside the package.
    """
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
