"""Values that no two live entities of a type may have (`unique:` in gitdraft.yaml); JSON Schema cannot say it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from gitdraft.documents.pointers import format_pointer
from gitdraft.formats.configuration import EntityType
from gitdraft.index.references import referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.references import Tokens, unique_values
from gitdraft.validation.rules.references import DraftedReferences, values_of
from gitdraft.views.effective_view import EffectiveView


def check_unique(
    changes: DraftedReferences, entity_type: EntityType, entity: EntityRef, document: JSON
) -> Iterator[Violation]:
    """Yields a violation for each value that another live entity of the view has there, too."""
    view = changes.view
    for value, tokens in unique_values(entity_type, document):
        holders = {holder for holder, _ in referrers_of(view.canonical, value) if not view.is_changed(holder)}
        holders.update(holder for holder, _ in changes.naming.get(value, ()))
        if others := holders - {entity}:
            yield _duplicate(entity, tokens, others)


def check_holders(holders: Mapping[EntityRef, Sequence[tuple[EntityRef, Tokens]]]) -> Iterator[Violation]:
    """Yields the same violations where who holds each value is known."""
    for places in holders.values():
        entities = {entity for entity, _ in places}
        if len(entities) > 1:
            yield from (_duplicate(entity, tokens, entities - {entity}) for entity, tokens in places)


def sharing_values(
    before: EffectiveView, after: EffectiveView, changed: Collection[EntityRef]
) -> Iterator[EntityRef]:
    """Yields the entities that have a value which a changed entity took or gave up."""
    for entity in changed:
        old, new = ({value for value, _ in values_of(view, entity)} for view in (before, after))
        for value in old ^ new:
            yield from (holder for holder, _ in referrers_of(after.canonical, value))


def _duplicate(entity: EntityRef, tokens: Tokens, others: Collection[EntityRef]) -> Violation:
    first = min(others)
    more = f" and {len(others) - 1} more have" if len(others) > 1 else " has"
    return Violation(entity, format_pointer(tokens), "unique/duplicate", f"{first}{more} the same value")
