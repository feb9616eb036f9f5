"""The one tree of errors. Foreign errors are mapped into it where they are met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from studiocheck.core.text import Text


class StudioCheckError(Exception):
    """Anything that studiocheck says to its user instead of a traceback.

    Parameters
    ----------
    message : Text
        What happened.
    advice : Text, optional
        What to do about it.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: Text, advice: Text | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.advice = advice

    def __reduce__(self) -> tuple[type[StudioCheckError], tuple[Text, Text | None]]:
        """Keep both languages when the error crosses to another process."""
        return type(self), (self.message, self.advice)


class UsageError(StudioCheckError):
    """The command line asks for something that does not exist or does not fit."""

    code = "usage"


class FileError(StudioCheckError):
    """A file that the user wrote is wrong: names file, key path and what is allowed."""

    code = "file"


class ProfileError(FileError):
    """A requirement profile is wrong."""

    code = "profile"


class StudioError(FileError):
    """A studio file is wrong."""

    code = "studio"


class SceneError(FileError):
    """A scene of the simulated studio, or a fault asked of it, is wrong."""

    code = "scene"


class RecordError(FileError):
    """A stored run cannot be read: missing, damaged, or of a newer schema."""

    code = "record"


class CalibrationError(FileError):
    """A calibration record cannot be read: missing its picture, damaged, or of another camera."""

    code = "calibration"


class StateError(StudioCheckError):
    """The state folder cannot be written: permission, full disk, not a folder."""

    code = "state"


class SourceError(StudioCheckError):
    """A device, a network or the system did not give what was asked of it."""

    code = "source"


class DeviceGone(SourceError):
    """The device is not there, or left while it was being read."""

    code = "gone"


class DeviceBusy(SourceError):
    """Another program holds the device."""

    code = "busy"


class PermissionDenied(SourceError):
    """The system does not let us open the device."""

    code = "denied"


class SourceTimeout(SourceError):
    """The device or the far end is there and says nothing."""

    code = "timeout"


class FormatRefused(SourceError):
    """The device cannot deliver what was asked, or delivers what cannot be read."""

    code = "format"


class LibraryMissing(SourceError):
    """A system library or an optional package is not installed."""

    code = "library"


class NetworkRefused(SourceError):
    """The far end was reached and refused: name, connection, TLS, HTTP status."""

    code = "refused"


class NotConsented(SourceError):
    """What was asked for could go on air, and nobody said that it may."""

    code = "consent"


class ConnectionCut(SourceError):
    """A connection that worked broke."""

    code = "cut"


NO_WAY_OUT = frozenset(
    kind.code for kind in (NetworkRefused, SourceTimeout, DeviceGone, ConnectionCut)
)
"""Problems that say something of a line or its far end, not of our means to measure it."""


NO_SOUND = Text(
    "what was delivered is no sound: values that are no numbers, or beyond all bounds",
    "收到的数据不是声音：数值无效或远超满幅",
)
NO_SOUND_ADVICE = Text(
    "unplug the microphone, wait five seconds, plug it in again; if that does not help, install "
    "its driver anew",
    "拔下麦克风，等五秒再插上；仍不行就重装驱动",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A `SourceError` at rest: what stands in evidence where a capture should be.

    Parameters
    ----------
    code : str
        ``code`` of the error class; never translated.
    message, advice : Text
        What happened and what to do.
    """

    code: str
    message: Text
    advice: Text | None = None

    @classmethod
    def of(cls, error: StudioCheckError) -> Problem:
        """Return the problem that an error stands for."""
        return cls(error.code, error.message, error.advice)

    def error(self) -> SourceError:
        """Return the error that it stands for, to be raised where nothing else can be given."""
        kinds = {kind.code: kind for kind in SourceError.__subclasses__()}
        return kinds.get(self.code, SourceError)(self.message, self.advice)


class Unmeasurable(Exception):
    """Raised by a measure that cannot know. There are no sentinel numbers.

    Parameters
    ----------
    reason : Text
        Why the value cannot be known from this evidence.
    advice : Text, optional
        What would make it measurable.
    """

    def __init__(self, reason: Text, advice: Text | None = None) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.advice = advice


class NotAsked(Exception):
    """Raised by a check that has nothing to judge here: the finding is SKIPPED, never green.

    Parameters
    ----------
    reason : Text
        What is missing that the user never declared, and how to declare it.
    optional : bool
        Whether nobody misses it: the finding is then no blocker, whatever the check is.
    advice : Text, optional
        What to do to have it checked, where the reason does not say it.
    """

    def __init__(self, reason: Text, *, optional: bool = False, advice: Text | None = None) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.optional = optional
        self.advice = advice
