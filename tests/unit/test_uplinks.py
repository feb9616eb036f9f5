"""What a studio file may say about an uplink, and what comes of it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.capture import Uplink
from studiocheck.core.errors import SourceError
from studiocheck.core.network import StreamPlan
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.network.iperf3_upload import Iperf3Upload
from studiocheck.sources.network.speedtest_upload import SpeedtestUpload
from studiocheck.sources.network.upload import HttpUpload, TcpUpload
from studiocheck.sources.network.upload_target import UploadTarget
from studiocheck.sources.uplinks import uplink_for


def ignore(_: float) -> None:
    """Nobody watches the progress."""


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("https://up.example/up?k=1", HttpUpload("https://up.example/up?k=1", "eth0", 9.0)),
        ("http://up.example:8080/", HttpUpload("http://up.example:8080/", "eth0", 9.0)),
        ("tcp://up.example:7001", TcpUpload("up.example", 7001, "eth0", 9.0)),
        ("tcp://[::1]:7001", TcpUpload("::1", 7001, "eth0", 9.0)),
        ("speedtest", SpeedtestUpload("eth0")),
        ("iperf3://up.example", Iperf3Upload("up.example", 5201, "eth0", 9.0)),
        ("iperf3://up.example:7001", Iperf3Upload("up.example", 7001, "eth0", 9.0)),
        (
            "librespeed:https://speed.example",
            HttpUpload("https://speed.example/backend/empty.php", "eth0", 9.0),
        ),
        (
            "librespeed:https://speed.example/own/empty.php",
            HttpUpload("https://speed.example/own/empty.php", "eth0", 9.0),
        ),
    ],
)
def test_a_target_becomes_the_upload_that_measures_it(target: str, meant: UploadTarget):
    plan = StreamPlan(enough_mbit_s=9.0)
    assert uplink_for(UplinkRole(interface="eth0", target=target), plan).target == meant


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (None, "no target"),
        ("rtmp://live.example/app/secret-key", "rtmp:// targets are not measured"),
        ("srt://live.example:9998", "srt:// targets are not measured"),
        ("iperf3://host:99999", "not one that can be measured"),
        ("tcp://no-port.example", "not one that can be measured"),
        ("tcp://host:99999", "not one that can be measured"),
        ("https://", "not one that can be measured"),
        ("up.example", "not one that can be measured"),
        ("librespeed:tcp://host:1", "not one that can be measured"),
        ("https://[::1", "not one that can be measured"),
    ],
)
def test_what_cannot_be_measured_says_so_only_when_it_is_asked_to(target: str | None, says: str):
    uplink = uplink_for(UplinkRole(target=target))
    with pytest.raises(SourceError, match=says) as refused:
        uplink.upload(1.0, ignore)
    assert refused.value.advice is not None
    assert "target =" in refused.value.advice.en
    assert "secret" not in refused.value.message.en + refused.value.message.zh


@given(st.text(min_size=1, max_size=40))
def test_no_target_whatsoever_crashes_the_factory(text: str):
    uplink = uplink_for(UplinkRole(target=text))
    assert isinstance(uplink, Uplink)
    again = pickle.loads(pickle.dumps(uplink))  # noqa: S301 - bytes of our own
    assert type(again) is type(uplink)


def test_the_link_of_an_uplink_without_a_measurable_target_is_still_looked_at():
    uplink = uplink_for(UplinkRole(target="rtmp://127.0.0.1/app"))
    assert uplink.link().medium == "loopback"
