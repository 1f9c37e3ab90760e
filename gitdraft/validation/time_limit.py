"""How long the validation of one entity may take, and what ends it.

Most of a validation is Python that looks at the clock (``check_time``). What does not (a regular expression that
backtracks) is broken off by a timer in a process's main thread, as on the command line and in hooks. The threads of the
service have such checks made by processes that can be killed (``checkers``).
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

GRACE = 0.2  # seconds in which who looks at the clock ends by itself; and again, where something swallowed the first call


class OutOfTime(Exception):
    """The time is over. Becomes ValidationTooLong where the entity is known."""


class _Clock(threading.local):
    """When this thread's validation has to be over, in monotonic seconds, and whether a timer sees to it."""

    until: float = math.inf
    has_timer: bool = False


_CLOCK = _Clock()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Gives what is done inside so many seconds, or what is left of a limit around it. Raises OutOfTime after that."""
    before = _CLOCK.until
    _CLOCK.until = min(before, monotonic() + seconds)
    try:
        check_time()
        if _can_be_interrupted():
            with _timer(_CLOCK.until - monotonic()):
                yield
        else:
            yield
    finally:
        _CLOCK.until = before


def check_time() -> None:
    """Raises OutOfTime when the time of this thread's validation is over."""
    if monotonic() > _CLOCK.until:
        raise OutOfTime


def has_timer() -> bool:
    """Returns whether a timer breaks off what this thread does when its time is over."""
    return _CLOCK.has_timer


@contextmanager
def time_slice(seconds: float) -> Iterator[None]:
    """Breaks off what is done inside after so many seconds, where a timer runs. Raises OutOfTime."""
    signal.setitimer(signal.ITIMER_REAL, max(min(seconds, seconds_left()), 1e-3), GRACE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, max(seconds_left(), 0) + GRACE, GRACE)


def seconds_left() -> float:
    """Returns how long this thread's validation may still take."""
    return _CLOCK.until - monotonic()


def _can_be_interrupted() -> bool:
    """Returns whether a timer can break off what this thread does: in a main thread whose program has no use of its own
    for SIGALRM."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    )


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    signal.signal(signal.SIGALRM, _late)
    _CLOCK.has_timer = True
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0) + GRACE, GRACE)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        _CLOCK.has_timer = False
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _late(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime
