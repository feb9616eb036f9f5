"""Renders a record and puts it where it was asked for."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from studiocheck.cli.localisation import current_language
from studiocheck.cli.options import Format
from studiocheck.core.record import RunRecord


def rendered(
    record: RunRecord,
    format_: Format,
    folder: Path | None,
    *,
    colour: bool = False,
    full: bool = False,
) -> str:
    """Return a record in one format, with the pictures of its run where the format shows any."""
    from studiocheck.report import RENDERERS

    evidence: dict[str, bytes] = {}
    if format_ is Format.HTML and folder is not None:
        names = {name for finding in record.findings for name in finding.evidence}
        evidence = {n: (folder / n).read_bytes() for n in names if (folder / n).is_file()}
    return RENDERERS[format_.value](
        record,
        current_language(),
        colour=colour,
        full=full,
        width=shutil.get_terminal_size((80, 24)).columns,
        evidence=evidence,
    )


def _in_colour() -> bool:
    """Whether standard output is a terminal that understands colour; old consoles do not."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return False
    from rich.console import Console

    return not Console().legacy_windows


def publish(
    record: RunRecord,
    format_: Format,
    folder: Path | None,
    *,
    output: Path | None,
    no_color: bool,
    quiet: bool = False,
    full: bool = False,
) -> None:
    """Write a record to standard output, or to a file with the checklist on standard output.

    Raises
    ------
    StateError
        When the file cannot be written; nothing half-written is left.
    """
    colour = _in_colour() and not no_color
    if output is None:
        sys.stdout.write(rendered(record, format_, folder, colour=colour, full=full))
        return
    from studiocheck.engine.store import write_atomically

    write_atomically(output, rendered(record, format_, folder).encode())
    if not quiet:
        sys.stdout.write(rendered(record, Format.TERMINAL, folder, colour=colour, full=full))
