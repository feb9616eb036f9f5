"""Real ingests that are not ours, started on this computer: nginx with its RTMP module, and
node-media-server, which sends no acknowledgements."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_UNPACKED = Path(__file__).parents[2] / ".setup" / "ingests"
"""Where ``make test`` unpacks what this machine does not have."""
_MODULE = Path("usr/lib/nginx/modules/ngx_rtmp_module.so")
_NGINX = """
daemon off; master_process off; pid nginx.pid; error_log error.log;
load_module {module};
events {{ worker_connections 64; }}
rtmp {{ access_log off; server {{
  listen 127.0.0.1:{rtmp}; notify_method get;
  application live {{ live on; }}
  application guarded {{ live on; on_publish http://127.0.0.1:{http}/may; }}
  application closed {{ live on; deny publish all; }}
}} }}
http {{ access_log off; server {{
  listen 127.0.0.1:{http};
  location /stat {{ rtmp_stat all; }}
  location /may {{ if ($arg_name = good) {{ return 200; }} return 403; }}
}} }}
"""


@dataclass(frozen=True)
class RealIngest:
    """A real ingest, and where it tells what came."""

    port: int
    stat_port: int = 0

    def address(self, app: str = "live") -> str:
        return f"rtmp://127.0.0.1:{self.port}/{app}"

    def received_bytes(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.stat_port}/stat", timeout=2) as page:
            found = re.search(rb"<bytes_in>(\d+)", page.read())
        assert found
        return int(found[1])


@contextmanager
def nginx(folder: Path) -> Iterator[RealIngest]:
    roots = [root for root in (Path("/"), _UNPACKED) if (root / _MODULE).exists()]
    if not roots:
        pytest.skip("needs nginx with its RTMP module (apt: nginx libnginx-mod-rtmp)")
    program, module = roots[0] / "usr/sbin/nginx", roots[0] / _MODULE
    rtmp, http = free_port(), free_port()
    (folder / "nginx.conf").write_text(_NGINX.format(module=module, rtmp=rtmp, http=http))
    with running([str(program), "-p", f"{folder}/", "-c", "nginx.conf"], rtmp, folder):
        yield RealIngest(rtmp, http)


@contextmanager
def node_media_server(folder: Path) -> Iterator[RealIngest]:
    node, place = shutil.which("node"), _UNPACKED / "node_modules" / "node-media-server"
    if node is None or not (place / "src").is_dir():
        pytest.skip("needs node and npm, with which `make test` fetches node-media-server")
    rtmp = free_port()
    settings = {
        "bind": "127.0.0.1",
        "auth": {"play": False, "publish": False, "jwt": {"users": []}, "secret": "none"},
        "rtmp": {"port": rtmp},
        "http": {"port": free_port()},
        "static": {"router": "/", "root": str(folder)},
        "store": {"path": str(folder)},
    }
    (folder / "config.json").write_text(json.dumps(settings))
    program = (
        f"const Server = require({json.dumps(str(place))});"
        "new Server(JSON.parse(require('fs').readFileSync('config.json'))).run();"
    )
    with running([node, "-e", program], rtmp, folder):
        yield RealIngest(rtmp)


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """Run a server until the end, once its port is open."""
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                yield
                return
        pytest.fail(f"{command[0]} did not start: {(folder / 'out').read_text()[-500:]}")
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
