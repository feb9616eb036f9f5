"""Tests of what may be published where, and of what may never be read."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.cli.room import Room, with_consent
from studiocheck.core.errors import (
    NotConsented,
    PermissionDenied,
    SourceError,
    UsageError,
)
from studiocheck.core.secret import Secret
from studiocheck.core.studio import Studio
from studiocheck.engine.devices import Wiring
from studiocheck.sources.broadcast.consent import allowed
from studiocheck.sources.broadcast.ingest_address import ingest_address
from studiocheck.sources.secrets import read_secret, variable_of

HOSTS = st.from_regex(r"[a-z0-9.-]{1,30}", fullmatch=True)


@given(HOSTS)
def test_no_host_is_published_to_unless_somebody_says_so(host: str) -> None:
    plain = host.rstrip(".")
    known = ("twitch.tv", "contribute.live-video.net", "restream.io")
    if plain.endswith(known):
        return
    with pytest.raises(NotConsented):
        allowed(host, ours=False, key=Secret("k"), consented=frozenset({"x" + host}))


@pytest.mark.parametrize(
    ("host", "key", "with_it"),
    [
        ("live.twitch.tv", "live_1", "live_1?bandwidthtest=true"),
        ("LIVE.Twitch.TV.", "live_1?a=b", "live_1?a=b&bandwidthtest=true"),
        ("fra05.contribute.live-video.net", "k?bandwidthtest=false", "k?bandwidthtest=true"),
        ("a1.global-contribute.live-video.net", "sk_1", "sk_1?bandwidthtest=true"),
        ("live.restream.io", "re_1", "re_1?test=true"),
    ],
)
def test_platforms_with_a_mode_off_air_get_it_whatever_the_key_says(
    host: str, key: str, with_it: str
) -> None:
    why, used = allowed(host, ours=False, key=Secret(key), consented=frozenset({host}))
    assert (why, used.reveal()) == ("test", with_it)


@pytest.mark.parametrize("host", ["nottwitch.tv", "twitch.tv.evil.example", "restream.io.cn"])
def test_a_name_that_only_looks_like_a_platform_needs_consent(host: str) -> None:
    with pytest.raises(NotConsented):
        allowed(host, ours=False, key=Secret("k"), consented=frozenset())


def test_consent_names_one_host_and_no_other() -> None:
    named = frozenset({"Live.Example"})
    assert allowed("live.example", ours=False, key=Secret("k"), consented=named)[0] == "named"
    with pytest.raises(NotConsented):
        allowed("sub.live.example", ours=False, key=Secret("k"), consented=named)


@pytest.mark.parametrize("said", ["", "rtmp://live.example/app", "live.example/app", "*", "a b"])
def test_a_consent_to_anything_but_one_host_is_a_mistake(said: str) -> None:
    place = Room(studio=Studio(name="room"), wiring=Wiring())
    with pytest.raises(UsageError):
        with_consent(place, [said])
    assert with_consent(place, ["live.example"]).wiring.consented == {"live.example"}


@given(st.text(min_size=1))
def test_a_secret_is_neither_printed_nor_pickled(value: str) -> None:
    secret = Secret(value)
    assert repr([secret]) == "[Secret(***)]"
    assert f"{secret}" == "***"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('live = "from the file"\n')
    file.chmod(0o600)
    assert read_secret("live", file).reveal() == "from the file"
    monkeypatch.setenv(variable_of("live"), "from outside")
    assert read_secret("live", file).reveal() == "from outside"


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such permissions")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_cures_it(
    tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('live = "k"\n')
    file.chmod(mode)
    with pytest.raises(PermissionDenied) as refused:
        read_secret("live", file)
    assert refused.value.advice is not None
    assert f"chmod 600 {file}" in refused.value.advice.en


@pytest.mark.parametrize("text", ['live = "se-cret', "se-cret", 'other = "se-cret"', "live = 7"])
def test_a_secret_that_is_not_there_is_not_quoted_from_beside_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(SourceError) as refused:
        read_secret("live", file)
    said = (refused.value.message, refused.value.advice, refused.value.__cause__)
    assert "se-cret" not in repr(said)


def test_a_key_in_place_of_its_name_is_not_repeated() -> None:
    with pytest.raises(SourceError) as refused:
        read_secret("live_104756_Rm9vQmFyQmF6UXV4Rm9vQmFyQmF6", None)
    assert "Rm9v" not in repr((refused.value.message, refused.value.advice))


def test_an_address_is_shown_without_what_may_be_a_key() -> None:
    address = ingest_address("rtmps://user:word@push.example:1936/app/live_123?auth=x")
    assert address.shown == "rtmps://push.example:1936/app/…"
    assert address.told == "rtmps://push.example:1936/app/live_123?auth=x"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rtmp://",
        "rtmp://host",
        "rtmp://host:99999/a",
        "http://host/a",
        "rtmp://[::/a",
        "srt://host",
    ],
)
def test_what_is_no_address_is_refused_with_advice(url: str) -> None:
    with pytest.raises(SourceError) as refused:
        ingest_address(url)
    assert refused.value.advice is not None


def test_the_options_of_srt_may_be_a_passphrase_and_are_never_shown() -> None:
    address = ingest_address("srt://host:9000?passphrase=se-cret")
    assert address.shown == "srt://host:9000"
