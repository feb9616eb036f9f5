"""A library that cannot be loaded becomes a problem that says what to install."""

from __future__ import annotations

import re

from studiocheck.core.errors import LibraryMissing
from studiocheck.core.text import Text

_SYSTEM = {
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libgthread": "libglib2.0-0",
    "libglib": "libglib2.0-0",
    "libportaudio": "libportaudio2",
    "libpulse": "libpulse0",
}


def missing_library(error: ImportError) -> LibraryMissing:
    """Return what an `ImportError` means to a user.

    Examples
    --------
    >>> said = "libGL.so.1: cannot open shared object file: No such file or directory"
    >>> missing_library(ImportError(said)).advice.en
    'sudo apt-get install -y libgl1'
    """
    said = str(error)
    message = Text(f"a library cannot be loaded: {said}", f"无法加载库：{said}")
    shared = re.search(r"(lib\w+)[\w.+-]*\.so", said)
    if shared is not None:
        package = _SYSTEM.get(shared[1])
        command = f"sudo apt-get install -y {package}" if package else f"install {shared[1]}"
        return LibraryMissing(message, Text(command, command))
    return LibraryMissing(
        message,
        Text(
            "install studiocheck again: `make setup`, or `pipx reinstall studiocheck`; "
            "`studiocheck doctor` looks at every library",
            "请重新安装：`make setup` 或 `pipx reinstall studiocheck`；"
            "`studiocheck doctor` 可检查各个库",
        ),
    )
