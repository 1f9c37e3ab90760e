"""References: those to missing or deleted entities, those to entities that a change removes, and orphans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration, EntityType
from gitdraft.index.redirects import redirect_targets
from gitdraft.index.references import referrers_of
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Deleted, EntityState, Live, Redirected
from gitdraft.model.references import Reference
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import TOMBSTONES, marker_files, readable_tombstone
from gitdraft.store.references import Tokens, references_in, targets_in, unique_values
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class DraftedReferences:
    """The references and unique values (``naming``) and the redirects of the entities that a view's draft changes, by
    their target."""

    view: EffectiveView
    naming: Mapping[EntityRef, Sequence[tuple[EntityRef, Tokens]]]
    redirecting: Mapping[EntityRef, Sequence[EntityRef]]


def check_references(
    entity_type: EntityType, view: EffectiveView, entity: EntityRef, document: JSON
) -> Iterator[Violation]:
    """Yields a violation for each reference in the document to an entity that does not exist, or is deleted.

    A target with a malformed tombstone is reported at the tombstone.
    """
    for reference in references_in(entity_type, document):
        if any(view.holds(candidate) for candidate in reference.candidates):
            continue
        pointer = format_pointer(reference.tokens)
        for candidate in reference.candidates:
            if isinstance(view.state(candidate), Deleted):
                yield Violation(entity, pointer, "reference/deleted", f"{candidate} is deleted")
                break
        else:
            yield Violation(entity, pointer, "reference/missing", _missing(reference))


def check_referrers(changes: DraftedReferences, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation for each reference or redirect to an entity that the view's draft removes."""
    view = changes.view
    for referrer in {referrer for referrer, _ in referrers_of(view.canonical, entity)}:
        if not view.is_changed(referrer):
            for target, tokens in references_from(view, referrer):
                if target == entity:
                    yield _still_named(entity, referrer, tokens)
    for referrer, tokens in changes.naming.get(entity, ()):
        if referrer != entity:
            yield _still_named(entity, referrer, tokens)
    is_renamed = entity in view.new_names()
    unchanged = (
        source
        for source in readable_redirect_sources(view.canonical, (entity,))
        if not view.is_changed(source) and not is_renamed  # those of a renamed one will lead to its new name
    )
    for source in {*unchanged, *changes.redirecting.get(entity, ())} - {entity}:
        if not view.is_live(source):
            yield Violation(entity, "", "reference/deleted", f"{source} redirects to it")


def check_orphan(changes: DraftedReferences, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation where no other entity refers or redirects to one of a type that references can name."""
    view = changes.view
    if entity.type not in referenceable_types(view.canonical.configuration):
        return
    drafted = (
        *(referrer for referrer, _ in changes.naming.get(entity, ())),
        *changes.redirecting.get(entity, ()),
    )
    on_canonical = (
        *(referrer for referrer, _ in referrers_of(view.canonical, entity)),
        *(
            source
            for source in readable_redirect_sources(view.canonical, (entity,))
            if view.canonical.blob(source) is None
        ),
    )
    if any(other != entity for other in drafted):
        return
    if not any(other != entity and not view.is_changed(other) for other in on_canonical):
        yield Violation(entity, "", "reference/orphan", "nothing names it")


def drafted_references(view: EffectiveView) -> DraftedReferences:
    """Returns the references and redirects of the entities that the view's draft changes."""
    naming: defaultdict[EntityRef, list[tuple[EntityRef, Tokens]]] = defaultdict(list)
    redirecting: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
    for entity in view.changed():
        for target, tokens in chain(references_from(view, entity), values_of(view, entity)):
            naming[target].append((entity, tokens))
        state = _state_of(view, entity)
        if isinstance(state, Redirected):
            redirecting[state.target].append(entity)
    return DraftedReferences(view, naming, redirecting)


def readable_redirect_sources(canonical: Snapshot, targets: Collection[EntityRef]) -> tuple[EntityRef, ...]:
    """Returns the entities that canonical redirects to one of ``targets``; a malformed tombstone is passed over."""
    by_type: defaultdict[str, set[str]] = defaultdict(set)
    for target in targets:
        by_type[target.type].add(target.key)
    return tuple(
        source for name, keys in by_type.items() for source in _redirect_sources(canonical, name, keys)
    )


def _redirect_sources(canonical: Snapshot, type_name: str, keys: Collection[str]) -> Iterator[EntityRef]:
    try:
        yield from redirect_targets(canonical, type_name, keys)
    except InvalidInput:
        for _, source in marker_files(canonical, TOMBSTONES):
            if source is not None and source.type == type_name:
                tombstone = readable_tombstone(canonical.source, canonical.tombstone_blob(source))
                if isinstance(tombstone, RedirectTombstone) and tombstone.redirects_to in keys:
                    yield source


def readable_redirect_targets(canonical: Snapshot) -> set[EntityRef]:
    """Returns the entities to which canonical redirects others; malformed tombstones are passed over."""
    types = canonical.configuration.entities
    sources = [s for _, s in marker_files(canonical, TOMBSTONES) if s and s.type in types]
    gone = (s for s in sources if canonical.blob(s) is None)
    pairs = ((s, readable_tombstone(canonical.source, canonical.tombstone_blob(s))) for s in gone)
    return {
        EntityRef(source.type, tombstone.redirects_to)
        for source, tombstone in pairs
        if isinstance(tombstone, RedirectTombstone) and tombstone.redirects_to != source.key
    }


def references_from(view: EffectiveView, entity: EntityRef) -> Iterator[tuple[EntityRef, Tokens]]:
    """Yields the entities that one refers to in the view, with the place; none for one that cannot be read."""
    state = _state_of(view, entity)
    if isinstance(state, Live):
        entity_type = view.canonical.configuration.entities[entity.type]
        yield from targets_in(entity_type, state.document, view.holds)


def values_of(view: EffectiveView, entity: EntityRef) -> Iterator[tuple[EntityRef, Tokens]]:
    """Yields the unique values of an entity in the view, with the place; none of one that cannot be read."""
    entity_type = view.canonical.configuration.entities.get(entity.type)
    state = _state_of(view, entity) if entity_type is not None and entity_type.unique else None
    if entity_type is not None and isinstance(state, Live):
        yield from unique_values(entity_type, state.document)


def targets_of(view: EffectiveView, entity: EntityRef) -> set[EntityRef]:
    """Returns the entities that one refers or redirects to in the view."""
    state = _state_of(view, entity)
    if isinstance(state, Redirected):
        return {state.target}
    return {target for target, _ in references_from(view, entity)}


def referenceable_types(configuration: Configuration) -> frozenset[str]:
    """Returns the names of the types that references can name."""
    return frozenset(
        name
        for entity_type in configuration.entities.values()
        for rule in entity_type.references
        for name in rule.types
    )


def _missing(reference: Reference) -> str:
    match reference.candidates:
        case ():
            return f"no type is declared for an id that begins as '{reference.text}' does"
        case (candidate,):
            return f"{candidate} does not exist"
        case candidates:
            return f"none of {', '.join(map(str, candidates))} exists"


def _still_named(entity: EntityRef, referrer: EntityRef, tokens: Tokens) -> Violation:
    where = f"{referrer} {format_pointer(tokens)}"
    return Violation(entity, "", "reference/deleted", f"{where} still names it")


def _state_of(view: EffectiveView, entity: EntityRef) -> EntityState | None:
    if entity.type not in view.canonical.configuration.entities:
        return None
    try:
        return view.state(entity)
    except InvalidInput:
        return None
