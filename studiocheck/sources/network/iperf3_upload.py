"""Uploads to an iperf3 server, by the program ``iperf3`` where it is installed.

The program tells what its socket took, twice a second, and what was sent again: more often it
would tell of lumps, because a socket takes as much at once as left its buffer. Its server
takes one test at a time and nothing else, so the line's delay is not timed there.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studiocheck.core.capture import Report
from studiocheck.core.errors import (
    DeviceGone,
    LibraryMissing,
    NetworkRefused,
    SourceError,
    SourceTimeout,
    Unmeasurable,
)
from studiocheck.core.network import UploadEvidence
from studiocheck.core.text import Text
from studiocheck.measure.network.goodput import upload_goodput
from studiocheck.sources.network.interface import address_of
from studiocheck.sources.network.upload import TOGETHER, WINDOW_S

_CONNECT_MS = 5000
_GRACE_S = 8.0
_TOGETHER_S = 2.0
_SLICE_S = 0.2
_SILENT_S = 1.5
_ADVICE = Text(
    "start the server (iperf3 -s) and check address, port and firewall; or set an https:// or "
    "tcp:// target",
    "请在服务器上运行 iperf3 -s，检查地址、端口和防火墙；或改用 https:// 或 tcp:// 目标",
)


@dataclass(frozen=True, slots=True)
class Iperf3Upload:
    """An upload to an iperf3 server: ``iperf3://host[:port]``.

    Parameters
    ----------
    host, port : str, int
        The server.
    interface : str, optional
        The interface whose address is used; the system's choice if absent.
    enough_mbit_s : float
        Below it several connections are tried too.
    """

    host: str
    port: int
    interface: str | None = None
    enough_mbit_s: float = 0.0

    @property
    def far_end(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for ``seconds`` (0: 4 s), and two more with several connections if need be.

        Raises
        ------
        LibraryMissing
            If the program is not installed.
        NetworkRefused, SourceTimeout, DeviceGone
            If it never began.
        """
        seconds = seconds or WINDOW_S
        alone = self._run(1, seconds, lambda share: report(share * 2 / 3))
        if alone.stopped == "cut" or self._is_enough(alone):
            report(1.0)
            return alone
        several = None
        with contextlib.suppress(SourceError):  # the one that came about still counts
            several = self._run(TOGETHER, _TOGETHER_S, lambda share: report((2 + share) / 3))
        return replace(alone, together=several)

    def _is_enough(self, alone: UploadEvidence) -> bool:
        try:
            return upload_goodput(alone).median_mbit_s >= self.enough_mbit_s
        except Unmeasurable:
            return False

    def _run(self, connections: int, seconds: float, report: Report) -> UploadEvidence:
        program = shutil.which("iperf3")
        if program is None:
            raise LibraryMissing(
                Text("the program iperf3 is not installed", "没有安装 iperf3 程序"),
                Text(
                    "install it (Debian: apt install iperf3; macOS: brew install iperf3), or set "
                    "an https:// or tcp:// target",
                    "请安装 iperf3（Debian：apt install iperf3；macOS：brew install iperf3），"
                    "或改用 https:// 或 tcp:// 目标",
                ),
            )
        command = [
            program, "--json", "--client", self.host, "--port", str(self.port),
            "--time", f"{seconds:.0f}", "--interval", "0.5", "--parallel", str(connections),
            "--connect-timeout", str(_CONNECT_MS), "--length", "16K",
        ]  # fmt: skip
        if self.interface:
            command += ["--bind", address_of(self.interface)]
        began = time.monotonic()
        said = _said(
            command,
            seconds + _GRACE_S,
            lambda: report(min(1.0, (time.monotonic() - began) / (seconds + 0.5))),
        )
        return evidence_of(said, f"iperf3://{self.host}:{self.port}")


def _said(command: Sequence[str], limit_s: float, beat: Callable[[], None]) -> str:
    """Run the program and return what it printed; it is ended when the time is over."""
    process = subprocess.Popen(  # noqa: S603 - a fixed command, its arguments apart
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    end = time.monotonic() + limit_s
    try:
        while time.monotonic() < end:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=_SLICE_S)[0]
            beat()
        process.terminate()  # it then prints what it has
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=1.0)[0]
        return ""
    finally:
        process.kill()
        process.communicate()


def evidence_of(said: str, target: str) -> UploadEvidence:
    """Read what ``iperf3 --json`` printed.

    Raises
    ------
    NetworkRefused, SourceTimeout, DeviceGone
        If nothing was sent.
    """
    try:
        told = json.loads(said)
        rows = [(row["sum"], row["streams"]) for row in told["intervals"]]
        ends_s = np.array([float(total["end"]) for total, _ in rows])
        sent = np.cumsum([int(total["bytes"]) for total, _ in rows]).astype(np.int64)
        again = [int(total.get("retransmits", -1)) for total, _ in rows]
        rtt_ms = [_mean_rtt_ms(streams) for _, streams in rows]
        segment = int(told["start"].get("tcp_mss_default") or 0)
        connections = len(told["start"]["connected"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkRefused(
            Text(f"{target}: iperf3 gave no result", f"{target}：iperf3 没有给出结果"), _ADVICE
        ) from error
    if not rows or sent[-1] == 0:
        raise _error(str(told.get("error", "")), target)
    received = (told.get("end") or {}).get("sum_received") or {}
    # what the socket took and the far end never got waited in its buffer: spread it evenly
    arrived = min(1.0, float(received.get("bytes") or sent[-1]) / float(sent[-1]))
    known = min(again) >= 0 and segment > 0
    unknown = np.full(len(rows) + 1, -1)
    silent_s = float(ends_s[-1] - ends_s[int(np.argmax(sent == sent[-1]))])
    is_cut = "error" in told or silent_s > _SILENT_S
    return UploadEvidence(
        target=target,
        backend="iperf3",
        progress="socket",
        connect_ms=rtt_ms[0] if np.isfinite(rtt_ms[0]) else 0.0,
        t_s=np.append(0.0, ends_s),
        delivered_bytes=np.append(0, np.rint(arrived * sent)).astype(np.int64),
        rtt_ms=np.append(np.nan, rtt_ms),
        retransmitted=np.append(0, np.cumsum(again)) if known else unknown,
        segments=np.append(0, sent // segment) if known else unknown,
        stopped="cut" if is_cut else "time",
        connections=connections,
    )


def _mean_rtt_ms(streams: Sequence[Mapping[str, Any]]) -> float:
    found = [stream["rtt"] / 1000 for stream in streams if stream.get("rtt")]
    return float(np.mean(found)) if found else float("nan")


def _error(said: str, target: str) -> SourceError:
    message = Text(f"{target}: {said or 'nothing was sent'}", f"{target}：{said or '没有发出数据'}")
    lower = said.lower()
    if "unreachable" in lower or "no route" in lower:
        return DeviceGone(message, _ADVICE)
    if "interrupt" in lower:  # that was us: its time was over
        return SourceTimeout(
            Text(f"{target} did not answer the test", f"{target} 没有应答测试"), _ADVICE
        )
    if "timed out" in lower or "timeout" in lower or not said:
        return SourceTimeout(message, _ADVICE)
    if "busy" in lower:
        return NetworkRefused(
            message,
            Text(
                "it serves one test at a time: measure again in a minute",
                "它一次只能服务一个测试：请一分钟后重测",
            ),
        )
    return NetworkRefused(message, _ADVICE)
