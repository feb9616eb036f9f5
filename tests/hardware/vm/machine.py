"""Boots the guest and talks to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tests.hardware.vm.image import Image

BOOT_LIMIT_S = 180
GUEST, HOST = "10.0.2.15", "10.0.2.2"
"""Addresses inside QEMU's own network; nothing of it is seen outside."""

_AGENT_PORT = 7000


@dataclass(frozen=True, slots=True)
class Said:
    """What a program in the guest said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        return json.loads(self.out)


class Refusal(Exception):
    """A `StudioCheckError` that was raised in the guest, and after how long."""

    def __init__(self, code: str, message: str, after_s: float) -> None:
        super().__init__(f"{code}: {message} ({after_s:.1f} s)")
        self.code, self.message, self.after_s = code, message, after_s


class Running:
    """A program that runs in the guest."""

    def __init__(self, cable: BinaryIO, pid: int) -> None:
        self._cable, self.pid = cable, pid

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send it a signal; with ``group`` also to its children, as Ctrl-C in a terminal does."""
        _say(self._cable, {"signal": int(number), "group": group})

    def wait(self) -> Said:
        """Wait until it ends."""
        answer = _hear(self._cable)
        assert answer["code"] != "timeout", answer
        return Said(answer["code"], answer["out"], answer["err"])


class Guest:
    """A running guest."""

    def __init__(self, port: int) -> None:
        self._port = port

    def run(self, *command: str, limit_s: float = 60, **environment: str) -> Said:
        """Run a program to its end."""
        with self.start(*command, limit_s=limit_s, **environment) as running:
            return running.wait()

    @contextlib.contextmanager
    def start(self, *command: str, limit_s: float = 60, **environment: str) -> Iterator[Running]:
        """Start a program; leaving the block kills it."""
        request = {"command": command, "environment": environment, "limit_s": limit_s}
        with self._cable(limit_s + 10) as cable:
            _say(cable, {"do": "run", **request})
            yield Running(cable, _hear(cable)["pid"])

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        done = self.run("sh", "-c", 'printf %s "$1" >"$2"', "-", text, path)
        assert done.code == 0, done.err

    def call(self, name: str, *, limit_s: float = 60, **arguments: Any) -> Any:
        """Call a function of the guest's ``probe``; raises `Refusal`."""
        answer = self._ask({"do": "call", "name": name, "arguments": arguments}, limit_s)
        if "code" in answer:
            raise Refusal(answer["code"], answer["en"], answer["s"])
        return answer["value"]

    def plug(self, tcp_port: int, port: int, *, again: bool = False) -> None:
        """Plug the device whose firmware listens on a TCP port of this computer into a USB port.

        ``again``: it has just been pulled out there.
        """
        plug = {"do": "plug", "host": HOST, "tcp_port": tcp_port, "port": port, "again": again}
        self._ask(plug, 20)

    def hello(self, limit_s: float) -> float:
        """Return for how long the guest's kernel has been running, s."""
        return float(self._ask({"do": "hello"}, limit_s)["uptime_s"])

    def off(self) -> None:
        """Switch it off."""
        with contextlib.suppress(OSError):
            self._ask({"do": "off"}, 10)

    def _ask(self, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        with self._cable(limit_s) as cable:
            _say(cable, request)
            return _hear(cable)

    @contextlib.contextmanager
    def _cable(self, limit_s: float) -> Iterator[BinaryIO]:
        with (
            socket.create_connection(("127.0.0.1", self._port), timeout=limit_s) as connection,
            connection.makefile("rwb") as cable,
        ):
            yield cable


@contextlib.contextmanager
def booted(image: Image, code: Path, folder: Path) -> Iterator[Guest]:
    """Boot a guest; it and all it wrote are gone when the block is left.

    Parameters
    ----------
    image : Image
        What does not change while one works on the program.
    code : Path
        The disk with the program.
    folder : Path
        Where the kernel's and QEMU's own words go.
    """
    port = _free_port()
    with (folder / "qemu.log").open("wb") as log:
        machine = subprocess.Popen(
            _command(image, code, folder / "kernel.log", port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    guest = Guest(port)
    try:
        _await(guest, machine, folder)
        yield guest
        guest.off()
        with contextlib.suppress(subprocess.TimeoutExpired):
            machine.wait(15)
    finally:
        machine.kill()
        machine.wait()


def _command(image: Image, code: Path, kernel_log: Path, port: int) -> list[str]:
    disks = [
        f"file={path},if=none,id=disk{i},format=raw,snapshot=on,cache=unsafe"
        for i, path in enumerate((image.disk, code))
    ]
    accel = os.environ.get("HIL_ACCEL", "tcg,thread=multi,tb-size=1024")
    words = [
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        # emulated by default: a KVM inside somebody's cloud may hang before the first line
        *("-M", "q35", "-accel", accel),
        # without AVX2: numpy's argpartition, right on real processors, is wrong in QEMU 7.2's
        *("-cpu", "max,avx2=off" if accel.startswith("tcg") else "max", "-smp", "2", "-m", "2048"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initramfs)),
        *("-append", _KERNEL_OPTIONS),
        *("-chardev", f"file,id=kernel,path={kernel_log}", "-serial", "chardev:kernel"),
        *("-device", "virtio-rng-pci"),
        *("-netdev", f"user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:{port}-{GUEST}:{_AGENT_PORT}"),
        *("-device", "virtio-net-pci,netdev=net,romfile="),
    ]
    for i, disk in enumerate(disks):
        words += ["-drive", disk, "-device", f"virtio-blk-pci,drive=disk{i}"]
    return words


_KERNEL_OPTIONS = (
    "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off nokaslr tsc=reliable "
    "random.trust_cpu=on cryptomgr.notests"
)


def _await(guest: Guest, machine: subprocess.Popen[bytes], folder: Path) -> None:
    ends_s = time.monotonic() + BOOT_LIMIT_S
    while time.monotonic() < ends_s:
        if machine.poll() is not None:
            break
        try:
            guest.hello(limit_s=ends_s - time.monotonic())
        except (OSError, EOFError):
            time.sleep(0.3)
        else:
            return
    words = "".join(
        (folder / name).read_text(errors="replace") for name in ("qemu.log", "kernel.log")
    )
    message = f"the guest did not start:\n{words[-4000:]}"
    raise RuntimeError(message)


def _say(cable: BinaryIO, request: dict[str, Any]) -> None:
    cable.write(json.dumps(request).encode() + b"\n")
    cable.flush()


def _hear(cable: BinaryIO) -> dict[str, Any]:
    line = cable.readline()
    if not line:
        raise EOFError
    answer: dict[str, Any] = json.loads(line)
    assert "trouble" not in answer, answer["trouble"]
    return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
