"""A single picture in place of a camera: what does not need time can be measured in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from studiocheck.core.capture import Frame
from studiocheck.core.picture import CameraInfo
from studiocheck.sources.cameras import stream_problems as streams


@dataclass
class PictureCamera:
    """One picture file; `read` gives it once."""

    path: str
    live: bool = False
    _frame: Frame | None = field(default=None, repr=False)

    def open(self) -> CameraInfo:
        """Decode the picture; raises `SourceError`."""
        import cv2  # noqa: PLC0415 - heavy

        file = Path(self.path)
        try:
            # not cv2.imread: it cannot open a Chinese path on Windows
            data = np.frombuffer(file.read_bytes(), np.uint8)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise streams.no_file(file.name) from error
        except OSError as error:
            raise streams.unreadable_file(file.name) from error
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if decoded is None:
            raise streams.no_picture(file.name)
        image = np.asarray(decoded, np.uint8)
        luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        size = image.shape[1], image.shape[0]
        self._frame = Frame(captured_s=0.0, size=size, luma=lambda: luma, bgr=lambda: image)
        return CameraInfo(
            device=f"file:{self.path}",
            name=file.name,
            backend=f"OpenCV {cv2.__version__}",
            clock="file",
            width=image.shape[1],
            height=image.shape[0],
            pixel_format=file.suffix.lstrip(".").lower(),
            timeless=True,
        )

    def read(self) -> Frame | None:
        """Return the picture, then None."""
        frame, self._frame = self._frame, None
        return frame

    def controls(self) -> None:
        """Return None: a picture does not tell how its camera was set."""
        return

    def close(self) -> None:
        """Forget the picture."""
        self._frame = None
