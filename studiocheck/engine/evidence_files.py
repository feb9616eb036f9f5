"""Writes evidence to a run's folder and reads it back.

JSON for the facts, npz for the arrays, PNG for full frames, and small pictures for people to look
at.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studiocheck.core import errors, evidence, lighting, network, picture, sound, takes, text
from studiocheck.core.check import Scope
from studiocheck.core.errors import RecordError, Unmeasurable
from studiocheck.core.evidence import NEEDS, Captured, Need
from studiocheck.core.measurement import Limit
from studiocheck.core.network import StreamPlan
from studiocheck.core.studio import Role
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.store import RunFolder, read_json
from studiocheck.engine.views import views_of

_TYPES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Captured, errors.Problem, text.Text,
        picture.ClipEvidence, picture.CameraInfo, picture.FrameSeries, picture.Still,
        picture.Burst, picture.Controls, picture.LookEvidence, picture.MeanFrameEvidence,
        lighting.LampsEvidence, lighting.CalibratedLamp, lighting.WhiteEvidence,
        takes.TakeEvidence, takes.MicrophoneInfo,
        takes.SweepEvidence, takes.SpeakerInfo,
        sound.SensitivityEvidence, sound.CalibratedMicrophone,
        sound.RoomEvidence, sound.RoomAcoustics, sound.KnownDecay, sound.KnownEcho,
        network.LinkEvidence, network.RouteEvidence, network.TrafficEvidence, network.Sender,
        network.UploadEvidence, network.IngestEvidence, network.BroadcastEvidence,
        evidence.HostEvidence, evidence.ClockEvidence,
    )
}  # fmt: skip


def with_views(
    device: DeviceKey,
    captured: Mapping[type[Need], Captured],
    binding: Role = None,
    stream: StreamPlan | None = None,
) -> dict[type[Need], Captured]:
    """Return the evidence of one device with the files that people can look at, not drawn yet."""
    views = views_of(device, captured, binding, stream, {})
    return {
        need: replace(item, files=tuple(views.get(need, ()))) for need, item in captured.items()
    }


def write_evidence(
    folder: RunFolder,
    device: DeviceKey,
    captured: Mapping[type[Need], Captured],
    binding: Role = None,
    stream: StreamPlan | None = None,
    limits: Mapping[str, Limit] | None = None,
) -> None:
    """Write the evidence of one device, and draw and write what people can look at.

    Parameters
    ----------
    folder : RunFolder
        Of the run.
    device : DeviceKey
        Whose evidence it is.
    captured : mapping
        Kind of need → what came of it.
    binding : Role
        What the studio file says of the device: what is drawn of its light depends on it.
    stream : StreamPlan, optional
        What an uplink has to carry: what is drawn of it is held against that.
    limits : mapping, optional
        Measurement → limit: what is drawn of a microphone is held against them.

    Raises
    ------
    StateError
        When the disk is full or the folder cannot be written.
    """
    views = views_of(device, captured, binding, stream, limits or {}).values()
    for name, draw in {name: draw for view in views for name, draw in view.items()}.items():
        if (content := _drawn(name, draw)) is not None:
            folder.write(name, content)
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    tree = {
        need.__name__: _encode(item, f"{device}/{need.__name__}", arrays, folder)
        for need, item in with_views(device, captured, binding).items()
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    folder.write(f"evidence/{device}.npz", buffer.getvalue())
    folder.write(f"evidence/{device}.json", json.dumps(tree, ensure_ascii=False).encode())


def _drawn(name: str, draw: Callable[[], bytes]) -> bytes | None:
    try:
        return draw()
    except Unmeasurable:  # the checks say why
        return None
    except Exception:  # a picture for people must not cost the crew the verdict
        logging.getLogger(__name__).exception("%s could not be drawn", name)
        return None


def _encode(
    value: Any,  # noqa: ANN401 - any noun of evidence
    key: str,
    arrays: dict[str, np.ndarray[Any, Any]],
    folder: RunFolder,
) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, np.ndarray):
        if value.ndim == 3 and value.shape[2] == 3 and value.dtype == np.uint8:
            return {"$image": _write_image(value, key, folder)}
        arrays[key] = value
        return {"$array": key}
    if is_dataclass(value) and not isinstance(value, type):
        items = {
            f.name: _encode(getattr(value, f.name), f"{key}.{f.name}", arrays, folder)
            for f in fields(value)
        }
        return {"$type": type(value).__name__, **items}
    if isinstance(value, Mapping):
        return {"$map": dict(value)}
    if isinstance(value, tuple):
        return [_encode(item, f"{key}.{i}", arrays, folder) for i, item in enumerate(value)]
    return value


def _write_image(image: np.ndarray[Any, Any], key: str, folder: RunFolder) -> str:
    import cv2  # noqa: PLC0415 - heavy

    name = f"evidence/{key.replace('/', '.')}.png"
    # without any option the encoder is set for speed; with one it is not, and packs no better
    folder.write(name, cv2.imencode(".png", image)[1].tobytes())
    return name


def read_evidence(folder: Path, device: DeviceKey) -> dict[type[Need], Captured]:
    """Read the evidence of one device; empty when the run has none of it.

    Raises
    ------
    RecordError
        When a file is damaged.
    """
    facts = folder / "evidence" / f"{device}.json"
    if not facts.exists():
        return {}
    tree = read_json(facts)
    path = folder / "evidence" / f"{device}.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {
                need: _decode(tree[need.__name__], arrays, folder)
                for need in NEEDS
                if need.__name__ in tree
            }
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise RecordError(
            Text(f"{path}: damaged evidence: {error}", f"{path}：证据文件损坏：{error}")
        ) from error


def _decode(node: Any, arrays: Mapping[str, Any], folder: Path) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        return tuple(_decode(item, arrays, folder) for item in node)
    if not isinstance(node, dict):
        return node
    if "$array" in node:
        return arrays[node["$array"]]
    if "$map" in node:
        return node["$map"]
    if "$image" in node:
        return _read_image(folder, node["$image"])
    items = {k: _decode(v, arrays, folder) for k, v in node.items() if k != "$type"}
    return _TYPES[node["$type"]](**items)


def _read_image(folder: Path, name: str) -> np.ndarray[Any, Any]:
    import cv2  # noqa: PLC0415 - heavy

    path = folder / name
    if path.resolve().parent != (folder / "evidence").resolve():
        raise ValueError(name)
    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(name)
    return image


def device_keys(folder: Path) -> list[DeviceKey]:
    """Return the devices that a run has evidence of."""
    scopes = {"camera": Scope.CAMERA, "mic": Scope.MICROPHONE, "uplink": Scope.UPLINK}
    keys = []
    for path in sorted((folder / "evidence").glob("*.json")):
        kind, _, role = path.stem.partition(".")
        scope = scopes.get(kind, Scope.HOST)
        keys.append(DeviceKey(scope, role or "host"))
    return keys
