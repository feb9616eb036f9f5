"""Finds the device behind every binding of a plan: the only place that knows real and simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studiocheck.core.capture import Device
from studiocheck.core.check import Scope
from studiocheck.core.errors import Problem, SceneError, SourceError, StudioError
from studiocheck.core.evidence import Captured, Need, Sweep
from studiocheck.core.network import StreamPlan
from studiocheck.core.studio import (
    CameraRole,
    MicrophoneRole,
    SpeakerRole,
    Studio,
    UplinkRole,
    sweep_speaker,
)
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey, targets_of
from studiocheck.engine.plan import Plan, stream_plan
from studiocheck.profile.load import two_roles
from studiocheck.simulator.scene import Scene, load_scene
from studiocheck.sources.missing import missing_library

if TYPE_CHECKING:
    from studiocheck.simulator.loudspeaker import SimulatedSpeaker

AudioBackend = Literal["auto", "sounddevice", "pyaudio"]
_SIM = "sim:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """How bindings become devices.

    Parameters
    ----------
    scene : Scene, optional
        The simulated studio behind ``sim:`` bindings; the built-in one if absent.
    audio_backend : str
        Which library opens microphones.
    disk : Path
        Where recordings go: the disk that `host.disk` watches.
    simulated_host : bool
        Whether the computer itself is simulated too.
    file : str
        The studio file, for messages.
    records : mapping
        The calibration records of devices by role and kind, as they were stored; or why one
        cannot be read.
    consented : frozenset of str
        The hosts that may be published to although that may go on air.
    """

    scene: Scene | None = None
    audio_backend: AudioBackend = "auto"
    disk: Path = Path()
    simulated_host: bool = False
    file: str = "studio.toml"
    records: Mapping[tuple[str, type[Need]], Captured] = field(default_factory=dict)
    consented: frozenset[str] = frozenset()


def is_simulated(studio: Studio) -> bool:
    """Return whether any device of a studio is a simulated one."""
    bindings = [
        *(c.device for c in studio.cameras.values()),
        *(m.device for m in studio.microphones.values()),
        *(u.target or "" for u in studio.uplinks.values()),
    ]
    return any(map(simulated, bindings))


def simulated(binding: str) -> bool:
    """Return whether a binding names a device of the simulated studio."""
    return binding.startswith(_SIM)


def connect(plan: Plan, wiring: Wiring) -> dict[DeviceKey, Device | Problem]:
    """Return the device, not yet open, or the problem, for every device that a plan needs.

    Raises
    ------
    StudioError
        When two roles turn out to be one device.
    SceneError
        When a ``sim:`` binding names what the scene does not have.
    """
    _refuse_shared(plan, wiring.file)
    found: dict[DeviceKey, Device | Problem] = {}
    for key in plan.needs:
        try:
            found[key] = _device(plan, key, wiring)
        except SourceError as error:
            found[key] = Problem.of(error)
        except ImportError as error:
            found[key] = Problem.of(missing_library(error))
    return found


def _device(plan: Plan, key: DeviceKey, wiring: Wiring) -> Device:
    studio = plan.studio
    if key.scope is Scope.HOST:
        return _host(studio, wiring)
    if key.scope is Scope.CAMERA:
        role = studio.cameras[key.role]
        video = targets_of(plan.profile.targets, role).video
        return _camera(role, video.width, video.height, video.fps, wiring)
    if key.scope is Scope.MICROPHONE:
        microphone = studio.microphones[key.role]
        swept = any(isinstance(need, Sweep) for need in plan.needs[key])
        found = sweep_speaker(studio, microphone) if swept else None
        return _microphone(microphone, found[1] if found else None, wiring)
    return _uplink(studio, studio.uplinks[key.role], stream_plan(plan, key), wiring)


def _host(studio: Studio, wiring: Wiring) -> Device:
    if wiring.simulated_host:
        from studiocheck.simulator.host import SimulatedHost  # noqa: PLC0415 - only when asked

        return SimulatedHost(wiring.scene or load_scene())
    from studiocheck.sources.host import ThisHost  # noqa: PLC0415 - needs psutil

    return ThisHost(wiring.disk, studio.ntp)


def _camera(role: CameraRole, width: int, height: int, fps: float, wiring: Wiring) -> Device:
    if simulated(role.device):
        from studiocheck.simulator.camera import SimulatedCamera  # noqa: PLC0415 - needs cv2

        scene, name = in_scene(wiring, role.device, "cameras")
        return SimulatedCamera(scene, name, width=width, height=height, fps=fps)
    from studiocheck.sources.cameras.roles import camera_for  # noqa: PLC0415 - needs cv2

    return camera_for(role, width=width, height=height, fps=fps)


def _microphone(role: MicrophoneRole, speaker: SpeakerRole | None, wiring: Wiring) -> Device:
    """Return a microphone, with the loudspeaker beside it that plays sweeps to it."""
    if speaker is not None and simulated(role.device) != simulated(speaker.device):
        raise StudioError(
            Text(
                f"{role.device} cannot hear {speaker.device}: one of them is simulated",
                f"{role.device} 听不到 {speaker.device}：其中一个是模拟设备",
            )
        )
    if simulated(role.device):
        from studiocheck.simulator.microphone import SimulatedMicrophone  # noqa: PLC0415 - numpy

        scene, name = in_scene(wiring, role.device, "microphones")
        return SimulatedMicrophone(scene, name, _simulated_speaker(speaker, wiring))
    from studiocheck.sources.microphones.roles import microphone_for  # noqa: PLC0415 - PortAudio

    microphone = microphone_for(role, backend=wiring.audio_backend)
    if speaker is None:
        return microphone
    from studiocheck.sources.microphones.swept_microphone import (  # noqa: PLC0415 - PortAudio
        MicrophoneBesideSpeaker,
    )

    return MicrophoneBesideSpeaker(microphone, speaker, role.rate_hz)


def _simulated_speaker(role: SpeakerRole | None, wiring: Wiring) -> SimulatedSpeaker | None:
    if role is None:
        return None
    from studiocheck.simulator.loudspeaker import SimulatedSpeaker  # noqa: PLC0415 - numpy

    return SimulatedSpeaker(in_scene(wiring, role.device, "speakers")[1], role)


def _uplink(studio: Studio, role: UplinkRole, planned: StreamPlan, wiring: Wiring) -> Device:
    if simulated(role.target or ""):
        from studiocheck.engine.simulated_uplink import (  # noqa: PLC0415 - sockets
            MeasuredSimulatedUplink,
        )

        scene, name = in_scene(wiring, role.target or "", "uplinks")
        return MeasuredSimulatedUplink(scene, name, planned)
    from studiocheck.sources.uplinks import uplink_for  # noqa: PLC0415 - psutil

    file = Path(studio.secrets).expanduser() if studio.secrets else None
    secrets = Path(wiring.file).parent / file if file else None
    return uplink_for(role, planned, wiring.consented, secrets)


def in_scene(wiring: Wiring, binding: str, table: str) -> tuple[Scene, str]:
    """Return the scene behind a ``sim:`` binding, and what the device is called there.

    Raises
    ------
    SceneError
        When the scene has no such device.
    """
    scene = wiring.scene or load_scene()
    name = binding.removeprefix(_SIM)
    there: Mapping[str, object] = getattr(scene, table)
    if name not in there:
        raise SceneError(
            Text(
                f"{binding}: this scene has {', '.join(there) or 'none'}",
                f"{binding}：此场景只有 {'、'.join(there) or '空'}",
            )
        )
    return scene, name


def _refuse_shared(plan: Plan, file: str) -> None:
    """Two names of one device (``index:0`` and ``/dev/video0``) are found only here."""
    cameras = {
        key.role: plan.studio.cameras[key.role].device
        for key in plan.needs
        if key.scope is Scope.CAMERA and not simulated(plan.studio.cameras[key.role].device)
    }
    if len(cameras) < 2:
        return
    from studiocheck.sources.cameras.roles import resolved_identity  # noqa: PLC0415 - reads the system

    seen: dict[str, str] = {}
    for role, device in cameras.items():
        try:
            identity = resolved_identity(device)
        except (SourceError, ImportError):  # said when the device is opened
            continue
        if identity in seen:
            raise StudioError(two_roles(file, "cameras", seen[identity], role, device))
        seen[identity] = role
