"""Something that nobody may read by accident: a stream key, a password."""

from __future__ import annotations

from typing import NoReturn

HIDDEN = "***"


class Secret:
    """A text that is shown nowhere: not printed, not formatted, not pickled.

    Parameters
    ----------
    value : str
        The secret.

    Examples
    --------
    >>> key = Secret("live_1234")
    >>> f"{key} {key!r}", key.reveal()
    ('*** Secret(***)', 'live_1234')
    >>> key.hidden_in("live_1234 is not known")
    '*** is not known'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret, for whom it is meant."""
        return self._value

    def hidden_in(self, text: str) -> str:
        """Return what somebody else said, without the secret or its part before a query."""
        for part in (self._value, self._value.partition("?")[0]):
            text = text.replace(part, HIDDEN) if part else text
        return text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        message = "a secret stays where it was read"
        raise TypeError(message)
