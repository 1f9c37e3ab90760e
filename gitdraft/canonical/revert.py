"""A commit that reverts what a step of canonical did, where others may have that step: history is added to, never rewritten."""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.documents.merge_file import parse_versions
from gitdraft.errors import InvalidInput, Moved
from gitdraft.formats.paths import parse_marker_path
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.history import is_ancestor
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files, find, update_tree
from gitdraft.git.values import TreeEntry
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import Operation
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.store.redirects import TOMBSTONES, readable_tombstone
from gitdraft.store.replay import OPERATION_TRAILER
from gitdraft.store.signatures import committer_signature, signature
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Transaction
from gitdraft.validation.gate import allowing, require_sound_step

REVERTS_TRAILER = "Gitdraft-Reverts"
TRANSITIONS = ("datatype/changed", "required/added", "entity/removed", "entity/renamed")
"""The rules that forbid a change but not its result: what is taken back was held to them."""


def revert_step(transaction: Transaction, operation: Operation, old: Oid | None, new: Oid) -> Snapshot:
    """Commits, on canonical's tip, what takes back the step from ``old`` to ``new``. Returns canonical as it is then.

    What was changed since stays: an entity that changed too is merged member by member. Raises Moved where canonical does
    not contain the step any more, or has other values in its place; PolicyViolation where the result breaks what is
    sound now (a reference to an entity that the step made).
    """
    buffer, canonical = transaction.buffer, transaction.canonical
    if not is_ancestor(transaction.store.git, new, canonical.commit):
        raise Moved(
            f"{transaction.store.canonical_branch} does not contain operation {operation.id} any more",
            context={"ref": transaction.store.canonical_ref, "expected": new, "actual": canonical.commit},
        )
    before = None if old is None else buffer.read_commit(old).tree
    updates = _updates(transaction, operation, before, buffer.read_commit(new).tree)
    text = (
        f'Revert "{operation.summary}"\n\n'
        f"This takes back operation {operation.id}, which others may have: commit {new}."
    )
    trailers = {REVERTS_TRAILER: new, OPERATION_TRAILER: transaction.metadata.operation}
    commit = buffer.commit(
        tree=update_tree(buffer, canonical.tree, updates),
        parents=(canonical.commit,),
        author=signature(transaction.metadata),
        committer=committer_signature(transaction.metadata),
        message=append_trailers(text, trailers),
        is_signed=True,
    )
    after = take_snapshot(buffer, commit, canonical.configuration)
    require_sound_step(transaction.store, canonical, after, allowing(TRANSITIONS))
    return after


def _updates(
    transaction: Transaction, operation: Operation, old: Oid | None, new: Oid
) -> Mapping[str, TreeEntry | None]:
    buffer, canonical = transaction.buffer, transaction.canonical
    updates: dict[str, TreeEntry | None] = {}
    changed: list[str] = []
    for change in changed_files(buffer, old, new):
        before, after = find(buffer, old, change.path), find(buffer, new, change.path)
        actual = find(buffer, canonical.tree, change.path)
        if actual == before:
            continue
        if actual == after:
            updates[change.path] = before
            continue
        merged = None
        if before is not None and after is not None and actual is not None:
            merged = _merged(canonical, change.path, (after.oid, actual.oid, before.oid))
        if merged is None or actual is None:
            changed.append(change.path)
        else:
            updates[change.path] = actual._replace(oid=buffer.blob(merged))
    if changed:
        raise Moved(
            f"{', '.join(changed[:5])}: changed since operation {operation.id} ({operation.summary})",
            code="changed-since",
            context={"operation": operation.id, "paths": changed},
            hint=f"git log -- {changed[0]} shows what came since; a new draft can take it back",
        )
    return updates


def _merged(canonical: Snapshot, path: str, blobs: tuple[Oid, Oid, Oid]) -> bytes | None:
    """Returns what taking the step back makes of an entity's file (blobs after the step, now, before it); ``None`` where the
    file is no entity's, or another value stands in its place."""
    entity = canonical.configuration.entity_at(path)
    if entity is None:
        return None
    base, ours, theirs = map(canonical.source.read_blob, blobs)
    try:
        versions = parse_versions(base, ours, theirs, canonical.configuration.limits)
        merged = versions.merged(canonical.configuration.entities[entity.type].merge_rules)
    except InvalidInput:
        return None
    return None if merged.conflicts else versions.written(merged.document)


def erased_by_step(source: ObjectSource, old: Oid | None, new: Oid) -> list[EntityRef]:
    """Returns the entities that the step from ``old`` to ``new`` erased: each has the tombstone of an erasure since."""
    erased = []
    before = None if old is None else source.read_commit(old).tree
    for change in changed_files(source, before, source.read_commit(new).tree, TOMBSTONES):
        entity = parse_marker_path(change.path)
        if entity is None or not isinstance(readable_tombstone(source, change.new), ErasedTombstone):
            continue
        if not isinstance(readable_tombstone(source, change.old), ErasedTombstone):
            erased.append(entity)
    return erased
