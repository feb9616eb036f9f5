"""Who holds a device: programs that have its node open (Linux; elsewhere nobody can be named)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def holders_of(path: str | Path, proc: Path = PROC) -> tuple[str, ...]:
    """Name the programs that have a file open.

    Parameters
    ----------
    path : str or Path
        For example ``/dev/video0``, or a link to it.
    proc : Path
        Where procfs is mounted.

    Returns
    -------
    tuple of str
        Like ``obs (pid 1234)``, by process number. Programs of other users stay hidden from an
        ordinary user: an empty answer is no proof that nobody holds it.
    """
    target = str(Path(path).resolve())
    return tuple(
        f"{_name(process)} (pid {process.name})"
        for process in _processes(proc)
        if _holds(process, target)
    )


def _processes(proc: Path) -> list[Path]:
    try:
        found = [entry for entry in proc.iterdir() if entry.name.isdigit()]
    except OSError:
        return []
    return sorted(found, key=lambda entry: int(entry.name))


def _holds(process: Path, target: str) -> bool:
    return any(open_file == target for open_file in _open_files(process))


def _open_files(process: Path) -> Iterator[str]:
    try:
        for descriptor in (process / "fd").iterdir():
            try:
                yield str(descriptor.readlink())
            except OSError:
                continue  # closed while we looked
    except OSError:
        return  # another user's process, or it has ended


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip() or "?"
    except OSError:
        return "?"
