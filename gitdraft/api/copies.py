"""What is kept elsewhere of a repository, for those who do not read git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.operations import SERVER

if TYPE_CHECKING:
    from gitdraft.model.copies import FeedReport


@dataclass(frozen=True, slots=True)
class Copies:
    """What is kept elsewhere; git stays the truth."""

    session: Session

    def feed(self, url: str, stream: str | None = None) -> FeedReport:
        """Publishes the operations that a stream of Redis or NATS does not have yet, in the order of their numbers, each once. A move of
        canonical by plain git is written into the log before, as `observed`. Without a name it is `gitdraft-` and the repository's.

        Raises InvalidInput, StateRefused (``feed-differs``), RepositoryError (``target-unreachable``, ``not-installed``).
        """
        from gitdraft.copies.feed import open_stream, publish
        from gitdraft.copies.names import checked_name, repository_name
        from gitdraft.store.observed import record_observed

        store = self.session.store
        name = f"gitdraft-{repository_name(store)}" if stream is None else checked_name(stream, "--stream")
        target = open_stream(url, name)
        acting = replace(self.session, identity=replace(self.session.identity, fallback=SERVER))
        record_observed(store, acting.metadata())
        return publish(store, target)
