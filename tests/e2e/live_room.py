"""A live room on the PulseAudio rig: what the speaker plays is heard, through a room, by a microphone.

``python -m tests.e2e.live_room MICROPHONE RESPONSE.npy`` runs until it is terminated.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np

BLOCK = 4096
NOISE_DBFS = -70.0
_FORMAT = ("--rate=48000", "--channels=1", "--format=float32le")


def main(microphone: str, path: str) -> None:
    """Convolve block by block until either end of the line is gone."""
    response = np.load(path)
    size = 1 << (BLOCK + len(response)).bit_length()
    transfer = np.fft.rfft(response, size)
    tail = np.zeros(size)
    rng = np.random.default_rng(0)
    with (
        subprocess.Popen(
            ["parec", "-d", "speaker.monitor", *_FORMAT, "--latency-msec=20"],
            stdout=subprocess.PIPE,
        ) as heard,
        subprocess.Popen(
            ["pacat", "-p", "-d", f"feed_{microphone}", *_FORMAT, "--latency-msec=250"],
            stdin=subprocess.PIPE,
        ) as feed,
    ):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: (heard.terminate(), feed.terminate(), sys.exit(0)))
        while len(block := heard.stdout.read(4 * BLOCK)) == 4 * BLOCK:
            played = np.frombuffer(block, np.float32).astype(np.float64)
            tail += np.fft.irfft(np.fft.rfft(played, size) * transfer, size)
            noise = 10 ** (NOISE_DBFS / 20) * rng.standard_normal(BLOCK)
            try:
                feed.stdin.write((tail[:BLOCK] + noise).astype(np.float32).tobytes())
                feed.stdin.flush()
            except BrokenPipeError:
                break
            tail = np.concatenate([tail[BLOCK:], np.zeros(BLOCK)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
