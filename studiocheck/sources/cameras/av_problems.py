"""Maps what FFmpeg says through PyAV to our errors, by type; its texts may hold passwords."""

from __future__ import annotations

from collections.abc import Callable

import av.error

from studiocheck.core.errors import SourceError
from studiocheck.sources.cameras import camera_problems as problems

_OPEN_LIMIT_SHARE = 0.9
_TIMEOUTS = (av.error.ExitError, TimeoutError)
_HTTP = (av.error.HTTPError, av.error.HTTPClientError, av.error.HTTPServerError)
_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], Callable[[str], SourceError]], ...] = (
    ((av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError), problems.unauthorized),
    ((av.error.HTTPNotFoundError,), problems.not_found),
    ((ConnectionRefusedError,), problems.refused),
    ((ConnectionResetError, BrokenPipeError, ConnectionAbortedError), problems.cut),
    ((av.error.ProtocolNotFoundError,), problems.no_protocol),
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
        return problems.http_error(label, _why(error))
    if isinstance(error, EOFError) or (opened and isinstance(error, av.error.InvalidDataError)):
        return problems.stopped(label)
    if isinstance(error, OSError):
        return problems.cut(label) if opened else problems.unreachable(label, _why(error))
    return problems.no_picture(label, _why(error))


def of_file(error: Exception, name: str) -> SourceError:
    """Say why a clip cannot be read."""
    if isinstance(error, FileNotFoundError):
        return problems.no_file(name)
    if isinstance(error, PermissionError):
        return problems.unreadable_file(name)
    return problems.no_picture(name, _why(error))


def _why(error: Exception) -> str:
    """FFmpeg's own words, without the URL that its exceptions append."""
    return str(getattr(error, "strerror", "") or type(error).__name__)
