from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from studiocheck.core.measurement import Limit, Measurement, Verdict, judge
from studiocheck.core.record import Decision, Diagnosis, Finding, ProfileRef, RunRecord, decide
from studiocheck.core.text import Text
from studiocheck.report import RENDERERS
from studiocheck.report.checklist import actions
from studiocheck.report.labels import MARKS, VERDICTS, device_of
from studiocheck.report.layout import cells, clean, wrap

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
                    "把每盏灯调到 5500 K;检查是否有暖光灯或窗户自然光。")),
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
                    "改用网线，不要用 Wi-Fi;停止其他上传（网盘同步）。")),
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
                    "摄像头 product(USB 046d:085e)未连接"),
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
                        "李工豁免至 2026-12-01:地毯已订购")),
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
                  zh="主灯没亮（仅为校准时的 4 %）:先打开主灯，再检查插头和遥控频道。",
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
