"""What is kept elsewhere of a repository, for those who do not read git."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.operations import server_actor
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.copies.projection import Projection
    from gitdraft.copies.snapshots import Snapshots
    from gitdraft.model.copies import FeedReport, ProjectionReport, RestoreReport, SnapshotReport


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
        acting = replace(self.session, identity=replace(self.session.identity, fallback=server_actor()))
        record_observed(store, acting.metadata())
        return publish(store, target)

    def push_snapshots(
        self, url: str, endpoint_url: str | None = None, *, prune: bool = False, progress: Progress = silent
    ) -> SnapshotReport:
        """Writes the revisions of canonical that a bucket (`s3://bucket/prefix`) does not have, as immutable objects; with ``prune``
        deletes those that git does not have.

        Raises InvalidInput, StateRefused (``not-conditional``), RepositoryError (``target-unreachable``, ``not-installed``).
        """
        return self._snapshots(url, endpoint_url).push(prune=prune, progress=progress)

    def verify_snapshots(
        self, url: str, endpoint_url: str | None = None, *, progress: Progress = silent
    ) -> SnapshotReport:
        """Reads every snapshot and holds it against git. Raises as ``push_snapshots``."""
        return self._snapshots(url, endpoint_url).verify(progress)

    def restore_snapshots(
        self, url: str, endpoint_url: str | None = None, *, dry_run: bool = False, progress: Progress = silent
    ) -> RestoreReport:
        """Makes canonical's entities what their latest snapshots say: one commit for the contents, one for the redirects; what was
        deleted does not come back. Raises InvalidInput (``snapshot-differs``) for a snapshot that was tampered with, and as
        ``push_snapshots`` and the imports do."""
        from gitdraft.api.transfer import Transfer, rows_of
        from gitdraft.copies.restored import restored
        from gitdraft.model.copies import RestoreReport

        snapshots = self._snapshots(url, endpoint_url)
        back = restored(snapshots)
        transfer = Transfer(self.session)
        if back.documents:
            transfer.import_entities(
                rows_of(back.documents),
                reason="restore snapshots",
                references=False,
                dry_run=dry_run,
                progress=progress,
            )
        if back.redirects and not dry_run:
            transfer.import_redirects(back.redirects, takes_over=True, progress=progress)
        return RestoreReport(snapshots.bucket.target, back.live, back.redirected, back.gone)

    def project(self, *, rebuild: bool = False, progress: Progress = silent) -> ProjectionReport:
        """Makes the tables of the database that `GITDRAFT_PROJECTION` or `gitdraft.projection` names what git says, in one transaction; with
        ``rebuild`` all rows are made again.

        Raises InvalidInput (``no-database``, ``password-in-configuration``), StateRefused (``projection-differs``,
        ``projection-busy``), RepositoryError (``target-unreachable``, ``not-installed``).
        """
        with self._projection(progress) as projection:
            return projection.project(rebuild=rebuild)

    def verify_projection(self, *, progress: Progress = silent) -> ProjectionReport:
        """Compares every row of the projection with git. Raises as ``project``."""
        with self._projection(progress) as projection:
            return projection.verify()

    @contextmanager
    def _projection(self, progress: Progress) -> Iterator[Projection]:
        from gitdraft.copies.database import Database, database_url
        from gitdraft.copies.names import repository_name
        from gitdraft.copies.projection import Projection

        store, environment = self.session.store, self.session.identity.environment
        database = Database(
            database_url(store.git, "gitdraft.projection", "GITDRAFT_PROJECTION", environment)
        )
        try:
            yield Projection(store, database, repository_name(store), progress)
        finally:
            database.close()

    def _snapshots(self, url: str, endpoint_url: str | None) -> Snapshots:
        from gitdraft.copies.names import repository_name
        from gitdraft.copies.object_storage import Bucket
        from gitdraft.copies.snapshots import Snapshots

        return Snapshots(self.session.store, Bucket(url, endpoint_url), repository_name(self.session.store))
