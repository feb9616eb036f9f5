"""Maps what FFmpeg says through PyAV to our errors, by type; its texts may hold passwords."""

from __future__ import annotations

from collections.abc import Callable

import av.error

from studiocheck.core.errors import SourceError
from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.cameras import stream_problems as streams

_OPEN_LIMIT_SHARE = 0.9
_TIMEOUTS = (av.error.ExitError, TimeoutError)
_HTTP = (av.error.HTTPError, av.error.HTTPClientError, av.error.HTTPServerError)
_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], Callable[[str], SourceError]], ...] = (
    ((av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError), streams.unauthorized),
    ((av.error.HTTPNotFoundError,), streams.not_found),
    ((ConnectionRefusedError,), streams.refused),
    ((ConnectionResetError, BrokenPipeError, ConnectionAbortedError), streams.cut),
    ((av.error.ProtocolNotFoundError,), streams.no_protocol),
)


def of_stream(
    error: Exception, label: str, *, opened: bool, elapsed_s: float, limit_s: float
) -> SourceError:
    """Say why a stream could not be opened, or broke.

    Parameters
    ----------
    error : Exception
        Of PyAV.
    label : str
        The redacted URL.
    opened : bool
        Whether pictures had come before.
    elapsed_s, limit_s : float
        How long the call took, and how long FFmpeg waits for an answer, s: it calls some of its
        timeouts "invalid data".
    """
    for kinds, problem in _BY_TYPE:
        if isinstance(error, kinds):
            return problem(label)
    late = not opened and elapsed_s >= _OPEN_LIMIT_SHARE * limit_s
    if late or isinstance(error, _TIMEOUTS):
        return problems.silent(label, limit_s)
    if isinstance(error, _HTTP):
        return streams.http_error(label, _why(error))
    if isinstance(error, EOFError) or (opened and isinstance(error, av.error.InvalidDataError)):
        return streams.stopped(label)
    if isinstance(error, OSError):
        return streams.cut(label) if opened else streams.unreachable(label, _why(error))
    return _no_picture(label, error)


def of_file(error: Exception, name: str) -> SourceError:
    """Say why a clip cannot be read."""
    if isinstance(error, FileNotFoundError):
        return streams.no_file(name)
    if isinstance(error, PermissionError):
        return streams.unreadable_file(name)
    return _no_picture(name, error)


def _no_picture(label: str, error: Exception) -> SourceError:
    if isinstance(error, av.error.InvalidDataError):  # says no more than that
        return streams.no_picture(label)
    if isinstance(error, OSError):
        return streams.no_picture(label, reason_of(error))
    return streams.no_picture(label, Text(_why(error), _why(error)))


def _why(error: Exception) -> str:
    """FFmpeg's own words, without the URL that its exceptions append."""
    return str(getattr(error, "strerror", "") or type(error).__name__)
