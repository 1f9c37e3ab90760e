"""What goes on as was typed: entities, properties, types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from gitdraft.documents.pointers import format_pointer
from gitdraft.index.names import folded, plain
from gitdraft.index.search import named_rows
from gitdraft.model.reconciliation import Suggestion
from gitdraft.reconciliation.candidates import redirected
from gitdraft.reconciliation.properties import OF_WIKIBASE, Reading
from gitdraft.validation.schema_places import schema_places
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import known_types

MOST_SUGGESTED = 100
NOT_SO = 9  # the place of what does not go on as was typed
MOST_SAMPLED = 50  # entities of a type whose members are its properties


def suggest_entities(view: EffectiveView, prefix: str) -> list[Suggestion]:
    """Returns the entities of which a name goes on as was typed, or the key of one that is redirected to it, those with a name
    that begins so first."""
    reading, types, asked = Reading(view), known_types(view.canonical.configuration, None), plain(prefix)
    (rows,) = named_rows(view.canonical, [(asked, types)], MOST_SUGGESTED)
    places = {
        row.entity: min((_place(asked, plain(name)), at, len(name)) for at, name in enumerate(row.names))
        for row in rows
    }
    for key, target in islice(redirected(reading, types, asked, goes_on=True), MOST_SUGGESTED):
        place = (_place(asked, key), 0, len(key))
        places[target] = min(places.get(target, place), place)
    suggested = sorted((place, entity) for entity, place in places.items() if place[0] < NOT_SO)
    return [
        Suggestion(str(entity), reading.name(entity), reading.description(entity), entity.type)
        for _, entity in suggested
    ]


def suggest_types(view: EffectiveView, prefix: str) -> list[Suggestion]:
    """Returns the types whose name goes on as was typed."""
    types = [Suggestion(name, name) for name in view.canonical.configuration.entities]
    return _completed(types, prefix)


def suggest_properties(view: EffectiveView, prefix: str, type_name: str | None = None) -> list[Suggestion]:
    """Returns the properties of a type, or of all, whose name goes on as was typed: members that its schema or its entities
    have, a Wikibase's properties. Raises NotFound for an unknown type."""
    types = known_types(view.canonical.configuration, type_name)
    members: dict[str, Suggestion] = {}
    for one in (member for name in types for member in _members(view, name)):
        members.setdefault(one.id, one)
    of_wikibase = []
    if view.canonical.configuration.rdf is not None:
        known = known_types(view.canonical.configuration, None)
        rows = named_rows(view.canonical, [(plain(prefix) or "p", known)], MOST_SUGGESTED)[0]
        reading = Reading(view)
        of_wikibase = [
            Suggestion(row.entity.key, reading.name(row.entity), reading.description(row.entity))
            for row in rows
            if OF_WIKIBASE.fullmatch(row.entity.key)
        ]
    return [*_completed(of_wikibase, prefix), *_completed(members.values(), prefix)]


def _members(view: EffectiveView, type_name: str) -> Iterator[Suggestion]:
    schema = schema_places(view.canonical, type_name)
    declared = {} if schema is None else schema.members(())
    for name, text in declared.items():
        yield Suggestion(format_pointer((name,)), name, text or None)
    reading = Reading(view)
    for entity, _ in islice(view.canonical.entities((type_name,)), MOST_SAMPLED):
        document = reading.document(entity)
        for name in document if isinstance(document, dict) else ():
            if name not in declared:
                yield Suggestion(format_pointer((name,)), name)


def _place(asked: str, name: str) -> int:
    """Returns where a name stands among those that go on as was typed: itself, begun so, a word of it begun so, within."""
    if name == asked:
        return 0
    if name.startswith(asked):
        return 1
    if f" {asked}" in name:
        return 2
    return 3 if asked in name else NOT_SO


def _completed(suggestions: Iterable[Suggestion], prefix: str) -> list[Suggestion]:
    asked = folded(prefix).strip()
    placed = [
        (min(_place(asked, folded(one.name)), _place(asked, folded(one.id))), at, one)
        for at, one in enumerate(suggestions)
    ]
    return [one for place, _, one in sorted(placed) if place < NOT_SO]
