"""A draft that two clones changed, merged change by change.

The sides may be based on different canonical commits, which is the everyday case where a server rebases. So each entity
is compared as the sides have it on one and the same canonical commit: the newer of their two bases, onto which the older
side is replayed by the rules of the rebase, or the older one, where the local draft is in conflict with what canonical
did in between. On that commit it is a three-way merge against what both sides last had in common: the rebase of the local
change onto the remote's. Its conflicts are those of a rebase, with the remote in canonical's place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitdraft.documents.equality import equivalent
from gitdraft.documents.rebase_change import rebase_change, value_of
from gitdraft.formats.changes import write_change
from gitdraft.formats.paths import resolution_path
from gitdraft.git.history import is_ancestor
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.changes import Change, Rename
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import MergeRules
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.outcomes import EntityState, Live
from gitdraft.rebase.renamings import is_renamed, merge_renamings
from gitdraft.rebase.sides import (
    EntityVersion,
    Side,
    change_between,
    entities_of,
    is_same_version,
    merged_version,
    version_on,
)
from gitdraft.store.change_files import read_change_file, read_draft_resolutions
from gitdraft.store.snapshots import Snapshot, file_oid


@dataclass(frozen=True, slots=True)
class DraftMerge:
    """The merged draft: ``files`` to commit on the tip of the side ``target`` (``None`` removes), empty where that tip
    has it all.

    ``entities`` are those for which a local change was taken. With ``conflicts`` there is no merged draft; their
    ``canonical`` is the remote's value.
    """

    target: Side
    files: Mapping[str, bytes | None]
    entities: tuple[EntityRef, ...] = ()
    conflicts: tuple[tuple[EntityRef, Conflict], ...] = ()


def is_edited(synced: Side | None, side: Side) -> bool:
    """Whether the side changed an entity since both sides had the same, rebases aside."""
    sides = (synced, side)
    pairs = (
        [version_on(one, entity, side.base) for one in sides] for entity in entities_of(side.base, *sides)
    )
    return any(not is_same_version(*pair) for pair in pairs)


def merge_changes(git: GitRepository, synced: Side | None, local: Side, remote: Side) -> DraftMerge | None:
    """Returns the changes of both sides as one draft, or the conflicts between them.

    Returns ``None`` when the local draft is in conflict with canonical as the remote's has it: that conflict must be
    resolved first.
    """
    targets = [remote]
    if local.draft.base != remote.draft.base:
        targets.insert(0 if is_ancestor(git, remote.draft.base, local.draft.base) else 1, local)
    for target, forced in [*((target, False) for target in targets), (targets[0], True)]:
        merge = _merge_on(target, synced, local, remote, forced=forced)
        if merge is not None:
            return merge
    return None


@dataclass(slots=True)
class _Merging:
    """The merge on one canonical commit, entity by entity."""

    versions: dict[EntityRef, EntityVersion] = field(default_factory=dict)
    local_entities: list[EntityRef] = field(default_factory=list)
    merged: set[EntityRef] = field(default_factory=set)
    conflicts: list[tuple[EntityRef, Conflict]] = field(default_factory=list)

    def add(self, entity: EntityRef, result: EntityVersion | tuple[Conflict, ...], *, is_local: bool) -> bool:
        """Adds a version or its conflicts. Returns whether it can stand on that commit."""
        if not isinstance(result, EntityVersion):
            self.conflicts += [(entity, conflict) for conflict in result]
            return True
        self.versions[entity] = result
        if is_local:
            self.local_entities.append(entity)
        return result.is_verbatim or result.applies


def _merge_on(
    target: Side, synced: Side | None, local: Side, remote: Side, *, forced: bool
) -> DraftMerge | None:
    """Returns the merge on the canonical commit of ``target``; ``None`` when a side does not apply there.

    With ``forced`` the remote's side is taken to apply: where it is in conflict with that commit, a person decides for
    the whole entity.
    """
    merging = _Merging()
    for entity in entities_of(target.base, synced, local, remote):
        before, ours, theirs = (version_on(side, entity, target.base) for side in (synced, local, remote))
        if is_same_version(ours, before) or is_same_version(ours, theirs):
            applies = merging.add(entity, theirs, is_local=False)
        elif is_same_version(theirs, before):
            applies = merging.add(entity, ours, is_local=True)
        elif ours.applies_after(before) and (theirs.applies_after(before) or forced):
            resolutions = read_draft_resolutions(target.base.source, local.draft, entity)
            merge = _EntityMerge(entity, target.base, remote.base, resolutions)
            decide = merge.merge if theirs.applies_after(before) else merge.choose
            result = None
            if is_renamed(before, ours, theirs):
                result = merge_renamings(target.base, (before, ours, theirs), decide)
                decide = merge.choose
            merging.merged.add(entity)
            applies = merging.add(entity, result or decide(before, ours, theirs), is_local=True)
        else:
            applies = False
        if not applies:
            return None
    if merging.conflicts:
        return DraftMerge(target, {}, (), tuple(merging.conflicts))
    files: dict[str, bytes | None] = {}
    for entity, version in merging.versions.items():
        files |= _change_file(target, entity, version)
        # the answers to what was merged just now have done their work
        answered = remote if entity in merging.merged else local
        files |= _resolution_file(target, entity, (synced, answered, remote))
    return DraftMerge(target, files, tuple(merging.local_entities))


@dataclass(frozen=True, slots=True)
class _EntityMerge:
    """The merge of one entity that both sides changed: on the commit ``canonical``, with the local draft's answers to
    earlier conflicts. ``remote_base`` is canonical where the remote's side is based."""

    entity: EntityRef
    canonical: Snapshot
    remote_base: Snapshot
    resolutions: tuple[Resolution, ...]

    def merge(
        self, synced: EntityVersion, local: EntityVersion, remote: EntityVersion
    ) -> EntityVersion | tuple[Conflict, ...]:
        """Returns the local change since ``synced``, rebased onto what the remote has."""
        change = change_between(self.entity, synced.state, local.state, local.change)
        if change is None:
            return remote
        applied = rebase_change(change, synced.state, remote.state, self._rules, self.resolutions)
        if applied.report.status != "clean":
            return applied.report.conflicts or (_whole_conflict(synced.state, remote.state, local.state),)
        return self._version(applied.state, applied.change or remote.change)

    def choose(
        self, synced: EntityVersion, local: EntityVersion, remote: EntityVersion
    ) -> EntityVersion | tuple[Conflict, ...]:
        """Returns one side's whole entity, as a person said; the remote's has its own values where canonical has
        others."""
        remote_state = self._remote_state(remote)
        conflict = _whole_conflict(synced.state, remote_state, local.state)
        for resolution in self.resolutions:
            if _is_resolution_of(resolution, conflict):
                if equivalent(resolution.value, conflict.draft):
                    return local
                if equivalent(resolution.value, conflict.canonical) and is_renamed(remote):
                    return remote
                if equivalent(resolution.value, conflict.canonical):
                    return self._version(remote_state, remote.change)
                return self._version(Live(resolution.value), None)
        return (conflict,)

    def _remote_state(self, remote: EntityVersion) -> EntityState:
        """Returns the entity by the remote's change, with the remote's values at its conflicts with canonical."""
        if remote.file is None or not remote.conflicts:
            return remote.state
        change = read_change_file(self.canonical.source, remote.file, self.canonical.configuration)
        if isinstance(change, Rename):
            return remote.state
        insisting = [Resolution(c.path, c.type, c.canonical, c.draft, c.draft) for c in remote.conflicts]
        before, now = self.remote_base.state(self.entity), self.canonical.state(self.entity)
        return rebase_change(change, before, now, self._rules, insisting).state

    @property
    def _rules(self) -> MergeRules:
        return self.canonical.configuration.entities[self.entity.type].merge_rules

    def _version(self, state: EntityState, template: Change | None) -> EntityVersion:
        change = change_between(self.entity, self.canonical.state(self.entity), state, template)
        return merged_version(self.entity, state, change)


def _whole_conflict(synced: EntityState, remote: EntityState, local: EntityState) -> Conflict:
    return Conflict("", "modify/modify", value_of(synced), value_of(remote), value_of(local))


def _change_file(target: Side, entity: EntityRef, version: EntityVersion) -> dict[str, bytes | None]:
    """Returns what gives the target's tip this version of the entity; empty where it has it."""
    source, known = target.base.source, target.draft.file(entity)
    files: dict[str, bytes | None] = {}
    if version.is_verbatim and version.file is not None:
        files |= {path: source.read_blob(oid) for path, oid in version.file.contents.items()}
    elif version.change is not None:
        files |= write_change(version.change)
    if known is None:
        return files
    before = {path: source.read_blob(oid) for path, oid in known.contents.items()}
    return {} if before == files else {**dict.fromkeys(before), **files}


def _resolution_file(
    target: Side, entity: EntityRef, sides: Sequence[Side | None]
) -> dict[str, bytes | None]:
    """Returns what gives the target's tip the answers to conflicts with canonical that the merged draft has: those that
    one side changed, or of both those on which they agree."""
    path = resolution_path(entity)
    synced, local, remote = (
        None if side is None else file_oid(target.base.source, side.draft.tree, path) for side in sides
    )
    known = file_oid(target.base.source, target.draft.tree, path)
    if local in (synced, remote):
        merged = remote
    elif remote == synced:
        merged = local
    else:
        merged = None
    if merged == known:
        return {}
    return {path: None if merged is None else target.base.source.read_blob(merged)}


def _is_resolution_of(resolution: Resolution, conflict: Conflict) -> bool:
    same = (resolution.path, resolution.type) == (conflict.path, conflict.type)
    same = same and equivalent(resolution.canonical, conflict.canonical)
    return same and equivalent(resolution.draft, conflict.draft)
