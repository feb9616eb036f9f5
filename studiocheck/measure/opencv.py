"""OpenCV, loaded when it is first used: to list the checks must not cost its import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import cv2 as cv2  # noqa: PLC0414 - given on under its own name
else:

    class _OnFirstUse:
        """Stands for the module, and takes each name from it once."""

        def __getattr__(self, name: str) -> object:
            import cv2 as module  # noqa: PLC0415 - that is what this class is for

            found = getattr(module, name)
            setattr(self, name, found)
            return found

    cv2 = _OnFirstUse()
