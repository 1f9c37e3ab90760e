"""Processes that check documents by their schemas for the threads of a service.

A thread can neither be broken off nor keep a long check from slowing down the others. So a service hands the checks that
may take long to a few processes, each of which is killed when its time is over.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from gitdraft.errors import ValidationTooLong
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.validation.time_limit import OutOfTime, seconds_left

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

ReadSchema: TypeAlias = Callable[[str], JSON | None]
CompileSchema: TypeAlias = Callable[
    [str, ReadSchema, float], Callable[[EntityRef, JSON], Iterator[Violation]]
]
GRACE = 0.5  # seconds in which a process says by itself that its time is over
PRELOADED = ["gitdraft.validation.schemas"]


@dataclass(frozen=True, slots=True)
class CheckTask:
    """A document to be checked by the schema at a path, within so many seconds."""

    path: str
    entity: EntityRef
    document: JSON
    seconds: float


class Checkers:
    """So many processes, started when they are needed."""

    def __init__(self, number: int, compile_schema: CompileSchema) -> None:
        self._compile_schema = compile_schema
        self._idle: queue.LifoQueue[_Checker | None] = queue.LifoQueue()
        for _ in range(number):
            self._idle.put(None)
        self._processes: set[BaseProcess] = set()
        self._is_closed = False

    def check(self, path: str, entity: EntityRef, document: JSON, read: ReadSchema) -> list[Violation]:
        """Returns the violations of a document by the schema at ``path``. Raises OutOfTime."""
        try:
            checker = self._idle.get(timeout=max(seconds_left(), 0))
        except queue.Empty:
            raise OutOfTime from None
        try:
            if checker is None or not checker.process.is_alive():
                checker = self._start()
            violations = checker.check(CheckTask(path, entity, document, seconds_left()), read)
        except BaseException:
            if checker is not None:
                self._processes.discard(checker.process)
                checker.kill()
            checker = None
            raise
        finally:
            self._idle.put(checker)
        return violations

    def close(self) -> None:
        """Kills the processes."""
        self._is_closed = True
        for process in tuple(self._processes):
            process.kill()

    def _start(self) -> _Checker:
        if self._is_closed:
            raise OutOfTime
        import multiprocessing

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, self._compile_schema), daemon=True, name="checker"
        )
        process.start()
        theirs.close()
        self._processes.add(process)
        return _Checker(process, ours)


@dataclass(frozen=True, slots=True)
class _Checker:
    process: BaseProcess
    connection: Connection[Any, Any]

    def check(self, task: CheckTask, read: ReadSchema) -> list[Violation]:
        until = monotonic() + task.seconds + GRACE
        self.connection.send(task)
        while self.connection.poll(max(until - monotonic(), 0)):
            try:
                what, answer = self.connection.recv()
            except EOFError:
                break
            if what == "schema":
                self.connection.send(read(answer))
            elif what == "violations":
                return list(answer)
            else:
                raise OutOfTime
        raise OutOfTime

    def kill(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


class _Mine(threading.local):
    """The checkers that stand behind this thread."""

    checkers: Checkers | None = None


_MINE = _Mine()


@contextmanager
def checked_by(checkers: Checkers) -> Iterator[None]:
    """Has these processes make the long checks of what this thread does inside."""
    before, _MINE.checkers = _MINE.checkers, checkers
    try:
        yield
    finally:
        _MINE.checkers = before


def my_checkers() -> Checkers | None:
    """Returns the processes that stand behind this thread."""
    return _MINE.checkers


def _serve(connection: Connection[Any, Any], compile_schema: CompileSchema) -> None:
    """What a process does: check one document after another, and ask for the schemas that it needs."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the service ends what it started
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def read(path: str) -> JSON | None:
        connection.send(("schema", path))
        schema: JSON | None = connection.recv()
        return schema

    while True:
        try:
            task: CheckTask = connection.recv()
            check = compile_schema(task.path, read, task.seconds)
            answer = "violations", list(check(task.entity, task.document))
        except EOFError:
            return
        except ValidationTooLong:
            answer = "late", []
        connection.send(answer)
