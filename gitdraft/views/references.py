"""References from and to an entity, in a view; what drafts would change of them; documents without references to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from gitdraft.documents.pointers import format_pointer, get
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.configuration import EntityType
from gitdraft.index.affected import drafts_mentioning
from gitdraft.index.redirects import redirect_sources
from gitdraft.index.references import Referrer, referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.model.view_reports import ReferenceEdit, References, TargetState
from gitdraft.store.drafts import read_draft
from gitdraft.store.reference_edits import put_at
from gitdraft.store.references import Tokens, targets_in
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView, open_view


def references_of(store: Store, view: EffectiveView, entity: EntityRef) -> References:
    """Returns the references from and to an entity of the view."""
    names = targets_of(view, entity)
    changed = set(view.changed())
    named_by = _places_naming(view, entity)
    redirects = {source for source in redirect_sources(view.canonical, entity) if source not in changed}
    redirects |= {other for other in changed if view.state(other) == Redirected(entity)}
    drafts = () if view.draft is not None else tuple(_by_drafts(store, entity, named_by))
    return References(entity, names, tuple(sorted(named_by)), tuple(sorted(redirects)), drafts)


def targets_of(view: EffectiveView, entity: EntityRef) -> tuple[tuple[EntityRef, str, TargetState], ...]:
    """Returns the entities that this one names in the view, each place once, with the pointer and the state of the entity."""
    return tuple(_named_once(view, _named_in(view, entity, view.state(entity))))


def referrers_in(view: EffectiveView, entity: EntityRef) -> list[EntityRef]:
    """Returns the other entities that name this one in the view, sorted."""
    return sorted({referrer for referrer, _ in _places_naming(view, entity)} - {entity})


def _places_naming(view: EffectiveView, entity: EntityRef) -> set[Referrer]:
    changed = set(view.changed())
    named_by = {place for place in referrers_of(view.canonical, entity) if place[0] not in changed}
    for other in changed:
        named = _named_in(view, other, view.state(other))
        named_by |= {(other, pointer) for target, pointer in named if target == entity}
    return named_by


def _by_drafts(
    store: Store, entity: EntityRef, named_by: set[Referrer]
) -> Iterator[tuple[str, EntityRef, str, ReferenceEdit]]:
    for name, tip in drafts_mentioning(store, {entity, *(referrer for referrer, _ in named_by)}).items():
        try:
            view = open_view(store, read_draft(store.git, name, store.draft_ref(name), tip))
            changed = view.changed()
        except (InvalidInput, RepositoryError):
            continue  # a branch that is no draft; list and rebase report it
        for other in changed:
            before, after = (
                {pointer for target, pointer in _named_in(view, other, state) if target == entity}
                for state in (view.canonical.state(other), view.state(other))
            )
            yield from ((name, other, pointer, "adds") for pointer in sorted(after - before))
            yield from ((name, other, pointer, "removes") for pointer in sorted(before - after))


def _named_in(view: EffectiveView, entity: EntityRef, state: EntityState) -> list[Referrer]:
    entity_type = view.canonical.configuration.entities[entity.type]
    if not isinstance(state, Live):
        return []
    targets = targets_in(entity_type, state.document, view.holds)
    return [(target, format_pointer(tokens)) for target, tokens in targets]


def _named_once(
    view: EffectiveView, named: Iterable[Referrer]
) -> Iterator[tuple[EntityRef, str, TargetState]]:
    """Yields each place once, with the state of the entity: where no type holds the id, with the one that is deleted."""
    for pointer, group in groupby(named, itemgetter(1)):
        states = [(target, state_of(view, target)) for target, _ in group]
        target, state = next((pair for pair in states if pair[1] == "deleted"), states[0])
        yield target, pointer, state


def state_of(view: EffectiveView, entity: EntityRef) -> TargetState:
    """Returns the state of an entity that is named."""
    match view.state(entity):
        case Live():
            return "live"
        case Redirected():
            return "redirected"
        case Deleted():
            return "deleted"
        case Absent():
            return "missing"


def remove_references(view: EffectiveView, entity_type: EntityType, document: JSON, gone: EntityRef) -> JSON:
    """Returns the document without the list elements that refer to ``gone``; a reference as a member's value stays."""
    places = [place for target, place in targets_in(entity_type, document, view.holds) if target == gone]
    for tokens in sorted(places, key=lambda place: (len(place), place[:-1], _index(place)), reverse=True):
        above = get(document, tokens[:-1])
        if isinstance(above, list):
            index = int(tokens[-1])
            document = put_at(document, tokens[:-1], above[:index] + above[index + 1 :])
    return document


def _index(place: Tokens) -> int:
    return int(place[-1]) if place[-1].isdigit() else -1
