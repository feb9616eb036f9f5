"""Lamps: what a studio file may write for them, and what goes on the wire for it."""

from __future__ import annotations

import contextlib
import pickle
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.capture import Lamp
from studiocheck.core.errors import FormatRefused, PermissionDenied, StudioError
from studiocheck.core.studio import LampRole, Studio, lamp_kind
from studiocheck.profile.load import load_studio
from studiocheck.profile.write import studio_toml
from studiocheck.sources.lamps.artnet import ArtDmx, art_dmx, read_art_dmx
from studiocheck.sources.lamps.control import (
    ArtNetControl,
    ElgatoControl,
    SacnControl,
    parse_control,
)
from studiocheck.sources.lamps.dmx_wire import highest, laid_over
from studiocheck.sources.lamps.fixture import Fixture
from studiocheck.sources.lamps.rig import lamps_for
from studiocheck.sources.lamps.sacn import DataPacket, SacnWire, e131_data, read_e131

WARM_COLD = (2700, 6500)
levels = st.binary(min_size=1, max_size=512)


# ---------------------------------------------------------------- studio file


@pytest.mark.parametrize(
    ("control", "parsed"),
    [
        ("elgato://192.168.1.20:9123", ElgatoControl("192.168.1.20", 9123, 0)),
        ("elgato://Key-Light-1A2B.local/1", ElgatoControl("key-light-1a2b.local", 9123, 1)),
        ("elgato://[fe80::1]/", ElgatoControl("fe80::1", 9123, 0)),
        ("artnet://10.0.0.5/0/1", ArtNetControl("10.0.0.5", 0, Fixture(1))),
        ("artnet://node/32767/511?fine=1", ArtNetControl("node", 32767, Fixture(511, fine=True))),
        ("sacn://63999/512", SacnControl(63999, Fixture(512))),
        ("sacn://10.0.0.5/1/3?cct=4&range=6500-2700", SacnControl(1, Fixture(3, False, 4, (6500, 2700)), "10.0.0.5")),
        ("sacn://1/3?interface=10.0.0.2", SacnControl(1, Fixture(3), interface="10.0.0.2")),
    ],
)  # fmt: skip
def test_every_form_of_control_is_read(control: str, parsed: object):
    assert parse_control(control) == parsed


@pytest.mark.parametrize(
    ("control", "says"),
    [
        *((text, "names no lamp control") for text in ("", "elgato://", "lamp", "hue://h/1", "artnet://h/1", "sacn://1", "elgato://u:p@h", "elgato://h:0", "elgato://h:99999", "elgato://h/1/2", "artnet:///1/1", "http://h/1/1")),
        ("elgato://h/x", "number of the light is 0 to 63"),
        ("artnet://h/32768/1", "universe is 0 to 32767"),
        ("sacn://0/1", "universe is 1 to 63999"),
        ("sacn://1/0", "channel is 1 to 512"),
        ("sacn://1/513", "channel is 1 to 512"),
        ("sacn://1/512?fine=1", "none after 512"),
        ("sacn://1/5?fine=2", "fine=1"),
        ("sacn://1/5?cct=6", "belong together"),
        ("sacn://1/5?range=2700-6500", "channel of cct="),
        ("sacn://1/5?cct=6&range=2700-2700", "belong together"),
        ("sacn://1/5?cct=6&range=1-2", "belong together"),
        ("sacn://1/5?cct=5&range=2700-6500", "share one channel"),
        ("sacn://1/5?fine=1&cct=6&range=2700-6500", "share one channel"),
        ("sacn://1/5?colour=6", "'colour' is unknown"),
        ("sacn://1/5?fine=1&fine=1", "twice"),
        ("sacn://1/5?interface=eth0", "IPv4"),
        ("artnet://h/1/5?interface=10.0.0.1", "'interface' is unknown"),
    ],
)  # fmt: skip
def test_what_is_no_control_is_refused_for_what_is_wrong_with_it(control: str, says: str):
    with pytest.raises(FormatRefused) as caught:
        parse_control(control)
    assert says in caught.value.message.en
    assert caught.value.advice is not None
    for text in (caught.value.advice.en, caught.value.advice.zh):
        assert "elgato://" in text


def test_a_password_in_a_control_never_shows():
    with pytest.raises(FormatRefused) as caught:
        parse_control("elgato://op:hunter2@10.0.0.5")
    assert "hunter2" not in str(caught.value.message)


@given(st.text() | st.text("elgatosacn:/?=&0123456789.-[]@"))
def test_no_text_breaks_the_parser(control: str):
    for text in (control, f"sacn://{control}", f"elgato://{control}"):
        with contextlib.suppress(FormatRefused):
            parse_control(text)


STUDIO = """\
name = "room-1"
[lamps.key]
control = "elgato://192.168.1.20:9123"
kelvin = 5500
[lamps.fill]
control = "sacn://1/5"
output = 0.6
dmx_universe_is_ours = true
[lamps.blinds]
kind = "window"
"""


def test_lamps_are_read_from_a_studio_file_and_written_back(tmp_path: Path):
    path = tmp_path / "studio.toml"
    path.write_text(STUDIO, "utf-8")
    studio = load_studio(path)
    assert studio.lamps["key"] == LampRole(control="elgato://192.168.1.20:9123", kelvin=5500)
    assert studio.lamps["fill"].dmx_universe_is_ours
    again = tmp_path / "again.toml"
    again.write_text(studio_toml(studio), "utf-8")
    assert load_studio(again) == studio


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("output = 1.5", "lamps.key.output"),
        ("output = 0", "greater than 0"),
        ("kelvin = 500", "lamps.key.kelvin"),
        ('kind = "rim"', "'key'"),
        ('contrl = "x"', "did you mean control"),
        ('control = ""', "must not be empty"),
    ],
)
def test_a_wrong_lamp_is_named_with_its_key_path(tmp_path: Path, line: str, names: str):
    path = tmp_path / "studio.toml"
    path.write_text(f'name = "r"\n[lamps.key]\n{line}\n', "utf-8")
    with pytest.raises(StudioError) as caught:
        load_studio(path)
    assert names in caught.value.message.en


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("key", "key"), ("Fill-2", "fill"), ("hair", "back"), ("backlight", "back"),
        ("background-left", "background"), ("主光", "key"), ("补光", "fill"), ("轮廓光", "back"),
        ("背景光", "background"), ("blinds", "window"), ("desk", "other"),
    ],
)  # fmt: skip
def test_a_lamp_s_name_says_what_it_is_for(name: str, kind: str):
    assert lamp_kind(name, LampRole()) == kind
    assert lamp_kind(name, LampRole(kind="other")) == "other"


# ---------------------------------------------------------------- drivers, not opened


def dmx(control: str, **more: object) -> LampRole:
    settings = {"output": 0.8, "dmx_universe_is_ours": True, **more}
    return LampRole(control=control, **settings)  # type: ignore[arg-type]


def test_every_driver_crosses_to_another_process_unopened():
    lamps = lamps_for(
        {
            "key": LampRole(control="elgato://192.0.2.1"),
            "fill": dmx("artnet://192.0.2.2/0/1"),
            "back": dmx("sacn://1/1"),
            "window": LampRole(),
        }
    )
    assert set(lamps) == {"key", "fill", "back"}, "a lamp without control is switched by hand"
    for lamp in pickle.loads(pickle.dumps(lamps)).values():  # noqa: S301 - ours
        assert isinstance(lamp, Lamp)
        lamp.restore()  # nothing was changed: nothing is sent, nothing is looked up


def test_lamps_of_one_universe_share_one_sender_in_another_process_too():
    lamps = lamps_for(
        {"key": dmx("sacn://1/1"), "fill": dmx("sacn://1/2"), "far": dmx("sacn://2/1")}
    )
    key, fill, far = pickle.loads(pickle.dumps(lamps)).values()  # noqa: S301 - ours
    assert key.universe is fill.universe is not far.universe
    assert key.universe.resting == {1: 204, 2: 204}


@pytest.mark.parametrize(
    ("roles", "error", "says"),
    [
        ({"key": LampRole(control="elgato:/x")}, FormatRefused, "lamps.key.control"),
        ({"a": dmx("sacn://1/5"), "b": dmx("sacn://1/4?fine=1")}, FormatRefused, "lamps.a and lamps.b"),
        ({"a": LampRole(control="elgato://h"), "b": LampRole(control="elgato://H/0")}, FormatRefused, "lamps.a and lamps.b"),
        ({"a": dmx("artnet://h/0/1"), "b": dmx("artnet://h/0/2", dmx_universe_is_ours=False)}, PermissionDenied, "switch them off"),
        ({"a": dmx("artnet://h/0/1", output=None)}, PermissionDenied, "output"),
        ({"a": dmx("sacn://1/1?cct=2&range=2700-6500")}, PermissionDenied, "kelvin"),
    ],
)  # fmt: skip
def test_a_rig_that_would_harm_the_set_is_refused_before_anything_is_sent(roles, error, says):
    with pytest.raises(error) as caught:
        lamps_for(roles)
    assert says in caught.value.message.en
    assert caught.value.advice is not None


# ---------------------------------------------------------------- channels


@given(st.integers(1, 500), st.booleans(), st.floats(0, 1), st.floats(*WARM_COLD), st.booleans())
def test_a_setting_survives_the_channels_but_for_their_steps(
    channel, fine, output, kelvin, cold_first
):
    span = WARM_COLD[::-1] if cold_first else WARM_COLD
    fixture = Fixture(channel, fine, channel + 7, span)
    read = fixture.reading(laid_over(b"", fixture.levels(output, kelvin)))
    assert read.output == pytest.approx(output, abs=0.51 / (65535 if fine else 255))
    assert read.kelvin == pytest.approx(kelvin, abs=0.51 * 3800 / 255)
    assert read.on is (read.output > 0)
    assert not read.verified


@given(levels, st.dictionaries(st.integers(1, 512), st.integers(0, 255), max_size=6))
def test_a_lamp_s_channels_change_and_no_other(base: bytes, held: dict[int, int]):
    look = laid_over(base, held)
    assert len(look) == max([len(base), *held])
    for channel, value in enumerate(look, 1):
        before = base[channel - 1] if channel <= len(base) else 0
        assert value == held.get(channel, before)


@given(st.lists(levels, min_size=1, max_size=4))
def test_the_highest_takes_precedence(looks: list[bytes]):
    merged = highest(looks)
    for channel, value in enumerate(merged):
        assert value == max(look[channel] for look in looks if channel < len(look))


# ---------------------------------------------------------------- packets


@given(st.integers(0, 32767), levels, st.integers(1, 255))
def test_an_artdmx_packet_reads_back_as_it_was(universe: int, look: bytes, sequence: int):
    packet = art_dmx(universe, look, sequence)
    padded = look + bytes(len(look) % 2)
    assert read_art_dmx(packet) == ArtDmx(universe, padded, sequence)
    assert len(packet) == 18 + len(padded)


def test_an_artdmx_packet_is_that_of_the_specification():
    packet = art_dmx(0x0102, bytes([1, 2, 3]), 9)
    assert packet == b"Art-Net\0\x00\x50\x00\x0e\x09\x00\x02\x01\x00\x04\x01\x02\x03\x00"


packets = st.builds(
    DataPacket, st.uuids(), st.text(max_size=15).filter(lambda s: "\0" not in s),
    st.integers(1, 63999), st.integers(0, 200), st.integers(0, 255), levels, st.booleans(),
    st.booleans(),
)  # fmt: skip


@given(packets)
def test_an_e131_packet_reads_back_as_it_was(packet: DataPacket):
    assert read_e131(e131_data(packet)) == packet


@given(st.text("灯光a", min_size=30, max_size=70))
def test_a_long_source_name_stays_whole_utf8_with_its_end(name: str):
    wire = e131_data(DataPacket(UUID(int=1), name, 1, 100, 0, b"\0"))
    assert wire[107] == 0
    assert name.startswith(wire[44:108].rstrip(b"\0").decode())


@given(st.binary(max_size=700) | packets.map(e131_data), st.integers(0, 700), st.binary(max_size=3))
def test_no_packet_breaks_the_readers(data: bytes, at: int, noise: bytes):
    for packet in (data, data[:at], data[:at] + noise + data[at + len(noise) :]):
        read_e131(packet)
        read_art_dmx(packet)
        read_art_dmx(b"Art-Net\0\x00\x50" + packet)


@pytest.mark.parametrize(
    ("universe", "group"), [(1, "239.255.0.1"), (256, "239.255.1.0"), (63999, "239.255.249.255")]
)
def test_a_universe_has_its_multicast_group(universe: int, group: str):
    assert SacnWire(universe, UUID(int=1), ours=False, port=5568).group == group


def test_studios_without_lamps_stay_as_they_were():
    assert Studio(name="r").lamps == {}
