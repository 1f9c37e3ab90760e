"""Who names whom: the references that gitdraft.yaml declares, in one document or over all of canonical."""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.documents.pointers import get
from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import SetOf
from gitdraft.model.values import JSON
from gitdraft.store.references import Tokens, places, references_in

Referrers = Mapping[EntityRef, tuple[tuple[EntityRef, Tokens], ...]]


def renamed(kind: EntityType, document: JSON, old: EntityRef, new: EntityRef) -> JSON:
    """The document naming ``new`` wherever it named ``old``; a list declared a set names it once."""
    for tokens in [place for target, place in references_in(kind, document) if target == old]:
        document = _put(document, tokens, new.key)
    for pattern, rule in kind.lists:
        if isinstance(rule, SetOf):
            for tokens, found in list(places(document, pattern)):
                if isinstance(found, list) and found.count(new.key) > 1:
                    document = _put(document, tokens, _once(found, new.key))
    return document


def without_references(kind: EntityType, document: JSON, gone: EntityRef) -> JSON:
    """The document without the elements of lists that name ``gone``; where it is a member's value it stays."""
    places = [place for target, place in references_in(kind, document) if target == gone]
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
