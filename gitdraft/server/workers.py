"""Where the blocking work is done: threads, each with a repository of its own, since pygit2's are not shared.

Writes are planned side by side, and take the writers' lock to compare and write. Long validations are made by processes,
which can be killed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from gitdraft.api.checkers import Checkers, checked_by
from gitdraft.api.repository import Repository, open_session
from gitdraft.api.session import Identity
from gitdraft.errors import RepositoryError

Answer = TypeVar("Answer")


class Workers:
    """So many threads on one repository, behind which stand the ``checkers``."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], threads: int, name: str, checkers: Checkers
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._checkers = checkers
        self._running: set[Future[Any]] = set()
        self.waiting = 0

    async def run(self, action: Callable[[Repository], Answer], timeout: float) -> Answer:
        """The action's answer, from one of the threads.

        Raises RepositoryError (``timeout``) when it takes longer than ``timeout`` seconds. What has begun is not
        broken off; what has not is never begun.
        """
        future = self._pool.submit(copy_context().run, self._act, action)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        self.waiting += 1
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except TimeoutError:
            raise RepositoryError("it took too long", code="timeout") from None
        finally:
            self.waiting -= 1

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
