"""Is the copy, whose history was written anew, what the repository would be if the entity had never been in it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.compare import unexpected_differences
from gitdraft.git.filter import Removal
from gitdraft.git.reachable_refs import KEPT, Tips
from gitdraft.git.refs import OID, list_refs
from gitdraft.git.repository import GitRepository
from gitdraft.git.search import all_objects, found_in
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import Operation, RefMove
from gitdraft.store.drafts import read_draft
from gitdraft.store.operation_log import read_log
from gitdraft.store.repository import Store

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A repository and its copy: their tips, the commits written anew (old id to new), what was removed: the versions
    of the entity (blobs), and the texts that none of the ``others``, the repository's other objects, contains."""

    store: Store
    copy: GitRepository
    old: Tips
    new: Tips
    commits: Mapping[str, str]
    removal: Removal
    entity: EntityRef
    texts: frozenset[bytes]
    versions: frozenset[str]
    others: frozenset[str]


def verify_copy(found: Rewritten) -> tuple[str, ...]:
    """What was verified, a line each. Raises RepositoryError (``purge-not-verified``) for the first that does not hold."""
    steps = (
        ("git fsck --strict", _unsound),
        (f"{len(found.old.refs):,} refs are all there, at the rewritten commits", _wrong_refs),
        (
            f"{len(found.commits):,} commits differ by the removed files and the ids of commits alone",
            lambda it: unexpected_differences(it.store.git, it.copy, it.commits, it.removal),
        ),
        ("every draft reads as before, on the same base", _wrong_drafts),
        ("the operation log reads as before", _wrong_log),
        (f"no object holds the content ({len(found.texts):,} texts that were nowhere else)", _held),
    )
    for _, problems in steps:
        wrong = list(islice(problems(found), MOST_TOLD))
        if wrong:
            raise RepositoryError(
                f"the rewritten copy is not right: {wrong[0]}",
                code="purge-not-verified",
                context={"problems": wrong},
                details=wrong[1:],
                hint="nothing has changed",
            )
    return tuple(step for step, _ in steps)


def _unsound(found: Rewritten) -> Iterable[str]:
    """What git finds wrong in the copy and not in the original."""
    here = _fsck(found.copy.common)
    return sorted(here - _fsck(found.store.git.common)) if here else ()


def _fsck(common: Path) -> set[str]:
    """Its complaints, without the ids, which are others in the copy."""
    done = run_git(
        common,
        ["fsck", "--strict", "--full", "--no-dangling", "--no-progress"],
        environment={"GIT_DIR": str(common)},
        accept=range(256),
    )
    if done.returncode == 0:
        return set()
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return {OID.sub("…", line) for line in lines if line} or {"git fsck fails"}


def _wrong_refs(found: Rewritten) -> Iterable[str]:
    here = list_refs(found.copy, "refs/")
    if {name: oid for name, oid in here.items() if not name.startswith(KEPT)} != dict(found.new.refs):
        yield "its refs are others"
    for name, oid in found.old.refs.items():
        new = found.new.refs[name]
        kinds = {git.raw.read(at)[0] for git, at in ((found.store.git, oid), (found.copy, new))}
        if new != found.commits.get(oid, oid) and len(kinds) > 1:
            yield f"{name} is at another object"


def _wrong_drafts(found: Rewritten) -> Iterable[str]:
    store, there = found.store, replace(found.store, git=found.copy)
    if store.open_drafts().keys() != there.open_drafts().keys():
        yield "its open drafts are others"
    tips = {**store.closed_drafts(), **store.open_drafts()}
    for draft_id, tip in {**there.closed_drafts(), **there.open_drafts()}.items():
        try:
            before = read_draft(store.git, draft_id, "", tips[draft_id])
        except RepositoryError:
            continue  # it was malformed before
        now = read_draft(found.copy, draft_id, "", tip)
        files = [file for file in before.files if file.entity != found.entity]
        if now.base != found.commits.get(before.base, before.base) or list(now.files) != files:
            yield f"draft '{draft_id}' is another"


def _wrong_log(found: Rewritten) -> Iterable[str]:
    before = (_mapped(entry.operation, found.commits) for entry in read_log(found.store.git))
    now = [entry.operation for entry in read_log(found.copy)]
    if list(before) != now:
        yield "its operation log is another"
    for operation in now:
        for move in operation.moves:
            for oid in (move.old, move.new):
                if oid in found.commits:
                    yield f"operation {operation.id} names a commit that is no more"


def _mapped(operation: Operation, commits: Mapping[str, str]) -> Operation:
    def mapped(oid: str | None) -> str | None:
        return None if oid is None else commits.get(oid, oid)

    moves = tuple(RefMove(move.name, mapped(move.old), mapped(move.new)) for move in operation.moves)
    return replace(operation, moves=moves)


def _held(found: Rewritten) -> Iterable[str]:
    left = [oid for oid in found.versions if found.copy.has(oid)]
    if left:
        yield f"{len(left)} versions of the entity are still in it"
    texts = found_in(found.copy.common, found.texts, all_objects(found.copy.common) - found.others)
    if texts:
        yield f"{len(texts)} texts of the entity are still in it"
