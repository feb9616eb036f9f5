"""Load, memory, disk and clock of this computer while everything else is being captured."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from studiocheck.core.capture import Enough, Report
from studiocheck.core.errors import PermissionDenied, SourceError
from studiocheck.core.evidence import ClockEvidence, HostEvidence
from studiocheck.core.text import Text
from studiocheck.sources.clock import clock

INTERVAL_S = 0.5
_SLICE_S = 0.1


@dataclass(frozen=True, slots=True)
class ThisHost:
    """The computer that studiocheck runs on.

    Parameters
    ----------
    disk_path : str or Path
        Folder where recordings go; where it does not exist yet, its nearest parent counts.
    ntp : str, optional
        The time server that its clock is held to.
    """

    disk_path: str | Path
    ntp: str | None = None

    def clock(self, report: Report) -> ClockEvidence:
        """Say how far its clock is off."""
        return clock(self.ntp, report)

    def sample(self, seconds: float, report: Report) -> HostEvidence:
        """Watch the computer for ``seconds``, at least one interval of half a second.

        Raises
        ------
        PermissionDenied, SourceError
            If the system does not tell.
        """
        try:
            return self._sample(seconds, report)
        except (PermissionError, psutil.AccessDenied) as error:
            raise PermissionDenied(
                Text(
                    "the system does not tell load, memory or disk to this user",
                    "系统不允许当前用户读取负载、内存或磁盘信息",
                ),
                Text(
                    "run as another user, or give this one the right to read the recording folder",
                    "请换用户运行，或授予当前用户读取录制文件夹的权限",
                ),
            ) from error
        except (OSError, psutil.Error) as error:
            raise SourceError(
                Text(f"the system does not tell its load: {error}", f"无法读取系统负载：{error}"),
                Text("check that the recording disk is mounted", "请检查录制磁盘是否已挂载"),
            ) from error

    def _sample(self, seconds: float, report: Report) -> HostEvidence:
        folder = existing(Path(self.disk_path))
        loads: list[float] = []
        least = psutil.virtual_memory().available
        psutil.cpu_percent(interval=None)  # the first call only starts the interval
        began = time.monotonic()
        count = max(1, round(seconds / INTERVAL_S))
        with contextlib.suppress(Enough):
            for place in range(1, count + 1):
                while (left := began + place * INTERVAL_S - time.monotonic()) > 0:
                    time.sleep(min(_SLICE_S, left))
                    report(min(1.0, (time.monotonic() - began) / (count * INTERVAL_S)))
                loads.append(psutil.cpu_percent(interval=None))
                least = min(least, psutil.virtual_memory().available)
        if not loads:
            loads.append(psutil.cpu_percent(interval=None))
        return HostEvidence(
            cpu_percent=np.array(loads),
            cores=psutil.cpu_count() or 1,
            memory_total_bytes=psutil.virtual_memory().total,
            memory_available_bytes=least,
            disk_free_bytes=psutil.disk_usage(str(folder)).free,
            disk_path=str(folder),
        )


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest parent of it that exists."""
    folder = folder.expanduser().absolute()
    for place in (folder, *folder.parents):
        if place.is_dir():
            return place
    return Path(folder.anchor)
