"""What a command asks of its process: streams that are open, and signals that end it as Ctrl-C does, with nothing half."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # as mypy has it: `typing` is loaded where it is needed

if TYPE_CHECKING:
    from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal that ends this process; ``number`` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def open_closed_streams() -> None:
    """Has standard input, output and error lead nowhere where the caller has closed them: else the next file that is opened, a lock
    or a database, would be one of them, and be written to as such."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def end_on_signals() -> None:
    """Raises Stopped where a signal would have ended the process at once; one that the caller ignores (`nohup`) stays ignored."""
    for number in ENDING:
        try:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _stop)
        except ValueError:  # not in the main thread
            return


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)
