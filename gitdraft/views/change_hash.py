"""A draft's `change_hash`: what a verdict on the draft is about.

It is a hash of what the draft makes of each entity: the entity, what is done to it, and the leaves that go and come, with
their pointers. Indexes in lists are left out, so that a rebase which leaves the effective change as it is leaves the hash;
what decides where an element of an ordered list comes to stand (the element before it) is in. It is taken on canonical's
tip, where merging would put the change; a draft that does not apply there is taken on its own base.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from gitdraft.documents.differences import Difference, differences
from gitdraft.documents.flatten import element_name, leaves
from gitdraft.documents.merge.declarations import ActiveRules, rule_at, rules_below
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.documents.serialise import canonical_json
from gitdraft.errors import InvalidInput
from gitdraft.git.objects import ObjectSource
from gitdraft.model.changes import Delete, Redirect, Rename
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import Keyed, SetOf
from gitdraft.model.outcomes import AppliedChange, EntityState, Live, Redirected
from gitdraft.model.values import ABSENT, JSON, Absence, Maybe
from gitdraft.store.drafts import StoredDraft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.views.effective_view import EffectiveView, open_view

NOTHING: Tokens = ()


def looked_at(store: Store, draft: StoredDraft, source: ObjectSource | None = None) -> EffectiveView:
    """Returns the view in which a draft is reviewed: on canonical's tip, a closed one as it was closed, on its own base."""
    if not store.is_closed(draft):
        return open_view(store, draft, source)
    source = source or store.git
    base = take_snapshot(source, draft.base, store.snapshot(source).configuration)
    return EffectiveView(source, base, draft, base)


def change_hash(view: EffectiveView) -> str:
    """Returns the hash of what the view's draft changes: SHA-256, 64 hexadecimal digits."""
    changes = [view.applied_change(entity) for entity in view.changed()]
    if not all(change is None or change.is_replayed for change in changes) and view.base is not None:
        view = EffectiveView(view.source, view.base, view.draft, view.base)
    records = sorted(canonical_json(record) for record in _records(view))
    return sha256("\n".join(records).encode("utf-8", "surrogatepass")).hexdigest()


def _records(view: EffectiveView) -> Iterator[list[JSON]]:
    """Yields a record for each place of an entity that the draft changes, and for what is done to the entity."""
    lower = view.underlying()
    for entity in view.changed():
        applied = view.applied_change(entity)
        if applied is None:
            continue
        if isinstance(applied.change, Rename) and applied.renamed is not None:
            yield from _renaming_records(view, entity, applied.change, applied.renamed)
            continue
        states = _states(lower, view, entity) if applied.is_replayed else None
        if states is None:
            file = None if view.draft is None else view.draft.file(applied.kept_under)
            yield [str(entity), "unreadable", "" if file is None else file.oid]
        else:
            yield from _entity_records(view, entity, *states, applied)


def _renaming_records(
    view: EffectiveView, entity: EntityRef, rename: Rename, renamed: Live
) -> Iterator[list[JSON]]:
    """Yields a record for the new name, and one for each place in which the entity differs under it."""
    yield [str(entity), "rename", str(rename.target), rename.redirect]
    before = view.underlying().state(entity)
    rules = view.canonical.configuration.entities[entity.type].merge_rules
    old = before.document if isinstance(before, Live) else ABSENT
    yield from ([str(entity), *place] for place in _changed_places(old, renamed.document, rules))


def _states(
    lower: EffectiveView, view: EffectiveView, entity: EntityRef
) -> tuple[EntityState, EntityState] | None:
    try:
        return lower.state(entity), view.state(entity)
    except InvalidInput:
        return None


def _entity_records(
    view: EffectiveView, entity: EntityRef, before: EntityState, after: EntityState, applied: AppliedChange
) -> Iterator[list[JSON]]:
    old, new = (state.document if isinstance(state, Live) else ABSENT for state in (before, after))
    entity_type = view.canonical.configuration.entities.get(entity.type)
    places = list(_changed_places(old, new, () if entity_type is None else entity_type.merge_rules))
    if places or type(before) is not type(after) or isinstance(after, Redirected):
        yield [str(entity), *_action(before, after, applied)]
    yield from ([str(entity), *place] for place in places)


def _action(before: EntityState, after: EntityState, applied: AppliedChange) -> list[JSON]:
    """Returns what is done to the entity as a whole."""
    if isinstance(after, Live):
        return ["modify" if isinstance(before, Live) else "create"]
    reason = applied.change.reason if isinstance(applied.change, Delete | Redirect) else ""
    if isinstance(after, Redirected):
        return ["redirect", str(after.target), reason]
    return ["delete", reason]


def _changed_places(old: Maybe, new: Maybe, rules: ActiveRules) -> Iterator[list[JSON]]:
    if isinstance(old, Absence) or isinstance(new, Absence):
        yield from _sides(NOTHING, old, new)
        return
    for difference in differences(old, new, rules):
        path, before = _named(new, rules, difference)
        if difference.kind == "reordered" and isinstance(difference.after, list):
            yield [format_pointer(path), "order", [_identity(item) for item in difference.after]]
            continue
        if difference.kind == "added" and before is not None:
            yield [format_pointer(path), "after", before, _identity(difference.after)]
        yield from _sides(path, difference.before, difference.after)


def _sides(path: Tokens, old: Maybe, new: Maybe) -> Iterator[list[JSON]]:
    """Yields the leaves that go and those that come."""
    for word, side in (("-", old), ("+", new)):
        if not isinstance(side, Absence):
            yield from ([format_pointer(tokens), word, leaf] for tokens, leaf in leaves(side, path))


def _named(new: JSON, rules: ActiveRules, difference: Difference) -> tuple[Tokens, str | None]:
    """Returns the path of a difference without indexes, and, for an element that comes into an ordered list, what stands
    before it (an empty text where nothing does)."""
    path: list[str] = []
    container: JSON = new
    before: str | None = None
    for depth, token in enumerate(difference.tokens):
        is_last = depth == len(difference.tokens) - 1
        if isinstance(container, list):
            index = int(token)
            if is_last and difference.kind == "removed":
                path.append(element_name(_present(difference.before)))
                break
            if is_last and not isinstance(rule_at(rules), SetOf | Keyed):
                before = _identity(container[index - 1]) if index else ""
            container = container[index]
            path.append(element_name(container))
        else:
            path.append(token)
            if is_last or not isinstance(container, dict):
                break
            container = container[token]
        rules = rules_below(rules, token)
    return tuple(path), before


def _identity(item: Maybe) -> str:
    """Returns what an element is known by: its id, or the whole of it."""
    value = _present(item)
    name = element_name(value)
    return canonical_json(value) if name == "-" else name


def _present(value: Maybe) -> JSON:
    assert not isinstance(value, Absence)
    return value
