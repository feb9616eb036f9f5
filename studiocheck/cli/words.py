"""How the command line says something in the language that the user reads."""

from __future__ import annotations

import sys

from studiocheck.cli.localisation import current_language
from studiocheck.core.errors import StudioCheckError
from studiocheck.core.text import Text


def say(en: str, zh: str) -> str:
    """Return one of two texts, in the language of this call."""
    return zh if current_language() == "zh" else en


def tell(text: Text) -> str:
    """Return a text in the language of this call."""
    return text.to(current_language())


def complain(error: StudioCheckError) -> None:
    """Write an error and what to do about it to standard error."""
    print(f"× {tell(error.message)}", file=sys.stderr)
    if error.advice is not None:
        print(f"  → {tell(error.advice)}", file=sys.stderr)
