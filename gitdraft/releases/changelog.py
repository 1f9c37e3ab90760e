"""What lies between two states of canonical, by their two trees: what came and went on the way is none of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitdraft.documents.differences import differences
from gitdraft.documents.equality import fingerprint
from gitdraft.documents.pointers import format_pointer
from gitdraft.drafts.impact import newly_required
from gitdraft.errors import InvalidInput, NotFound
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.paths import parse_marker_path
from gitdraft.formats.trailers import read_trailers, strip_trailers
from gitdraft.git.history import commits_since
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files
from gitdraft.index.names import label_of
from gitdraft.lazy_dataclass import replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import Reason
from gitdraft.model.outcomes import Absent, EntityState, Live, Redirected
from gitdraft.model.releases import ChangeKind, Changelog, CreditedDraft, EntityChange, MemberChange, State
from gitdraft.model.values import JSON
from gitdraft.releases.modules import modules_of
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, take_snapshot
from gitdraft.validation.rules.impacts import compared_lists, impacts
from gitdraft.validation.step import check_schemas
from gitdraft.views.effective_view import EffectiveView

LONGEST_CHAIN = 100


def compare(store: Store, before: State, after: State) -> Changelog:
    """Returns the net changes from one state to another. Raises InvalidInput for a gitdraft.yaml that cannot be read."""
    assert after.commit is not None
    new = take_snapshot(store.git, after.commit, store.configuration())
    old: Snapshot | EmptyCanonical
    if before.commit is None:
        old = EmptyCanonical(store.git, new.configuration)
    else:
        old = take_snapshot(store.git, before.commit, new.configuration)
    changes = _Comparison(store.git, old, new).changes()
    modules = modules_of(new)
    placed = (replace(change, module=modules.get(change.entity)) for change in changes)
    drafts, authors = _credits(store, before, after)
    general: tuple[Reason, ...] = ()
    if isinstance(old, Snapshot):
        differing = check_schemas(old, new)
        general = tuple(Reason("breaking", v.entity, v.pointer, v.message, v.rule) for v in differing)
    return Changelog(before, after, tuple(sorted(placed, key=lambda c: c.entity)), drafts, authors, general)


class _Comparison:
    """Two trees of entities."""

    def __init__(self, source: ObjectSource, old: Snapshot | EmptyCanonical, new: Snapshot) -> None:
        self.source, self.old, self.new = source, old, new

    def changes(self) -> list[EntityChange]:
        """Returns what became of each entity that differs, in no order."""
        changes = [
            change for entity in sorted(self._touched()) if (change := self._change(entity)) is not None
        ]
        renamed = {change.target for change in changes if change.kind == "renamed"}
        changes = [change for change in changes if not (change.kind == "added" and change.entity in renamed)]
        return list(self._pair_renamed(changes))

    def _touched(self) -> set[EntityRef]:
        configurations = (self.old.configuration, self.new.configuration)
        entities: set[EntityRef] = set()
        for changed in changed_files(self.source, self.old.tree, self.new.tree):
            differing = (
                parse_marker_path(changed.path),
                *(c.entity_at(changed.path) for c in configurations),
            )
            entities.update(entity for entity in differing if entity is not None)
        return entities

    def _change(self, entity: EntityRef) -> EntityChange | None:
        was, now = _state(self.old, entity), _state(self.new, entity)
        match was, now:
            case Live(document=old), Live(document=new):
                members = tuple(self._members(entity.type, old, new))
                if not members:
                    return None
                return self._judged(EntityChange(entity, "changed", label_of(new), members), was, now)
            case _, Live(document=new):
                return self._judged(EntityChange(entity, "added", label_of(new)), was, now)
            case Live(document=old), Redirected():
                return self._redirected(entity, old, was, now)
            case _, Redirected(target=target) if was != now:
                reasons = (Reason("cosmetic", entity, "", f"it is redirected to {target}"),)
                return EntityChange(entity, "redirected", None, target=self._end(now), reasons=reasons)
            case Live(document=old), _:
                change = EntityChange(entity, "deleted", label_of(old), reason=self._reason(entity))
                return self._judged(change, was, now)
        return None

    def _redirected(
        self, entity: EntityRef, old: JSON, was: EntityState, now: Redirected
    ) -> EntityChange | None:
        target = self._end(now)
        current, then = _state(self.new, target), _state(self.old, target)
        kind: ChangeKind = "redirected"
        members: tuple[MemberChange, ...] = ()
        if isinstance(current, Live) and not isinstance(then, Live):
            kind = "renamed"
            members = tuple(self._members(entity.type, old, current.document, is_renamed=True))
        elif isinstance(current, Live) and isinstance(then, Live):
            gained = [
                m.after
                for m in self._members(entity.type, then.document, current.document)
                if m.kind != "removed"
            ]
            kind = "merged" if _has_any_of(old, gained) else "redirected"
        change = EntityChange(entity, kind, label_of(old), members, target, self._reason(entity))
        return self._judged(change, was, now)

    def _judged(self, change: EntityChange, was: EntityState, now: EntityState) -> EntityChange:
        entity_type = self._type(change.entity.type)
        differing = impacts(entity_type, change.entity, was, now, self._is_new)
        reasons = dict.fromkeys(differing)
        if isinstance(self.old, Snapshot) and change.entity.type in self.old.configuration.entities:
            views = (EffectiveView(self.source, self.old), EffectiveView(self.source, self.new))
            if change.entity.type in self.new.configuration.entities:
                reasons |= dict.fromkeys(newly_required(*views, change.entity, was, now))
        return replace(change, reasons=tuple(reasons))

    def _members(
        self, type_name: str, old: JSON, new: JSON, *, is_renamed: bool = False
    ) -> Iterator[MemberChange]:
        entity_type = self._type(type_name)
        for differing in differences(old, new, compared_lists(entity_type)):
            pointer = format_pointer(differing.tokens)
            if not (is_renamed and pointer == entity_type.id_pointer):
                yield MemberChange(pointer, differing.kind, differing.before, differing.after)

    def _pair_renamed(self, changes: list[EntityChange]) -> Iterator[EntityChange]:
        """Yields the changes, an entity that went without a tombstone and one that came with its content as one renaming."""
        arrived = {}
        for change in changes:
            state = _state(self.new, change.entity) if change.kind == "added" else None
            if isinstance(state, Live):
                arrived[change.entity.type, self._content(change.entity.type, state.document)] = change.entity
        taken: set[EntityRef] = set()
        for change in (change for change in changes if change.kind != "added"):
            state = _state(self.old, change.entity) if change.kind == "deleted" else None
            if isinstance(state, Live) and isinstance(_state(self.new, change.entity), Absent):
                target = arrived.get((change.entity.type, self._content(change.entity.type, state.document)))
                if target is not None and target not in taken:
                    taken.add(target)
                    yield replace(change, kind="renamed", target=target)
                    continue
            yield change
        yield from (change for change in changes if change.kind == "added" and change.entity not in taken)

    def _content(self, type_name: str, document: JSON) -> object:
        pointer = self._type(type_name).id_pointer
        if pointer is not None and pointer.count("/") == 1 and isinstance(document, dict):
            document = {name: value for name, value in document.items() if f"/{name}" != pointer}
        return fingerprint(document)

    def _end(self, state: EntityState) -> EntityRef:
        """Returns where a redirect leads, in the newer tree."""
        assert isinstance(state, Redirected)
        target = state.target
        for _ in range(LONGEST_CHAIN):
            following = _state(self.new, target)
            if not isinstance(following, Redirected):
                break
            target = following.target
        return target

    def _reason(self, entity: EntityRef) -> str:
        try:
            tombstone = self.new.tombstone(entity)
        except InvalidInput:
            return ""
        return "" if tombstone is None else tombstone.reason

    def _is_new(self, entity: EntityRef) -> bool:
        return isinstance(_state(self.new, entity), Live) and not isinstance(_state(self.old, entity), Live)

    def _type(self, name: str) -> EntityType:
        known = self.new.configuration.entities.get(name)
        return known if known is not None else self.old.configuration.entities[name]


def _state(snapshot: Snapshot | EmptyCanonical, entity: EntityRef) -> EntityState:
    """Returns the state of an entity; absent where its type is unknown, or its file is no document."""
    if isinstance(snapshot, EmptyCanonical):
        return Absent()
    try:
        return snapshot.state(entity)
    except (InvalidInput, NotFound):
        return Absent()


def _has_any_of(document: JSON, values: Iterable[object]) -> bool:
    """Returns whether one of the values stands anywhere in the document."""
    sought = {fingerprint(value) for value in values}
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if fingerprint(value) in sought:
            return True
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return False


def _credits(store: Store, before: State, after: State) -> tuple[tuple[CreditedDraft, ...], tuple[str, ...]]:
    """Returns the drafts merged, and the authors, each once, in the order in which they came."""
    assert after.commit is not None
    commits = list(commits_since(store.git, after.commit, before.commit))
    drafts: dict[str, CreditedDraft] = {}
    authors: dict[str, None] = {}
    for commit in reversed(commits):
        trailers = read_trailers(commit.message)
        name = trailers.get("Gitdraft-Draft")
        if name is not None and "Gitdraft-Tip" not in trailers:
            continue  # one of the draft's own, which its merge stands for
        author = trailers.get("Gitdraft-Author") or f"{commit.author.name} <{commit.author.email}>"
        authors[author] = None
        if name is not None:
            drafts[name] = CreditedDraft(name, strip_trailers(commit.message).partition("\n")[0], author)
    return tuple(drafts.values()), tuple(authors)
