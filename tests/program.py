"""gitdraft's command line, called in this process as if it were one of its own.

Starting Python and importing everything is most of what a command costs, so most tests call `main` here, between a
set-up and a restore of all that a process has for itself: environment, working directory, the three streams (as file
descriptors, so that git's own output is captured too), signal handlers, what is remembered of repositories.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

STREAMS = ("stdin", "stdout", "stderr")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


@dataclass(frozen=True)
class Answer:
    """What a command answered: its exit code, and the bytes that it printed."""

    code: int
    raw_out: bytes
    raw_err: bytes

    @property
    def out(self) -> str:
        """Standard output."""
        return self.raw_out.decode()

    @property
    def err(self) -> str:
        """Standard error."""
        return self.raw_err.decode()

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def refusal(self) -> Any:
        """The last line of standard error, an error of `-o json`."""
        return json.loads(self.err.splitlines()[-1])


def run_in_process(
    arguments: tuple[str, ...], folder: Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Answer:
    """The command in this process. In a thread beside the main one it is a process of its own: the working directory
    and the streams are the whole process's."""
    if threading.current_thread() is not threading.main_thread():
        return run_process(arguments, folder, stdin, environment)
    from gitdraft.cli.main import main

    with ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile(buffering=0)) for _ in STREAMS]
        streams[0].write(stdin)
        streams[0].seek(0)
        stack.enter_context(process_state(folder, environment or {}))
        stack.enter_context(redirected(streams))
        try:
            code = main(list(arguments))
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return _answer(code, *(_read(stream) for stream in streams[1:]))


def run_process(
    arguments: tuple[str, ...], folder: Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Answer:
    """The command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "gitdraft.cli.main", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return _answer(done.returncode, done.stdout, done.stderr)


def _answer(code: int, out: bytes, err: bytes) -> Answer:
    answer = Answer(code, out, err)
    assert "Traceback" not in answer.err, answer.err
    return answer


def _read(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()


@contextmanager
def process_state(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """The environment, the working directory, signal handlers and memory of a fresh process; then as they were."""
    variables, signals = dict(os.environ), {number: signal.getsignal(number) for number in SIGNALS}
    before = os.open(".", os.O_RDONLY)
    thresholds, handlers = gc.get_threshold(), logging.root.handlers[:]
    forget_everything()
    try:
        logging.root.handlers.clear()  # so that a warning goes to standard error
        os.chdir(folder)
        os.environ.update(environment)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the end of a process closes what is open
            yield
            gc.collect(1)  # what the command left; all of it is young, as `main` collects late
    finally:
        logging.root.handlers[:] = handlers
        os.fchdir(before)
        os.close(before)
        gc.set_threshold(*thresholds)
        for number, handler in signals.items():
            signal.signal(number, handler)
        if os.environ != variables:
            os.environ.clear()
            os.environ.update(variables)
        forget_everything()


@contextmanager
def redirected(files: Sequence[IO[bytes]]) -> Iterator[None]:
    """Standard input, output and error are these files, for Python and for whatever it starts."""
    before = [getattr(sys, name) for name in STREAMS]
    for stream in before[1:]:
        stream.flush()
    saved = [os.dup(number) for number in range(3)]
    try:
        for number, (name, file) in enumerate(zip(STREAMS, files, strict=True)):
            os.dup2(file.fileno(), number)
            binary = os.fdopen(number, "wb" if number else "rb", closefd=False)
            errors = "backslashreplace" if name == "stderr" else "strict"
            setattr(sys, name, TextIOWrapper(binary, encoding="utf-8", errors=errors, newline="\n"))
        yield
    finally:
        for name, stream in zip(STREAMS, before, strict=True):
            getattr(sys, name).detach()
            setattr(sys, name, stream)
        for number, copy in enumerate(saved):
            os.dup2(copy, number)
            os.close(copy)


def forget_everything() -> None:
    """Empty what functions of gitdraft remember, by path or by content, as a process that starts has it."""
    for function in _remembering(sum(name.startswith("gitdraft") for name in sys.modules)):
        function.cache_clear()


@cache
def _remembering(modules: int) -> list[Any]:
    """Every function of gitdraft that remembers; looked for again when more ``modules`` were loaded."""
    functions = {
        id(value): value
        for name, module in list(sys.modules.items())
        if name.startswith("gitdraft")
        for value in vars(module).values()
        if hasattr(type(value), "cache_clear")
    }
    return list(functions.values())
