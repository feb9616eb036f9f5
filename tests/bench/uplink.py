"""The upload of one connection against speedtest-cli and iperf3, on lines whose rate is known.

The line is a rig of network namespaces with a round trip of 30 ms; the truth is its payload rate.
speedtest-cli is run by its API against a local server, because it always asks speedtest.net first.
"""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.e2e.namespaces import FAR_END, NotHere, Rig

RATES_MBIT_S = (6, 10, 20, 50)
ROUNDS = 3
_OURS = """
import sys, time
from studiocheck.measure.network.goodput import upload_goodput
from studiocheck.sources.network.upload import TcpUpload
began = time.perf_counter()
upload = TcpUpload(sys.argv[1], int(sys.argv[2])).upload(4.0, lambda share: None)
print(upload_goodput(upload).median_mbit_s, time.perf_counter() - began)
"""
_SPEEDTEST = """
import sys, time, warnings
warnings.simplefilter("ignore")
import speedtest
class Local(speedtest.Speedtest):
    def get_config(self):
        self.config = {
            "client": {}, "ignore_servers": [], "upload_max": 51,
            "sizes": {"upload": [524288, 1048576, 7340032], "download": [350]},
            "counts": {"upload": 17, "download": 4}, "threads": {"upload": 2, "download": 8},
            "length": {"upload": 10, "download": 10},
        }
        self.lat_lon = (0.0, 0.0)
        return self.config
test = Local()
test._best = {"url": f"http://{sys.argv[1]}:{sys.argv[2]}/upload.php", "latency": 30.0}
test.results.server = test._best
began = time.perf_counter()
print(test.upload(pre_allocate=False) / 1e6, time.perf_counter() - began)
"""
_HTTP_SINK = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        left = size = int(self.headers["Content-Length"])
        while left and (data := self.rfile.read1(min(left, 262144))):
            left -= len(data)
        body = b"size=%d" % size
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = ThreadingHTTPServer(("", 0), Sink)
print(server.server_port, flush=True)
server.serve_forever()
"""


def run(_: Path) -> None:
    """Print error against truth and time for each program and rate."""
    rig = Rig(delay_ms=15)
    try:
        rig.up()
    except NotHere as reason:
        rig.down()
        print(f"uplink: skipped, network namespaces cannot be built here: {reason}")
        return
    web = rig.start(rig.internet, "-c", _HTTP_SINK)
    try:
        _compare(rig, int(rig.readline(web)))
    finally:
        web.kill()
        web.communicate()
        rig.down()


def _compare(rig: Rig, web_port: int) -> None:
    tools: dict[str, Callable[[], tuple[float, float]]] = {
        "studiocheck": lambda: _printed(rig, _OURS, rig.port),
        "speedtest-cli": lambda: _printed(rig, _SPEEDTEST, web_port),
    }
    if shutil.which("iperf3"):
        tools["iperf3 -t 10"] = lambda: _iperf3(rig)
    for rate in RATES_MBIT_S:
        rig.shape(rate)
        truth = rate * rig.payload_share
        for name, tool in tools.items():
            errors, seconds = [], []
            for _ in range(ROUNDS):
                read_mbit_s, took_s = tool()
                errors.append(100 * (read_mbit_s / truth - 1))
                seconds.append(took_s)
            worst = max(errors, key=abs)
            print(
                f"uplink of {rate:2d} Mbit/s, {name}: {statistics.median(errors):+.2f} % "
                f"(worst {worst:+.2f}) in {statistics.median(seconds):.1f} s (longest {max(seconds):.1f})",
                flush=True,
            )


def _printed(rig: Rig, code: str, port: int) -> tuple[float, float]:
    """Return what a tool read, Mbit/s, and how long it took without its imports, s."""
    process = rig.start(rig.studio, "-c", code, FAR_END, str(port))
    read_mbit_s, took_s = process.communicate(timeout=60)[0].split()
    return float(read_mbit_s), float(took_s)


def _iperf3(rig: Rig) -> tuple[float, float]:
    server = rig.start_program(rig.internet, "iperf3", "--server", "--one-off")
    try:
        time.sleep(0.3)
        began = time.perf_counter()
        client = rig.start_program(
            rig.studio, "iperf3", "--client", FAR_END, "--time", "10", "--json"
        )
        said = json.loads(client.communicate(timeout=60)[0])
        took_s = time.perf_counter() - began
        return float(said["end"]["sum_received"]["bits_per_second"]) / 1e6, took_s
    finally:
        with suppress(ProcessLookupError):
            server.kill()
        server.communicate()
