"""Whatever a far end does: evidence or an error of ours, soon, and nothing is left open."""

from __future__ import annotations

import contextlib
import random
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from studiocheck.core.errors import NetworkRefused, StudioCheckError
from studiocheck.core.network import StreamPlan
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.uplinks import StudioUplink, uplink_for
from tests.e2e.hostile_end import ACTS, PATIENT_ACTS, HostileEnd
from tests.e2e.test_upload import certificate  # noqa: F401 - a fixture

PLAN = StreamPlan(bitrate_mbit_s=2.0, width=320, height=180, keyframe_s=1.0, enough_mbit_s=1.0)
OPERATIONS: dict[str, Callable[[StudioUplink], object]] = {
    "link": lambda uplink: uplink.link(),
    "route": lambda uplink: uplink.route(quietly),
    "upload": lambda uplink: uplink.upload(0.4, quietly),
    "ingest": lambda uplink: uplink.ingest(quietly),
    "broadcast": lambda uplink: uplink.broadcast(0.5, quietly),
    "sustain": lambda uplink: uplink.sustain(0.5, quietly),
}
UPLOADS, INGESTS = ("link", "route", "upload", "sustain"), ("ingest", "broadcast", "sustain")
# what CPython's wrap_socket was making when it failed, it leaves to be collected
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")


def quietly(_: float) -> None:
    """Nobody watches."""


def tls(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, pem.with_suffix(".key"))
    return context


def outcome(seed: int, acts: tuple[str, ...], secure: ssl.SSLContext) -> tuple[str, float]:
    """Meet one hostile end with one operation; return what raised and was not ours, and the time."""
    chance = random.Random(seed)
    scheme = chance.choice(["tcp", "http", "https", "rtmp", "rtmps"])
    end = HostileEnd(
        speaks=scheme.removesuffix("s"),
        act=chance.choice(acts),
        chance=chance,
        polite_bytes=chance.choice([0, 0, 1, 100, 4000, 66_000]),
        stage=chance.choice(["", "connect", "publish", "live"]) if "rtmp" in scheme else "",
        waits_s=chance.choice([0, 0, 0.0002, 0.001]),
        tls=secure if scheme.endswith("s") and chance.random() < 0.8 else None,
    )
    operation = chance.choice(INGESTS if "rtmp" in scheme else UPLOADS)
    with end.served() as port:
        address = f"{scheme}://127.0.0.1:{port}"
        role = (
            UplinkRole(ingest=f"{address}/live") if "rtmp" in scheme else UplinkRole(target=address)
        )
        began, wrong = time.monotonic(), ""
        try:
            OPERATIONS[operation](uplink_for(role, PLAN, frozenset({"127.0.0.1"})))
        except StudioCheckError:
            pass
        except Exception as error:  # noqa: BLE001 - that there is none is the claim
            wrong = f"{seed}: {operation} of {scheme}, {end.act}: {error!r}"
        return wrong, time.monotonic() - began


def meet(seeds: range, acts: tuple[str, ...], pem: Path) -> list[tuple[str, float]]:
    """Meet many of them, eight at a time; nothing may stay open or run on."""
    secure, process = tls(pem), psutil.Process()
    before, children = len(process.net_connections()), set(process.children())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda seed: outcome(seed, acts, secure), seeds))
    assert len(process.net_connections()) <= before
    assert set(process.children()) <= children
    return found


@pytest.fixture
def trusted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    pem: Path = request.getfixturevalue("certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return pem


def test_what_breaks_lies_or_floods_ends_in_evidence_or_in_an_error_of_ours(trusted: Path) -> None:
    acts = tuple(act for act in ACTS if act not in PATIENT_ACTS)
    found = meet(range(32), acts, trusted)
    assert [wrong for wrong, _ in found if wrong] == []
    assert max(took_s for _, took_s in found) < 30


@pytest.mark.slow
def test_what_keeps_us_waiting_does_so_for_a_bounded_time(trusted: Path) -> None:
    found = meet(range(1000, 1100), ACTS, trusted)
    assert [wrong for wrong, _ in found if wrong] == []
    assert max(took_s for _, took_s in found) < 30


@pytest.mark.parametrize("seed", range(4))
def test_a_far_end_that_floods_us_keeps_no_upload_from_its_clock(trusted: Path, seed: int) -> None:
    # decrypting is slower than sending: there is always more to read
    end = HostileEnd(speaks="http", act="flood", chance=random.Random(seed), tls=tls(trusted))
    began = time.monotonic()
    # on a busy computer the flood may be thin enough to be measured beside
    with end.served() as port, contextlib.suppress(NetworkRefused):
        uplink_for(UplinkRole(target=f"https://127.0.0.1:{port}"), PLAN).upload(0.3, quietly)
    assert time.monotonic() - began < 15


def test_an_address_in_chinese_is_asked_for_in_the_letters_of_http() -> None:
    end = HostileEnd(speaks="http", act="close", chance=random.Random(0), polite_bytes=100_000)
    with end.served() as port:
        target = f"http://127.0.0.1:{port}/上传 文件?名=一"
        assert uplink_for(UplinkRole(target=target)).upload(0.2, quietly).delivered_bytes[-1] > 0
    uplink = uplink_for(UplinkRole(target="http://例子.invalid:1/上传"))
    with pytest.raises(StudioCheckError):
        uplink.upload(0.2, quietly)
