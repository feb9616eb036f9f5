"""``studiocheck doctor``: is this installation able to see devices."""

from __future__ import annotations

from typing import Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.words import say, tell

_MARKS = {"good": "√", "warning": "▲", "bad": "×"}


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=say(
            "Can this installation see devices, and what mends it.",
            "检查本安装能否访问设备，并给出修复命令。",
        )
    )
    def doctor(
        json: Annotated[bool, opt.as_json()] = False,
    ) -> int:
        from studiocheck import __version__
        from studiocheck.cli import exit_codes
        from studiocheck.cli.folders import folders
        from studiocheck.core.record import Decision
        from studiocheck.sources.doctor import examine

        symptoms = []
        if not json:
            print(f"studiocheck {__version__}")
        for symptom in examine(folders().state):
            symptoms.append(symptom)
            if json:
                continue
            print(f"{_MARKS[symptom.state]} {tell(symptom.name)}: {tell(symptom.found)}")
            if symptom.mend is not None and symptom.state != "good":
                print(f"    → {tell(symptom.mend)}")
        if json:
            import json as json_module
            from dataclasses import asdict

            print(json_module.dumps([asdict(s) for s in symptoms], ensure_ascii=False, indent=2))
        states = {s.state for s in symptoms}
        decision = Decision.NO_GO if "bad" in states else Decision.GO
        return exit_codes.of_decision(decision, "studiocheck")
