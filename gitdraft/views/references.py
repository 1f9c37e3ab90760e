"""References from and to an entity, in a view; what drafts would change of them; documents with references replaced."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.pointers import format_pointer, get
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.configuration import EntityType
from gitdraft.index.affected import drafts_mentioning
from gitdraft.index.redirects import redirect_sources
from gitdraft.index.references import Referrer, referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import SetOf
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.model.view_reports import ReferenceEdit, References, TargetState
from gitdraft.store.drafts import read_draft
from gitdraft.store.references import Tokens, places, references_in
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView, open_view


def references_of(store: Store, view: EffectiveView, entity: EntityRef) -> References:
    """Returns the references from and to an entity of the view."""
    state = view.state(entity)
    names = tuple(
        (target, pointer, _target_state(view.state(target)))
        for target, pointer in _named_in(view, entity, state)
    )
    changed = set(view.changed())
    named_by = {place for place in referrers_of(view.canonical, entity) if place[0] not in changed}
    redirects = {source for source in redirect_sources(view.canonical, entity) if source not in changed}
    for other in changed:
        other_state = view.state(other)
        named_by |= {
            (other, pointer) for target, pointer in _named_in(view, other, other_state) if target == entity
        }
        redirects |= {other} if other_state == Redirected(entity) else set()
    drafts = () if view.draft is not None else tuple(_by_drafts(store, entity, named_by))
    return References(entity, names, tuple(sorted(named_by)), tuple(sorted(redirects)), drafts)


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
    return [(target, format_pointer(tokens)) for target, tokens in references_in(entity_type, state.document)]


def _target_state(state: EntityState) -> TargetState:
    match state:
        case Live():
            return "live"
        case Redirected():
            return "redirected"
        case Deleted():
            return "deleted"
        case Absent():
            return "missing"


def replace_references(entity_type: EntityType, document: JSON, old: EntityRef, new: EntityRef) -> JSON:
    """Returns the document with references to ``new`` in place of ``old``; a list declared a set has it once."""
    for tokens in [place for target, place in references_in(entity_type, document) if target == old]:
        document = _put(document, tokens, new.key)
    for pattern, rule in entity_type.lists:
        if isinstance(rule, SetOf):
            for tokens, values in list(places(document, pattern)):
                if isinstance(values, list) and values.count(new.key) > 1:
                    document = _put(document, tokens, _once(values, new.key))
    return document


def remove_references(entity_type: EntityType, document: JSON, gone: EntityRef) -> JSON:
    """Returns the document without the list elements that refer to ``gone``; a reference as a member's value stays."""
    places = [place for target, place in references_in(entity_type, document) if target == gone]
    for tokens in sorted(places, key=lambda place: (len(place), place[:-1], _index(place)), reverse=True):
        above = get(document, tokens[:-1])
        if isinstance(above, list):
            index = int(tokens[-1])
            document = _put(document, tokens[:-1], above[:index] + above[index + 1 :])
    return document


def _put(document: JSON, tokens: Tokens, value: JSON) -> JSON:
    if not tokens:
        return value
    if isinstance(document, list):
        index = int(tokens[0])
        return [*document[:index], _put(document[index], tokens[1:], value), *document[index + 1 :]]
    return {**document, tokens[0]: _put(document[tokens[0]], tokens[1:], value)}


def _once(values: list[JSON], value: JSON) -> list[JSON]:
    first = values.index(value)
    return [item for index, item in enumerate(values) if item != value or index == first]


def _index(place: Tokens) -> int:
    return int(place[-1]) if place[-1].isdigit() else -1
