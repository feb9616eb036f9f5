"""Test broadcasts to the servers that the world uses; skipped, visibly, where they are not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import av
import pytest

from studiocheck.core.evidence import Captured
from studiocheck.core.network import BroadcastEvidence, IngestEvidence, StreamPlan
from studiocheck.core.secret import Secret
from studiocheck.measure.network.backlog import delivery
from studiocheck.sources.broadcast.broadcast import broadcast
from studiocheck.sources.broadcast.ingest_address import ingest_address
from tests.e2e.real_ingests import RealIngest, nginx, node_media_server

pytestmark = pytest.mark.slow

PLAN = StreamPlan(bitrate_mbit_s=6.0, width=1280, height=720, keyframe_s=1.0)


@pytest.fixture
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, RealIngest]]:
    start: Callable[[Path], AbstractContextManager[RealIngest]] = request.param
    with start(tmp_path) as made:
        yield start.__name__, made


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RealIngest]:
    with nginx(tmp_path) as made:
        yield made


def publish(address: str, seconds: float, key: str, *, ask_kernel: bool = True) -> Captured:
    return broadcast(
        ingest_address(address),
        PLAN,
        seconds,
        lambda _: None,
        key=lambda: Secret(key),
        consented=frozenset({"127.0.0.1"}),
        ask_kernel=ask_kernel,
    )


class Viewer(threading.Thread):
    """Somebody who watches, from a second after the start."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address = address
        self.pictures: list[tuple[int, int]] = []
        self.sounds = 0

    def run(self) -> None:
        threading.Event().wait(1.0)
        with av.open(self._address, timeout=8) as stream:
            for packet in stream.demux():
                for frame in packet.decode():
                    if isinstance(frame, av.VideoFrame):
                        self.pictures.append((frame.width, frame.height))
                    else:
                        self.sounds += 1
                if len(self.pictures) >= 45:
                    return


@pytest.mark.parametrize("real", [nginx, node_media_server], indirect=True)
def test_a_real_server_takes_the_stream_and_a_viewer_sees_it(
    real: tuple[str, RealIngest],
) -> None:
    name, far = real
    viewer = Viewer(far.address() + "/test")
    viewer.start()
    captured = publish(far.address(), 6, "test")
    viewer.join(8)
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence), captured
    assert found.stopped == "time"
    assert delivery(found).backlog_max_s < 0.5
    assert len(viewer.pictures) >= 45
    assert set(viewer.pictures) == {(1280, 720)}
    assert viewer.sounds
    if name == "nginx":
        assert far.received_bytes() * 8e-6 / 6 == pytest.approx(6.0, rel=0.02)


@pytest.mark.parametrize(
    ("real", "progress"),
    [(nginx, "peer"), (node_media_server, "socket")],
    indirect=["real"],
)
def test_where_the_kernel_says_nothing_the_servers_acknowledgements_are_used_if_it_sends_any(
    real: tuple[str, RealIngest], progress: str
) -> None:
    captured = publish(real[1].address(), 4, "test", ask_kernel=False)
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence), captured
    assert (found.stopped, found.progress) == ("time", progress)
    assert delivery(found).backlog_max_s < 0.5


@pytest.mark.parametrize(
    ("app", "key", "step"),
    [("guarded", "wr-ong", "publish"), ("closed", "good", "publish"), ("none", "good", "connect")],
)
def test_what_nginx_refuses_fails_with_its_step(
    guarded: RealIngest, app: str, key: str, step: str
) -> None:
    captured = publish(guarded.address(app), 5, key)
    found = captured.evidence
    ingest = found.ingest if isinstance(found, BroadcastEvidence) else found
    assert isinstance(ingest, IngestEvidence)
    assert (ingest.step, ingest.refused) == (step, True)
    assert captured.problem is not None
    assert "wr-ong" not in repr(captured)


def test_nginx_lets_in_who_has_the_right_key(guarded: RealIngest) -> None:
    captured = publish(guarded.address("guarded"), 3.5, "good")
    assert captured.problem is None
