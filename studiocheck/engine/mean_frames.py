"""One camera's mean frame, outside a run: what calibrations are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from studiocheck.core.check import Scope
from studiocheck.core.errors import Problem, SourceError
from studiocheck.core.evidence import MeanFrame
from studiocheck.core.picture import MeanFrameEvidence
from studiocheck.core.studio import Studio
from studiocheck.engine.acquire import Capture
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.plan import Plan
from studiocheck.profile.models import Profile
from studiocheck.sources.cameras.av_camera import ClipCamera
from studiocheck.sources.cameras.v4l2_camera import V4l2Camera


def mean_frame(
    studio: Studio,
    role: str,
    profile: Profile,
    wiring: Wiring,
    *,
    seconds: float,
    hold_as: Mapping[str, int] | None = None,
) -> MeanFrameEvidence:
    """Average every frame of one camera, in a child process of its own.

    Parameters
    ----------
    studio, role
        The camera.
    profile : Profile
        Says in which size and rate.
    wiring : Wiring
        How bindings become devices.
    seconds : float
        For how long, s of the camera's clock; a file is averaged to its end at most.
    hold_as : mapping, optional
        How the camera was set in an earlier session (`Controls.after`): it is held there, where
        the studio file allows to hold it at all.

    Raises
    ------
    SourceError
        If the camera fails.
    StudioCheckError
        If its binding means nothing.
    """
    key = DeviceKey(Scope.CAMERA, role)
    needs = {key: (MeanFrame(seconds),)}
    plan = Plan(studio=studio, profile=profile, checks=(), needs=needs, manual=())
    devices = connect(plan, wiring)
    match devices[key]:
        case V4l2Camera() as camera if hold_as:
            devices[key] = replace(camera, hold_as=dict(hold_as))
        case ClipCamera() as camera:
            devices[key] = replace(camera, untimed=True)
    capture = Capture(plan, devices, listen=lambda _: None)
    capture.run()
    captured = capture.captured[key][MeanFrame]
    if captured.problem is not None:
        raise _error(captured.problem)
    if not isinstance(captured.evidence, MeanFrameEvidence):  # pragma: no cover - a mean frame is
        raise TypeError
    return captured.evidence


def _error(problem: Problem) -> SourceError:
    return SourceError(problem.message, problem.advice)
