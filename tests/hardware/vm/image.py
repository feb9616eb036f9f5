"""Makes the guest's disk, kernel and initramfs, once for each state of their inputs."""

from __future__ import annotations

import compileall
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
STORE = REPOSITORY / ".setup" / "hil"
LOCK = REPOSITORY / "requirements" / "runtime.txt"

SUITE, PYTHON, GLIBC = "bookworm", "3.11", 36
PACKAGES = (
    *("python3", "kmod", "udev", "iproute2", "procps", "v4l-utils"),
    *("libgl1", "libglib2.0-0"),  # cv2 links them
)
NOT_NEEDED = (
    *("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/i18n/*"),
    # drivers of graphics cards and their compiler: nothing is drawn
    *("/usr/lib/x86_64-linux-gnu/dri/*", "/usr/lib/*/libLLVM*", "/usr/lib/*/libz3*"),
)
MODULES = (
    *("vivid", "uvcvideo", "vhci-hcd"),
    *("virtio_pci", "virtio_blk", "virtio_net", "virtio_rng", "ext4", "af_packet"),
)
BUILD_LIMIT_S = 1500


class CannotBuild(Exception):
    """Something from outside could not be had: packages, the right to make a root."""


@dataclass(frozen=True, slots=True)
class Image:
    """What QEMU boots."""

    folder: Path

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initramfs(self) -> Path:
        return self.folder / "initrd.gz"

    @property
    def disk(self) -> Path:
        return self.folder / "root.ext4"


def image() -> Image:
    """Return the image for the present inputs; make it if there is none."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (STORE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # somebody else may be making it
        made = Image(STORE / f"image-{_fingerprint()}")
        if not made.disk.exists():
            _make(made)
        return made


def _make(made: Image) -> None:
    (STORE / "build.log").unlink(missing_ok=True)
    for old in STORE.glob("image-*"):
        shutil.rmtree(old)
    part = STORE / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    _packages_for_guest(part / "site")
    _debian(part)
    shutil.rmtree(part / "site")
    part.rename(made.folder)


def code_disk(target: Path) -> Path:
    """Write a disk with the program as it stands in the working tree, and the guest's own scripts."""
    staging = target.with_suffix("")
    shutil.rmtree(staging, ignore_errors=True)
    for name in ("studiocheck", "profiles", "calibration"):
        shutil.copytree(
            REPOSITORY / name, staging / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copytree(HERE / "guest", staging / "guest")
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON:
        # else the guest compiles what it imports, at the speed of an emulated processor
        compileall.compile_dir(staging, quiet=1, stripdir=str(staging), prependdir="/code")
    target.unlink(missing_ok=True)
    _run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(staging), str(target), "64M")
    return target


def _fingerprint() -> str:
    state = hashlib.sha256()
    for file in (Path(__file__), HERE / "fill_root.sh", HERE / "early_init.sh", LOCK):
        state.update(file.read_bytes())
    return state.hexdigest()[:12]


# ---------------------------------------------------------------- Python packages


def _packages_for_guest(folder: Path) -> None:
    """Install the locked wheels for the guest's Python, with this computer's own pip settings."""
    lines = folder.with_name("locked.txt")
    lines.write_text("\n".join(locked_for_guest(LOCK.read_text("utf-8"))))
    tags = ["any", "manylinux2014_x86_64"]
    tags += [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 4, -1)]
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(folder), "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--no-compile", "--implementation", "cp", "--python-version", PYTHON),
        *(word for tag in tags for word in ("--platform", tag)),
        *("--requirement", str(lines)),
    )


def locked_for_guest(lock: str) -> Iterator[str]:
    """Choose the lines of a lock that hold for the guest: pip itself would ask its own Python."""
    guest = {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.2",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for entry in re.split(r"\n(?=\S)", lock.replace("\\\n", " ")):
        words, *hashes = entry.split(" --hash=")
        if not words.strip() or words.startswith("#"):
            continue
        needed = Requirement(words)
        if needed.marker is None or needed.marker.evaluate(guest):
            needed.marker = None
            yield " ".join([str(needed), *(f"--hash={h.strip()}" for h in hashes)])


# ---------------------------------------------------------------- Debian


def _debian(out: Path) -> None:
    hook = f'sh "{HERE}/fill_root.sh" "$1" "{out}" "{out}/site" {" ".join(MODULES)}'
    settings = out / "apt.conf"
    settings.write_text(_apt_settings())
    options = [
        *("--variant=minbase", "--architectures=amd64", "--format=null", "--mode=root"),
        f"--include={','.join(PACKAGES)}",
        f"--aptopt={settings}",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in NOT_NEEDED),
        f"--customize-hook={hook}",
    ]
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    sources = out / "sources.list"
    sources.write_text("".join(f"{line}\n" for line in _apt_sources()))
    mirrors = [str(sources)] if sources.stat().st_size else []
    _run(*as_root, "mmdebstrap", *options, SUITE, os.devnull, *mirrors)
    settings.unlink()
    sources.unlink()


def _apt_sources() -> list[str]:
    """Return where this computer gets the guest's Debian from; nothing where it runs another one."""
    wanted = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = _run("apt-get", "indextargets", "--format", wanted, "Created-By: Packages")
    entries = sorted({tuple(line.split()) for line in listed.splitlines()})
    return [
        f"deb {uri} {release} {component}"
        for uri, release, component in entries
        if release.startswith(SUITE) and component == "main"
    ]


def _apt_settings() -> str:
    own = 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n'
    return own + _run(
        "apt-config",
        "dump",
        "--no-empty",
        "--format",
        '%f "%v";%n',
        "Acquire::http",
        "Acquire::https",
    )


def _run(*command: str) -> str:
    """Run a program; what it said goes to a log, which is named when it fails."""
    log = STORE / "build.log"
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=BUILD_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuild(str(error)) from error
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(command)}\n{done.stdout[-2000:]}{done.stderr}\n")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        message = f"{Path(command[0]).name}: {last} (see {log.relative_to(REPOSITORY)})"
        raise CannotBuild(message)
    return done.stdout


if __name__ == "__main__":
    try:
        image()
    except CannotBuild as reason:
        sys.exit(str(reason))
