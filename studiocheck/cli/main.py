"""Entry point: language, encoding, errors and exit codes around the Typer application."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from studiocheck.cli import exit_codes, localisation
from studiocheck.cli.arguments import exit_style_of, normalised
from studiocheck.core.errors import StudioCheckError


def main() -> NoReturn:
    """Run the command line and exit."""
    compute_alone()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # once more, while the first one was being dealt with
        code = exit_codes.INTERRUPTED
    # threads that still compute are waited for; a further Ctrl-C would tear them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def compute_alone() -> None:
    """Keep linear algebra to one thread; to be called before NumPy is imported.

    Our matrices are small and are judged side by side: further threads only wait for each other.
    """
    for library in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(library, "1")


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str
        Without the program's name.

    Returns
    -------
    int
        The exit code of the interface contract.
    """
    localisation.install(localisation.choose_language(arguments))
    style = exit_style_of(arguments)
    previous = _terminate_like_interrupt()
    try:
        return _run(normalised(arguments), style)
    except StudioCheckError as error:
        from studiocheck.cli.words import complain

        complain(error)
        return exit_codes.of_error(exit_codes.USAGE, style)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has gone; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("STUDIOCHECK_DEBUG"):
            raise
        return exit_codes.of_error(_bug(error), style)
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)


def _run(arguments: Sequence[str], style: exit_codes.ExitStyle) -> int:
    from typer.exceptions import TyperException

    from studiocheck.cli.app import build

    command = localisation.localised(build())
    try:
        result = command.main(list(arguments), prog_name="studiocheck", standalone_mode=False)
    except TyperException as error:
        print(localisation.usage_error(error), file=sys.stderr)
        return exit_codes.of_error(exit_codes.USAGE, style)
    return result if isinstance(result, int) else 0


def _bug(error: Exception) -> int:
    from studiocheck.cli.words import say

    print(
        say(
            f"× a bug of studiocheck: {type(error).__name__}: {error}\n"
            "  → please report it with the output of STUDIOCHECK_DEBUG=1",
            f"× studiocheck 程序错误：{type(error).__name__}: {error}\n"
            "  → 请附上 STUDIOCHECK_DEBUG=1 的输出反馈给我们",
        ),
        file=sys.stderr,
    )
    return exit_codes.BUG


def _terminate_like_interrupt() -> signal.Handlers | None:
    """A SIGTERM ends a run as Ctrl-C does: devices released, an INCOMPLETE record left."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        return None
    return previous if isinstance(previous, signal.Handlers) else signal.SIG_DFL
