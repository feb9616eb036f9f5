"""The web server of the simulated studio: what a network camera and a recorder would answer."""

from __future__ import annotations

import contextlib
import html
import select
import socket
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from studiocheck.core.errors import DeviceGone, SourceError
from studiocheck.simulator.broadcast import Broadcast
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.wav import wav_bytes

_BOUNDARY = "studiocheck-frame"
_TAKE_S, _LONGEST_TAKE_S = 15.0, 120.0
_SEND_LIMIT_S = 10.0


class StudioWeb:
    """``/camera/ROLE.mjpg``, ``/camera/ROLE.jpg``, ``/mic/ROLE.wav`` and a page that lists them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.broadcasts = {role: Broadcast(scene, role) for role in scene.cameras}
        self.stopping = threading.Event()
        self.base = ""
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int) -> None:
        """Listen on 127.0.0.1; raises `OSError` when the port is taken."""
        server = _Server(("127.0.0.1", port), partial(_Answer, self))
        self._server = server
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        for broadcast in self.broadcasts.values():
            broadcast.start()
        self._thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and end all streams."""
        self.stopping.set()
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2.0)
        for broadcast in self.broadcasts.values():
            broadcast.stop()

    def camera(self, role: str) -> str:
        """Return the address of a camera's stream."""
        return f"{self.base}/camera/{role}.mjpg"

    def microphone(self, role: str) -> str:
        """Return the address of a microphone's take."""
        return f"{self.base}/mic/{role}.wav"

    def page(self) -> str:
        """Return the page that lists everything, in both languages."""
        rows = "".join(
            f'<li><a href="/camera/{name}.mjpg">{name}</a> · '
            f'<a href="/camera/{name}.jpg">picture 单张画面</a></li>'
            for name in map(html.escape, self.scene.cameras)
        )
        takes = "".join(
            f'<li>{name}: <audio controls preload="none" src="/mic/{name}.wav"></audio></li>'
            for name in map(html.escape, self.scene.microphones)
        )
        faults = "".join(f"<li>{html.escape(str(fault))}</li>" for fault in self.scene.faults)
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            "<title>studiocheck: simulated studio 模拟直播间</title>"
            f"<h1>{html.escape(self.scene.name)}</h1><p>A simulated studio: every picture and "
            "every sound is computed.<br>这是模拟直播间：所有画面和声音均由计算生成。</p>"
            f"<h2>Cameras 摄像头</h2><ul>{rows}</ul><h2>Microphones 麦克风</h2><ul>{takes}</ul>"
            f"<h2>Faults 故障</h2><ul>{faults or '<li>none 无</li>'}</ul></html>"
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


class _Answer(BaseHTTPRequestHandler):
    timeout = _SEND_LIMIT_S

    def __init__(self, web: StudioWeb, *rest: Any) -> None:  # noqa: ANN401 - as the base class
        self._web = web
        super().__init__(*rest)

    def do_GET(self) -> None:
        """Answer one request; a viewer that leaves is no error."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._route()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class
        """Stay silent: the terminal belongs to whoever serves."""

    def _route(self) -> None:
        url = urlsplit(self.path)
        kind, _, name = url.path.strip("/").partition("/")
        role, _, suffix = name.rpartition(".")
        broadcast = self._web.broadcasts.get(role)
        try:
            if not url.path.strip("/"):
                self._send("text/html; charset=utf-8", self._web.page().encode())
            elif kind == "camera" and broadcast is not None and suffix in {"mjpg", "jpg"}:
                broadcast.check()
                if suffix == "mjpg":
                    self._stream(broadcast)
                else:
                    self._picture(broadcast)
            elif kind == "mic" and role in self._web.scene.microphones and suffix == "wav":
                self._take(role, parse_qs(url.query))
            else:
                self.send_error(HTTPStatus.NOT_FOUND)
        except DeviceGone as error:
            self.send_error(HTTPStatus.NOT_FOUND, explain=error.message.en)
        except SourceError as error:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, explain=error.message.en)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)

    def _stream(self, broadcast: Broadcast) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace;boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with broadcast.watch(self._has_left) as parts:
            for jpeg, captured_s in parts:
                head = (
                    f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                    f"Content-Length: {len(jpeg)}\r\nX-Timestamp: {captured_s:.6f}\r\n\r\n"
                )
                self.wfile.write(head.encode() + jpeg + b"\r\n")
        self.close_connection = True

    def _has_left(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _picture(self, broadcast: Broadcast) -> None:
        with broadcast.watch(self._has_left) as parts:
            part = next(parts, None)
        if part is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._send("image/jpeg", part[0])

    def _take(self, role: str, query: dict[str, list[str]]) -> None:
        seconds = min(_LONGEST_TAKE_S, max(0.1, float(query.get("seconds", [_TAKE_S])[0])))
        kind: Literal["quiet", "speech"] = "quiet" if query.get("kind") == ["quiet"] else "speech"
        if self._web.scene.at(0.0).microphones[role].hung:
            self._web.stopping.wait()
            return
        microphone = SimulatedMicrophone(self._web.scene, role)
        microphone.open()
        take = microphone.record(kind, seconds, lambda _: None)
        self._send("audio/wav", wav_bytes(take))

    def _send(self, content_type: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
