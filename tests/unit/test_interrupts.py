"""One Ctrl-C stops a run; the next ones must not tear what it is putting back."""

from __future__ import annotations

import signal
import threading

import pytest

from studiocheck.engine.interrupts import ignored


def test_ctrl_c_does_nothing_while_a_run_winds_down_and_is_itself_again_after_that():
    with ignored():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_error_while_winding_down_leaves_ctrl_c_as_it_was():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OSError, match="disk"), ignored():
        raise OSError("disk")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_that_may_not_touch_signals_winds_down_all_the_same():
    done = []

    def wind_down() -> None:
        with ignored():
            done.append(True)

    thread = threading.Thread(target=wind_down)
    thread.start()
    thread.join()
    assert done == [True]
