"""Texts that a user reads, always in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Text:
    """One message in English and in Chinese.

    Parameters
    ----------
    en, zh : str
        The same statement; neither may be empty. Fields are written ``{name}``.

    Examples
    --------
    >>> Text("camera {role} is gone", "摄像头 {role} 不见了").fill(role="main").zh
    '摄像头 main 不见了'
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        if not self.en.strip() or not self.zh.strip():
            message = f"a Text needs both languages, got en={self.en!r} zh={self.zh!r}"
            raise ValueError(message)

    def fill(self, **fields: object) -> Text:
        """Return the text with its ``{fields}`` filled in both languages.

        A value that is itself a `Text` is filled in language by language.
        """
        return Text(
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in fields.items()}),
            self.zh.format(**{k: v.zh if isinstance(v, Text) else v for k, v in fields.items()}),
        )

    def to(self, language: Language) -> str:
        """Return the text in one language."""
        return self.zh if language == "zh" else self.en


def joined(parts: Iterable[Text]) -> Text:
    """Return several statements as one, with a semicolon of its language between them.

    Examples
    --------
    >>> joined([Text("dark", "暗"), Text("slow", "慢")])
    Text(en='dark; slow', zh='暗；慢')
    """
    said = list(parts)
    return Text("; ".join(part.en for part in said), "；".join(part.zh for part in said))
