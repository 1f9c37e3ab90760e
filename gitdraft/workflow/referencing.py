"""Who names whom: the references that gitdraft.yaml declares, in one document or over all of canonical."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from gitdraft.documents.parsing import parse_document
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import PathPattern
from gitdraft.model.values import JSON
from gitdraft.store.snapshots import Snapshot

Tokens = tuple[str, ...]
Referrers = Mapping[EntityRef, tuple[tuple[EntityRef, Tokens], ...]]


def references_in(kind: EntityType, document: JSON) -> Iterator[tuple[EntityRef, Tokens]]:
    """The entities that a document of this type names, and where. What is not a string names nothing."""
    for pattern, target in kind.references:
        for tokens, value in _places(document, pattern, ()):
            if isinstance(value, str):
                yield EntityRef(target, value), tokens


@lru_cache(maxsize=4)
def referrers(snapshot: Snapshot) -> Referrers:
    """For each entity that canonical names, who names it and where. Reads every entity of a referring type."""
    found: defaultdict[EntityRef, list[tuple[EntityRef, Tokens]]] = defaultdict(list)
    kinds = {name: kind for name, kind in snapshot.configuration.entities.items() if kind.references}
    for entity, oid in snapshot.entities(tuple(kinds)):
        try:
            document = parse_document(
                snapshot.source.read_blob(oid), limits=snapshot.configuration.limits, source=str(entity)
            )
        except InvalidInput:
            continue  # reported as json/invalid where the entity itself is validated
        for target, tokens in references_in(kinds[entity.type], document):
            found[target].append((entity, tokens))
    return {target: tuple(places) for target, places in found.items()}


def _places(value: JSON, pattern: PathPattern, above: Tokens) -> Iterator[tuple[Tokens, JSON]]:
    if not pattern:
        yield above, value
        return
    token, rest = pattern[0], pattern[1:]
    if isinstance(value, dict):
        members = value.items() if token == "*" else [(token, value[token])] if token in value else []
        for name, inner in members:
            yield from _places(inner, rest, (*above, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if token in ("*", str(index)):
                yield from _places(inner, rest, (*above, str(index)))
