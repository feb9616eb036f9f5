"""Causes behind several findings on uplinks: the one thing to touch first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studiocheck.checks import all_checks
from studiocheck.core.check import Scope
from studiocheck.core.evidence import Captured, Evidence, Link, Need, Route
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import LinkEvidence, RouteEvidence
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine.acquire import Capture
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.diagnose import diagnose
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import load_profile
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import load_scene

FAIL, MARGINAL, UNMEASURED = Verdict.FAIL, Verdict.MARGINAL, Verdict.UNMEASURED


def finding(check: str, verdict: Verdict, role: str = "primary", **measured: float) -> Finding:
    return Finding(
        check=check,
        role=role,
        title=Text("t", "题"),
        verdict=verdict,
        blocker=False,
        measurements=tuple(
            Measurement(name, value, "", "test", limit=Limit(warn_minimum=0.8, warn_maximum=0.9))
            for name, value in measured.items()
        ),
        note=Text("no way", "不通"),
        advice=Text("mend it", "请修好"),
    )


def told(findings: list[Finding], **captures: dict[type[Need], Evidence]) -> list[Diagnosis]:
    of = {
        DeviceKey(Scope.UPLINK, role): {need: Captured(seen) for need, seen in evidence.items()}
        for role, evidence in captures.items()
    }
    return list(diagnose(findings, of))


def ids(found: list[Diagnosis]) -> dict[str, tuple[int, ...]]:
    return {one.id: one.findings for one in found}


def route(step: str, hop: str = "192.168.1.1") -> RouteEvidence:
    return RouteEvidence(target="far.end:1", step=step, gateway=hop, gateway_ms=0.5)


WIFI = LinkEvidence(interface="wlan0", medium="wireless", up=True)
CELL = replace(WIFI, medium="cellular")


def test_a_green_uplink_has_no_cause():
    assert told([finding("net.link", Verdict.PASS), finding("net.upload", Verdict.PASS)]) == []


def test_one_fault_alone_needs_no_cause():
    for check in ("net.contention", "net.loss", "net.link", "net.path"):
        assert told([finding(check, MARGINAL)]) == []


def test_a_link_that_is_down_explains_whatever_would_go_through_it():
    found = [
        finding("net.link", FAIL),
        finding("net.path", FAIL),
        finding("net.upload", UNMEASURED),
    ]
    assert ids(told(found)) == {"net.no_link": (0, 1, 2)}


def test_wifi_is_to_blame_for_loss_on_wifi_only():
    found = [finding("net.link", MARGINAL), finding("net.loss", FAIL), finding("net.upload", FAIL)]
    assert ids(told(found, primary={Link: WIFI})) == {"net.wifi": (0, 1, 2)}
    assert "net.wifi" not in ids(told(found, primary={Link: CELL}))
    slow = [finding("net.link", MARGINAL), finding("net.upload", FAIL)]
    assert told(slow, primary={Link: WIFI}) == []  # a line may be slow behind any Wi-Fi


def test_damaged_frames_and_loss_are_the_cable():
    found = [finding("net.link", MARGINAL, new_errors=40), finding("net.loss", FAIL)]
    (cause,) = told(found)
    assert (cause.id, cause.findings) == ("net.cable", (0, 1))
    assert "40 damaged frames" in cause.en


def test_a_plug_that_is_loose_explains_an_upload_that_was_cut():
    found = [finding("net.link", FAIL, link_changes=2), finding("net.upload", FAIL)]
    up = {"primary": {Link: replace(WIFI, medium="wired")}}
    (cause,) = told(found, **up)
    assert (cause.id, cause.findings) == ("net.cable", (0, 1))
    assert "went down" in cause.en


def test_loss_is_told_from_bandwidth_with_its_figures():
    found = [
        finding("net.loss", FAIL, one_to_four=0.25),
        finding("net.upload", FAIL, upload_median=4.0),
    ]
    (cause,) = told(found)
    assert cause.id == "net.lossy_line"
    assert "has 16 Mbit/s and one connection gets 4.0" in cause.en


def test_a_slow_line_that_sent_too_few_packets_to_tell_does_not_lose_them():
    unsure = Measurement("retransmitted", 0.0, "%", "t", 0.7, limit=Limit(maximum=0.5))
    slow = [
        replace(finding("net.loss", MARGINAL), measurements=(unsure,)),
        finding("net.upload", FAIL, upload_median=3.0),
    ]
    assert told(slow) == []


def test_names_that_do_not_resolve_behind_a_living_router_are_dns():
    found = [finding("net.path", FAIL), finding("net.upload", FAIL)]
    assert ids(told(found, primary={Route: route("dns")})) == {"net.dns": (0, 1)}
    silent = replace(route("dns"), gateway_ms=None)
    assert ids(told(found, primary={Route: silent})) == {"net.no_way": (0, 1)}


@pytest.mark.parametrize(
    ("step", "hop", "cause"),
    [
        (("tcp", "tcp"), "192.168.1.1", "net.router"),
        (("tcp", "tcp"), "10.0.0.1", "net.target"),
        (("tcp", "dns"), "10.0.0.1", None),
    ],
)
def test_all_uplinks_that_fail_alike_share_a_router_or_else_the_target(step, hop, cause):
    found = [finding("net.path", FAIL), finding("net.path", FAIL, "backup")]
    both = {"primary": {Route: route(step[0])}, "backup": {Route: route(step[1], hop)}}
    assert ids(told(found, **both)) == ({cause: (0, 1)} if cause else {})


def test_a_spare_that_works_is_pointed_to_beside_the_cause():
    found = [
        finding("net.link", FAIL),
        finding("net.upload", FAIL),
        finding("net.backup", Verdict.PASS, "backup", backup_upload=12.0),
        finding("net.upload", MARGINAL, "backup"),
    ]
    assert ids(told(found)) == {"net.no_link": (0, 1), "net.spare": (0, 1)}
    assert "backup works (12.0 Mbit/s)" in told(found)[1].en
    assert "net.spare" not in ids(told([*found[:2], finding("net.backup", MARGINAL, "backup")]))
    assert told([finding("net.upload", FAIL, "backup"), found[2]]) == []


# ------------------------------------------------------------------ the simulated studio


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faults", "cause", "says"),
    [
        (["traffic=15"], "net.program", "cloud-backup (pid 4321) takes the line (15.0 Mbit/s)"),
        (["loss=1%"], "net.lossy_line", "one connection gets"),
        (["loss=1%", "medium=wireless"], "net.wifi", "network cable"),
        (["nodns"], "net.dns", "DNS"),
        (["refuse"], "net.no_way", "refused"),
        ([], None, ""),
    ],
)
@pytest.mark.realtime
def test_the_simulated_uplink_shows_its_cause(faults, cause, says):
    scene = load_scene("two-lines")
    scene = replace(scene, cameras={}, uplinks={"primary": scene.uplinks["primary"]})
    scene = scene.with_faults(*(parse_fault(f"uplink.primary:{fault}") for fault in faults))
    wanted = ["net.link", "net.path", "net.upload", "net.loss", "net.contention"]
    plan = make_plan(scene.studio(), load_profile("base-1080p30"), all_checks(), only=wanted)
    capture = Capture(
        plan, connect(plan, Wiring(scene=scene, simulated_host=True)), listen=lambda _: None
    )
    capture.run()
    found = diagnose(evaluate(plan, capture.captured), capture.captured)
    assert [one.id for one in found] == ([cause] if cause else [])
    assert not found or says in found[0].en
