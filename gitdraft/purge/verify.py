"""The proof of a purge: the rewritten copy is what the repository would be if the entity had never been in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.compare import unexpected_differences
from gitdraft.git.filter import Removal
from gitdraft.git.known_refs import list_refs
from gitdraft.git.reachable_refs import KEPT, Tips
from gitdraft.git.repository import GitRepository
from gitdraft.git.search import all_objects, contained_texts
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Operation, RefMove
from gitdraft.store.drafts import read_draft
from gitdraft.store.operation_log import read_log
from gitdraft.store.repository import Store

MAX_LISTED = 10


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A repository and its rewritten copy.

    ``old`` and ``new`` are their tips, ``commits`` the rewritten commits (old oid to new), ``versions`` the removed
    blobs of the entity, and ``texts`` their texts that none of the ``others``, the repository's other objects, contains.
    """

    store: Store
    copy: GitRepository
    old: Tips
    new: Tips
    commits: Mapping[Oid, Oid]
    removal: Removal
    entity: EntityRef
    texts: frozenset[bytes]
    versions: frozenset[Oid]
    others: frozenset[str]


def verify_copy(rewritten: Rewritten) -> tuple[str, ...]:
    """Returns what was verified, a line each. Raises RepositoryError (``purge-not-verified``) for the first check that
    fails."""
    steps = (
        ("git fsck --strict", _unsound),
        (f"{len(rewritten.old.refs):,} refs are all there, at the rewritten commits", _wrong_refs),
        (
            f"{len(rewritten.commits):,} commits differ by the removed files and the ids of commits alone",
            lambda it: unexpected_differences(it.store.git, it.copy, it.commits, it.removal),
        ),
        ("every draft reads as before, on the same base", _wrong_drafts),
        ("the operation log reads as before", _wrong_log),
        (f"no object holds the content ({len(rewritten.texts):,} texts that were nowhere else)", _held),
    )
    for _, problems in steps:
        wrong = list(islice(problems(rewritten), MAX_LISTED))
        if wrong:
            raise RepositoryError(
                f"the rewritten copy is not right: {wrong[0]}",
                code="purge-not-verified",
                context={"problems": wrong},
                details=wrong[1:],
                hint="nothing has changed",
            )
    return tuple(step for step, _ in steps)


def _unsound(rewritten: Rewritten) -> Iterable[str]:
    """Returns what `git fsck` reports about the copy and not about the original."""
    complaints = _fsck(rewritten.copy.common)
    return sorted(complaints - _fsck(rewritten.store.git.common)) if complaints else ()


def _fsck(common: Path) -> set[str]:
    """Returns the lines of `git fsck`, without the oids, which differ in the copy."""
    done = run_git(
        common,
        ["fsck", "--strict", "--full", "--no-dangling", "--no-progress"],
        environment={"GIT_DIR": str(common)},
        accept=range(256),
    )
    if done.returncode == 0:
        return set()
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return {re.sub(r"[0-9a-f]{40}", "…", line) for line in lines if line} or {"git fsck fails"}


def _wrong_refs(rewritten: Rewritten) -> Iterable[str]:
    refs = list_refs(rewritten.copy, "refs/")
    if {name: oid for name, oid in refs.items() if not name.startswith(KEPT)} != dict(rewritten.new.refs):
        yield "its refs differ"
    for name, oid in rewritten.old.refs.items():
        new = rewritten.new.refs[name]
        kinds = {git.raw.read(at)[0] for git, at in ((rewritten.store.git, oid), (rewritten.copy, new))}
        if new != rewritten.commits.get(oid, oid) and len(kinds) > 1:
            yield f"{name} is at another object"


def _wrong_drafts(rewritten: Rewritten) -> Iterable[str]:
    store, copy = rewritten.store, replace(rewritten.store, git=rewritten.copy)
    if store.open_drafts().keys() != copy.open_drafts().keys():
        yield "its open drafts differ"
    tips = {**store.closed_drafts(), **store.open_drafts()}
    for draft_id, tip in {**copy.closed_drafts(), **copy.open_drafts()}.items():
        try:
            before = read_draft(store.git, draft_id, RefName(""), tips[draft_id])
        except RepositoryError:
            continue  # it was malformed before
        now = read_draft(rewritten.copy, draft_id, RefName(""), tip)
        files = [file for file in before.files if file.entity != rewritten.entity]
        if now.base != rewritten.commits.get(before.base, before.base) or list(now.files) != files:
            yield f"draft '{draft_id}' differs"


def _wrong_log(rewritten: Rewritten) -> Iterable[str]:
    before = (_mapped(entry.operation, rewritten.commits) for entry in read_log(rewritten.store.git))
    now = [entry.operation for entry in read_log(rewritten.copy)]
    if list(before) != now:
        yield "its operation log differs"
    for operation in now:
        for move in operation.moves:
            for oid in (move.old, move.new):
                if oid in rewritten.commits:
                    yield f"operation {operation.id} names a commit that is gone"


def _mapped(operation: Operation, commits: Mapping[Oid, Oid]) -> Operation:
    def mapped(oid: Oid | None) -> Oid | None:
        return None if oid is None else commits.get(oid, oid)

    moves = tuple(RefMove(move.name, mapped(move.old), mapped(move.new)) for move in operation.moves)
    return replace(operation, moves=moves)


def _held(rewritten: Rewritten) -> Iterable[str]:
    left = [oid for oid in rewritten.versions if rewritten.copy.has(oid)]
    if left:
        yield f"{len(left)} versions of the entity are still in it"
    texts = contained_texts(
        rewritten.copy.common, rewritten.texts, all_objects(rewritten.copy.common) - rewritten.others
    )
    if texts:
        yield f"{len(texts)} texts of the entity are still in it"
