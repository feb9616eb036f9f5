"""A private PulseAudio daemon with two named microphones and a loudspeaker: no sound hardware.

Nothing of it touches the user's own sound: socket, cookie and ALSA configuration lie in a folder of
their own, and the daemon ends with the fixture.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

RATE_HZ = 48000
NAMES = {"lav": "Host lavalier", "desk": "Desk condenser"}
SPEAKER = "Monitor speaker"
_PROGRAMS = ("pulseaudio", "pactl", "pacmd", "paplay")
_ALSA_BASE = Path("/usr/share/alsa/alsa.conf")
# without norewinds a null sink works in blocks of two seconds, and what it records is garbled
_SINK = "rate=48000 channels=1 format=float32le norewinds=1"


@dataclass
class Rig:
    """The daemon and what plays into its microphones."""

    folder: Path
    environment: dict[str, str]
    daemon: subprocess.Popen[bytes]
    players: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=10, check=True
        )
        return done.stdout

    def feed(self, microphone: str, samples: NDArray[np.float64]) -> None:
        """Play samples into a microphone, in the background, in 24 bits."""
        path = self.folder / f"{microphone}-{len(self.players)}.wav"
        write_wave(path, samples, RATE_HZ, width=3)
        player = subprocess.Popen(
            ["paplay", "-d", f"feed_{microphone}", str(path)],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        self.players.append(player)

    def silence(self) -> None:
        """Stop everything that plays."""
        for player in self.players:
            player.terminate()
        for player in self.players:
            player.wait(5)
        self.players.clear()

    def room(self, microphone: str, response: NDArray[np.float64]) -> None:
        """Let a microphone hear the loudspeaker through an impulse response, from now on."""
        path = self.folder / f"{microphone}-room.npy"
        np.save(path, response)
        room = [sys.executable, "-m", "tests.e2e.live_room", microphone, str(path)]
        self.players.append(subprocess.Popen(room, env=self.environment, stderr=subprocess.DEVNULL))
        end = time.monotonic() + 10
        while "pacat" not in self.run("pactl", "list", "sink-inputs"):
            assert time.monotonic() < end, "the room does not start"
            time.sleep(0.1)

    def mute(self, microphone: str) -> None:
        self.run("pactl", "set-source-mute", f"mic_{microphone}", "1")

    def gain(self, microphone: str, gain_db: float) -> None:
        self.run("pactl", "set-source-volume", f"mic_{microphone}", f"{gain_db}dB")

    def suspend(self, microphone: str) -> None:
        self.run("pactl", "suspend-source", f"mic_{microphone}", "1")

    def unplug(self, microphone: str) -> None:
        """Remove the source: the daemon moves its recordings to another one."""
        modules = self.run("pactl", "list", "short", "modules").splitlines()
        number = next(m.split("\t")[0] for m in modules if f"source_name=mic_{microphone} " in m)
        self.run("pactl", "unload-module", number)

    def yank(self, microphone: str) -> None:
        """Remove the source and kill its recordings, as a kernel driver does."""
        for line in self.run("pactl", "list", "short", "source-outputs").splitlines():
            number, _, client, *_ = line.split("\t")
            if client != "-":  # the daemon's own streams are the microphones themselves
                self.run("pacmd", "kill-source-output", number)
        self.unplug(microphone)

    def stop(self) -> None:
        for process in (*self.players, self.daemon):
            process.terminate()
        for process in (*self.players, self.daemon):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def write_wave(path: Path, samples: NDArray[np.float64], rate_hz: int, width: int = 2) -> None:
    """Write samples of full scale ±1 as PCM."""
    frames = samples.reshape(len(samples), -1)
    top = 2 ** (8 * width - 1)
    whole = np.clip(np.round(frames * top), -top, top - 1).astype("<i4")
    data = whole.reshape(-1, 1).view(np.uint8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(data)


def _start(folder: Path) -> Rig:
    runtime = folder / "pulse"
    runtime.mkdir(mode=0o700)
    definitions = [
        f'pcm."{NAMES[m]}" {{ type asym capture.pcm {{ type pulse device "mic_{m}" }} '
        f'hint {{ show on description "{NAMES[m]}" }} }}'
        for m in NAMES
    ]
    definitions.append(
        f'pcm."{SPEAKER}" {{ type asym playback.pcm {{ type pulse device "speaker" }} '
        f'hint {{ show on description "{SPEAKER}" }} }}'
    )
    (folder / "asoundrc").write_text("\n".join(definitions), "utf-8")
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_RUNTIME_PATH": str(runtime),
        "PULSE_SERVER": f"unix:{runtime}/native",
        "PULSE_COOKIE": str(folder / "cookie"),
        "ALSA_CONFIG_PATH": f"{_ALSA_BASE}:{folder}/asoundrc",
    }
    daemon = subprocess.Popen(
        [
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes",
            "--realtime=no", "--high-priority=no", "--use-pid-file=yes",
            f"--log-target=file:{folder}/daemon.log",
            "-L", "module-native-protocol-unix", "-L", "module-cli-protocol-unix",
        ],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    rig = Rig(folder, environment, daemon)
    try:
        _furnish(rig)
    except BaseException:
        rig.stop()
        raise
    return rig


def _furnish(rig: Rig) -> None:
    end = time.monotonic() + 10
    while True:
        asked = subprocess.run(
            ["pactl", "info"], env=rig.environment, capture_output=True, check=False
        )
        if asked.returncode == 0:
            break
        assert time.monotonic() < end, (rig.folder / "daemon.log").read_text("utf-8")
        time.sleep(0.05)
    for name in NAMES:
        rig.run(
            "pactl", "load-module", "module-null-sink", f"sink_name=feed_{name}", *_SINK.split()
        )
        rig.run(
            "pactl", "load-module", "module-remap-source", f"source_name=mic_{name}",
            f"master=feed_{name}.monitor", "channels=1", "remix=no",
        )  # fmt: skip
    rig.run("pactl", "load-module", "module-null-sink", "sink_name=speaker", *_SINK.split())
    rig.run("pactl", "set-default-source", "mic_lav")


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Two microphones, ``Host lavalier`` and ``Desk condenser``; this process's sound is theirs."""
    absent = [p for p in _PROGRAMS if shutil.which(p) is None]
    if absent or not _ALSA_BASE.exists():
        pytest.skip(f"needs {', '.join(absent) or _ALSA_BASE} (apt: pulseaudio pulseaudio-utils)")
    folder = Path(tempfile.mkdtemp(prefix="scpa-"))  # short: socket paths end at 108 characters
    started = _start(folder)
    for name in ("XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_SERVER", "PULSE_COOKIE"):
        monkeypatch.setenv(name, started.environment[name])
    monkeypatch.setenv("ALSA_CONFIG_PATH", started.environment["ALSA_CONFIG_PATH"])
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)
