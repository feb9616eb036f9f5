"""Every Chinese text of the source: full-width punctuation, the house's words, printable in GBK."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import studiocheck

ROOT = Path(studiocheck.__file__).parent
CHINESE = re.compile("[\u4e00-\u9fff]")
CODE = re.compile(r"`[^`]*`|\S*(?:://|\[@|usb:)\S*")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff）”] ?[,;:!?()]|[,;:!?()] ?[\u4e00-\u9fff（“]")
OTHER_WORDS = {
    "话筒": "麦克风",
    "本底噪声": "底噪",
    "档案": "配置",
    "演播室": "直播间",
    "剪切失真": "削波",
}
MODULES = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py"))


def chinese_texts(module: str) -> list[str]:
    """Return what Chinese a module says; ``0`` stands for what is filled in."""
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    said = []
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over.update(id(part) for part in node.values if isinstance(part, ast.Constant))
            parts = [p.value if isinstance(p, ast.Constant) else "0" for p in node.values]
            said.append("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and id(node) not in passed_over:
            said.append(str(node.value))
    return [text for text in said if CHINESE.search(text)]


@pytest.mark.parametrize(
    "module", [m for m in MODULES if CHINESE.search((ROOT / m).read_text("utf-8"))]
)
def test_chinese_is_written_as_chinese_is(module: str):
    for text in chinese_texts(module):
        text.encode("gbk")
        assert not HALF_WIDTH.search(CODE.sub("", text)), text
        assert not [word for word in OTHER_WORDS if word in text], text
