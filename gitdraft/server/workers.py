"""Where the blocking work is done: threads, each with a repository of its own, since pygit2's are not shared.

All writes go through one thread, in the order they came: they would wait for the writers' lock anyway, and so a
shutdown has one thing to wait for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from gitdraft.api.repository import Repository, open_session
from gitdraft.api.session import Identity
from gitdraft.errors import RepositoryError

Answer = TypeVar("Answer")


class Workers:
    """So many threads on one repository."""

    def __init__(self, folder: Path, environment: Mapping[str, str], threads: int, name: str) -> None:
        self._folder = folder
        self._environment = environment
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.waiting = 0

    async def run(self, action: Callable[[Repository], Answer], timeout: float) -> Answer:
        """The action's answer, from one of the threads.

        Raises RepositoryError (``timeout``) when it takes longer than ``timeout`` seconds. What has begun is not
        broken off; what has not is never begun.
        """
        future = self._pool.submit(self._act, action)
        self.waiting += 1
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except TimeoutError:
            raise RepositoryError("it took too long", code="timeout") from None
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Finish what has begun, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _act(self, action: Callable[[Repository], Answer]) -> Answer:
        return action(self._repository())

    def _repository(self) -> Repository:
        """This thread's repository; opened again when gitdraft.yaml has come to name other branches."""
        repository: Repository | None = getattr(self._local, "repository", None)
        if repository is None or not repository.is_current():
            repository = Repository(open_session(self._folder, Identity(environment=self._environment)))
            self._local.repository = repository
        return repository
