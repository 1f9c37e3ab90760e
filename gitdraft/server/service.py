"""What all requests share: the settings, the threads and processes that work for them, and what is held of their bodies."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakValueDictionary

from fastapi import Request

from gitdraft.api.checkers import start_checkers
from gitdraft.api.repository import Repository
from gitdraft.errors import RepositoryError
from gitdraft.model.operations import Actor
from gitdraft.server.sessions import Sessions
from gitdraft.server.settings import Settings
from gitdraft.server.workers import Workers

CHECKERS = 2
PARSERS = 2


class Service:
    """One running service. ``held`` is how many bytes of bodies are in memory."""

    def __init__(self, settings: Settings, environment: dict[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.checkers = start_checkers(CHECKERS)

        def workers(threads: int, name: str) -> Workers:
            return Workers(settings.folder, environment, threads, name, self.checkers)

        self.readers = workers(settings.readers, "reader")
        self.writers = workers(settings.writers, "writer")
        # waits for others, so nothing else waits for it
        self.fetcher = workers(1, "fetcher")
        self.parsers = ThreadPoolExecutor(PARSERS, thread_name_prefix="parser")
        self.held = 0
        self.streams = 0
        self.is_closing = False
        self.sessions = Sessions()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._identity: Actor | None = None

    def identity(self, repository: Repository) -> Actor:
        """Returns whom git was configured for when it was first asked: the service."""
        if self._identity is None:
            self._identity = repository.session.committer()
        return self._identity

    def hold(self, size: int) -> None:
        """Counts bytes that are kept. Raises RepositoryError (``busy``) where all requests together have too many."""
        if self.held + size > self.settings.most_held:
            raise RepositoryError("too much is being sent at once", code="busy")
        self.held += size

    def waiting(self) -> dict[str, int]:
        """Returns how many requests wait for, or are with, each kind of thread."""
        return {"readers": self.readers.waiting, "writer": self.writers.waiting}

    def turn(self, token: str | None) -> asyncio.Lock:
        """Returns the lock of a token: one write of it is in hand at a time, so that no caller takes all threads."""
        if token is None:
            return asyncio.Lock()
        return self._turns.setdefault(token, asyncio.Lock())

    def close(self, seconds: float) -> bool:
        """Finishes the writes in hand; what waits behind them is not begun. Returns whether all of it has ended within
        ``seconds``."""
        self.is_closing = True
        for pool in (self.fetcher, self.readers, self.writers):
            pool.stop()
        self.parsers.shutdown(wait=False, cancel_futures=True)
        has_ended = self.writers.wait(seconds)
        self.checkers.close()
        return has_ended and self.readers.wait(1) and self.fetcher.wait(0)


def token_of(request: Request) -> str | None:
    """Returns the token that a request comes with. A header of another form than `Bearer TOKEN` is a token that nobody
    knows."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token if scheme.lower() == "bearer" else ""
