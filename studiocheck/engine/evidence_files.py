"""Writes evidence to a run's folder and reads it back.

JSON for the facts, npz for the arrays, PNG for full frames, and small JPEG pictures for people to
look at.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studiocheck.core import errors, evidence, text
from studiocheck.core.check import Scope
from studiocheck.core.errors import RecordError
from studiocheck.core.evidence import NEEDS, Captured, ClipEvidence, Need
from studiocheck.core.text import Text
from studiocheck.engine.plan import DeviceKey
from studiocheck.engine.store import RunFolder, read_json

_TYPES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Captured, errors.Problem, text.Text,
        evidence.ClipEvidence, evidence.CameraInfo, evidence.FrameSeries, evidence.Still,
        evidence.Burst, evidence.Controls, evidence.LookEvidence,
        evidence.TakeEvidence, evidence.MicrophoneInfo,
        evidence.UploadEvidence, evidence.LinkEvidence, evidence.HostEvidence,
    )
}  # fmt: skip
_VIEW_WIDTH = 960


def write_evidence(
    folder: RunFolder, device: DeviceKey, captured: Mapping[type[Need], Captured]
) -> dict[type[Need], Captured]:
    """Write the evidence of one device; returns it with the files that people can look at."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    shown: dict[type[Need], Captured] = {}
    for need, item in captured.items():
        views: tuple[str, ...] = ()
        if isinstance(item.evidence, ClipEvidence):
            views = _write_views(folder, device, item.evidence)
        shown[need] = replace(item, files=views)
    tree = {
        need.__name__: _encode(item, f"{device}/{need.__name__}", arrays, folder)
        for need, item in shown.items()
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    folder.write(f"evidence/{device}.npz", buffer.getvalue())
    folder.write(f"evidence/{device}.json", json.dumps(tree, ensure_ascii=False).encode())
    return shown


def _write_views(folder: RunFolder, device: DeviceKey, clip: ClipEvidence) -> tuple[str, ...]:
    import cv2  # noqa: PLC0415 - heavy

    names = []
    for number, still in enumerate(clip.stills):
        height, width = still.image.shape[:2]
        scale = min(1.0, _VIEW_WIDTH / width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(still.image, size, interpolation=cv2.INTER_AREA)
        name = f"frames/{device.role}-{number:03d}.jpg"
        folder.write(name, cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
        names.append(name)
    return tuple(names)


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
    fast = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    folder.write(name, cv2.imencode(".png", image, fast)[1].tobytes())
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
