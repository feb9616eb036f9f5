"""The guest's side of the cable to the tests: one request a connection, each in a process of its own.

Runs programs, calls the functions of ``probe`` (in a fork of this process, which has loaded the
heavy libraries once), and plugs USB devices in. Needs nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, BinaryIO

HIGH_SPEED = 3
HUB = Path("/sys/devices/platform/vhci_hcd.0")
FREE = "004"
"""How the hub writes that nothing is plugged into a port."""

REPLUG_S = 1.0
"""Nobody replugs faster; the hub, too, needs a moment to see that something left."""

Request = dict[str, Any]
Answer = dict[str, Any]


def main(address: str, port: int) -> None:
    """Serve until somebody says ``off``."""
    off = os.open("/dev/null", os.O_RDONLY)
    os.dup2(off, 0)
    sys.path.insert(0, str(Path(__file__).parent))
    import probe  # noqa: F401 - loaded once, before the first fork

    listening = socket.create_server((address, port))
    listening.settimeout(1.0)
    while True:
        _reap()
        try:
            connection, _ = listening.accept()
        except TimeoutError:
            continue
        connection.settimeout(None)
        with connection, connection.makefile("rwb") as cable:
            line = cable.readline()
            if not line:
                continue  # somebody looked whether we are there
            request = json.loads(line)
            if request["do"] == "off":
                _say(cable, {})
                return
            if os.fork() == 0:
                listening.close()
                _serve(connection, cable, request)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def _serve(connection: socket.socket, cable: BinaryIO, request: Request) -> None:
    try:
        does = {"hello": _hello, "run": _run, "call": _call, "plug": _plug}[request["do"]]
        _say(cable, does(connection, cable, request))
    except BaseException:  # noqa: BLE001 - the other side must hear of it, whatever it is
        _say(cable, {"trouble": traceback.format_exc()})
    finally:
        os._exit(0)


def _say(cable: BinaryIO, answer: Answer) -> None:
    cable.write(json.dumps(answer).encode() + b"\n")
    cable.flush()


def _hello(_connection: socket.socket, _cable: BinaryIO, _request: Request) -> Answer:
    return {"uptime_s": float(Path("/proc/uptime").read_text().split()[0])}


def _plug(_connection: socket.socket, _cable: BinaryIO, request: Request) -> Answer:
    """Hand a connection to a device's firmware over to the kernel, as `usbip attach` does."""
    port = request["port"]
    while _state(port) != FREE:
        time.sleep(0.1)
    time.sleep(REPLUG_S if request["again"] else 0)
    device = socket.create_connection((request["host"], request["tcp_port"]))
    device.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    words = f"{port} {device.fileno()} {1 << 16 | port + 1} {HIGH_SPEED}"
    (HUB / "attach").write_text(words)
    return {}


def _state(port: int) -> str:
    lines = [line.split() for line in (HUB / "status").read_text().splitlines()]
    return next(
        state for speed, number, state, *_ in lines if (speed, number) == ("hs", f"{port:04}")
    )


def _call(_connection: socket.socket, _cable: BinaryIO, request: Request) -> Answer:
    import probe

    from studiocheck.core.errors import StudioCheckError

    began_s = time.monotonic()
    try:
        value = getattr(probe, request["name"])(**request["arguments"])
    except StudioCheckError as error:
        took_s = time.monotonic() - began_s
        return {"code": error.code, "en": error.message.en, "zh": error.message.zh, "s": took_s}
    return {"value": value, "s": time.monotonic() - began_s}


def _run(connection: socket.socket, cable: BinaryIO, request: Request) -> Answer:
    """Run a program, pass signals on, and kill it with all its children when it takes too long."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            request["command"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=os.environ | request["environment"],
            process_group=0,
        )
        _say(cable, {"pid": process.pid})
        ends_s = time.monotonic() + request["limit_s"]
        watch = selectors.DefaultSelector()
        watch.register(connection, selectors.EVENT_READ)
        while process.poll() is None and time.monotonic() < ends_s:
            if watch.select(0.05):
                line = cable.readline()
                if not line:  # nobody waits for it any more
                    break
                _pass_on(process, json.loads(line))
        in_time = process.poll() is not None
        if not in_time:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return {
            "code": process.returncode if in_time else "timeout",
            "out": _read(out),
            "err": _read(err),
        }


def _pass_on(process: subprocess.Popen[bytes], wish: dict[str, int]) -> None:
    try:
        (os.killpg if wish["group"] else os.kill)(process.pid, wish["signal"])
    except ProcessLookupError:
        return


def _read(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode(errors="replace"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
