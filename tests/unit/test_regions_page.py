"""The page on which regions are drawn: self-contained, bilingual, and its lines are a studio file's."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from studiocheck.core.studio import CameraRole
from studiocheck.profile.load import load_studio
from studiocheck.report.regions_page import KINDS, regions_of, regions_page

CAMERA = CameraRole(
    device="sim:main", subject=(0.4, 0.2, 0.2, 0.5), ignore=((0, 0, 0.1, 0.1), (0.9, 0, 0.1, 0.1))
)
PICTURE = b"\xff\xd8\xff not a whole picture"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")

DRAG = """<script>
const fire = (target, type, x, y) => {
  const frame = picture.getBoundingClientRect();
  target.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0,
    clientX: frame.left + x * frame.width, clientY: frame.top + y * frame.height }));
};
picture.style.height = "400px";
document.querySelector("input[value=product]").click();
fire(picture, "pointerdown", 0.9, 0.75); fire(window, "pointermove", 0.7, 0.5); fire(window, "pointerup", 0.7, 0.5);
document.querySelector("input[value=ignore]").click();
document.getElementById("middle").click();
picture.querySelector("[aria-label=face]").dispatchEvent(new KeyboardEvent("keydown", { key: "Delete", bubbles: true }));
for (let i = 0; i < 4; i++)
  picture.querySelector("[aria-label=subject]").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
</script>"""


def page(face=None, language="en") -> str:
    return regions_page("main", PICTURE, regions_of(CAMERA), language, face)


def test_it_needs_no_network_and_allows_none():
    text = page()
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:)""", text)
    assert "http:" not in text
    assert "https:" not in text


def test_every_region_of_the_studio_file_can_be_drawn_and_is_named_in_both_languages():
    text = page()
    for kind, about in KINDS.items():
        assert f'value="{kind}"' in text
        assert about.en in unescape(text)
        assert about.zh in unescape(text)
        assert hasattr(CAMERA, kind)


def test_it_is_well_formed():
    class Counting(HTMLParser):
        depth = 0

        def handle_starttag(self, tag, _attrs):
            self.depth += tag not in ("meta", "input", "img", "br")

        def handle_endtag(self, _tag):
            self.depth -= 1

    parser = Counting()
    parser.feed(page((0.4, 0.3, 0.1, 0.1), "zh"))
    assert parser.depth == 0


def test_the_face_that_was_found_is_drawn_unless_one_is_declared():
    assert "[0.4, 0.3, 0.1, 0.2]" in page((0.4, 0.3, 0.1, 0.2))
    assert 'id="detected"' in page((0.4, 0.3, 0.1, 0.2))
    declared = CameraRole(device="sim:main", face=(0.5, 0.5, 0.1, 0.1))
    text = regions_page("main", PICTURE, regions_of(declared), "en", (0.4, 0.3, 0.1, 0.2))
    assert "[0.4, 0.3, 0.1, 0.2]" not in text


def test_a_role_with_a_name_of_any_kind_does_no_harm():
    text = regions_page('主<script>alert(1)</script>"', PICTURE, {}, "zh")
    assert "<script>alert" not in text
    assert "[cameras.&#34;主" in text


@needs_chromium
@pytest.mark.slow
def test_what_is_drawn_becomes_the_lines_of_a_studio_file(tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text(page((0.45, 0.25, 0.1, 0.2)).replace("</body>", f"{DRAG}</body>"), "utf-8")
    dom = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri(),
        ],
        capture_output=True, text=True, timeout=90, check=True,
    ).stdout  # fmt: skip
    lines = unescape(re.search(r'<textarea id="toml"[^>]*>(.*?)</textarea>', dom, re.DOTALL)[1])
    drawn = tomllib.loads(lines)
    assert drawn["product"] == pytest.approx([0.7, 0.5, 0.2, 0.25], abs=0.005)
    assert drawn["subject"] == pytest.approx([0.42, 0.2, 0.2, 0.5], abs=0.001)
    assert len(drawn["ignore"]) == 3
    assert "face" not in drawn
    studio = tmp_path / "studio.toml"
    studio.write_text(f'name = "r"\n[cameras.main]\ndevice = "sim:main"\n{lines}', "utf-8")
    assert load_studio(studio).cameras["main"].product == tuple(drawn["product"])
