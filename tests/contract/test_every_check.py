"""The contract that every check keeps, whoever wrote it: found by itself, tested by itself."""

from __future__ import annotations

import re

import pytest

from studiocheck.checks import all_checks
from studiocheck.core.check import Check
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.core.units import UNITS

CHECKS = all_checks()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE = {
    "camera.present": {},
    "camera.format": {"width": "px", "height": "px", "real_height": "px", "bus_load": "%"},
    "camera.frame_rate": {"frame_rate": "fps", "unique_rate": "fps"},
    "camera.freeze": {"longest_still": "s"},
    "camera.black": {"dark_share": "%"},
    "camera.cadence": {
        "drop_rate": "%", "duplicate_rate": "%", "stutter_rate": "%", "jitter_p99": "ms",
        "longest_gap": "ms",
    },
    "camera.slate": {"flat_share": "%"},
    "camera.clipping": {
        "white_share": "%", "black_share": "%", "white_red": "%", "white_green": "%",
        "white_blue": "%",
    },
    "camera.dark_area": {"dark_share": "%"},
    "camera.focus": {"edge_blur": "px"},
    "camera.noise": {"temporal_noise": "DN"},
    "camera.flicker": {"modulation": "%", "frequency": "Hz"},
    "camera.stability": {"shake_rms": "px", "drift": "px"},
    "camera.locked": {"automatic": "count", "changed": "count"},
    "camera.view": {
        "shift": "px", "zoom_change": "%", "exposure_change": "stops", "colour_change": "",
    },
    "camera.match": {"exposure_difference": "stops", "delta_e2000": "", "mired_difference": "mired"},
    "camera.brightness": {
        "subject_luma": "%", "picture_luma": "%", "luma_p5": "%", "luma_p50": "%", "luma_p95": "%",
    },
    "light.colour_temperature": {"cct": "K", "duv": "", "mired": "mired"},
    "light.lamps": {"output": "%", "colour_drift": "mired", "on": ""},
    "light.key_fill": {"key_fill": "stops", "face_contrast": "stops"},
    "light.back": {"back_key": "stops", "separation": "stops"},
    "light.evenness": {"evenness": "stops"},
    "light.hard_shadow": {"depth": "", "width": "%"},
    "light.glare": {"glare_share": "%", "largest_glare": "%"},
    "light.skin": {"skin_distance": "°"},
    "light.background": {
        "background_luma": "%", "background_chroma": "", "background_hue": "°",
        "evenness": "stops",
    },
    "light.stray": {"stray_share": "%"},
    "light.green_screen": {"screen_evenness": "stops", "screen_saturation": "%", "spill": "%"},
    "mic.present": {},
    "mic.signal": {"level": "dBFS"},
    "mic.level": {
        "loudness": "LUFS", "loudness_range": "LU", "momentary_max": "LUFS",
        "short_term_max": "LUFS", "true_peak": "dBTP",
    },
    "mic.noise_floor": {
        "noise_floor": "dBFS", "noise_floor_a": "dBFS(A)", "noise_spl_a": "dB SPL(A)",
        "noise_rise": "dB",
    },
    "mic.clipping": {"clipped_runs": "per 10 s"},
    "mic.echo": {"echo_delay": "ms", "echo_level": "dB"},
    "mic.snr": {"snr": "dB"},
    "mic.hum": {"hum_level": "dBFS", "mains_frequency": "Hz"},
    "mic.gaps": {"zero_gaps": "count", "repeated_buffers": "count", "lost_samples": "count"},
    "mic.bandwidth": {"upper_edge": "kHz"},
    "mic.channels": {"correlation": "", "balance": "dB", "mono_loss": "dB"},
    "mic.dc": {"dc_offset": ""},
    "mic.clock": {"clock_offset": "ppm"},
    "mic.reverberation": {"t20": "s", "t30": "s", "c50": "dB", "t20_change": "%"},
    "mic.intelligibility": {"sti": ""},
    "mic.quality": {"mos_overall": "", "mos_background": "", "mos_speech": ""},
    "mic.leak": {"leak_delay": "ms", "leak_attenuation": "dB"},
    "net.link": {
        "link_speed": "Mbit/s", "link_errors": "count", "new_errors": "count",
        "link_changes": "count", "signal": "dBm",
    },
    "net.path": {"dns": "ms", "connect": "ms", "gateway_delay": "ms", "path_total": "ms"},
    "net.contention": {"other_upload": "Mbit/s", "other_share": "%"},
    "net.stability": {
        "dips": "count", "longest_dip": "s", "deepest_dip": "%", "backlog_max": "s",
    },
    "net.backup": {"backup_upload": "Mbit/s", "backup_headroom": ""},
    "net.clock": {"time_offset": "ms", "time_error": "ms"},
    "net.upload": {"upload_median": "Mbit/s", "upload_p5": "Mbit/s", "headroom": ""},
    "net.ingest": {
        "ingest_total": "ms", "dns": "ms", "tcp": "ms", "tls": "ms", "handshake": "ms",
        "connect": "ms",
    },
    "net.broadcast": {
        "backlog_max": "s", "backlog_end": "s", "frame_delay_p95": "ms", "longest_quiet": "s",
        "retransmitted": "%", "noticed": "s",
    },
    "host.cpu": {"cpu_used": "%", "cpu_peak": "%"},
    "host.memory": {"memory_used": "%", "memory_available": "GB"},
    "host.disk": {"disk_free": "GB", "recording_left": "h"},
}  # fmt: skip
"""Check → measurement → unit: others are written against these names and units."""
BLOCKERS = {
    "camera.present", "camera.format", "camera.frame_rate", "camera.freeze", "camera.black",
    "camera.slate",
    "light.colour_temperature", "light.lamps", "mic.present", "mic.signal", "mic.level", "mic.noise_floor",
    "mic.clipping", "mic.echo", "mic.gaps", "net.upload",
    "net.ingest", "net.broadcast",
}  # fmt: skip


def of(check: Check) -> str:
    return check.id


def test_the_catalogues_first_checks_are_there_and_block_as_it_says():
    assert {check.id for check in CHECKS} >= CATALOGUE.keys()
    assert {check.id for check in CHECKS if check.blocker} >= BLOCKERS


def test_no_id_is_used_twice():
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_its_file_is_named_after_its_id(check: Check):
    module = check.assess.__module__.rpartition(".")[2]
    assert module == check.id.replace(".", "_")


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_its_texts_are_in_both_languages(check: Check):
    sources = [d.source for d in check.defaults(Targets()).values()]
    for text in (check.title, check.about, check.advice(())):
        assert_bilingual(text)
    for source in sources:
        assert source.en
        assert source.zh


def assert_bilingual(text: Text) -> None:
    assert CHINESE.search(text.zh), text
    assert not CHINESE.search(text.en), text


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_every_default_limit_limits_something_and_has_a_source(check: Check):
    for name, default in check.defaults(Targets()).items():
        assert not default.limit.is_empty, name
        assert default.unit in UNITS, name
        assert_as_promised(check, name, default.unit)
        assert default.source.en.strip(), name


def assert_as_promised(check: Check, name: str, unit: str) -> None:
    if check.id in CATALOGUE:
        assert CATALOGUE[check.id].get(name.rpartition(".")[2]) == unit, name


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_it_has_examples_that_pass_that_do_not_and_that_cannot_be_measured(check: Check):
    verdicts = {example.verdict for example in check.examples}
    assert Verdict.PASS in verdicts
    assert verdicts & {Verdict.FAIL, Verdict.MARGINAL}
    # whether a device is there at all is never unknown: absence is the failure
    assert Verdict.UNMEASURED in verdicts or check.id.endswith(".present")
