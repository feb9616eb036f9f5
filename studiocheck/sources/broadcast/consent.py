"""Whether a test may be published at all: it cannot go on air, or somebody said that it may."""

from __future__ import annotations

from dataclasses import dataclass

from studiocheck.core.errors import NotConsented
from studiocheck.core.network import Consent
from studiocheck.core.secret import Secret
from studiocheck.core.text import Text


@dataclass(frozen=True, slots=True)
class OffAirMode:
    """A platform's own mode for tests that stay off air.

    Parameters
    ----------
    domains : tuple of str
        Where its ingests are: a host with one of these names, or below one.
    parameter : str
        What is added to the query of the stream key; its value is ``true``.
    source : str
        Who says that it keeps the channel off air.
    """

    domains: tuple[str, ...]
    parameter: str
    source: str

    def applies_to(self, host: str) -> bool:
        """Return whether a host is one of the platform's."""
        return any(host == domain or host.endswith(f".{domain}") for domain in self.domains)

    def key(self, key: Secret) -> Secret:
        """Return the stream key with the test mode on, whatever its query said of it before."""
        name, _, query = key.reveal().partition("?")
        others = [
            pair
            for pair in query.split("&")
            if pair and pair.partition("=")[0].lower() != self.parameter
        ]
        return Secret(f"{name}?{'&'.join([*others, f'{self.parameter}=true'])}")


OFF_AIR_MODES = (
    OffAirMode(
        ("twitch.tv", "contribute.live-video.net", "global-contribute.live-video.net"),
        "bandwidthtest",
        "Twitch and Amazon IVS ingest test; OBS Studio's AutoConfigTestPage.cpp adds it",
    ),
    OffAirMode(
        ("restream.io",),
        "test",
        "Restream ingest test; OBS Studio's AutoConfigTestPage.cpp adds it",
    ),
)
"""Platforms that document such a mode; all others may put a test on air."""


def allowed(
    host: str, *, ours: bool, key: Secret, consented: frozenset[str]
) -> tuple[Consent, Secret]:
    """Return why a test may be published to a host, and with which key.

    Parameters
    ----------
    host : str
        The ingest.
    ours : bool
        Whether it said that it is a ``studiocheck target serve``.
    key : Secret
        The stream key.
    consented : frozenset of str
        The hosts that somebody allowed by name.

    Raises
    ------
    NotConsented
        When it could go on air and nobody said that it may.
    """
    host = _plain(host)
    if ours:
        return "own", key
    for mode in OFF_AIR_MODES:
        if mode.applies_to(host):
            return "test", mode.key(key)
    return named(host, consented), key


def named(host: str, consented: frozenset[str]) -> Consent:
    """Return that somebody allowed a host by name.

    Raises
    ------
    NotConsented
        When nobody did.
    """
    host = _plain(host)
    if host in map(_plain, consented):
        return "named"
    raise NotConsented(
        Text(
            f"nothing was published to {host}: it could go on air "
            f"(`--broadcast-to {host}` allows it)",
            f"没有向 {host} 推流：可能会直接开播（`--broadcast-to {host}` 可允许）",
        ),
        Text(
            "test against a `studiocheck target serve --rtmp` of your own; or, if this stream may "
            f"be seen, run `studiocheck check --broadcast-to {host}`",
            "请对自建的 `studiocheck target serve --rtmp` 测试；若允许观众看到测试画面，"
            f"请运行 `studiocheck check --broadcast-to {host}`",
        ),
    )


def _plain(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()
