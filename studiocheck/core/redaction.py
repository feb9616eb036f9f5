"""Takes credentials out of addresses before anybody sees or keeps them."""

from __future__ import annotations

import re

_SECRET = re.compile(r"pass|pwd|token|secret|key|auth|user|login|sig|credential", re.IGNORECASE)
_HIDDEN = "***"


def redacted(url: str) -> str:
    """Return a URL without its credentials: those before the host and those in the query.

    Examples
    --------
    >>> redacted("rtsp://op:p@ss@10.0.0.7:554/live?token=abc&ch=1")
    'rtsp://***@10.0.0.7:554/live?token=***&ch=1'
    """
    head, found, rest = url.partition("://")
    if not found:
        return url
    # everything before the last @ of the authority: pasted passwords hold @ and even /
    authority_end = _authority_end(rest)
    authority, tail = rest[:authority_end], rest[authority_end:]
    user, at, host = authority.rpartition("@")
    shown = f"{_HIDDEN}@{host}" if at and user else host
    tail, hash_, _ = tail.partition("#")
    path, mark, query = tail.partition("?")
    query = "&".join(_redacted_pair(pair) for pair in query.split("&"))
    return f"{head}://{shown}{path}{mark}{query}" + (f"#{_HIDDEN}" if hash_ else "")


def is_secret(name: str) -> bool:
    """Return whether a query parameter of this name holds a secret."""
    return _SECRET.search(name) is not None


def _authority_end(rest: str) -> int:
    end = min((rest.index(c) for c in "/?#" if c in rest), default=len(rest))
    # a password with a slash in it: an @ that is followed by something like a host
    late = re.match(r"[^?#]*@(?=[\w.\-\[\]:]+(?:[/?#]|$))", rest)
    if late is not None and late.end() > end and ":" in rest[:end]:
        after = rest[late.end() :]
        end = late.end() + min((after.index(c) for c in "/?#" if c in after), default=len(after))
    return end


def _redacted_pair(pair: str) -> str:
    key, equals, value = pair.partition("=")
    return f"{key}={_HIDDEN}" if equals and value and is_secret(key) else pair
