"""The pictures of sound say what is true of a microphone, and never more than is known."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.check import Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Captured, RoomTone, Speech, Sweep
from studiocheck.core.measurement import Limit, Verdict
from studiocheck.core.record import Diagnosis, Finding, ProfileRef, RunRecord, decide
from studiocheck.core.takes import MicrophoneInfo, SpeakerInfo, SweepEvidence, TakeEvidence
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import with_views, write_evidence
from studiocheck.engine.store import RunFolder, new_run_id
from studiocheck.measure.sound.band_spectrum import band_spectrum
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.level_course import level_course
from studiocheck.measure.sound.loudness_bs1770 import loudness
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.room_baseline import acoustics_of
from studiocheck.measure.sound.true_peak_bs1770 import true_peak
from studiocheck.report.html import _pictures, render
from studiocheck.report.pictures.impulse import GoodDay, impulse_response
from studiocheck.report.pictures.kinds import OF_MICROPHONE, explaining, file_name, parse, series_of
from studiocheck.report.pictures.level import level
from studiocheck.report.pictures.microphone import of_room, of_takes
from studiocheck.report.pictures.plot import BOTTOM, LEFT, RIGHT
from studiocheck.report.pictures.spectrum import spectrum
from studiocheck.report.pictures.svg import is_drawing
from studiocheck.report.sheet import HOW_TO_READ, TITLES
from tests.rooms import decaying_noise

RATE_HZ = 48000
LOW_LUFS, HIGH_LUFS = -21.0, -15.0
LIMITS = {
    "loudness": Limit(minimum=-35, warn_minimum=LOW_LUFS, warn_maximum=HIGH_LUFS, maximum=-10),
    "true_peak": Limit(warn_maximum=-1, maximum=0),
}
MICROPHONE = MicrophoneInfo(device="x", name="x", backend="x", rate_hz=RATE_HZ, channels=1)


def take(wave, kind="speech", rate_hz=RATE_HZ, **more):
    samples = np.asarray(wave, np.float32)
    samples = samples[:, np.newaxis] if samples.ndim == 1 else samples
    return TakeEvidence(microphone=MICROPHONE, kind=kind, samples=samples, rate_hz=rate_hz,
                        prompted=True, **more)  # fmt: skip


def noise(level_dbfs, seconds=5.0, seed=1, rate_hz=RATE_HZ):
    rng = np.random.default_rng(seed)
    return 10 ** (level_dbfs / 20) * rng.standard_normal(round(seconds * rate_hz))


def words(level_dbfs=-20.0, seconds=10.0, rate_hz=RATE_HZ, high_hz=24000.0, seed=2):
    """A voice as measures see it: bursts of sound up to ``high_hz`` between pauses."""
    burst = (np.arange(round(seconds * rate_hz)) / rate_hz) % 0.8 < 0.5
    bins = np.fft.rfft(noise(level_dbfs, seconds, seed, rate_hz) * burst)
    bins[np.fft.rfftfreq(len(burst), 1 / rate_hz) > high_hz] = 0.0
    return np.fft.irfft(bins, len(burst)) + noise(-75, seconds, seed + 1, rate_hz)


def hum(mains_hz, level_dbfs, seconds=5.0, harmonics=4, rate_hz=RATE_HZ):
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    lines = [np.sin(2 * np.pi * mains_hz * k * time_s + k) for k in range(1, harmonics + 1)]
    return np.sqrt(2) * 10 ** (level_dbfs / 20) * np.sum(lines, axis=0)


QUIET = take(noise(-65), "quiet")
SPEECH = take(words())


def said(svg):
    return [unescape(text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg.decode())]


def marks(svg, shape):
    """Where the signs of a shape stand across."""
    found = re.findall(rf"M([\d.]+) [\d.]+{re.escape(shape)}", svg.decode())
    return [float(x) for x in found]


CLIP, HOLE, REPEAT = "l4 -7h-8Z", "m-4 0v-8h8v8h-8m2 -2h4v-4h-4Z", "l4.5 -4.5l-4.5 -4.5l-4.5 4.5Z"
ECHO = "l5 -9h-10Z"


def place(at_s, seconds=10.0):
    """Where a moment of a single take lies across."""
    return LEFT + at_s / seconds * (RIGHT - LEFT)


# ---------------------------------------------------------------- level over time


@given(at_s=st.sets(st.integers(1, 18), min_size=1, max_size=4))
@settings(max_examples=8)
def test_a_hole_is_marked_where_it_is_and_none_is_invented(at_s):
    wave = noise(-30, 10)
    for half in at_s:
        wave[half * 24000 : half * 24000 + 480] = 0.0
    svg = level([take(wave)], LIMITS)
    assert f"□ {len(at_s)}" in said(svg)
    assert marks(svg, HOLE) == pytest.approx([place(half / 2) for half in sorted(at_s)], abs=0.2)
    assert "▼ 0" in said(svg)
    assert "◆ 0" in said(svg)


def test_a_clipped_wave_is_marked_where_it_is_clipped():
    wave = 0.5 * np.sin(2 * np.pi * 200 * np.arange(480000) / RATE_HZ)
    wave[240000:264000] *= 3
    svg = level([take(np.clip(wave, -1, 1))], LIMITS)
    found = marks(svg, CLIP)
    assert place(5.0) - 0.2 <= min(found)
    assert max(found) <= place(5.5) + 0.2
    assert any(re.fullmatch(r"▼ \d{2,}", text) for text in said(svg))


def test_a_buffer_that_came_twice_is_marked_in_its_own_shape():
    wave = words()
    wave[96000:96480] = wave[95520:96000]
    svg = level([take(wave)], LIMITS)
    assert marks(svg, REPEAT) == pytest.approx([place(2.0)], abs=0.2)
    assert marks(svg, HOLE) == marks(svg, CLIP) == []


def test_flat_tops_of_a_quiet_take_and_seams_of_joined_pauses_are_no_faults():
    coarse = np.round(noise(-65) * 4096) / 4096
    coarse[10000:10480] = 0.0
    svg = level([take(coarse, "quiet", joined=True), SPEECH], LIMITS)
    assert {"▼ 0", "□ 0", "◆ 0"} <= set(said(svg))


@given(level_lufs=st.floats(-40, -5))
@settings(max_examples=10)
def test_the_line_runs_through_the_band_only_when_speech_is_as_loud_as_it_should_be(level_lufs):
    tone = np.sin(2 * np.pi * 997 * np.arange(3 * RATE_HZ) / RATE_HZ)
    tone *= 10 ** ((level_lufs + 3.01) / 20)
    svg = level([take(tone)], LIMITS).decode()
    top, bottom = map(float, re.search(
        r'd="M40\.0 ([\d.]+)H[\d.]+V([\d.]+)H40\.0Z" class="target"', svg).groups())  # fmt: skip
    line = re.search(r'd="([^"]*)" fill="none" class="voice"', svg)[1]
    heights = [float(y) for y in re.findall(r" ([\d.]+)", line)]
    inside = LOW_LUFS + 0.2 < level_lufs < HIGH_LUFS - 0.2
    outside = level_lufs < LOW_LUFS - 0.2 or level_lufs > HIGH_LUFS + 0.2
    within = [top <= y <= bottom for y in heights[2:-2]]
    assert all(within) or not inside
    assert not any(within) or not outside


def test_the_band_is_asked_of_speech_only_and_both_takes_are_named():
    both, quiet = level([QUIET, SPEECH], LIMITS), level([QUIET], LIMITS)
    assert {"quiet 安静", "speech 语音"} <= set(said(both))
    assert both.count(b'class="target"') == 1
    assert b'class="target"' not in quiet


def test_the_band_is_that_of_the_profile_and_where_nothing_is_asked_there_is_none():
    def band(limit):
        found = re.search(rb'd="M40\.0 ([\d.]+)H[\d.]+V([\d.]+)H40\.0Z" class="target"',
                          level([SPEECH], {"loudness": limit}))  # fmt: skip
        return tuple(float(edge) for edge in found.groups())

    broadcast = band(Limit(minimum=-26, maximum=-20))
    live = band(Limit(minimum=-35, warn_minimum=-21, warn_maximum=-15, maximum=-10))
    lower = broadcast[0] - live[0]  # 5 LU, of which the band has 6
    assert broadcast[1] - broadcast[0] == pytest.approx(lower * 6 / 5, abs=0.3)
    assert band(Limit(maximum=-15))[1] > live[1]
    assert b'class="target"' not in level([SPEECH], {})


def test_the_figures_in_the_picture_are_those_of_the_check():
    read = loudness(SPEECH.samples, RATE_HZ).integrated_lufs
    peak = true_peak(SPEECH.samples, RATE_HZ)
    assert f"{read:.1f} LUFS · {peak:.1f} dBTP" in said(level([QUIET, SPEECH], LIMITS))


@given(frequency_hz=st.floats(100, 20000), phase=st.floats(0, 6))
@settings(max_examples=20)
def test_the_highest_of_all_stretches_is_the_true_peak(frequency_hz, phase):
    wave = 0.7 * np.sin(2 * np.pi * frequency_hz * np.arange(RATE_HZ) / RATE_HZ + phase)
    wave *= np.linspace(0.2, 1, RATE_HZ)
    course = level_course(wave, RATE_HZ, 100)
    assert course.peak_dbtp.max() == pytest.approx(true_peak(wave, RATE_HZ), abs=0.1)


# ---------------------------------------------------------------- spectrum


@given(mains_hz=st.sampled_from([50.0, 60.0]), order=st.integers(1, 10),
       rate_hz=st.sampled_from([16000, 44100, 48000, 96000]))  # fmt: skip
@settings(max_examples=30)
def test_a_line_of_the_mains_stands_in_one_band_at_its_own_level(mains_hz, order, rate_hz):
    line_hz = mains_hz * order
    found = band_spectrum(hum(line_hz, -40.0, harmonics=1, rate_hz=rate_hz), rate_hz)
    top = int(found.power.argmax())
    assert found.centre_hz[top] == pytest.approx(line_hz, rel=2 ** (1 / 48) - 1)
    assert 10 * np.log10(found.power[top]) == pytest.approx(-40, abs=0.6)


def test_the_bands_add_up_to_the_power_of_the_take():
    total = 10 * np.log10(band_spectrum(noise(-40, rate_hz=40000), 40000).power.sum())
    assert total == pytest.approx(-40, abs=0.1)


@pytest.mark.parametrize(("mains_hz", "labels"), [(50, {"50", "100", "150", "200"}),
                                                   (60, {"60", "120", "180", "240"})])  # fmt: skip
def test_the_lines_of_hum_are_marked_and_named(mains_hz, labels):
    svg = spectrum(take(noise(-70) + hum(mains_hz, -50), "quiet"), SPEECH)
    assert len(marks(svg, CLIP)) == 4
    named = re.findall(r'class="red">(\d+)</text>', svg.decode())
    assert set(named) == labels
    assert any(text.startswith(f"▼ {mains_hz}.0") for text in said(svg))


def test_where_no_hum_is_none_is_marked():
    svg = spectrum(QUIET, SPEECH)
    assert marks(svg, CLIP) == []
    assert b'class="red"' not in svg


def test_the_voice_rises_over_the_noise_by_what_is_heard():
    svg = spectrum(QUIET, SPEECH).decode()
    assert 'class="rise"' in svg
    floor = noise_floor(QUIET.samples, RATE_HZ)
    head = next(text for text in said(svg.encode()) if "dBFS(A)" in text)
    assert head.startswith(f"{floor.flat_dbfs:.1f} dBFS · {floor.a_weighted_dbfs:.1f} dBFS(A)")
    assert re.search(r"SNR 4[3-6] dB", head)


@pytest.mark.parametrize("high_hz", [3400.0, 8000.0])
def test_the_upper_edge_of_the_voice_is_marked_where_it_is(high_hz):
    svg = spectrum(QUIET, take(words(high_hz=high_hz)))
    (x,) = re.findall(r'<line x1="([\d.]+)"[^>]* class="amberline"', svg.decode())
    wanted = LEFT + np.log(high_hz / 20) / np.log(1000) * (RIGHT - LEFT)
    assert float(x) == pytest.approx(wanted, abs=6)
    assert any(re.fullmatch(rf"{high_hz / 1000:.0f}\.\d kHz", text) for text in said(svg))


def test_a_muted_microphone_has_a_level_and_no_spectrum():
    mute = take(np.zeros(480000)), take(np.zeros(240000), "quiet")
    drawn = of_takes("host", mute[1], mute[0], LIMITS)
    assert list(drawn) == ["sound/host-level.svg"]
    svg = drawn["sound/host-level.svg"]()
    assert b'class="voice"' not in svg
    assert is_drawing(svg)


@pytest.mark.parametrize("bad", [
    take(np.full(96000, np.nan)), take(np.where(np.arange(96000) % 7, 0.1, np.inf)),
    take(np.full(96000, 0.3)), take(np.zeros((96000, 2))), take(words(seconds=1)),
    take(words(seconds=0.6, rate_hz=8000), rate_hz=8000), take(np.full(480000, 40.0)),
    take(np.stack([words(), -words()], axis=1)),
])  # fmt: skip
@pytest.mark.parametrize("alone", [True, False])
def test_whatever_a_driver_gives_is_drawn_without_a_word_that_is_no_number(bad, alone):
    for draw in of_takes("host", None if alone else QUIET, bad, LIMITS).values():
        svg = draw()
        assert is_drawing(svg)
        assert not re.search(rb"nan|inf\b", svg)


def test_of_next_to_nothing_nothing_is_drawn():
    assert not of_takes("host", None, take(np.zeros((0, 1))), LIMITS)
    assert not of_takes("host", take(noise(-60, 0.3), "quiet"), None, LIMITS)
    assert not of_takes("host", None, None, LIMITS)


# ---------------------------------------------------------------- echo and reverberation


def room(t60_s=0.35, echoes=(), noise_dbfs=-100.0, seed=1):
    rng = np.random.default_rng(seed)
    wave = np.pad(0.02 * decaying_noise(t60_s, rng, seconds=1.5), (480, 0))
    wave[480] += 1.0
    for at_ms, level_db in echoes:
        wave[480 + round(at_ms * 48)] += 10 ** (level_db / 20)
    wave += 10 ** (noise_dbfs / 20) * rng.standard_normal(len(wave))
    return ImpulseResponse.of(wave, RATE_HZ)


@given(at_ms=st.floats(120, 600), level_db=st.floats(-15, -6))
@settings(max_examples=8)
def test_an_echo_is_marked_and_named_with_delay_and_level(at_ms, level_db):
    svg = impulse_response(room(echoes=[(at_ms, level_db)]))
    assert len(marks(svg, ECHO)) == 1
    named = next(
        match for text in said(svg) if (match := re.fullmatch(r"(\d+) ms (-\d+) dB", text))
    )
    assert float(named[1]) == pytest.approx(at_ms, abs=1)
    assert float(named[2]) == pytest.approx(level_db, abs=1.6)


def test_where_no_echo_is_the_picture_says_what_it_could_have_seen():
    svg = impulse_response(room())
    assert marks(svg, ECHO) == []
    assert any(re.fullmatch(r"▼ 0 \(> -\d+ dB\)", text) for text in said(svg))


def test_over_the_stored_room_a_new_echo_is_filled_and_one_that_was_there_is_hollow():
    stored = acoustics_of(room(echoes=[(150, -12)], seed=2), "monitor")
    tonight = room(echoes=[(150, -12), (260, -14)])
    svg = impulse_response(tonight, GoodDay("2026-11-20", stored))
    assert {"▼ 1 ▽ 1", "2026-11-20"} <= set(said(svg))
    assert b'class="red">260 ms -14 dB' in svg
    assert b">150 ms -12 dB" in svg
    assert b'class="red">150 ms' not in svg
    assert is_drawing(svg)
    assert "▼ 2" in said(impulse_response(tonight))


@pytest.mark.parametrize("t60_s", [0.3, 0.8])
def test_the_lines_of_reverberation_fall_as_fast_as_the_room(t60_s):
    svg = impulse_response(room(t60_s)).decode()
    for part in ("T20", "T30"):
        (seconds,) = re.findall(rf"{part} ([\d.]+) s", svg)
        assert float(seconds) == pytest.approx(t60_s, rel=0.12)
    lines = re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"[^>]* class="amberline"', svg)
    assert len(lines) == 2
    ticks = re.findall(r'<text x="([\d.]+)" y="263" text-anchor="middle">(\d+)</text>', svg)
    (x0, ms0), (x1, ms1) = ((float(x), float(ms)) for x, ms in (ticks[0], ticks[-1]))
    for x, y, end_x, end_y in (tuple(map(float, line)) for line in lines):
        fallen_db = (end_y - y) / (BOTTOM - 40) * 75
        lasted_s = (end_x - x) / (x1 - x0) * (ms1 - ms0) / 1000
        assert 60 * lasted_s / fallen_db == pytest.approx(t60_s, rel=0.15)


def test_where_the_decay_drowns_in_noise_no_line_is_drawn():
    svg = impulse_response(room(noise_dbfs=-38.0))
    assert not any("T20" in text or "T30" in text for text in said(svg))
    assert b"amberline" not in re.sub(rb"<style>.*</style>", b"", svg)


# ---------------------------------------------------------------- names and files


@given(role=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_a_camera_and_a_microphone_of_one_name_keep_their_pictures_apart(role):
    camera = [file_name(role, "waveform"), file_name(role, "still"), file_name(role, "histogram")]
    sound = [file_name(role, kind) for kind in OF_MICROPHONE]
    assert not set(camera) & set(sound)
    assert {series_of(name) for name in camera} == {f"frames/{role}"}
    assert {series_of(name) for name in sound} == {f"sound/{role}"}
    assert [parse(name).kind for name in sound] == list(OF_MICROPHONE)


def test_every_check_of_sound_that_a_picture_can_show_has_one_and_each_says_how_to_read_it():
    names = [file_name("host", kind) for kind in OF_MICROPHONE]
    for check in ("level", "clipping", "gaps", "noise_floor", "snr", "hum", "bandwidth", "echo",
                  "reverberation", "intelligibility", "signal"):  # fmt: skip
        assert explaining(f"mic.{check}", names), check
    assert all(TITLES[kind].zh and HOW_TO_READ[kind].zh for kind in OF_MICROPHONE)


def test_findings_of_either_take_point_to_both_pictures_which_are_drawn_once(tmp_path):
    key, folder = DeviceKey(Scope.MICROPHONE, "主麦"), RunFolder(tmp_path, new_run_id())
    captured = {RoomTone: Captured(QUIET), Speech: Captured(SPEECH)}
    for need, item in with_views(key, captured).items():
        assert item.files == ("sound/主麦-level.svg", "sound/主麦-spectrum.svg"), need
    write_evidence(folder, key, captured)
    assert all(is_drawing(path.read_bytes()) for path in (folder.path / "sound").iterdir())


def test_a_sweep_that_nobody_heard_costs_its_picture_and_nothing_else(tmp_path, caplog):
    key, folder = DeviceKey(Scope.MICROPHONE, "host"), RunFolder(tmp_path, new_run_id())
    sweep = SweepEvidence(
        microphone=MICROPHONE, speaker=SpeakerInfo(device="x", name="x"),
        samples=np.zeros((96000, 1), np.float32), rate_hz=RATE_HZ, sweep_s=1.0, low_hz=60.0,
        high_hz=20000.0, peak_dbfs=-20.0, fade_in_s=0.2, fade_out_s=0.01,
    )  # fmt: skip
    (draw,) = of_room("host", sweep).values()
    with pytest.raises(Unmeasurable):
        draw()
    write_evidence(folder, key, {Sweep: Captured(sweep), Speech: Captured(SPEECH)})
    assert not (folder.path / "sound/host-impulse-response.svg").exists()
    assert (folder.path / "sound/host-level.svg").exists()
    assert not caplog.text


def test_pictures_of_sound_need_no_image_library():
    code = "import sys, studiocheck.report.pictures.microphone; print('cv2' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def worst_takes():
    """Everything at once: hum, hundreds of clips, holes, repeated buffers."""
    loud = np.clip(words(-3.0), -1, 1)
    for at in range(20000, 470000, 30000):
        loud[at : at + 480] = 0.0
        loud[at + 9600 : at + 10080] = loud[at + 9120 : at + 9600]
    return take(noise(-60) + hum(50, -45, harmonics=10), "quiet"), take(loud)


def test_the_pictures_of_a_microphone_are_small_and_quick():
    seconds = []
    for _ in range(3):
        begin_s = time.process_time()
        files = {name: draw() for name, draw in of_takes("host", *worst_takes(), LIMITS).items()}
        seconds.append(time.process_time() - begin_s)
    assert min(seconds) < 0.3
    files["sound/host-impulse-response.svg"] = impulse_response(room(echoes=[(200, -10)]))
    on_the_page = sum(len(address) for address in _pictures(files).values())
    # eight microphones, each picture on its sheet and once more beside what to touch
    assert 8 * 2 * on_the_page < 3e6


# ---------------------------------------------------------------- the page


def record(*findings):
    return RunRecord(
        run_id="01a1fda0-0000-7000-8000-000000000000", started=datetime(2026, 11, 22, tzinfo=UTC),
        duration_s=1.0, studio="x", simulated=False, profile=ProfileRef(name="x", sha256="0" * 64),
        show_at=None, decision=decide(findings), findings=findings, diagnoses=(), timings={},
        version="1", host="x",
    )  # fmt: skip


def finding(check, verdict, evidence, role="host"):
    return Finding(check=check, role=role, title=Text(check, check), verdict=verdict,
                   blocker=True, evidence=evidence)  # fmt: skip


def test_a_microphone_has_its_own_sheet_beside_a_camera_of_the_same_name():
    files = {name: draw() for name, draw in of_takes("host", QUIET, SPEECH, LIMITS).items()}
    still = "frames/host-000.jpg"
    page = render(
        record(
            finding("camera.focus", Verdict.PASS, (still,)),
            finding("mic.hum", Verdict.FAIL, tuple(files)),
        ),
        "en",
        evidence=files | {still: b"\xff\xd8\xff"},
    )
    assert "What the cameras saw" in page
    assert "What the microphones heard" in page
    assert "麦克风" in page
    heard = page[page.index("What the microphones heard") :]
    assert heard.index("Level over time") < heard.index("Spectrum")
    # the spectrum stands beside the hum that it shows
    card = page[page.index('class="action FAIL"') : page.index("</article>")]
    assert 'alt="sound/host-spectrum.svg"' in card
    assert page.count("data:image/jpeg") == 1


def test_a_cause_found_across_microphones_stands_beside_what_shows_it():
    files = {name: draw() for name, draw in of_takes("host", QUIET, SPEECH, LIMITS).items()}
    hums = record(finding("mic.hum", Verdict.FAIL, tuple(files)))
    cause = Diagnosis(id="x", en="the mains hums", zh="电源交流声", findings=(0,))
    page = render(replace(hums, diagnoses=(cause,)), "en", evidence=files)
    card = page[page.index('class="action FAIL"') : page.index("</article>")]
    assert 'alt="sound/host-spectrum.svg"' in card


def test_a_page_without_sound_does_not_speak_of_it():
    page = render(
        record(finding("camera.focus", Verdict.PASS, ("frames/host-000.jpg",))), "zh",
        evidence={"frames/host-000.jpg": b"\xff\xd8\xff"},
    )  # fmt: skip
    assert "What the microphones heard" not in page
    assert "What the cameras saw" in page


def test_a_style_of_ours_with_anything_added_is_no_longer_ours():
    svg = level([replace(SPEECH)], LIMITS)
    assert is_drawing(svg)
    assert not is_drawing(svg.replace(b".paper{", b".paper{background:url(x);", 1))
