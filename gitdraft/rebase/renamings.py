"""Renamings where drafts are merged with drafts: what an entity is called, and what it holds, are merged apart from each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gitdraft.documents.diff import diff
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.rebase_change import rebase_change
from gitdraft.documents.rebase_rename import rebase_rename
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Change, Rename, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.outcomes import AppliedChange, EntityState, Live
from gitdraft.rebase.sides import EntityVersion, change_between, is_same_version, merged_version
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.outcomes import new_place


class Name(NamedTuple):
    """What a side calls an entity: the new name (``None``: its own), and whether the old one redirects there."""

    target: EntityRef | None = None
    redirect: bool = True


Merge = Callable[[EntityVersion, EntityVersion, EntityVersion], EntityVersion | tuple[Conflict, ...]]
"""Merges the versions of three sides: the last synced one, the local and the remote one."""


def is_renamed(*versions: EntityVersion) -> bool:
    """Returns whether one of the versions gives the entity another name."""
    return any(isinstance(version.change, Rename) for version in versions)


def merge_renamings(
    canonical: Snapshot, versions: tuple[EntityVersion, EntityVersion, EntityVersion], merge: Merge
) -> EntityVersion | tuple[Conflict, ...] | None:
    """Returns the versions merged, one or several of which rename the entity: the name that one side gave it, or both, and its
    content by ``merge``. ``None`` where both sides gave it names, or one side took it away: a person decides.
    """
    before, local, remote = map(_name_of, versions)
    inner = [_under_old_name(canonical, version) for version in versions]
    if (local != before and remote not in (before, local)) or not all(
        isinstance(each.state, Live) for each in inner
    ):
        return None
    target, redirect = remote if local == before else local
    entity = versions[1].applied.entity
    content = inner[2] if is_same_version(inner[1], inner[0]) else merge(inner[0], inner[1], inner[2])
    if target is None or not isinstance(content, EntityVersion) or not isinstance(content.state, Live):
        return content
    before_document = canonical.document(entity)
    patch = diff(before_document, content.state.document)
    renaming = Rename(entity, target, patch, redirect)
    place = new_place(renaming, canonical, canonical, None)
    state = canonical.state(entity)
    applied = rebase_rename(
        renaming, state, state, place, canonical.configuration.entities[entity.type].merge_rules
    )
    report = replace(applied.report, patch="rewritten")
    return EntityVersion(replace(applied, report=report)) if applied.is_replayed else None


def rebase_own(
    entity: EntityRef, before: EntityVersion, after: EntityVersion, canonical: Snapshot
) -> AppliedChange | None:
    """Returns what ``after`` does more than ``before``, both of one commit, as applied to ``canonical``, which has what ``before``
    does. ``None`` where that is nothing."""
    rules = canonical.configuration.entities[entity.type].merge_rules
    if not isinstance(after.change, Rename):
        change = change_between(entity, before.state, after.state, after.change)
        return None if change is None else rebase_change(change, before.state, canonical.state(entity), rules)
    target, new = after.change.target, after.applied.renamed
    assert new is not None
    if isinstance(before.change, Rename) and before.change.target == target:
        old = before.applied.renamed
        assert old is not None
        patch = diff(old.document, new.document)
        return rebase_change(Update(target, patch), old, canonical.state(target), rules) if patch else None
    if not isinstance(before.state, Live):
        return None
    place = new_place(after.change, canonical, canonical, None)
    patch = diff(place.under_new_name(before.state.document), new.document)
    renaming = replace(after.change, patch=patch)
    return rebase_rename(renaming, before.state, canonical.state(entity), place, rules)


def _name_of(version: EntityVersion) -> Name:
    change = version.change
    return Name(change.target, change.redirect) if isinstance(change, Rename) else Name()


def _under_old_name(canonical: Snapshot, version: EntityVersion) -> EntityVersion:
    """Returns the content that a version gives the entity, without the new name."""
    change = version.change
    if not isinstance(change, Rename):
        return version
    state: EntityState = Live(apply_patch(canonical.document(change.entity), change.patch))
    plain: Change | None = Update(change.entity, change.patch) if change.patch else None
    return merged_version(change.entity, state, plain)
