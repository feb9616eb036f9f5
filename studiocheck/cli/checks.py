"""``studiocheck checks``: every check there is."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.words import say, tell


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=say(
            "Every check with unit, default limit and source.",
            "列出全部检查项：单位、默认限值及其来源。",
        )
    )
    def checks(
        json: Annotated[bool, opt.as_json()] = False,
        no_color: Annotated[bool, opt.no_color()] = False,
    ) -> int:
        rows = catalogue()
        if json:
            import json as json_module

            json_module.dump(rows, sys.stdout, ensure_ascii=False, indent=2)
            print()
            return 0
        _table(no_color=no_color)
        return 0


def catalogue() -> list[dict[str, object]]:
    """Return every check as JSON-ready data."""
    from studiocheck.checks import all_checks
    from studiocheck.core.studio import Targets

    rows: list[dict[str, object]] = []
    for check in all_checks():
        limits: dict[str, dict[str, object]] = {}
        for name, default in check.defaults(Targets()).items():
            keys = ("minimum", "maximum", "warn_minimum", "warn_maximum")
            values = {b: getattr(default.limit, b) for b in keys}
            limits[name] = {
                "unit": default.unit,
                **{b: v for b, v in values.items() if v is not None},
                "source": {"en": default.source.en, "zh": default.source.zh},
            }
        rows.append(
            {
                "id": check.id,
                "scope": check.scope.value,
                "blocker": check.blocker,
                "title": {"en": check.title.en, "zh": check.title.zh},
                "about": {"en": check.about.en, "zh": check.about.zh},
                "limits": limits,
            }
        )
    return rows


def _table(*, no_color: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from studiocheck.checks import all_checks
    from studiocheck.core.studio import Targets
    from studiocheck.core.units import bounds

    console = Console(no_color=no_color, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (say("check", "检查项"), say("what", "内容"), say("limit", "限值")):
        table.add_column(heading, overflow="fold")
    for check in all_checks():
        mark = say(" (blocker)", "（阻断项）") if check.blocker else ""
        lines = [
            f"{name} {bounds(default.limit, default.unit)} · {tell(default.source)}"
            for name, default in check.defaults(Targets()).items()
        ]
        table.add_row(f"{check.id}{mark}", tell(check.title), "\n".join(lines) or "-")
    console.print(table)
