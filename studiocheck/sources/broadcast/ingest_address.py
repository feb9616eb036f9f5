"""The address of a server that takes shows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from studiocheck.core.errors import SourceError
from studiocheck.core.text import Text
from studiocheck.sources.network.connection import Endpoint

_USUAL_PORTS = {"rtmp": 1935, "rtmps": 443}
_WRITE = Text(
    'write ingest = "rtmp://host/app", "rtmps://host/app" or "srt://host:port" for this uplink in '
    "the studio file, without the stream key",
    '请在直播间设备文件中为该上行填写 ingest = "rtmp://主机/应用"、"rtmps://主机/应用" 或 '
    '"srt://主机:端口"，不要写推流密钥',
)


@dataclass(frozen=True, slots=True)
class IngestAddress:
    """Where a show is sent to.

    Parameters
    ----------
    scheme : str
        ``rtmp``, ``rtmps`` or ``srt``.
    host, port : str, int
        The server.
    app : str
        The application, with whatever path and query belong to it; for SRT its options.
    """

    scheme: str
    host: str
    port: int
    app: str

    def endpoint(self, interface: str | None = None) -> Endpoint:
        """Return what to connect to."""
        return Endpoint(self.host, self.port, self.scheme == "rtmps", interface)

    @property
    def told(self) -> str:
        """What the server is told."""
        return f"{self._server}/{self.app}"

    @property
    def shown(self) -> str:
        """What may be shown and kept: people paste keys behind the application."""
        if self.scheme == "srt":  # its options may be a passphrase
            return self._server
        app, more, _ = self.app.partition("?")[0].partition("/")
        return f"{self._server}/{app}" + ("/…" if more else "")

    @property
    def _server(self) -> str:
        usual = self.port == _USUAL_PORTS.get(self.scheme)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")


def ingest_address(url: str) -> IngestAddress:
    """Read an address.

    Raises
    ------
    SourceError
        If it is none.

    Examples
    --------
    >>> ingest_address("rtmps://Live.example/app/key?a=1").shown
    'rtmps://live.example/app/…'
    >>> ingest_address("srt://live.example:9000?passphrase=secret").shown
    'srt://live.example:9000'
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or port == 0:
        raise _not_an_address()
    if parts.scheme == "srt" and port:
        return IngestAddress(
            "srt", host, port, "&".join(filter(None, (parts.path[1:], parts.query)))
        )
    app = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme not in _USUAL_PORTS or not app:
        raise _not_an_address()
    return IngestAddress(parts.scheme, host, port or _USUAL_PORTS[parts.scheme], app)


def _not_an_address() -> SourceError:
    return SourceError(
        Text(
            "the ingest of this uplink is not an address that a show can be sent to",
            "该上行的推流地址无效",
        ),
        _WRITE,
    )
