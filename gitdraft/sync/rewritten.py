"""A remote whose history was rewritten, by a purge or a force push: what of canonical here was the remote's, and what is
one's own. What was purged there must not come back from here, so the old history is never merged with the new one.

Our own ref and the reflog say where the remote was. A clone that has neither knows a purge by its record: the remote has
erased what commits here change, and has those commits again, without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gitdraft.formats.configuration import Configuration
from gitdraft.formats.paths import parse_marker_path, tombstone_path
from gitdraft.git.commands import run_git
from gitdraft.git.history import commits_between, commits_since, is_ancestor
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import Commit, Signature
from gitdraft.git.trees import FileChange, changed_files
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.store.drafts import OVERLAY
from gitdraft.store.redirects import readable_tombstone
from gitdraft.store.remote_tracking import last_canonical_ref
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import file_oid
from gitdraft.validation.configuration_step import readable_configuration

COMMIT_ID = regex(r"\b[0-9a-f]{7,40}\b")  # a rewriting replaces those in messages


@dataclass(frozen=True, slots=True)
class RemoteCanonical:
    """Canonical of ``remote`` at ``tip``, where the ref ``upstream`` has seen it."""

    remote: str
    upstream: RefName
    tip: Oid


@dataclass(frozen=True, slots=True)
class LostHistory:
    """A commit ``last`` that was the remote's and is so no more; ``is_all`` says that canonical here has nothing beside."""

    last: Oid
    is_all: bool


def lost_history(store: Store, remote: RemoteCanonical, local: Oid) -> LostHistory | None:
    """Returns what the remote has rewritten of the history that canonical (``local``) still has; ``None`` where it only went
    on from what was last seen of it, or nothing says that it did not."""
    git = store.git
    lost = [oid for oid in known_tips(store, remote, local) if not is_ancestor(git, oid, remote.tip)]
    for oid in lost:
        if is_ancestor(git, local, oid):
            return LostHistory(oid, is_all=True)
    own = [oid for oid in lost if is_ancestor(git, oid, local)]
    if own:
        return LostHistory(own[-1], is_all=False)
    return None if is_ancestor(git, remote.tip, local) else _lost_by_record(store, remote.tip, local)


def purged_from(store: Store, remote: RemoteCanonical, local: Oid) -> LostHistory | None:
    """Returns what the remote still has of the history that canonical (``local``) has had until it was purged here, by the
    record of the purge; ``None`` where it is not known to be that.

    Its ``last`` is the last of the remote's commits that are that history, and ``is_all`` says that it has nothing beside.
    """
    if is_ancestor(store.git, remote.tip, local) or _lost_by_record(store, remote.tip, local) is not None:
        return None
    return _lost_by_record(store, local, remote.tip)


def known_tips(store: Store, remote: RemoteCanonical, local: Oid) -> list[Oid]:
    """Returns where the remote's canonical is known to have been: by our own ref, by the reflog of the ref that tracks it."""
    known = [read_ref(store.git, last_canonical_ref(remote.remote)), _fork_point(store, remote, local)]
    return [oid for oid in known if oid is not None and store.git.has(oid)]


def erased_at(store: Store, tip: Oid, commits: Iterable[Commit]) -> list[EntityRef]:
    """Returns the entities that these commits change, and that are erased as of ``tip``; sorted."""
    configuration = readable_configuration(store)
    changes = (change for commit in commits for change in _changes(store, commit))
    entities = {
        entity for change in changes if (entity := _entity_at(configuration, change.path)) is not None
    }
    git, tree = store.git, store.git.read_lineage(tip).tree
    return [
        entity
        for entity in sorted(entities)
        if isinstance(readable_tombstone(git, file_oid(git, tree, tombstone_path(entity))), ErasedTombstone)
    ]


def _lost_by_record(store: Store, remote: Oid, local: Oid) -> LostHistory | None:
    """Returns the same by the record of a purge: a commit here is the remote's where that has one of the same people, times
    and message, which changes the same but for what is erased. Each of the remote's stands for one here."""
    git = store.git
    own = list(commits_since(git, local, remote))
    erased = frozenset(erased_at(store, remote, own))
    if not erased:
        return None
    configuration = readable_configuration(store)

    def identity(commit: Commit) -> object:
        kept = frozenset(
            change
            for change in _changes(store, commit)
            if _entity_at(configuration, change.path) not in erased
            and not change.path.startswith(f"{OVERLAY}/")
        )
        return _who(commit.author), _who(commit.committer), COMMIT_ID.sub("", commit.message), kept

    theirs = Counter(identity(commit) for commit in commits_since(git, remote, local))
    alone = set[Oid]()
    for commit in reversed(own):  # of several that are alike, the oldest are the remote's
        theirs[identity(commit)] -= 1
        if theirs[identity(commit)] < 0:
            alone.add(commit.oid)
    if not alone:
        return LostHistory(local, is_all=True)
    line = commits_between(git, Oid(""), local)
    shared = [commit.oid for commit in line if commit.oid not in alone]
    after = {commit.oid for commit in commits_between(git, shared[-1], local)} if shared else set[Oid]()
    known = {commit.oid for commit in own} - alone
    return LostHistory(shared[-1], is_all=False) if known and shared and alone <= after else None


def _changes(store: Store, commit: Commit) -> tuple[FileChange, ...]:
    git = store.git
    first = commit.parents[0] if commit.parents and not git.is_cut_off(commit.oid) else None
    before = None if first is None else git.read_lineage(first).tree
    return tuple(changed_files(git, before, commit.tree))


def _entity_at(configuration: Configuration, path: str) -> EntityRef | None:
    return configuration.entity_at(path) or parse_marker_path(path)


def _who(signature: Signature) -> tuple[str, str, int]:
    return signature.name, signature.email, signature.seconds


def _fork_point(store: Store, remote: RemoteCanonical, local: Oid) -> Oid | None:
    """Returns where canonical here left the remote's, as the reflog of the remote-tracking branch has it, where there is
    one."""
    git = store.git
    arguments = ["merge-base", "--fork-point", remote.upstream, local]
    done = run_git(git.path, arguments, environment={"GIT_DIR": str(git.path)}, accept=(0, 1, 128))
    text = done.stdout.decode().strip()
    return Oid(text) if text else None
