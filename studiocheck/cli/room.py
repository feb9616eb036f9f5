"""From the options of a command to studio, profile and wiring."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from studiocheck.cli.folders import Folders, calibration_folder, folders
from studiocheck.core.errors import RecordError, UsageError
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import Studio
from studiocheck.core.text import Text
from studiocheck.engine.devices import AudioBackend, Wiring
from studiocheck.profile.load import DEFAULT_PROFILE, load_profile, load_studio
from studiocheck.profile.models import Profile

STUDIO_FILE = "studio.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A studio with how its bindings become devices; ``found`` when nobody wrote its file."""

    studio: Studio
    wiring: Wiring
    found: bool = False


def studio_path(given: Path | None, places: Folders) -> Path | None:
    """Return the studio file: as given, else here, else in the user's configuration."""
    if given is not None:
        return given
    for path in (Path(STUDIO_FILE), places.config / STUDIO_FILE):
        if path.is_file():
            return path
    return None


def room(
    *,
    studio: Path | None,
    simulated: str | None,
    or_simulated: bool,
    faults: Sequence[str],
    seed: int | None,
    audio_backend: AudioBackend,
) -> Room:
    """Return the studio to check: simulated, from a file, or what this computer has.

    Raises
    ------
    StudioCheckError
        When the file or the scene is wrong, or there is nothing to check.
    """
    places = folders()
    wiring: dict[str, Any] = {"audio_backend": audio_backend, "disk": _disk(places)}
    if simulated is not None:
        return _simulated(simulated, faults, seed, wiring)
    if faults:
        raise UsageError(
            Text("--fault works in the simulated studio only", "--fault 只能用于模拟直播间"),
            Text("add --simulated", "请加上 --simulated"),
        )
    path = studio_path(studio, places)
    if path is not None:
        return Room(studio=load_studio(path), wiring=Wiring(file=str(path), **wiring))
    from studiocheck.engine.discover import discovered_studio

    found = discovered_studio(audio_backend)
    if found.cameras or found.microphones:
        return Room(studio=found, wiring=Wiring(**wiring), found=True)
    if or_simulated:
        return _simulated("studio", faults, seed, wiring)
    raise UsageError(
        Text(
            "this computer has no camera and no microphone that studiocheck can see",
            "studiocheck 在本机没有找到摄像头和麦克风",
        ),
        Text(
            "run `studiocheck doctor` to see why; name network cameras in studio.toml; "
            "or try the simulated studio with --simulated",
            "运行 `studiocheck doctor` 查看原因；网络摄像头请写入 studio.toml；"
            "也可用 --simulated 试用模拟直播间",
        ),
    )


def with_stored_records(place: Room, calibration: Path | None) -> Room:
    """Return a room with the calibration records that its devices have.

    Raises
    ------
    UsageError
        When the folder that was named is not there.
    """
    from dataclasses import replace

    from studiocheck.calibrate.stored import stored_records

    root = calibration_folder(calibration)
    if calibration is not None and not root.is_dir():
        raise UsageError(
            Text(f"--calibration {root}: no such folder", f"--calibration {root}：没有此文件夹"),
            Text(
                "the first `studiocheck calibrate` makes it and stores its record",
                "第一次 `studiocheck calibrate` 会创建它并保存记录",
            ),
        )
    records = stored_records(root, place.studio)
    return replace(place, wiring=replace(place.wiring, records=records))


def with_consent(place: Room, hosts: Sequence[str]) -> Room:
    """Return a room whose test broadcasts may go to some hosts although that may go on air.

    Raises
    ------
    UsageError
        When one is no host: a consent must say exactly what it is for.
    """
    from dataclasses import replace

    for host in hosts:
        if not host.strip() or any(sign in host for sign in "/@?* "):
            raise UsageError(
                Text(f"--broadcast-to {host}: not a host", f"--broadcast-to {host}：不是主机名"),
                Text(
                    "give the name between // and / of the ingest address, for example "
                    "live-push.example.com",
                    "请填写推流地址中 // 与 / 之间的主机名，例如 live-push.example.com",
                ),
            )
    return replace(place, wiring=replace(place.wiring, consented=frozenset(hosts)))


def _disk(places: Folders) -> Path:
    path = places.state
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _simulated(name: str, faults: Sequence[str], seed: int | None, wiring: dict[str, Any]) -> Room:
    from dataclasses import replace

    from studiocheck.simulator.faults import parse_fault
    from studiocheck.simulator.scene import load_scene

    scene = load_scene(name).with_faults(*map(parse_fault, faults))
    if seed is not None:
        scene = replace(scene, seed=seed)
    for fault in scene.faults:  # a fault of a device that is not there is found now
        scene.at(fault.at_s)
    return Room(studio=scene.studio(), wiring=Wiring(scene=scene, simulated_host=True, **wiring))


def profile_for(studio: Studio, given: str | None) -> Profile:
    """Return the profile: flag or environment, else the studio file's, else the default."""
    name = given or studio.profile or DEFAULT_PROFILE
    return load_profile(name, folders().profiles)


def show_time(text: str | None, now: datetime | None = None) -> datetime | None:
    """Read ``20:00`` (the next one) or an ISO date and time; local unless it says otherwise.

    Raises
    ------
    UsageError
        When it is neither.
    """
    if text is None:
        return None
    now = (now or datetime.now(UTC)).astimezone()
    try:
        if len(text) <= 5 and ":" in text:
            clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - local by meaning
            at = now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
            return at if at >= now - timedelta(hours=6) else at + timedelta(days=1)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            Text(f"--show-at {text}: not a time", f"--show-at {text}：不是时间"),
            Text("write 20:00 or 2026-11-22T20:00", "格式：20:00 或 2026-11-22T20:00"),
        ) from error
    return at if at.tzinfo else at.astimezone()


def not_passed_last_time(runs: Path, studio: Studio) -> set[tuple[str, str]]:
    """Return check and role of everything that was not green in the last run of this studio.

    Raises
    ------
    RecordError
        When this studio has no run yet, or everything passed.
    """
    from studiocheck.engine.store import load_record

    green = (Verdict.PASS, Verdict.SKIPPED)
    for folder in sorted(runs.glob("*"), reverse=True):
        if not (folder / "record.json").is_file():
            continue
        record = load_record(folder)
        if record.studio != studio.name:
            continue
        left = {(f.check, f.role) for f in record.findings if f.verdict not in green}
        if left:
            return left
        raise RecordError(
            Text("everything passed in the last run", "上次运行全部通过"),
            Text("run `studiocheck check` without --failed", "请去掉 --failed 重新运行"),
        )
    raise RecordError(
        Text(f"studio {studio.name} has no run yet", f"直播间 {studio.name} 还没有运行记录"),
        Text("run `studiocheck check` first", "请先运行 `studiocheck check`"),
    )


def interactive() -> bool:
    """Return whether a person sits at this terminal."""
    import sys

    return sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")
