"""What is kept elsewhere of a repository, as reports."""

from __future__ import annotations

from typing import NamedTuple


class FeedReport(NamedTuple):
    """What went to a stream: ``published`` operations, the ``last`` of which has that number; 0 while there is none."""

    target: str
    stream: str
    published: int
    last: int


class SnapshotProblem(NamedTuple):
    """A snapshot that is not as git has the revision: ``code`` is `snapshot-differs`, `snapshot-missing` or `snapshot-unknown`."""

    code: str
    key: str


class SnapshotReport(NamedTuple):
    """Snapshots of revisions: how many there are to be, how many were written, replaced (of erased entities) and deleted; what
    is wrong; the entities of which a revision is no document, and has no snapshot."""

    target: str
    revisions: int
    written: int = 0
    replaced: int = 0
    deleted: int = 0
    problems: tuple[SnapshotProblem, ...] = ()
    unreadable: tuple[str, ...] = ()


class RestoreReport(NamedTuple):
    """What came back from snapshots: entities with content, redirects; ``gone`` are deleted, and stay so."""

    target: str
    entities: int
    redirects: int
    gone: int


class TableDifference(NamedTuple):
    """How a table compares with git: its rows, those that are missing, those that are surplus."""

    name: str
    rows: int
    missing: tuple[tuple[object, ...], ...]
    surplus: tuple[tuple[object, ...], ...]


class ProjectionReport(NamedTuple):
    """What a projection reflects now, how many rows came and went, what the database cannot hold, and how the tables compare."""

    target: str
    operation: str
    number: int
    added: int
    removed: int
    skipped: tuple[str, ...] = ()
    tables: tuple[TableDifference, ...] = ()
