"""The operation log: `refs/gitdraft/operations`, a chain of commits, one an operation that moved refs.

An entry's first parent is the entry before it; the others are the tips that refs move to, so that what a kill interrupts can
be finished after a `git gc`, and the old ones that nothing else would keep, so that undo outlives it. The chain starts at a commit with an empty tree. `refs/gitdraft/done` names the
last entry whose refs have all moved: where the two differ, the last operation was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import NotFound, OperationPending, RepositoryError
from gitdraft.formats.operations import read_operation, write_operation
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import ObjectBuffer, ObjectSource, Signature, TreeEntry
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Operation
from gitdraft.store.snapshots import file_oid

LOG = RefName("refs/gitdraft/operations")
DONE = RefName("refs/gitdraft/done")
ENTRY_PATH = "operation.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation as logged; ``commit`` is the log's commit."""

    commit: Oid
    operation: Operation


def read_log(git: GitRepository) -> Iterator[Entry]:
    """Yields the operations, newest first; a pending one is among them."""
    oid = read_ref(git, LOG)
    while oid is not None:
        commit = git.read_commit(oid)
        if not commit.parents:
            return
        yield read_entry(git, oid)
        oid = commit.parents[0]


def read_entry(source: ObjectSource, oid: Oid) -> Entry:
    """Returns the entry at a commit of the log. Raises RepositoryError when it is not one."""
    blob = file_oid(source, source.read_commit(oid).tree, ENTRY_PATH)
    if blob is None:
        raise RepositoryError(
            f"the operation log is damaged at {oid[:12]}",
            code="damaged-log",
            hint=f"git update-ref {LOG} {DONE} goes back to the last operation that was finished",
        )
    return Entry(oid, read_operation(source.read_blob(blob), source=ENTRY_PATH))


def find_entry(git: GitRepository, operation_id: str) -> Entry:
    """Returns the operation whose id starts with ``operation_id``. Raises NotFound when there is none, or several."""
    entries = [entry for entry in read_log(git) if entry.operation.id.startswith(operation_id)]
    if len(entries) != 1:
        raise NotFound(
            f"{'several operations start' if entries else 'no operation starts'} with '{operation_id}'",
            context={"operation": operation_id},
            hint="gitdraft operations lists them",
        )
    return entries[0]


def pending_entry(git: GitRepository) -> Entry | None:
    """Returns the operation that is not finished, if one is; the writers' lock says whether somebody is at it."""
    head = read_ref(git, LOG)
    if head is None or head == read_ref(git, DONE):
        return None
    return read_entry(git, head) if git.read_commit(head).parents else None


def interrupted_entry(git: GitRepository) -> Entry | None:
    """Returns the operation that was interrupted, if one was: not one that a living process is about to finish."""
    entry = pending_entry(git)
    if entry is None:
        return None
    from gitdraft.git.locks import is_writing

    return None if is_writing(git) or pending_entry(git) != entry else entry


def require_no_interrupted_operation(git: GitRepository) -> None:
    """Raises OperationPending where an operation was interrupted. One that a living process is at is none of a `git commit`'s
    concern: where both move a branch, git refuses the second.

    A damaged log tells of none; that is `doctor`'s to report.
    """
    try:
        entry = interrupted_entry(git)
    except RepositoryError:
        return
    if entry is not None:
        raise OperationPending(
            f"operation {entry.operation.id} ({entry.operation.summary}) is not finished",
            context={"operation": entry.operation.id},
            hint="any gitdraft command finishes it or takes it back: gitdraft rebase",
        )


def entry_number(git: GitRepository, oid: Oid) -> int:
    """Returns the place of an entry in the log: 1 for the first, 0 for the commit that the chain starts at. Entries that have
    none, of an earlier gitdraft, are counted."""
    steps = 0
    while parents := git.read_lineage(oid).parents:
        number = read_entry(git, oid).operation.number
        if number:
            return number + steps
        oid, steps = parents[0], steps + 1
    return steps


def finished_from(git: GitRepository, first: int) -> list[tuple[int, Oid]]:
    """Returns the finished entries from a number on, oldest first: number and commit."""
    oid = read_ref(git, DONE)
    number = 0 if oid is None else entry_number(git, oid)
    entries: list[tuple[int, Oid]] = []
    while oid is not None and number >= max(first, 1):
        entries.append((number, oid))
        oid, number = git.read_lineage(oid).parents[0], number - 1
    return entries[::-1]


def append_entry(buffer: ObjectBuffer, head: Oid | None, operation: Operation, signature: Signature) -> Entry:
    """Puts the entry after ``head`` into the buffer, and returns it with its number."""

    def commit(tree: Oid, parents: tuple[Oid, ...], message: str) -> Oid:
        return buffer.commit(
            tree=tree, parents=parents, author=signature, committer=signature, message=message
        )

    if head is None:
        head, before = commit(buffer.tree(()), (), "gitdraft operation log\n"), 0
    else:
        before = entry_number(buffer.git, head)
    operation = replace(operation, number=before + 1)
    tree = buffer.tree([TreeEntry.file(ENTRY_PATH, buffer.blob(write_operation(operation)))])
    oid = commit(tree, (head, *_tips(buffer, operation)), f"{operation.summary}\n")
    return Entry(oid, operation)


def _tips(source: ObjectSource, operation: Operation) -> list[Oid]:
    """Returns the new tips, in the order of the moves, then the old ones that none of them has as a parent and that are there
    still: plain git may have taken one away. Tags are none: what they name is canonical's, and they are no commits."""
    moves = [move for move in operation.moves if not move.name.startswith("refs/tags/")]
    new = dict.fromkeys(move.new for move in moves if move.new is not None)
    kept = {*new, *(parent for tip in new for parent in source.read_commit(tip).parents)}
    former = dict.fromkeys(move.old for move in moves if move.old is not None and move.old not in kept)
    return [*new, *(tip for tip in former if source.has(tip))]
