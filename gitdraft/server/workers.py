"""Where the blocking work is done: threads, each with a repository of its own, since pygit2's are not shared.

Writes are planned side by side, and take the writers' lock to compare and write. Long validations are made by processes,
which can be killed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from gitdraft.api.checkers import Checkers, checked_by
from gitdraft.api.repository import Repository, open_session
from gitdraft.api.session import Identity
from gitdraft.errors import RepositoryError
from gitdraft.lazy_dataclass import replace

Answer = TypeVar("Answer")


class Threads(NamedTuple):
    """So many threads of a name, of which one caller has at most ``each``."""

    name: str
    number: int
    each: int


class Workers:
    """So many threads on one repository, behind which stand the ``checkers``; one caller has at most ``each`` of them."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        threads: Threads,
        checkers: Checkers,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(threads.number, thread_name_prefix=threads.name)
        self._each = threads.each
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._checkers = checkers
        self._running: set[Future[Any]] = set()
        self.waiting = 0

    async def run(
        self, action: Callable[[Repository], Answer], timeout: float, caller: str | None = None
    ) -> Answer:
        """The action's answer, from one of the threads, when it is the turn of the ``caller``; without one at once.

        Raises RepositoryError (``timeout``) when it takes longer than ``timeout`` seconds. What has begun is not
        broken off, and its caller's turn lasts as long; what has not is never begun.
        """
        self.waiting += 1
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.wrap_future(await self._begin(action, caller))
        except TimeoutError:
            raise RepositoryError("it took too long", code="timeout") from None
        finally:
            self.waiting -= 1

    async def _begin(self, action: Callable[[Repository], Answer], caller: str | None) -> Future[Answer]:
        turn = None
        if caller is not None:
            turn = self._turns.setdefault(caller, asyncio.Semaphore(self._each))
            await turn.acquire()
        future = self._pool.submit(copy_context().run, self._act, action)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        if turn is not None:
            future.add_done_callback(partial(_pass_on, turn, asyncio.get_running_loop()))
        return future

    def stop(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wait(self, seconds: float) -> bool:
        """Returns whether what has begun has ended within ``seconds``."""
        return not wait(tuple(self._running), seconds).not_done

    def _act(self, action: Callable[[Repository], Answer]) -> Answer:
        with checked_by(self._checkers):
            return action(self._repository())

    def _repository(self) -> Repository:
        """This thread's repository; opened again when gitdraft.yaml has come to name other branches."""
        repository: Repository | None = getattr(self._local, "repository", None)
        if repository is None or not repository.is_current():
            identity = Identity(environment=self._environment)
            session = open_session(self._folder, identity, mends=True)
            repository = Repository(replace(session, is_service=True))
            self._local.repository = repository
        return repository


def _pass_on(turn: asyncio.Semaphore, loop: asyncio.AbstractEventLoop, _: Future[Any]) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(turn.release)
