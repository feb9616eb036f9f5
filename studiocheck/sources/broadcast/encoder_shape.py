"""How an encoder's frames are shaped: one large key frame, then many small ones."""

from __future__ import annotations

from studiocheck.core.network import StreamPlan

KEY_TO_OTHER = 5.0
"""By how much a key frame outweighs the others: 4–6 at a constant bitrate."""


def frames_per_key(plan: StreamPlan) -> int:
    """Return how many frames there are from one key frame to the next."""
    return max(1, round(plan.keyframe_s * plan.fps))


def frame_bytes(plan: StreamPlan) -> tuple[int, ...]:
    """Return the bytes of every frame from one key frame to the next.

    Parameters
    ----------
    plan : StreamPlan
        Its rate is met exactly over each such period, sound included.

    Examples
    --------
    >>> shape = frame_bytes(StreamPlan(bitrate_mbit_s=6.0, keyframe_s=2.0, fps=30.0))
    >>> len(shape), shape[0], shape[1], sum(shape)
    (60, 117217, 23437, 1500000)
    """
    count = frames_per_key(plan)
    whole = round(plan.bitrate_mbit_s * 1e6 / 8 * count / plan.fps)
    other = int(whole / (count - 1 + KEY_TO_OTHER))
    shape = [other] * count
    shape[0] = whole - other * (count - 1)
    return tuple(shape)
