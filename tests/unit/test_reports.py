from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import escape
from rich.cells import cell_len

from studiocheck.core.measurement import Limit, Measurement, Verdict, judge
from studiocheck.core.record import Decision, Diagnosis, Finding, ProfileRef, RunRecord, decide
from studiocheck.core.text import Text
from studiocheck.profile.models import Owner
from studiocheck.report import RENDERERS
from studiocheck.report.checklist import actions
from studiocheck.report.labels import MARKS, OWNERS, VERDICTS, device_of, owner_of, values_of
from studiocheck.report.layout import cells, clean, wrap
from studiocheck.report.pictures.svg import PAPER, Drawing
from studiocheck.report.sheet import HOW_TO_READ, TITLES

SHANGHAI = timezone(timedelta(hours=8))
START = datetime(2026, 11, 22, 11, 31, 30, tzinfo=UTC)
LANGUAGES = ("en", "zh")
PEOPLE_FORMATS = ("terminal", "html", "markdown")
# one white 1 × 1 JPEG would do; the start of one is enough to be known as a picture
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(16)


def measured(name, value, unit, u=None, **limits):
    limit = Limit(**limits) if limits else None
    return Measurement(name, value, unit, f"method of {name}", u, limit=limit)


def finding(check, role, en, zh, *measurements, verdict=None, blocker=False, **more):
    verdict = verdict or max((judge(m) for m in measurements), key=list(Verdict).index)
    return Finding(
        check=check,
        role=role,
        title=Text(en, zh),
        verdict=verdict,
        blocker=blocker,
        measurements=measurements,
        **more,
    )


def camera(role, fps=29.998, kelvin=5480.0, photo=True, **more):
    seen = (f"frames/{role}-000.jpg",) if photo else ()
    return (
        finding("camera.present", role, "Camera present", "摄像头在线", verdict=Verdict.PASS,
                blocker=True, note=Text("opened as Logitech BRIO", "已打开：Logitech BRIO")),
        finding("camera.frame_rate", role, "Frame rate", "帧率",
                measured("frame_rate", fps, "fps", 0.031, minimum=28.5, warn_minimum=29.7),
                measured("unique_rate", fps, "fps", 0.031, minimum=28.5, warn_minimum=29.7),
                blocker=True, evidence=seen,
                advice=None if fps > 29 else Text(
                    "Set the camera to 30 fps; in dim light it lengthens the exposure: "
                    "switch off auto exposure or add light.",
                    "把摄像头设为 30 帧；光线暗时它会延长曝光：请关闭自动曝光或加光。")),
        finding("camera.cadence", role, "Cadence", "帧节奏",
                measured("stutter_rate", 0.0, "%", maximum=2, warn_maximum=0.5),
                measured("drop_rate", 0.0, "%"), measured("jitter_p99", 1.2, "ms")),
        finding("camera.brightness", role, "Brightness", "亮度",
                measured("subject_luma", 53.2, "%", 0.8, minimum=35, maximum=75,
                         warn_minimum=45, warn_maximum=65),
                measured("luma_p5", 8.1, "%"), evidence=seen),
        finding("light.colour_temperature", role, "Colour temperature", "色温",
                measured("cct", kelvin, "K", 62.0, minimum=4900, maximum=6100,
                         warn_minimum=5200, warn_maximum=5800),
                blocker=True, evidence=seen,
                advice=None if kelvin > 5200 else Text(
                    "Set every lamp to 5500 K; look for a warm lamp or daylight from a window.",
                    "把每盏灯调到 5500 K；检查是否有暖光灯或窗户自然光。")),
    )  # fmt: skip


def microphone(role, noise=-63.4):
    return (
        finding("mic.level", role, "Speech level", "说话音量",
                measured("loudness", -18.6, "LUFS", 0.3, minimum=-35, maximum=-10,
                         warn_minimum=-21, warn_maximum=-15),
                measured("true_peak", -4.2, "dBTP", maximum=0, warn_maximum=-1), blocker=True),
        finding("mic.noise_floor", role, "Noise floor", "底噪",
                measured("noise_floor", noise, "dBFS", 0.6, maximum=-50, warn_maximum=-60),
                blocker=True,
                advice=None if noise < -60 else Text(
                    "Close the door and stop the air conditioning.", "关门，关闭空调。")),
        finding("mic.hum", role, "Hum", "交流声", verdict=Verdict.PASS,
                note=Text("no hum above -78 dBFS", "未发现高于 -78 dBFS 的交流声")),
    )  # fmt: skip


def network(role, rate=18.4):
    return (
        finding("net.upload", role, "Upload", "上行速率",
                measured("upload_median", rate, "Mbit/s", 0.4, minimum=9.5, warn_minimum=10),
                measured("headroom", rate / 6, "", minimum=1.2, warn_minimum=1.5), blocker=True,
                advice=None if rate > 10 else Text(
                    "Use the cable instead of Wi-Fi; stop other uploads (cloud drives).",
                    "改用网线，不要用 Wi-Fi；停止其他上传（网盘同步）。")),
        finding("net.delay", role, "Delay under load", "满载延迟",
                measured("loaded_delay", 64.0, "ms", 8.0, warn_maximum=100, maximum=300)),
    )  # fmt: skip


HOST = (
    finding("host.memory", "host", "Memory", "内存",
            measured("memory_used", 61.0, "%", maximum=90, warn_maximum=80),
            measured("memory_available", 6.2, "GB")),
)  # fmt: skip


def run(*findings, diagnoses=(), cut_short=False, **more):
    values = {
        "run_id": "0195f3a0-7c1e-7d52-9a44-0b6a1c2d3e4f",
        "started": START,
        "duration_s": 11.8,
        "studio": "room-1",
        "simulated": False,
        "profile": ProfileRef(name="live-commerce-1080p30", sha256="9f2c" * 16),
        "decision": decide(findings, cut_short=cut_short),
        "findings": tuple(findings),
        "diagnoses": tuple(diagnoses),
        "timings": {"plan_s": 0.1, "acquire_s": 10.4, "evaluate_s": 0.6},
        "show_at": START + timedelta(minutes=28, seconds=40),
        "version": "0.1.0",
        "host": "studio-pc",
    }
    return RunRecord(**(values | more))


def unmeasured(check, en, zh, *, role="product", blocker=False):
    return finding(
        check, role, en, zh, verdict=Verdict.UNMEASURED, blocker=blocker,
        reason=Text("camera product (USB 046d:085e) is not connected",
                    "摄像头 product（USB 046d:085e）未连接"),
        advice=Text("Plug the USB cable of the product camera in again, directly at the computer.",
                    "重新插好产品机位的 USB 线，直接插电脑，不要经过集线器。"))  # fmt: skip


GOOD = run(*camera("main"), *camera("product"), *microphone("host"), *network("primary"), *HOST)
BAD = run(
    *camera("main", fps=24.9712, kelvin=4310),
    unmeasured("camera.present", "Camera present", "摄像头在线", blocker=True),
    unmeasured("camera.frame_rate", "Frame rate", "帧率", blocker=True),
    unmeasured("camera.cadence", "Cadence", "帧节奏"),
    unmeasured("camera.brightness", "Brightness", "亮度"),
    finding("light.lamps", "main", "Lamps", "灯具",
            measured("key.output", 4.1, "%", 1.2, minimum=70, maximum=130,
                     warn_minimum=85, warn_maximum=115), blocker=True,
            evidence=("frames/main-000.jpg",),
            advice=Text("Switch the key lamp on.", "打开主灯。")),
    *microphone("host", noise=-56.2),
    finding("mic.echo", "host", "Echo", "回声", verdict=Verdict.WAIVED, blocker=True,
            reason=Text("waived by Li until 2026-12-01: new carpet is ordered",
                        "李工豁免至 2026-12-01：地毯已订购")),
    *network("primary", rate=9.8),
    finding("net.backup", "backup", "Spare uplink", "备用网络", verdict=Verdict.SKIPPED,
            reason=Text("the studio file names no spare uplink", "直播间文件未填写备用网络")),
    *HOST,
    finding("manual.tripod", "technician", "Tripod locked", "三脚架已锁紧",
            verdict=Verdict.PENDING, blocker=True, owner="technician",
            advice=Text("Lock the tripod, then sign this step.", "锁紧三脚架后签字确认。")),
    diagnoses=(
        Diagnosis(id="light.lamp_out",
                  en="The key lamp is off (4 % of its calibrated light): switch it on, "
                     "then check its plug and its remote channel.",
                  zh="主灯没亮（仅为校准时的 4 %）：先打开主灯，再检查插头和遥控频道。",
                  findings=(4, 9)),
    ),
    simulated=True,
)  # fmt: skip
RECORDS = {
    "go": GOOD,
    "no_go": BAD,
    "caution": run(*camera("main"), *microphone("host", noise=-56.2), show_at=None),
    "incomplete": run(*camera("main"), cut_short=True),
    "empty": run(cut_short=True),
}
every_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def render(form, record, language="en", **options):
    return RENDERERS[form](record, language, zone=SHANGHAI, **options)


def junit(record, language="en"):
    return ET.fromstring(render("junit", record, language))  # noqa: S314 - written just before


# ---------------------------------------------------------------- nothing is told thrice


def test_what_one_cause_leaves_unknown_is_one_paragraph_and_the_worst_comes_first():
    lost = [
        unmeasured(f"camera.{n}", f"Check {n}", f"检查{n}", role="main") for n in ("a", "b", "c")
    ]
    record = run(
        camera("main")[0],
        *(replace(f, advice=Text("shout", "大声喊")) for f in lost),
        diagnoses=(Diagnosis(id="x", en="it is gone", zh="不见了", findings=(1, 2, 3)),),
    )
    text = render("terminal", record)
    assert "Check a · Check b · Check c" in text
    assert "shout" not in text
    assert text.index("Check a ·") < text.index("Camera present")
    assert text.count("is not connected") == 0


def test_a_finding_that_is_told_above_only_points_there():
    text = render("terminal", run(*camera("main", fps=24.9712)))
    assert text.count("switch off auto exposure") == 1


def test_a_lamp_that_shines_is_said_to_and_is_no_number():
    shines = Measurement("key.on", 1.0, "", "test", limit=Limit(minimum=1))
    lamps = finding("light.lamps", "main", "Lamps", "各盏灯", shines, verdict=Verdict.UNMEASURED)
    assert [said.zh for said in values_of(lamps)] == ["key 亮"]
    assert "on 1" not in render("terminal", run(lamps))


def test_a_picture_beside_what_to_touch_is_not_named_by_its_file():
    record = run(*camera("main", fps=24.9712))
    page = render("html", record, evidence={"frames/main-000.jpg": b"\xff\xd8\xff"})
    captions = re.findall("<figcaption>(.*?)</figcaption>", page, re.DOTALL)
    assert captions
    assert not any("frames/" in caption for caption in captions)


# ---------------------------------------------------------------- every format, every record


@pytest.mark.parametrize("form", ["terminal", "html", "nagios"])
@every_record
@every_language
def test_a_format_for_people_names_every_finding(form, record, language):
    text = clean(re.sub("<[^>]+>", " ", render(form, record, language)))
    for found in record.findings:
        assert found.title.to(language) in text


@every_record
def test_a_format_for_machines_names_every_check_and_role(record):
    for form in ("json", "junit", "nagios", "prometheus", "html"):
        text = render(form, record)
        for found in record.findings:
            assert found.check in text, form
            assert found.role in text, form


@pytest.mark.parametrize("form", RENDERERS)
@every_record
@every_language
def test_every_format_ends_with_a_line_break_and_is_the_same_every_time(form, record, language):
    text = render(form, record, language)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text == render(form, record, language)


@pytest.mark.parametrize("form", RENDERERS)
def test_a_simulated_run_says_so_and_a_real_one_does_not(form):
    real, simulated = render(form, replace(BAD, simulated=False)), render(form, BAD)
    assert real != simulated
    if form in (*PEOPLE_FORMATS, "nagios"):
        assert "SIMULATED STUDIO" in simulated
        assert "SIMULATED STUDIO" not in real.split("<style>")[0].split("</style>")[-1]


@pytest.mark.parametrize("form", PEOPLE_FORMATS)
def test_a_format_for_people_gives_the_advice_of_what_stops_the_show(form):
    for language in LANGUAGES:
        text = clean(re.sub("<[^>]+>", " ", render(form, BAD, language))).replace(" ", "")
        for action in actions(BAD):
            if action.stops and action.advice:
                assert action.advice.to(language).replace(" ", "") in text


@every_record
def test_json_is_the_record_itself(record):
    text = render("json", record, "zh")
    assert json.loads(text) == record.to_json()
    assert next(iter(json.loads(text))) == "schema"
    assert "\\u" not in text


# ---------------------------------------------------------------- what to touch first


def test_what_stops_the_show_comes_first_and_a_cause_before_its_symptoms():
    todo = actions(BAD)
    assert [a.stops for a in todo] == sorted((a.stops for a in todo), reverse=True)
    assert todo[0].diagnosed
    assert [a.number for a in todo] == list(range(1, len(todo) + 1))


def test_a_finding_that_a_diagnosis_explains_is_not_listed_twice():
    listed = [f for a in actions(BAD) for f in a.findings]
    assert len(listed) == len({id(f) for f in listed})


def test_an_unplugged_camera_is_one_thing_to_touch_not_seventeen():
    about = [a for a in actions(BAD) if a.device and a.device.en == "Camera product"]
    assert len(about) == 1
    assert len(about[0].findings) == 4


def test_the_same_problem_of_another_device_stays_its_own():
    other = unmeasured("camera.present", "Camera present", "摄像头在线", role="side")
    mine = unmeasured("camera.present", "Camera present", "摄像头在线")
    assert len(actions(run(mine, other))) == 2


def test_nothing_to_touch_when_all_is_well():
    assert actions(GOOD) == ()


def test_a_diagnosis_that_points_nowhere_does_not_break_a_report():
    broken = replace(BAD, diagnoses=(replace(BAD.diagnoses[0], findings=(99, -1)),))
    for form in RENDERERS:
        assert render(form, broken)


# ---------------------------------------------------------------- terminal


@pytest.mark.parametrize("width", [32, 40, 60, 80, 100, 200])
@every_record
@every_language
def test_no_line_is_wider_than_the_terminal(width, record, language):
    for line in render("terminal", record, language, width=width).splitlines():
        assert cell_len(line) <= width


@every_record
@every_language
def test_a_chinese_windows_console_can_print_the_checklist(record, language):
    render("terminal", record, language).encode("gbk")


@every_record
def test_there_is_no_colour_unless_it_was_asked_for(record):
    assert "\x1b" not in render("terminal", record)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", render("terminal", record, colour=True))
    assert [line.rstrip() for line in plain.splitlines()] == render("terminal", record).splitlines()


@every_language
def test_the_first_screen_is_enough_to_act(language):
    screen = "\n".join(render("terminal", BAD, language).splitlines()[:24])
    assert ("NO-GO" if language == "en" else "不可开播") in screen
    assert (
        "T-28 min, show at 20:00" if language == "en" else "距开播 28 分钟（20:00 开播）"
    ) in screen
    for action in actions(BAD):
        if action.stops:
            start = action.title.to(language)[:20]
            assert start in screen


@every_language
def test_a_long_checklist_says_the_decision_again_at_its_end(language):
    end = "\n".join(render("terminal", BAD, language).splitlines()[-7:])
    assert "NO-GO" in end
    assert actions(BAD)[0].title.to(language)[:15] in end


def test_fail_unmeasured_skipped_and_pending_differ_by_their_words():
    for language in LANGUAGES:
        words = [word.to(language) for word in VERDICTS.values()]
        assert len(set(words)) == len(words)
    text = render("terminal", BAD)
    assert all(VERDICTS[f.verdict].en in text for f in BAD.findings)


def test_the_marks_exist_in_gbk():
    assert set(MARKS.values()) == set("√×▲○")
    "".join(MARKS.values()).encode("gbk")


def test_the_time_to_the_show_is_counted_from_the_end_of_the_check():
    late = run(*HOST, show_at=START - timedelta(minutes=3))
    assert "show began 3 min ago" in render("terminal", late)
    far = run(*HOST, show_at=START + timedelta(hours=5, minutes=1, seconds=30))
    assert "T-5 h 01 min" in render("terminal", far)


# ---------------------------------------------------------------- html


@every_record
def test_the_page_refers_to_nothing_outside_itself(record):
    page = render("html", record, evidence=dict.fromkeys(SHEET, JPEG) | {DRAWN: SVG})
    addresses = re.findall(r"""(?:src|href|action|data|srcset|poster)\s*=\s*["']([^"']*)""", page)
    within = [address for address in addresses if address.startswith("#")]
    assert all(f'id="{address[1:]}"' in page for address in within)
    pictures = [address for address in addresses if address not in within]
    assert all(address.startswith("data:image/") for address in pictures)
    assert "url(" not in page
    assert "@import" not in page
    assert "<script" not in page


SCOPES = ("false-colour.svg", "focus-peaking.jpg", "waveform.svg", "parade.svg", "histogram.svg")
SHEET = ("frames/main-000.jpg", "frames/main-worst-2.50s.jpg", "frames/main-false-colour.svg",
         "frames/main-histogram.svg")  # fmt: skip
DRAWN = "frames/main-frame-times.svg"
SVG = Drawing(10, 10, PAPER).done()


def with_sheets(record, roles=("main",)):
    """The record, every camera finding with all pictures of its camera; and those pictures."""
    names = {role: (f"frames/{role}-000.jpg", f"frames/{role}-worst-2.50s.jpg",
                    *(f"frames/{role}-{scope}" for scope in SCOPES),
                    f"frames/{role}-frame-times.svg") for role in roles}  # fmt: skip
    findings = tuple(
        replace(f, evidence=names[f.role]) if f.role in names and f.verdict is not Verdict.SKIPPED
        else f for f in record.findings
    )  # fmt: skip
    everything = [name for group in names.values() for name in group]
    files = {name: SVG if name.endswith("svg") else JPEG for name in everything}
    return replace(record, findings=findings), files


def test_a_camera_that_is_not_well_has_its_sheet_open_and_a_good_one_has_it_folded():
    bad, files = with_sheets(BAD)
    page = render("html", bad, evidence=files)
    assert "<details" not in page
    assert page.count('<figure id="figure-') == 7
    assert page.index('class="worst large"') < page.index('class="false-colour"')
    good, files = with_sheets(GOOD)
    page = render("html", good, evidence=files)
    folded = page[page.index("<details>") : page.index("</details>")]
    assert folded.count("<figure") == 6
    assert "worst" not in folded


def test_every_picture_is_shown_with_a_line_that_says_how_to_read_it():
    bad, files = with_sheets(BAD)
    page = render("html", bad, evidence=files)
    assert page.count("<figure id=") == len(set(re.findall(r'id="figure-\d+"', page)))
    for kind in (
        "worst",
        "false-colour",
        "focus-peaking",
        "waveform",
        "parade",
        "histogram",
        "frame-times",
    ):
        for text in (TITLES[kind].fill(at_s="2.50"), HOW_TO_READ[kind]):
            assert escape(text.en) in page
            assert escape(text.zh) in page


def test_a_row_points_to_the_picture_that_shows_what_it_judged():
    bad, files = with_sheets(BAD)
    page = render("html", bad, evidence=files)
    table = page[page.index("Every check") :]
    for title, kind in (("Cadence", "frame-times"), ("Brightness", "false-colour")):
        row = table[table.index(f'<span lang="en">{title}</span>') :].split("</td>")[0]
        number = re.search(r'href="#(figure-\d+)"', row)[1]
        assert f'id="{number}" class="{kind}"' in page


def test_what_to_touch_stands_beside_the_picture_that_explains_it():
    slow = run(*camera("main", fps=24.9, kelvin=5480))
    slow, files = with_sheets(slow)
    page = render("html", slow, evidence=files)
    card = page[page.index('<article class="action') :].split("</article>")[0]
    assert "data:image/svg+xml," in card
    assert "Frame times" in card


def test_cameras_whose_names_no_address_can_hold_keep_their_own_pictures():
    record, files = with_sheets(
        run(*camera("主机位", fps=24.9), *camera("副机位", fps=24.9)), ("主机位", "副机位")
    )
    page = render("html", record, "zh", evidence=files)
    ids = re.findall(r'id="(figure-[^"]*)"', page)
    assert len(ids) == len(set(ids)) == 14


def test_a_page_without_any_of_the_pictures_still_says_everything():
    bad, _ = with_sheets(BAD)
    page = render("html", bad)
    assert "<img" not in page
    assert "frames/main-waveform.svg" in page
    assert "24.971" in page


@pytest.mark.parametrize(
    "foreign",
    [
        SVG.replace(b"</svg>", b"<script>alert(1)</script></svg>"),
        SVG.replace(b"<svg ", b'<svg onload="alert(1)" '),
        SVG.replace(b"</svg>", b'<image href="https://example.com/x.png"/></svg>'),
        b"\xef\xbb\xbf" + SVG,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_a_drawing_that_is_not_ours_is_named_but_never_embedded(foreign):
    bad, files = with_sheets(BAD)
    page = render("html", bad, evidence=files | {"frames/main-waveform.svg": foreign})
    assert page.count("<img") == page.count("data:image/")
    assert 'class="waveform"' not in page
    assert "frames/main-waveform.svg" in page
    assert "alert(1)" not in page
    assert "example.com" not in page


def test_a_photo_stands_beside_the_first_thing_that_needs_it_and_only_once():
    page = render("html", BAD, evidence={"frames/main-000.jpg": JPEG})
    assert page.count("<img") == 1
    first_card = page[page.index('<article class="action') :].split("</article>")[0]
    assert "<img" in first_card


def test_pictures_of_a_good_run_are_shown_too():
    names = {name: JPEG for f in GOOD.findings for name in f.evidence}
    assert render("html", GOOD, evidence=names).count("<img") == 2


def test_evidence_that_is_no_picture_is_named_but_never_embedded():
    page = render("html", BAD, evidence={"frames/main-000.jpg": b"<svg onload=alert(1)>"})
    assert "<img" not in page
    assert "frames/main-000.jpg" in page


def test_the_page_opens_in_the_language_asked_for_and_holds_both():
    for language, choice in (("en", "show-en"), ("zh", "show-zh")):
        page = render("html", BAD, language)
        assert re.search(rf'id="{choice}"[^>]* checked', page)
        assert len(re.findall(r'type="radio"[^>]* checked', page)) == 1
        assert "主灯没亮" in page
        assert "The key lamp is off" in page


def test_the_page_shows_value_uncertainty_limit_and_method():
    page = render("html", BAD).replace("\u00a0", " ")
    for part in ("24.971 ± 0.031 fps", "≥ 29.7", "method of frame_rate", BAD.profile.sha256):
        assert part in page


def test_the_page_tells_the_method_in_the_language_that_is_shown():
    timed = Measurement.of("frame_rate", 30.0, "fps", Text("capture timestamps", "采集时间戳"))
    page = render("html", run(finding("camera.frame_rate", "main", "Frame rate", "帧率", timed)))
    assert '<span lang="en">capture timestamps</span><span lang="zh-CN">采集时间戳</span>' in page


# ---------------------------------------------------------------- for machines


@pytest.mark.parametrize(
    ("name", "status"),
    [("go", "OK"), ("caution", "WARNING"), ("no_go", "CRITICAL"), ("incomplete", "UNKNOWN")],
)
def test_the_first_nagios_line_is_status_text_and_performance_data(name, status):
    first = render("nagios", RECORDS[name]).splitlines()[0]
    text, _, data = first.partition(" | ")
    assert text.startswith(f"{status}: ")
    bound = r"(?:~|-?[\d.]+)?:?-?[\d.]*"
    datum = rf"'[^'=]+'=-?[\d.]+(?:s|%)?(?:;{bound}){{0,2}};{{0,2}}"
    assert re.fullmatch(rf"{datum}(?: {datum})*", data)


def test_nagios_alerts_in_the_ranges_of_the_limits():
    first = render("nagios", BAD).splitlines()[0]
    assert "'camera.frame_rate/main/frame_rate_fps'=24.9712;29.7:;28.5:" in first
    assert "'mic.noise_floor/host/noise_floor_dBFS'=-56.2;~:-60;~:-50" in first
    assert "'camera.brightness/main/subject_luma'=53.2%;45:65;35:75" in first


def test_only_the_first_nagios_line_has_a_bar():
    hostile = run(finding("net.link", "a|b=1", "x", "x", verdict=Verdict.FAIL))
    first, *rest = render("nagios", hostile).splitlines()
    assert "|" not in first
    assert all("|" not in line for line in rest)


@every_record
@every_language
def test_junit_counts_what_it_holds(record, language):
    root = junit(record, language)
    assert root.tag == "testsuites"
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(record.findings) + 1
    for tag, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        having = sum(case.find(tag) is not None for case in cases)
        assert int(root.get(key)) == having
        assert sum(int(suite.get(key)) for suite in root) == having
    assert int(root.get("tests")) == len(cases)
    assert all(case.get("name") and case.get("classname") for case in cases)


@every_record
def test_junit_is_green_only_when_the_show_may_go_on_air(record):
    root = junit(record)
    red = int(root.get("failures")) + int(root.get("errors"))
    if record.decision in (Decision.NO_GO, Decision.INCOMPLETE):
        assert red


_SAMPLE = re.compile(
    r'[a-zA-Z_:][a-zA-Z0-9_:]*\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"'
    r'(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\} -?[0-9.]+(?:e[+-]?\d+)?'
)


def _exposition(text):
    seen, typed = set(), set()
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("# HELP "):
            assert _SAMPLE.fullmatch(line), line
            assert line.partition("{")[0] in typed
            key = line.rpartition(" ")[0]
            assert key not in seen
            seen.add(key)
    return seen


@every_record
def test_prometheus_reads_every_line_and_no_sample_twice(record):
    _exposition(render("prometheus", record))


def test_prometheus_gets_base_units():
    text = render("prometheus", BAD)
    where = 'studio="room-1",check="light.colour_temperature",role="main"'
    assert f"studiocheck_cct_kelvin{{{where}}} 4310" in text
    assert re.search(r"studiocheck_upload_median_bytes_per_second\{[^}]*\} 1225000\.0", text)
    assert re.search(r'studiocheck_output_ratio\{[^}]*part="key"\} 0\.041', text)
    assert 'studiocheck_decision{studio="room-1",decision="NO_GO"} 1.0' in text


def test_the_same_finding_twice_does_not_cost_the_whole_file():
    _exposition(render("prometheus", run(*HOST, *HOST)))


@every_record
@every_language
def test_a_chat_message_fits_in_2048_bytes(record, language):
    assert len(render("markdown", record, language).encode()) <= 2048


@every_language
def test_a_chat_message_with_very_many_findings_says_how_many_are_missing(language):
    many = run(*(unmeasured(f"camera.c{i}", f"Check {i}", f"检查 {i}", role=f"r{i}", blocker=True)
                 for i in range(200)))  # fmt: skip
    text = render("markdown", many, language)
    assert len(text.encode()) <= 2048
    shown = len(re.findall(r"^\d+\. ", text, re.MULTILINE))
    missing = int(re.findall(r"(\d+)", text.strip().splitlines()[-1])[-1])
    assert shown + missing == 200
    assert shown >= 3


# ---------------------------------------------------------------- strangers' texts

_HOSTILE = '<script>alert("x")</script> & \x1b[2J\u202e |pipe`'


def _hostile(text):
    said = Text(text or "-", text or "-") if text.strip() else Text("-", "-")
    bad = finding("camera.present", text, text.strip() or "-", "标题", verdict=Verdict.FAIL,
                  blocker=True, reason=said, note=said, advice=said, owner=text,
                  evidence=(text,))  # fmt: skip
    lost = replace(bad, verdict=Verdict.UNMEASURED)
    value = measured(text, -1.5, text, 0.1, maximum=1.0)
    diagnosed = Diagnosis(id="x", en=said.en, zh=said.zh, findings=(0,))
    return run(bad, lost, lost, replace(bad, measurements=(value,)), studio=text, host=text,
               version=text, profile=ProfileRef(name=text, sha256=text), simulated=True,
               diagnoses=(diagnosed,))  # fmt: skip


def _check_all(record):
    for language in LANGUAGES:
        for line in render("terminal", record, language, width=80).splitlines():
            assert cell_len(line) <= 80
            assert "\x1b" not in line
            line.encode("gbk", "replace")
        page = render("html", record, language, evidence={"x": JPEG})
        assert "<script" not in page.lower()
        junit(record, language)
        assert len(render("markdown", record, language).encode()) <= 2048
        nagios = render("nagios", record, language)
        assert nagios.count("\n") == len(record.findings) + 1
    _exposition(render("prometheus", record))
    assert json.loads(render("json", record)) == record.to_json()


def test_a_hostile_name_stays_text_everywhere():
    record = _hostile(_HOSTILE)
    _check_all(record)
    assert "&lt;script&gt;" in render("html", record)
    assert "<script" not in render("markdown", record).replace("\\<", "")


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_can_stand_in_a_record(text):
    _check_all(_hostile(text))


# ---------------------------------------------------------------- the grid


@given(st.text(max_size=200), st.integers(4, 120))
def test_wrapping_loses_no_character_and_never_exceeds_the_width(text, width):
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "")
    assert all(cells(line) <= width for line in lines)


def test_a_line_never_begins_with_closing_punctuation():
    lines = wrap("先检查主灯，再检查辅光；最后检查轮廓光。", 13)
    assert not any(line[0] in "，；。" for line in lines)


def test_a_number_and_its_unit_stay_together():
    screen = render("terminal", BAD, width=64)
    assert all("±" not in line.strip()[:1] + line.strip()[-1:] for line in screen.splitlines())


def test_a_device_is_called_as_people_call_it():
    assert device_of(GOOD.findings[0]) == Text("Camera main", "摄像头 main")
    assert device_of(HOST[0]) == Text("This computer", "本机")


def test_steps_that_wait_for_signatures_are_one_list_with_their_owners():
    steps = [
        finding(f"manual.s{i}", "floor", f"Step {i}", f"步骤 {i}", verdict=Verdict.PENDING,
                owner="floor") for i in range(5)
    ]  # fmt: skip
    (action,) = actions(run(*steps))
    assert action.title.en == "5 steps"
    assert [said.en for said in action.said] == [f"Step {i} (floor)" for i in range(5)]
    assert [said.zh for said in action.said] == [f"步骤 {i}（场务）" for i in range(5)]


def test_every_owner_that_a_profile_may_name_has_a_word_in_both_languages():
    assert OWNERS.keys() == set(get_args(Owner))
    assert owner_of("anchor") == Text("presenter", "主播")
    assert owner_of("make-up") == Text("make-up", "make-up")


def test_one_picture_of_a_camera_is_enough():
    seen = tuple(f"frames/main-{index:03}.jpg" for index in range(3))
    record = run(*(replace(f, evidence=seen) for f in camera("main")))
    assert render("html", record, evidence=dict.fromkeys(seen, JPEG)).count("<img") == 1
