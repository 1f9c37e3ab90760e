"""Which open drafts touch the same entity, and which of them would be in conflict if both were merged.

Two drafts are compared by what merging does: each change is applied to canonical's tip; then one is taken as merged and the
other is rebased onto it, and the same the other way round. Only drafts that share an entity are read. The pairs of an entity
that very many drafts change are not all compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations

from gitdraft.documents.pointers import format_pointer, parse_pointer
from gitdraft.drafts.value_clashes import Clashes, find_value_clashes
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.git.cache import remembered
from gitdraft.index.shared_entities import SharedEntities, find_shared_entities
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.changes import Change, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, ConflictType
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import AppliedChange
from gitdraft.model.overlaps import Overlap, Pair, Touch
from gitdraft.model.progress import Progress, silent
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.repository import Store
from gitdraft.store.stacks import parent_of
from gitdraft.views.outcomes import apply_change, reapply_change

MOST_TOGETHER = 40  # drafts of one entity that are compared each with each: 780 pairs
MOST_AGAINST_ONE = 1000
MIRRORED: dict[ConflictType, ConflictType] = {
    "modify/delete": "delete/modify",
    "delete/modify": "modify/delete",
}


def find_overlaps(
    store: Store, draft_id: str | None = None, *, progress: Progress = silent
) -> Iterator[Overlap]:
    """Yields the entities that more than one open draft changes, or to which one gives a unique value that another gives
    elsewhere, sorted; with a ``draft_id`` those that this draft and another change, and only the pairs that it is one of.

    Of an entity ``MOST_TOGETHER`` drafts are compared, or ``MOST_AGAINST_ONE`` against the one that is named. Drafts
    that canonical has absorbed at the entity, and branches that cannot be read, are left out; a draft and the one that
    it stands on are no pair. Raises NotFound.
    """
    affected_drafts = AffectedDrafts(store.git, store.snapshot())
    chosen = None if draft_id is None else store.find_draft(draft_id)
    if chosen is None:
        sharing = find_shared_entities(store, affected_drafts)
    else:
        sharing = _shared_with(chosen, find_shared_entities(store, affected_drafts, _entities(chosen)))
    comparison = _Comparison(store, affected_drafts, chosen)
    clashes = _clashes_of(find_value_clashes(store, affected_drafts), chosen)
    alone = {entity for entity in clashes if entity not in sharing}
    sharing = {**sharing, **find_shared_entities(store, affected_drafts, alone)} if alone else sharing
    for done, (entity, drafts) in enumerate(sorted(sharing.items())):
        progress(done, len(sharing))
        overlap = replace(comparison.overlap(entity, drafts), clashes=clashes.get(entity, ()))
        if len(overlap.touches) > 1 or overlap.clashes:
            yield overlap


@dataclass(slots=True)
class _Comparison:
    """Compares drafts on one canonical commit; with a ``chosen`` draft only the pairs that it is one of."""

    store: Store
    affected_drafts: AffectedDrafts
    chosen: StoredDraft | None

    def overlap(self, entity: EntityRef, drafts: Mapping[str, Oid]) -> Overlap:
        """Returns how the changes of the entity in these drafts (name to tip) overlap."""
        names, most = list(drafts), MOST_TOGETHER
        if self.chosen is not None:
            names = [self.chosen.id, *(name for name in drafts if name != self.chosen.id)]
            most = MOST_AGAINST_ONE + 1
        names = names[:most]
        applied = [(name, self._applied(entity, name, drafts[name])) for name in names]
        changes = {name: change for name, change in applied if change is not None and not change.is_absorbed}
        number = len(drafts) - len(names) + len(changes)
        if self.chosen is not None and self.chosen.id not in changes:
            return Overlap(entity, number, (), ())
        touches = tuple(self._touch(name, drafts[name], change) for name, change in changes.items())
        replayed = [(name, change) for name, change in changes.items() if change.is_replayed]
        parents = {name: self._parent(name, drafts[name]) for name, _ in replayed}
        pairs = (
            self._pair(*one, *other)
            for one, other in combinations(replayed, 2)
            if self.chosen is None or one[0] == self.chosen.id
            if one[0] != parents[other[0]] and other[0] != parents[one[0]]
        )
        return Overlap(entity, number, touches, tuple(pairs))

    def _applied(self, entity: EntityRef, name: str, tip: Oid) -> AppliedChange | None:
        try:
            draft = self._draft(name, tip)
            file = draft.file(entity)
            if file is None:  # the index was quicker than the branch
                return None
            return apply_change(
                self.store.git, draft, file, self.affected_drafts.base(draft), self.affected_drafts.canonical
            )
        except (InvalidInput, RepositoryError):
            return None  # a branch that is no draft; list and rebase report it

    def _touch(self, name: str, tip: Oid, applied: AppliedChange) -> Touch:
        file = self._draft(name, tip).file(applied.kept_under)
        assert file is not None
        return Touch(name, file.kind, _pointers(applied.change), applied.report.status)

    def _draft(self, name: str, tip: Oid) -> StoredDraft:
        is_chosen = self.chosen is not None and self.chosen.id == name
        return self.chosen if self.chosen and is_chosen else _read(self.store, name, tip)

    def _parent(self, name: str, tip: Oid) -> str | None:
        parent = parent_of(self.store.git, self._draft(name, tip))
        return None if parent is None else parent.draft

    def _pair(self, first: str, one: AppliedChange, second: str, other: AppliedChange) -> Pair:
        canonical = self.affected_drafts.canonical
        before = canonical.state(one.entity)
        second_after = reapply_change(other, before, one.state, canonical).report.conflicts
        first_after = reapply_change(one, before, other.state, canonical).report.conflicts
        shared = _shared_pointers(_pointers(one.change), _pointers(other.change))
        if second_after:
            return Pair(first, second, shared, second_after, None if first_after else first)
        conflicts = tuple(map(_mirrored, first_after))
        return Pair(first, second, shared, conflicts, second if first_after else None)


def _clashes_of(clashes: Clashes, chosen: StoredDraft | None) -> Clashes:
    """Returns the clashes that the chosen draft is the first of; without one all."""
    if chosen is None:
        return clashes
    own = {entity: tuple(c for c in several if c.draft == chosen.id) for entity, several in clashes.items()}
    return {entity: several for entity, several in own.items() if several}


@remembered(4096)
def _read(store: Store, name: str, tip: Oid) -> StoredDraft:
    return read_draft(store.git, name, store.draft_ref(name), tip)


def _entities(draft: StoredDraft) -> frozenset[EntityRef]:
    return frozenset(entity for file in draft.files for entity in file.entities)


def _shared_with(draft: StoredDraft, sharing: SharedEntities) -> SharedEntities:
    """Returns the shared entities with the draft itself, which may be closed, and without those that it alone changes."""
    with_it = {entity: {**drafts, draft.id: draft.tip} for entity, drafts in sharing.items()}
    return {entity: drafts for entity, drafts in with_it.items() if len(drafts) > 1}


def _pointers(change: Change | None) -> tuple[str, ...]:
    """Returns the pointers at which the change writes, sorted, without those inside another."""
    if not isinstance(change, Update):
        return ("",)
    written = [op["path"] for op in change.patch if op["op"] != "test"]
    written += [op["from"] for op in change.patch if op["op"] == "move"]
    return _outermost(str(pointer) for pointer in written)


def _shared_pointers(one: Collection[str], other: Collection[str]) -> tuple[str, ...]:
    """Returns the pointers at which, or inside which, both write."""
    ones, others = ([parse_pointer(pointer) for pointer in pointers] for pointers in (one, other))
    both = [max(a, b, key=len) for a in ones for b in others if a[: len(b)] == b[: len(a)]]
    return _outermost(format_pointer(tokens) for tokens in both)


def _outermost(pointers: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for pointer in sorted(set(pointers)):
        if not any(pointer.startswith(f"{outer}/") for outer in kept):
            kept.append(pointer)
    return tuple(kept)


def _mirrored(conflict: Conflict) -> Conflict:
    conflict_type = MIRRORED.get(conflict.type, conflict.type)
    return replace(conflict, type=conflict_type, canonical=conflict.draft, draft=conflict.canonical)
