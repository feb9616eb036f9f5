"""A platform's row is judged as far as it is to be trusted, and never green where it is unknown."""

from __future__ import annotations

import pytest

from studiocheck.checks.net_platform import CHECK
from studiocheck.core.case import Case
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import Stream, Studio, Targets, UplinkRole, Video
from studiocheck.profile.platforms import platforms
from studiocheck.report.platforms import platform_lines

ROOM = Studio(name="room")


def case(platform=None, bitrate=6.0, keyframe=2.0, ingest=None, video=None):
    stream = Stream(bitrate_mbit_s=bitrate, keyframe_s=keyframe, platform=platform)
    targets = Targets(stream=stream, video=video or Video())
    return Case(role="primary", binding=UplinkRole(ingest=ingest), targets=targets, captured={})


def verdict(*args, **more):
    return CHECK.assess(case(*args, **more)).verdict


def test_sound_has_room_beside_a_ceiling_of_video():
    assert verdict("twitch", 6.3) is Verdict.PASS
    assert verdict("twitch", 6.4) is Verdict.FAIL


def test_what_blogs_say_is_never_more_than_a_reason_to_look():
    found = CHECK.assess(case("douyin", 20.0))
    assert found.verdict is Verdict.MARGINAL
    assert "own page" in found.advice.en
    assert "blogs" in found.note.en


def test_more_than_advised_is_no_failure():
    assert verdict("youtube", 20.0) is Verdict.MARGINAL
    assert verdict("youtube", 60.0) is Verdict.FAIL


def test_a_portrait_picture_is_held_against_the_row_of_its_width():
    portrait = Video(width=1080, height=1920, fps=30)
    assert verdict("facebook", 6.1, video=portrait) is Verdict.PASS
    assert verdict("facebook", 7.0, video=portrait) is Verdict.FAIL
    assert verdict("facebook", 7.0, video=Video(fps=60)) is Verdict.PASS


def test_a_longer_key_frame_interval_than_asked_is_to_be_looked_at():
    found = CHECK.assess(case("twitch", keyframe=4.0))
    assert found.verdict is Verdict.MARGINAL
    assert "2 s" in found.advice.en
    assert verdict("twitch", keyframe=1.0) is Verdict.PASS


def test_what_is_not_known_of_a_platform_is_said():
    assert "no bitrate is known" in CHECK.assess(case("amazon-ivs")).note.en


@pytest.mark.parametrize("name", ["taobao", "微信视频号"])
def test_a_platform_that_publishes_nothing_asks_the_user(name):
    with pytest.raises(NotAsked, match="bitrate_mbit_s") as asked:
        CHECK.assess(case(name))
    assert asked.value.optional


def test_a_name_that_is_misspelt_is_not_green():
    with pytest.raises(Unmeasurable) as unknown:
        CHECK.assess(case("twich"))
    assert "did you mean twitch" in unknown.value.advice.en


def test_the_ingest_names_the_platform_where_nobody_does():
    assert verdict(ingest="rtmps://a.rtmps.youtube.com:443/live2", bitrate=60.0) is Verdict.FAIL
    with pytest.raises(NotAsked, match="twitch or amazon-ivs"):
        CHECK.assess(case(ingest="rtmps://fra05.contribute.live-video.net/app"))
    with pytest.raises(NotAsked, match=r"push\.example\.com"):
        CHECK.assess(case(ingest="rtmp://push.example.com/live"))


@pytest.mark.parametrize(
    ("ingest", "asked"),
    [
        (None, False),
        ("rtmp://192.168.1.9/live", False),
        ("rtmp://[fd00::9]/live", False),
        ("rtmp://encoder/live", False),
        ("sim:primary", False),
        ("rtmp://push.example.com/live", True),
    ],
)
def test_a_room_of_ones_own_is_no_platform(ingest, asked):
    binding = UplinkRole(ingest=ingest)
    assert CHECK.applies(binding, ROOM, Targets()) is asked
    assert CHECK.applies(binding, ROOM, Targets(stream=Stream(platform="twitch")))


def test_every_row_names_sources_that_there_are_and_says_something_in_both_languages():
    table = platforms()
    ids = [platform.id for platform in table.platforms]
    assert len(ids) == len(set(ids))
    for platform in table.platforms:
        lines = list(platform_lines(platform, table.sources))
        assert len(lines) >= 2
        assert bool(platform.hosts) == (platform.hosts_source is not None)
        for rate in platform.rates:
            assert (rate.maximum is None) != (rate.advised is None)
            assert rate.advised is None or rate.advised[0] <= rate.advised[1]
