"""How soon a test broadcast notices that its line has become too small, beside FFmpeg's own push.

A line of 20 Mbit/s becomes one of 3 under a stream of 6. Both send to `studiocheck target serve` in
network namespaces, in turn. What FFmpeg's publisher has to tell is that it runs late: it is said to
notice when it is 0.7 s behind its own time stamps, which is our own threshold too.
"""

from __future__ import annotations

import time
from pathlib import Path

from studiocheck.measure.network.backlog import delivery
from tests.bench.quotients import ROUNDS, show
from tests.e2e.namespaces import FAR_END, NotHere, Rig
from tests.e2e.test_broadcast_namespaces import SERVER, Publishing

DROP_S, LIMIT_S = 5.0, 30.0
PUSH = """
import sys, time
from fractions import Fraction
import av, numpy as np
from studiocheck.core.network import StreamPlan
from studiocheck.sources.broadcast.encoder_shape import frame_bytes
plan, limit_s = StreamPlan(), float(sys.argv[2])
shape = frame_bytes(plan)
with av.open(sys.argv[1], "w", format="flv") as file:
    video = file.add_stream("libx264", rate=30)
    video.width, video.height, video.pix_fmt = plan.width, plan.height, "yuv420p"
    picture = np.zeros((plan.height * 3 // 2, plan.width), np.uint8)
    video.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p"))
    file.start_encoding()
    place, began, late = 0, time.monotonic(), None
    print("begun", flush=True)
    while (now := time.monotonic() - began) < limit_s and late is None:
        if now < place / plan.fps:
            time.sleep(0.002)
            continue
        late = now if now - place / plan.fps > 0.7 else None
        key = place % len(shape) == 0
        unit = b"\\0\\0\\0\\1" + bytes([0x65 if key else 0x41]) + b"\\xff" * shape[place % len(shape)]
        packet = av.Packet(unit)
        packet.stream, packet.time_base, packet.pts, packet.dts = video, Fraction(1, 30), place, place
        packet.is_keyframe = key
        file.mux(packet)
        place += 1
    print(late or limit_s, flush=True)
    import os
    os._exit(0)
"""


def notice(folder: Path) -> None:
    """Show how long after the drop each of the two noticed, s."""
    rig = Rig(delay_ms=15)
    try:
        rig.up()
    except NotHere as reason:
        rig.down()
        print(f"broadcast: skipped, network namespaces cannot be built here: {reason}")
        return
    ours, theirs = [], []
    server = rig.start(rig.internet, "-c", SERVER)
    try:
        assert rig.readline(server).strip() == "ready"
        for _ in range(ROUNDS):
            ours.append(_ours(rig, folder))
            theirs.append(_theirs(rig))
    finally:
        server.kill()
        server.communicate()
        rig.down()
    show("seconds from a drop of 20 to 3 Mbit/s until the test broadcast notices", ours)
    show("the same until a push by PyAV (FFmpeg) runs 0.7 s late", theirs)


def _ours(rig: Rig, folder: Path) -> float:
    rig.shape(20)
    publishing = Publishing(rig, folder, DROP_S + 4)
    publishing.after(DROP_S)
    dropped_s = time.monotonic() - publishing.began
    rig.shape(3)
    noticed_s = delivery(publishing.done()[0]).noticed_s
    return LIMIT_S if noticed_s is None else noticed_s - dropped_s


def _theirs(rig: Rig) -> float:
    rig.shape(20)
    process = rig.start(rig.studio, "-c", PUSH, f"rtmp://{FAR_END}/live/key", str(DROP_S + LIMIT_S))
    try:
        assert rig.readline(process).strip() == "begun"
        began = time.monotonic()
        time.sleep(DROP_S)
        dropped_s = time.monotonic() - began
        rig.shape(3)
        return float(rig.readline(process)) - dropped_s
    finally:
        process.kill()
        process.communicate()
