"""The options of ``studiocheck calibrate camera --white``, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studiocheck.cli.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studiocheck.calibrate.white import KnownLight
    from studiocheck.core.lighting import WhiteMethod
    from studiocheck.core.studio import Region

METHODS = ("card", "chart", "two-point")
_USUAL_TWO = "3200,5600"


def white() -> Any:
    """Return ``--white``; its value may be left away."""
    return typer.Option(
        "--white",
        metavar="[card|chart|two-point]",
        help=say(
            "Store how it sees white instead: a grey card or a ColorChecker in light of a known "
            "colour, or a card in a lamp at two settings.",
            "改为保存它如何看白光：已知色温下的灰卡或 24 色色卡，或同一盏灯两档色温下的灰卡。",
        ),
    )


def kelvin() -> Any:
    """Return ``--kelvin``."""
    return typer.Option(
        "--kelvin",
        metavar="K[,K]",
        help=say(
            "Colour of that light, as a meter or the lamp shows it; two-point: 3200,5600.",
            "该光的色温，按色温计或灯上显示；two-point 默认 3200,5600。",
        ),
    )


def duv() -> Any:
    """Return ``--duv``."""
    return typer.Option(
        "--duv",
        min=-0.03,
        max=0.03,
        metavar="DUV",
        help=say("Its Duv, where a meter shows it.", "该光的 Duv（色温计有显示时）。"),
    )


def box() -> Any:
    """Return ``--box``."""
    return typer.Option(
        "--box",
        metavar="X,Y,W,H",
        help=say(
            "Where card or chart is, shares of the picture; a card: default neutral_patch.",
            "灰卡或色卡的位置，占画面的比例；灰卡默认取 neutral_patch。",
        ),
    )


def known_light(method: str, kelvin: str | None, duv: float | None) -> KnownLight:
    """Read ``--white``, ``--kelvin`` and ``--duv``.

    Raises
    ------
    UsageError
        For a method that does not exist, or a colour that is missing or no colour.
    """
    from studiocheck.calibrate.white import KnownLight
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    if method not in METHODS:
        raise UsageError(
            Text(f"--white {method}: there is no such way", f"--white {method}：没有这种方法"),
            Text("card, chart or two-point", "可用 card、chart 或 two-point"),
        )
    known: WhiteMethod = next(each for each in ("card", "chart", "two-point") if each == method)
    text = kelvin or (_USUAL_TWO if known == "two-point" else None)
    if text is None:
        raise UsageError(
            Text("the colour of the light is not given", "没有给出灯光的色温"),
            Text(
                "add --kelvin 5500: what a colour meter or the lamp's display shows",
                "请加上 --kelvin 5500：色温计或灯上显示的数值",
            ),
        )
    numbers = _numbers(text, "--kelvin", "5500")
    if not all(1500 <= each <= 15000 for each in numbers):
        raise UsageError(
            Text(
                f"--kelvin {text}: not between 1500 and 15000 K",
                f"--kelvin {text}：应在 1500…15000 K",
            ),
            Text("for example --kelvin 5500", "例如 --kelvin 5500"),
        )
    return KnownLight(method=known, kelvin=numbers, duv=duv)


def refuse_without_white(
    kelvin: str | None, duv: float | None, box: str | None, files: Sequence[Path]
) -> None:
    """Refuse options that say nothing about a golden look.

    Raises
    ------
    UsageError
        If one was given.
    """
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    if len(files) > 1:
        raise UsageError(
            Text("a golden look is one picture", "基准画面只能用一个文件"),
            Text("name one with --from", "请只用一个 --from"),
        )
    given = {"--kelvin": kelvin, "--duv": duv, "--box": box}
    for option, value in given.items():
        if value is not None:
            raise UsageError(
                Text(f"{option} goes with --white", f"{option} 需与 --white 一起使用"),
                Text(
                    "add --white card, chart or two-point",
                    "请加上 --white card、chart 或 two-point",
                ),
            )


def region_of(text: str | None) -> Region | None:
    """Read ``--box``.

    Raises
    ------
    UsageError
        If it is not four shares of the picture.
    """
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    if text is None:
        return None
    numbers = _numbers(text, "--box", "0.4,0.4,0.1,0.2")
    if len(numbers) == 4 and all(0 <= each <= 1 for each in numbers) and min(numbers[2:]) > 0:
        x, y, w, h = numbers
        return x, y, w, h
    raise UsageError(
        Text(
            f"--box {text}: not x,y,width,height as shares of the picture",
            f"--box {text}：应为 x,y,w,h，按画面比例",
        ),
        Text("for example --box 0.4,0.4,0.1,0.2", "例如 --box 0.4,0.4,0.1,0.2"),
    )


def _numbers(text: str, option: str, example: str) -> tuple[float, ...]:
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    try:
        return tuple(float(each.strip().rstrip("Kk")) for each in text.split(","))
    except ValueError as error:
        raise UsageError(
            Text(f"{option} {text}: not numbers", f"{option} {text}：不是数字"),
            Text(f"for example {option} {example}", f"例如 {option} {example}"),
        ) from error
