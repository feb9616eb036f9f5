"""The optional speedtest.net back end, by the library speedtest-cli.

It opens many connections, averages, and counts what the socket took: it cannot see a line that
dips, loses packets or dies half-way. So its one figure only informs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from studiocheck.core.capture import Report
from studiocheck.core.errors import LibraryMissing, NetworkRefused, SourceError, SourceTimeout
from studiocheck.core.network import UploadEvidence
from studiocheck.core.text import Text
from studiocheck.sources.bounded import bounded
from studiocheck.sources.network.interface import address_of

T = TypeVar("T")
HOST = "www.speedtest.net"
_ANSWER_S = 10
_CONFIGURATION_S, _SERVER_S, _UPLOAD_S = 15.0, 30.0, 30.0
_USUAL_S = 14.0
_ADVICE = Text(
    "speedtest.net is out of reach from here: set an upload address of your own as the target "
    "(https:// or tcp://), it also measures better",
    "本地无法使用 speedtest.net：请把目标改为自己的上传地址（https:// 或 tcp://），结果也更准确",
)


@dataclass(frozen=True, slots=True)
class SpeedtestUpload:
    """An upload to the nearest server of speedtest.net.

    Parameters
    ----------
    interface : str, optional
        The interface whose address is used; the system's choice if absent.
    """

    interface: str | None = None

    @property
    def far_end(self) -> tuple[str, int]:
        """The service itself; its server is found only when the upload begins."""
        return HOST, 443

    def upload(self, seconds: float, report: Report) -> UploadEvidence:  # noqa: ARG002
        """Upload for the ten seconds that the library takes, whatever ``seconds`` says.

        Raises
        ------
        LibraryMissing
            If speedtest-cli is not installed.
        NetworkRefused, SourceTimeout
            If the service cannot be used from here.
        """
        library = _library()
        began = time.monotonic()

        def step(name: str, call: Callable[[], T], limit_s: float) -> T:
            return _step(
                name,
                call,
                limit_s,
                lambda: report(min(0.95, (time.monotonic() - began) / _USUAL_S)),
            )

        own = address_of(self.interface) if self.interface else None
        test = step(
            "configuration",
            lambda: library.Speedtest(source_address=own, timeout=_ANSWER_S, secure=True),
            _CONFIGURATION_S,
        )
        server = step("server list", test.get_best_server, _SERVER_S)
        bit_s = step("upload", lambda: test.upload(pre_allocate=False), _UPLOAD_S)
        if bit_s <= 0:
            raise NetworkRefused(
                Text("no byte arrived at speedtest.net", "没有任何数据到达 speedtest.net"), _ADVICE
            )
        report(1.0)
        return UploadEvidence(
            target=f"speedtest: {server.get('sponsor', '?')}, {server.get('name', '?')}",
            backend="speedtest-cli",
            progress="summary",
            connect_ms=2 * float(test.results.ping),  # the library halves the round trip
            t_s=np.empty(0),
            delivered_bytes=np.empty(0, dtype=np.int64),
            rtt_ms=np.empty(0),
            retransmitted=np.empty(0, dtype=np.int64),
            segments=np.empty(0, dtype=np.int64),
            stopped="time",
            summary_mbit_s=bit_s / 1e6,
        )


def _library() -> Any:  # noqa: ANN401 - a module without types
    try:
        import speedtest  # noqa: PLC0415 - optional, and slow to import
    except ModuleNotFoundError as error:
        raise LibraryMissing(
            Text("speedtest-cli is not installed", "没有安装 speedtest-cli"),
            Text(
                'install it: pip install "studiocheck[speedtest]"; or set an https:// or tcp:// '
                "target",
                '请安装：pip install "studiocheck[speedtest]"；或改用 https:// 或 tcp:// 目标',
            ),
        ) from error
    return speedtest


def _step(name: str, call: Callable[[], T], limit_s: float, beat: Callable[[], None]) -> T:
    try:
        return bounded(call, limit_s, beat)
    except SourceError:
        raise
    except TimeoutError as error:
        raise SourceTimeout(
            Text(
                f"speedtest.net did not answer within {limit_s:.0f} s (step {name})",
                f"speedtest.net 在 {limit_s:.0f} 秒内没有应答（步骤：{name}）",
            ),
            _ADVICE,
        ) from error
    except Exception as error:  # a library that promises no error type of its own
        said = str(error) or type(error).__name__
        raise NetworkRefused(
            Text(
                f"speedtest.net cannot be used (step {name}): {said}",
                f"无法使用 speedtest.net（步骤：{name}）：{said}",
            ),
            _ADVICE,
        ) from error
