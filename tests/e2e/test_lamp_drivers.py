"""Lamps switched over real sockets, against servers that hold the drivers to the specifications."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studiocheck.core.capture import Lamp
from studiocheck.core.errors import (
    ConnectionCut,
    DeviceBusy,
    DeviceGone,
    FormatRefused,
    NetworkRefused,
    PermissionDenied,
    SourceError,
    SourceTimeout,
)
from studiocheck.core.studio import LampRole
from studiocheck.sources.lamps import hearing, universe
from studiocheck.sources.lamps.elgato import EXCHANGE_S, ElgatoLamp
from studiocheck.sources.lamps.rig import lamps_for
from studiocheck.sources.lamps.switchboard import switching
from tests.e2e.lamp_servers import (
    Elgato,
    Receiver,
    artnet_controller,
    artnet_node,
    elgato,
    free_udp_port,
    sacn_console,
    sacn_receiver,
    sacn_unicast_receiver,
    until,
)

pytestmark = pytest.mark.slow
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="multicast and broadcast on the loopback interface"
)


def key_at(device: Elgato, number: int = 0) -> LampRole:
    return LampRole(control=f"elgato://127.0.0.1:{device.port}/{number}")


def lamp_at(device: Elgato, number: int = 0) -> Lamp:
    return lamps_for({"key": key_at(device, number)})["key"]


@contextlib.contextmanager
def restored(lamps: dict[str, Lamp]) -> Iterator[dict[str, Lamp]]:
    try:
        yield lamps
    finally:
        for lamp in lamps.values():
            lamp.restore()


# ---------------------------------------------------------------- Elgato


def test_an_elgato_tells_its_state_in_kelvin_and_shares():
    with elgato({"on": 1, "brightness": 17, "temperature": 200}) as device:
        state = lamp_at(device).state()
    assert (state.on, state.output, state.verified) == (True, 0.17, True)
    assert state.kelvin == pytest.approx(5000)


def test_an_elgato_is_set_read_back_and_restored_to_the_digit():
    found = {"on": 0, "brightness": 2, "temperature": 344}
    with elgato(found) as device:
        lamp = lamp_at(device)
        state = lamp.set(on=True, output=0.8, kelvin=5500)
        assert device.lights == [{"on": 1, "brightness": 80, "temperature": 182}]
        assert (state.on, state.output, state.verified) == (True, 0.8, True)
        assert lamp.set(on=False).output == 0.8
        lamp.restore()
        assert device.lights == [found]
        lamp.restore()


def test_output_zero_is_off_and_the_dimmest_is_three_percent():
    with elgato({"on": 1, "brightness": 50, "temperature": 200}) as device:
        lamp = lamp_at(device)
        assert not lamp.set(output=0).on
        assert device.lights[0]["brightness"] == 50
        assert lamp.set(on=True, output=0.01).output == 0.03
        lamp.restore()


def test_the_second_light_of_a_device_is_switched_and_the_first_left_alone():
    first = {"on": 1, "brightness": 40, "temperature": 250}
    with elgato(first, {"on": 0, "brightness": 10, "temperature": 150}) as device:
        lamp_at(device, 1).set(on=True)
        assert device.lights == [first, {"on": 1, "brightness": 10, "temperature": 150}]


def test_a_coloured_strip_has_no_kelvin_and_gets_its_colour_back():
    found = {"on": 1, "brightness": 40, "hue": 120, "saturation": 90}
    with elgato(found) as device:
        lamp = lamp_at(device)
        assert lamp.state().kelvin is None
        with pytest.raises(FormatRefused, match="no colour temperature"):
            lamp.set(kelvin=5000)
        lamp.set(on=False)
        device.lights[0].update(hue=1, saturation=1)
        lamp.restore()
        assert device.lights == [found]


@pytest.mark.parametrize("kelvin", [2000, 10000, 0])
def test_a_kelvin_beyond_the_lamp_is_refused_with_its_range_and_nothing_is_sent(kelvin: int):
    with elgato() as device:
        with pytest.raises(FormatRefused, match="2900 K to 7000 K"):
            lamp_at(device).set(kelvin=kelvin)
        assert device.orders == []


def test_an_order_that_the_light_drops_is_sent_again():
    with elgato(mood="drops one") as device:
        assert lamp_at(device).set(on=True).on
        assert len(device.orders) == 2


def test_a_lamp_that_ignores_what_it_is_told_is_named_with_what_it_reports():
    with elgato(mood="deaf") as device:
        begin = time.monotonic()
        with pytest.raises(FormatRefused) as caught:
            lamp_at(device).set(on=True, output=0.9)
    assert time.monotonic() - begin < 4
    for word in ("lamps.key", "90 %", "20 %"):
        assert word in caught.value.message.en
        assert word in caught.value.message.zh


@pytest.mark.parametrize(
    ("mood", "error", "says"),
    [
        ("404", FormatRefused, "HTTP 404"),
        ("500", FormatRefused, "HTTP 500"),
        ("not json", FormatRefused, "not JSON"),
        ("nested", FormatRefused, "not JSON"),
        ("huge", FormatRefused, "not JSON"),
        ("no lights", FormatRefused, "no lights"),
        ("empty", FormatRefused, "no lights"),
        ("words", FormatRefused, "its on is 'yes'"),
        ("nan", FormatRefused, "its brightness is nan"),
        ("hangs up", ConnectionCut, "hung up"),
    ],
)
def test_what_is_no_elgato_is_told_apart(mood: str, error: type[SourceError], says: str):
    with elgato(mood=mood) as device, pytest.raises(error) as caught:
        lamp_at(device).set(on=True)
    assert says in caught.value.message.en
    assert "lamps.key" in caught.value.message.zh
    assert caught.value.advice is not None


@pytest.mark.parametrize("mood", ["hangs", "drips"])
def test_a_light_that_never_finishes_its_answer_is_a_timeout(mood: str):
    with elgato(mood=mood) as device:
        begin = time.monotonic()
        with pytest.raises(SourceTimeout, match="does not answer"):
            lamp_at(device).state()
        assert time.monotonic() - begin < EXCHANGE_S + 1


def test_a_dead_port_a_missing_name_and_a_missing_light_are_said_at_once():
    begin = time.monotonic()
    with pytest.raises(NetworkRefused, match="nobody listens"):
        ElgatoLamp("lamps.key", "127.0.0.1", 1).state()
    with pytest.raises(NetworkRefused, match="cannot be resolved"):
        ElgatoLamp("lamps.key", "no-such-lamp..invalid").state()
    with elgato() as device, pytest.raises(FormatRefused, match="1 light"):
        lamp_at(device, 1).state()
    assert time.monotonic() - begin < 10


def test_a_lamp_that_cannot_be_put_back_says_how_it_was():
    with elgato({"on": 1, "brightness": 40, "temperature": 200}) as device:
        lamp = lamp_at(device)
        lamp.set(on=False)
        device.mood = "deaf"
        with pytest.raises(FormatRefused) as caught:
            lamp.restore()
    assert "on, 40 %, 5000 K" in caught.value.message.en
    assert "开、亮度 40 %、5000 K" in caught.value.message.zh


# ---------------------------------------------------------------- Art-Net


def on_node(node: Receiver, channel: int, **more: Any) -> LampRole:
    control = f"artnet://127.0.0.1:{node.port}/{node.universe}/{channel}"
    settings = {"output": 0.8, "dmx_universe_is_ours": True, **more}
    return LampRole(control=control, **settings)


def test_on_a_universe_of_our_own_one_lamp_changes_and_the_others_stay_at_rest():
    with artnet_node() as node:
        lamps = lamps_for({"key": on_node(node, 1), "fill": on_node(node, 3, output=0.4)})
        with restored(lamps):
            assert lamps["key"].state().output == pytest.approx(0.8)
            assert node.frames == [], "looking is not touching"
            state = lamps["key"].set(on=False)
            assert (state.on, state.output, state.verified) == (False, pytest.approx(0.8), False)
            assert until(lambda: node.look == bytes([0, 0, 102, 0]))
            lamps["fill"].set(output=1.0)
            assert until(lambda: node.look == bytes([0, 0, 255, 0]))
            lamps["key"].set(on=True)
            assert until(lambda: node.look == bytes([204, 0, 255, 0]))
        assert until(lambda: node.look == bytes([204, 0, 102, 0])), "at rest again"
        count = len(node.frames)
        time.sleep(0.4)
        assert len(node.frames) == count, "nobody sends any more"
        assert node.complaints == []


def test_frames_come_often_enough_for_nodes_and_no_faster_than_dmx():
    with artnet_node() as node:
        lamps = lamps_for({"key": on_node(node, 1)})
        with restored(lamps):
            lamps["key"].set(output=0.1)
            time.sleep(1.2)
            for step in range(15):
                lamps["key"].set(output=0.2 + step / 20)
        gaps = [b.at_s - a.at_s for a, b in zip(node.frames, node.frames[1:], strict=False)]
        assert max(gaps) < 0.6, "nodes time out after one second"
        assert len(gaps) / sum(gaps) <= 41
        assert node.complaints == []


@linux
def test_art_net_keeps_its_hands_off_a_universe_that_somebody_drives():
    with artnet_node() as node, artnet_controller(node, 10, 20):
        time.sleep(0.3)
        with pytest.raises(DeviceBusy, match=r"driven by 127\.0\.0\.1"):
            lamps_for({"key": on_node(node, 1)})["key"].set(on=False)
        assert not [f for f in node.frames if f.levels[0] != 10], "not one frame of ours"


@linux
def test_art_net_lets_go_when_another_controller_begins():
    with artnet_node() as node:
        lamps = lamps_for({"key": on_node(node, 1)})
        with restored(lamps):
            lamps["key"].set(on=False)
            with artnet_controller(node, 10, 20):
                with pytest.raises(DeviceBusy):
                    until(lambda: lamps["key"].state() and False, 2.0)
                count = len(node.frames)
                time.sleep(0.4)
                assert len(node.frames) == count, "we are silent: they do not reach this socket"


def test_a_node_that_is_not_there_is_said_within_bounded_time():
    begin = time.monotonic()
    role = LampRole(
        control=f"artnet://127.0.0.1:{free_udp_port()}/0/1", output=1.0, dmx_universe_is_ours=True
    )
    lamp = lamps_for({"key": role})["key"]
    with pytest.raises(NetworkRefused, match="nobody listens"):
        lamp.set(on=False)
    with pytest.raises(NetworkRefused, match="was not put back"):
        lamp.restore()
    lamp.restore()
    assert time.monotonic() - begin < 6


def test_a_port_that_another_program_keeps_to_itself_is_named():
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as greedy:
        greedy.bind(("", 0))
        port = greedy.getsockname()[1]
        role = LampRole(
            control=f"artnet://127.0.0.1:{port}/0/1", output=1.0, dmx_universe_is_ours=True
        )
        with pytest.raises(DeviceBusy, match=f"holds UDP port {port}"):
            lamps_for({"key": role})["key"].state()


# ---------------------------------------------------------------- sACN


def on_sacn(receiver: Receiver, channel: int, options: str = "", **more: Any) -> LampRole:
    control = f"sacn://{receiver.universe}:{receiver.port}/{channel}?interface=127.0.0.1{options}"
    return LampRole(control=control, **more)


@linux
def test_beside_a_console_only_our_lamp_changes_and_the_console_is_back_at_once():
    with sacn_receiver() as stage, sacn_console(stage, 10, 200, 30, 40) as desk:
        lamps = lamps_for({"key": on_sacn(stage, 2)})
        with restored(lamps):
            found = lamps["key"].state()
            assert (found.on, found.verified) == (True, False)
            assert found.output == pytest.approx(200 / 255)
            lamps["key"].set(on=False)
            assert until(lambda: stage.stage[:4] == [10, 0, 30, 40])
            desk.levels[3] = 99
            assert until(lambda: stage.stage[:4] == [10, 0, 30, 99]), "their faders stay live"
            assert {f.priority for f in stage.strangers(desk.source)} == {101}
        assert until(lambda: stage.stage[:4] == [10, 200, 30, 99], 0.5), "no waiting for a timeout"
        ours = stage.strangers(desk.source)
        assert [f.ended for f in ours][-4:] == [False, True, True, True]
        for frame in ours:
            assert frame.levels[0] == 10, "no frame ever blanked a channel that is not ours"
            assert frame.levels[2] == 30
        assert stage.complaints == []


@linux
def test_without_a_console_and_without_consent_nothing_is_sent():
    with sacn_receiver() as stage:
        begin = time.monotonic()
        lamp = lamps_for({"key": on_sacn(stage, 2)})["key"]
        with pytest.raises(PermissionDenied) as caught:
            lamp.set(on=False)
        assert "dmx_universe_is_ours" in (caught.value.advice.en if caught.value.advice else "")
        assert time.monotonic() - begin < hearing.LISTEN_S + 1
        assert stage.frames == []


@linux
def test_on_our_own_sacn_universe_a_console_that_wakes_up_wins():
    with sacn_receiver() as stage:
        lamps = lamps_for({"key": on_sacn(stage, 1, output=0.5, dmx_universe_is_ours=True)})
        with restored(lamps):
            lamps["key"].set(output=1.0)
            assert stage.channel(1) == 255
            with sacn_console(stage, 77) as desk:
                assert until(lambda: stage.channel(1) == 77)
                with pytest.raises(DeviceBusy, match="Desk FOH"):
                    until(lambda: lamps["key"].state() and False, 3.0)
                assert stage.strangers(desk.source)[-1].ended
        assert stage.complaints == []


@linux
def test_a_console_at_the_highest_priority_is_not_argued_with():
    with sacn_receiver() as stage, sacn_console(stage, 77, priority=200) as desk:
        with pytest.raises(DeviceBusy, match="Desk FOH"):
            lamps_for({"key": on_sacn(stage, 1)})["key"].set(on=False)
        assert stage.strangers(desk.source) == []


@pytest.mark.slow
@linux
def test_a_universe_is_held_twice_in_a_row():
    with sacn_receiver() as stage, sacn_console(stage, 10, 200):
        lamps = lamps_for({"key": on_sacn(stage, 2)})
        for output in (0.0, 1.0):
            lamps["key"].set(output=output)
            assert until(lambda wanted=255 * output: stage.channel(2) == wanted)
            lamps["key"].restore()
            assert until(lambda: stage.channel(2) == 200)
        assert stage.complaints == []


def test_sacn_unicast_with_fine_channel_and_colour():
    with sacn_unicast_receiver() as gateway:
        control = f"sacn://127.0.0.1:{gateway.port}/{gateway.universe}/5"
        role = LampRole(
            control=f"{control}?fine=1&cct=8&range=2700-6500&interface=127.0.0.1",
            output=0.5, kelvin=4600, dmx_universe_is_ours=True,
        )  # fmt: skip
        lamps = lamps_for({"key": role})
        with restored(lamps):
            state = lamps["key"].set(kelvin=6500)
            assert (state.output, state.kelvin) == (pytest.approx(0.5, abs=1e-4), 6500)
            assert until(lambda: gateway.look == bytes([0, 0, 0, 0, 128, 0, 0, 255]))
            with pytest.raises(FormatRefused, match="2700 K to 6500 K"):
                lamps["key"].set(kelvin=7000)
        assert gateway.frames[-1].ended
        assert [f for f in gateway.frames if not f.ended][-1].levels[7] == 128
        assert gateway.complaints == []


@linux
def test_a_universe_that_nobody_asks_for_is_given_back(monkeypatch):
    monkeypatch.setattr(universe, "LONGEST_SILENCE_S", 0.5)
    with sacn_receiver() as stage, sacn_console(stage, 10, 200):
        lamps = lamps_for({"key": on_sacn(stage, 2)})
        with restored(lamps):
            lamps["key"].set(on=False)
            assert stage.channel(2) == 0
            assert until(lambda: stage.channel(2) == 200)
            with pytest.raises(SourceTimeout, match="given back"):
                lamps["key"].state()


# ---------------------------------------------------------------- in a child, whatever happens


@linux
def test_all_lamps_are_put_back_after_an_exception_in_the_middle():
    found = {"on": 1, "brightness": 20, "temperature": 213}
    with elgato(found) as device, artnet_node() as node:
        lamps = lamps_for({"key": key_at(device), "fill": on_node(node, 1)})

        def calibrate() -> None:
            with switching(lamps) as board:
                board.lamps["key"].set(on=False)
                assert not board.lamps["fill"].set(on=False).on
                assert device.lights[0]["on"] == 0
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            calibrate()
        assert device.lights == [found]
        assert until(lambda: node.look == bytes([204, 0]))


def test_an_error_of_a_lamp_crosses_with_both_languages_and_the_others_go_on():
    with elgato() as good, elgato(mood="404") as bad:
        lamps = lamps_for({"key": key_at(good), "fill": key_at(bad)})
        with switching(lamps) as board:
            with pytest.raises(FormatRefused) as caught:
                board.lamps["fill"].set(on=True)
            assert "不是 Elgato" in caught.value.message.zh
            assert board.lamps["key"].set(on=True).on
        assert good.lights[0]["on"] == 0


def test_leaving_says_which_lamp_could_not_be_put_back():
    with elgato() as device:
        left = contextlib.ExitStack()
        board = left.enter_context(switching(lamps_for({"key": key_at(device)})))
        board.lamps["key"].set(on=True)
        device.mood = "deaf"
        with pytest.raises(FormatRefused, match=r"lamps\.key was not put back"):
            left.close()
        assert set(board.not_put_back) == {"key"}


@linux
def test_the_main_process_pays_what_a_killed_child_owes():
    found = {"on": 1, "brightness": 20, "temperature": 213}
    with elgato(found) as device, sacn_receiver() as stage, sacn_console(stage, 10, 200):
        lamps = lamps_for({"key": key_at(device), "fill": on_sacn(stage, 2)})
        with switching(lamps) as board:
            board.lamps["key"].set(on=False)
            board.lamps["fill"].set(on=False)
            os.kill(board._process.pid, signal.SIGKILL)
            with pytest.raises(DeviceGone):
                board.lamps["key"].state()
            assert device.lights == [found]
            assert until(lambda: stage.channel(2) == 200, 0.5), "a farewell, not a timeout"


PARENT = """
import sys, time
from studiocheck.core.studio import LampRole
from studiocheck.sources.lamps.rig import lamps_for
from studiocheck.sources.lamps.switchboard import switching

if __name__ == "__main__":
    roles = {
        "key": LampRole(control=sys.argv[1]),
        "fill": LampRole(control=sys.argv[2], output=0.8, dmx_universe_is_ours=True),
    }
    with switching(lamps_for(roles)) as board:
        board.lamps["key"].set(on=False)
        board.lamps["fill"].set(on=False)
        print("dark", flush=True)
        time.sleep(60)
"""


@linux
@pytest.mark.parametrize("word", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_light_comes_back_when_the_program_is_killed(tmp_path: Path, word: signal.Signals):
    found = {"on": 1, "brightness": 20, "temperature": 213}
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    with elgato(found) as device, artnet_node() as node:
        control = f"artnet://127.0.0.1:{node.port}/{node.universe}/1"
        parent = subprocess.Popen(
            [sys.executable, str(script), f"elgato://127.0.0.1:{device.port}", control],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"dark\n"
            assert device.lights[0]["on"] == 0
            assert until(lambda: node.look == bytes([0, 0]))
            begin = time.monotonic()
            parent.send_signal(word)
            assert until(lambda: device.lights == [found])
            assert until(lambda: node.look == bytes([204, 0]))
            print(f"back {time.monotonic() - begin:.2f} s after {word.name}")
            time.sleep(1.0)  # its last frames are on their way
            count = len(node.frames)
            time.sleep(1.0)
            assert len(node.frames) == count, "the child is gone"
        finally:
            parent.kill()
            parent.communicate(timeout=30)
