"""References from and to an entity, in a view; what drafts would change of them; documents with references replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from gitdraft.documents.equality import identical
from gitdraft.documents.pointers import format_pointer, get
from gitdraft.errors import ConflictError, InvalidInput, PolicyViolation, RepositoryError
from gitdraft.formats.configuration import EntityType
from gitdraft.index.affected import drafts_mentioning
from gitdraft.index.redirects import redirect_sources
from gitdraft.index.references import Referrer, referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import SetOf
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.references import Reference
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.model.view_reports import ReferenceEdit, References, TargetState
from gitdraft.store.drafts import read_draft
from gitdraft.store.references import Tokens, places, references_in, resolve, targets_in
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView, open_view


def references_of(store: Store, view: EffectiveView, entity: EntityRef) -> References:
    """Returns the references from and to an entity of the view."""
    state = view.state(entity)
    names = tuple(_named_once(view, _named_in(view, entity, state)))
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
    targets = targets_in(entity_type, state.document, view.holds)
    return [(target, format_pointer(tokens)) for target, tokens in targets]


def _named_once(
    view: EffectiveView, named: Iterable[Referrer]
) -> Iterator[tuple[EntityRef, str, TargetState]]:
    """Yields each place once, with the state of the entity: where no type holds the id, with the one that is deleted."""
    for pointer, group in groupby(named, itemgetter(1)):
        states = [(target, _target_state(view.state(target))) for target, _ in group]
        target, state = next((pair for pair in states if pair[1] == "deleted"), states[0])
        yield target, pointer, state


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


def replace_references(
    view: EffectiveView, document: JSON, old: EntityRef, new: EntityRef, referrer: EntityRef
) -> JSON:
    """Returns the document of ``referrer`` with references to ``new`` in place of ``old``; a list declared a set has it
    once. A member that is named for it gets the other name; where that is there already, two lists become one.

    Raises PolicyViolation (``ambiguous-reference``) where the id of ``new`` stands for another entity at such a place,
    ConflictError (``merge-conflict``) where two members of the same name would differ.
    """
    entity_type = view.canonical.configuration.entities[referrer.type]
    references = [
        reference
        for reference in references_in(entity_type, document)
        if old in resolve(reference.candidates, view.holds)
    ]
    for reference in references:
        _require_meaning(view, referrer, reference, new)
        if not reference.rule.members:
            document = _put(document, reference.tokens, new.key)
    members = {reference.tokens for reference in references if reference.rule.members}
    for tokens in sorted(members, key=lambda tokens: (-len(tokens), tokens)):
        document = _put(
            document, tokens[:-1], _renamed(referrer, tokens, get(document, tokens[:-1]), new.key)
        )
    for pattern, rule in entity_type.lists:
        if isinstance(rule, SetOf):
            for tokens, values in list(places(document, pattern)):
                if isinstance(values, list) and values.count(new.key) > 1:
                    document = _put(document, tokens, _once(values, new.key))
    return document


def _require_meaning(view: EffectiveView, referrer: EntityRef, reference: Reference, new: EntityRef) -> None:
    """Raises PolicyViolation where the id of ``new``, put at that place, stands for another entity."""
    others = resolve(reference.rule.candidates(new.key), view.holds)
    if new not in others:
        pointer = format_pointer(reference.tokens)
        other = others[0] if others else "nothing"
        raise PolicyViolation(
            f"{referrer} {pointer}: '{new.key}' there would name {other}, not {new}",
            code="ambiguous-reference",
            context={"entity": str(referrer), "path": pointer},
            hint=f"gitdraft set {referrer} {pointer} VALUE in a draft says what it is to name",
        )


def _renamed(referrer: EntityRef, tokens: Tokens, document: Maybe, name: str) -> JSON:
    """Returns an object whose member at the last of ``tokens`` has another name."""
    assert isinstance(document, dict)
    value, present = document[tokens[-1]], document.get(name, ABSENT)
    if isinstance(value, list) and isinstance(present, list):
        value = [*present, *(item for item in value if not any(identical(item, other) for other in present))]
    elif present is not ABSENT and not identical(value, present):
        raise ConflictError(
            f"{referrer} {format_pointer(tokens)}: there is a member '{name}' already, and it differs",
            code="merge-conflict",
            context={"entity": str(referrer), "path": format_pointer(tokens)},
        )
    kept = name if present is not ABSENT else tokens[-1]
    others = ((key, inner) for key, inner in document.items() if key == kept or key not in (name, tokens[-1]))
    return {name if key == kept else key: value if key == kept else inner for key, inner in others}


def remove_references(view: EffectiveView, entity_type: EntityType, document: JSON, gone: EntityRef) -> JSON:
    """Returns the document without the list elements that refer to ``gone``; a reference as a member's value stays."""
    places = [place for target, place in targets_in(entity_type, document, view.holds) if target == gone]
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
