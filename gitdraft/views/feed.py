"""What happened, in order and once: the operations of the log, and every move of canonical, whoever made it.

Nothing is kept for this. A cursor names the last operation that was seen and where canonical stood then; what has come
since follows from the log and from canonical's tip. So plain git's commits are among the moves, and a cursor is good for
as long as the log has its operation. Operations come in the order of the log; a move by plain git comes before the
next operation that moved canonical, or at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.errors import NotFound
from gitdraft.git.known_refs import read_ref
from gitdraft.lazy_dataclass import replace
from gitdraft.lazy_regex import regex
from gitdraft.model.feed import CanonicalMoved, FeedEvent
from gitdraft.model.names import Oid
from gitdraft.model.operations import OBSERVED, Operation, RefMove
from gitdraft.store.operation_log import DONE, LOG, finished_from, read_entry
from gitdraft.store.repository import Store

NOWHERE = "0" * 40
CURSOR = regex(r"([0-9a-f]{40})-([0-9a-f]{40})")


class Place(NamedTuple):
    """A place in the feed: the log's entry and canonical's tip that were seen last (``None``: none)."""

    entry: Oid | None
    canonical: Oid | None

    @property
    def text(self) -> str:
        """The place as a cursor."""
        return f"{self.entry or NOWHERE}-{self.canonical or NOWHERE}"


def present_place(store: Store) -> Place:
    """Returns the place behind everything that has happened: what an operation does that is not finished has not."""
    while True:
        log, done, tip = read_ref(store.git, LOG), read_ref(store.git, DONE), store.canonical_tip()
        if (log, done) == (read_ref(store.git, LOG), read_ref(store.git, DONE)):
            break  # else an operation was begun or finished while it was looked at
    if log is None or log == done or not store.git.read_commit(log).parents:
        return Place(done, tip)
    move = _canonical_move(store, read_entry(store.git, log).operation)
    return Place(done, move.old if move is not None and move.new == tip else tip)


def events_after(store: Store, cursor: str | None, limit: int) -> list[FeedEvent]:
    """Returns the first events after a cursor, or after the number of an operation, oldest first; without one from the beginning
    of the log.

    Raises NotFound (``cursor-gone``) for a cursor whose operation the log does not have: what came after it cannot be told.
    """
    is_start = cursor is None or cursor == "0"
    place = Place(None, None) if cursor is None or is_start else _parse(store, cursor)
    events: list[FeedEvent] = []
    for event in _events(store, place, is_start=is_start):
        events.append(event)
        if len(events) == limit:
            break
    return events


def _events(store: Store, place: Place, *, is_start: bool) -> Iterator[FeedEvent]:
    present = present_place(store)
    entry, canonical = place
    operations: Iterator[tuple[Oid, Operation]] = (
        (oid, read_entry(store.git, oid).operation)
        for oid in reversed(_entries_after(store, present.entry, place.entry))
    )
    if is_start:  # where canonical stood before the log began is where the first move found it
        known = list(operations)
        moves = (_canonical_move(store, operation) for _, operation in known)
        canonical = next((move.old for move in moves if move is not None), present.canonical)
        operations = iter(known)
    for oid, operation in operations:
        move = _canonical_move(store, operation)
        if (
            move is not None and operation.command == OBSERVED
        ):  # it may have been seen before it was written down
            move = None if move.new == canonical else replace(move, old=canonical)
        if move is not None and move.old != canonical:
            yield FeedEvent(Place(entry, move.old).text, CanonicalMoved(canonical, move.old))
            canonical = move.old
        entry = oid
        yield FeedEvent(Place(entry, canonical).text, operation)
        if move is not None:
            canonical = move.new
            yield FeedEvent(Place(entry, canonical).text, CanonicalMoved(move.old, move.new))
    if canonical != present.canonical:
        yield FeedEvent(Place(entry, present.canonical).text, CanonicalMoved(canonical, present.canonical))


def _entries_after(store: Store, head: Oid | None, seen: Oid | None) -> list[Oid]:
    """Returns the entries of the log behind ``seen``, newest first."""
    entries: list[Oid] = []
    oid = head
    while oid is not None and oid != seen:
        commit = store.git.read_commit(oid)
        if not commit.parents:
            break
        entries.append(oid)
        oid = commit.parents[0]
    if seen is not None and oid != seen:
        raise _gone()
    return entries


def _canonical_move(store: Store, operation: Operation) -> RefMove | None:
    moves = (move for move in operation.moves if move.name == store.canonical_ref and move.old != move.new)
    return next(moves, None)


def _parse(store: Store, cursor: str) -> Place:
    if cursor.isdecimal():
        return _behind(store, int(cursor))
    named = CURSOR.fullmatch(cursor)
    if named is None:
        raise _gone()
    entry, canonical = (None if oid == NOWHERE else Oid(oid) for oid in named.groups())
    return Place(entry, canonical)


def _behind(store: Store, number: int) -> Place:
    """Returns the place behind the operation with a number, and where it had canonical."""
    entries = finished_from(store.git, number)
    if not entries or entries[0][0] != number:
        raise _gone()
    oid: Oid | None = entries[0][1]
    while oid is not None and (parents := store.git.read_lineage(oid).parents):
        move = _canonical_move(store, read_entry(store.git, oid).operation)
        if move is not None:
            return Place(entries[0][1], move.new)
        oid = parents[0]
    later = (_canonical_move(store, read_entry(store.git, entry).operation) for _, entry in entries)
    return Place(entries[0][1], next((m.old for m in later if m is not None), present_place(store).canonical))


def _gone() -> NotFound:
    return NotFound(
        "the log does not have what this cursor names: read what there is now, and begin again",
        code="cursor-gone",
    )
