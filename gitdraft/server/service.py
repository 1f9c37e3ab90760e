"""What all requests share: the settings, the threads and processes that work for them, and what is held of their bodies."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from fastapi import Request

from gitdraft.api.checkers import start_checkers
from gitdraft.api.feed import Feed
from gitdraft.api.repository import Repository
from gitdraft.errors import RepositoryError
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.operations import Actor
from gitdraft.server.sessions import Sessions
from gitdraft.server.settings import Settings
from gitdraft.server.workers import Threads, Workers

CHECKERS = 2
SURVEYORS = 2
PAUSE = 0.25  # seconds between two looks at the log


class Service:
    """One running service. ``held`` is how many bytes of bodies are in memory for whom, ``streams`` how many event streams each
    caller has. ``follow_pull`` has the pull request of a draft follow the draft soon, where it has one."""

    def __init__(self, settings: Settings, environment: dict[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.checkers = start_checkers(CHECKERS)

        def workers(name: str, number: int, each: int = 1) -> Workers:
            return Workers(settings.folder, environment, Threads(name, number, each), self.checkers)

        self.readers = workers("reader", settings.readers, max(1, settings.readers // 2))
        # look at all of the repository, so nothing short waits for them
        self.surveyors = workers("surveyor", SURVEYORS)
        self.writers = workers("writer", settings.writers)
        # waits for others, so nothing else waits for it
        self.fetcher = workers("fetcher", 1)
        self.syncers = workers("syncer", 1)
        self.held: Counter[str] = Counter()
        self.streams: Counter[str] = Counter()
        self.pulse = Pulse()
        self.is_closing = False
        self.sessions = Sessions()
        self.follow_pull: Callable[[Repository, str], None] = lambda *_: None
        self._identity: Actor | None = None

    def identity(self, repository: Repository) -> Actor:
        """Returns whom git was configured for when it was first asked: the service."""
        if self._identity is None:
            self._identity = repository.session.committer()
        return self._identity

    def hold(self, holder: str, size: int) -> None:
        """Counts bytes that are kept. Raises RepositoryError (``busy``) where the holder would have more than half of what the
        others leave, so that nobody can take all of it."""
        own = self.held[holder]
        if own + size > (self.settings.most_held - self.held.total() + own) // 2:
            raise RepositoryError("too much is being sent at once", code="busy")
        self.held[holder] += size

    def give_back(self, holder: str, size: int) -> None:
        """Counts bytes as kept no more."""
        self.held[holder] -= size
        if not self.held[holder]:
            del self.held[holder]

    def waiting(self) -> dict[str, int]:
        """Returns how many requests wait for, or are with, each kind of thread."""
        return {
            "readers": self.readers.waiting,
            "surveyors": self.surveyors.waiting,
            "writer": self.writers.waiting,
        }

    def close(self, seconds: float) -> bool:
        """Finishes the writes in hand; what waits behind them is not begun. Returns whether all of it has ended within
        ``seconds``."""
        self.is_closing = True
        for pool in (self.fetcher, self.syncers, self.readers, self.surveyors, self.writers):
            pool.stop()
        has_ended = self.writers.wait(seconds)
        self.checkers.close()
        others = (self.surveyors, self.fetcher, self.syncers)
        return has_ended and self.readers.wait(1) and all(pool.wait(0) for pool in others)


@dataclass(slots=True)
class Pulse:
    """Where the log stands: looked up once for all who wait for it to go on."""

    place: str = ""
    at: float = 0.0

    async def feel(self, service: Service) -> str:
        """Returns where it stands, or stood a moment ago."""
        now = time.monotonic()
        if now - self.at >= PAUSE:
            self.at = now
            self.place = await service.readers.run(_place, service.settings.timeout)
        return self.place


def _place(repository: Repository) -> str:
    return Feed(repository.session).now()


def token_of(request: Request) -> str | None:
    """Returns the token that a request comes with. A header of another form than `Bearer TOKEN` is a token that nobody
    knows."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token if scheme.lower() == "bearer" else ""


def caller_of(request: Request, credential: str | None) -> str:
    """Returns who takes turns: whoever has this credential, without one whoever is at this address."""
    return credential or f"address {request.client.host if request.client else ''}"
