"""References: what is named stands, what goes is named by nobody; what nobody names is an orphan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration, EntityType
from gitdraft.index.redirects import redirect_sources
from gitdraft.index.references import referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import TOMBSTONES, marked, past_tombstone
from gitdraft.store.references import Tokens, references_in
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class DraftedReferences:
    """Whom the entities that a view's draft changes name, and redirect to: by the one that is named."""

    view: EffectiveView
    naming: Mapping[EntityRef, Sequence[tuple[EntityRef, Tokens]]]
    redirecting: Mapping[EntityRef, Sequence[EntityRef]]


def check_references(
    kind: EntityType, view: EffectiveView, entity: EntityRef, document: JSON
) -> Iterator[Violation]:
    """The entities that the document names exist. One with a malformed tombstone is told there."""
    for target, tokens in references_in(kind, document):
        if view.is_live(target):
            continue
        try:
            state = view.state(target)
        except InvalidInput:
            continue
        match state:
            case Deleted():
                yield Violation(entity, format_pointer(tokens), "reference/deleted", f"{target} is deleted")
            case Absent():
                message = f"{target} does not exist"
                yield Violation(entity, format_pointer(tokens), "reference/missing", message)


def check_referrers(changes: DraftedReferences, entity: EntityRef) -> Iterator[Violation]:
    """An entity that goes: who still names it, who redirects to it."""
    view = changes.view
    for referrer in {referrer for referrer, _ in referrers_of(view.canonical, entity)}:
        if not view.is_changed(referrer):
            for target, tokens in references_from(view, referrer):
                if target == entity:
                    yield _still_named(entity, referrer, tokens)
    for referrer, tokens in changes.naming.get(entity, ()):
        if referrer != entity:
            yield _still_named(entity, referrer, tokens)
    left = (
        source for source in readable_redirect_sources(view.canonical, entity) if not view.is_changed(source)
    )
    for source in {*left, *changes.redirecting.get(entity, ())} - {entity}:
        if not view.is_live(source):
            yield Violation(entity, "", "reference/deleted", f"{source} redirects to it")


def check_orphan(changes: DraftedReferences, entity: EntityRef) -> Iterator[Violation]:
    """Somebody else names the entity, or redirects to it, where its type is one that others can name."""
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
            for source in readable_redirect_sources(view.canonical, entity)
            if view.canonical.blob(source) is None
        ),
    )
    if any(other != entity for other in drafted):
        return
    if not any(other != entity and not view.is_changed(other) for other in on_canonical):
        yield Violation(entity, "", "reference/orphan", "nothing names it")


def drafted_references(view: EffectiveView) -> DraftedReferences:
    """Whom the entities that the view's draft changes name and redirect to."""
    naming: defaultdict[EntityRef, list[tuple[EntityRef, Tokens]]] = defaultdict(list)
    redirecting: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
    for entity in view.changed():
        for target, tokens in references_from(view, entity):
            naming[target].append((entity, tokens))
        state = _state_of(view, entity)
        if isinstance(state, Redirected):
            redirecting[state.target].append(entity)
    return DraftedReferences(view, naming, redirecting)


def readable_redirect_sources(canonical: Snapshot, entity: EntityRef) -> tuple[EntityRef, ...]:
    """The entities that canonical redirects to this one, where some tombstone is malformed those that can be read."""
    try:
        return redirect_sources(canonical, entity)
    except InvalidInput:
        marks = [mark for _, mark in marked(canonical, TOMBSTONES) if mark and mark.type == entity.type]
        found = ((mark, past_tombstone(canonical.source, canonical.tombstone_blob(mark))) for mark in marks)
        return tuple(
            mark
            for mark, tombstone in found
            if isinstance(tombstone, RedirectTombstone) and tombstone.redirects_to == entity.key
        )


def readable_redirect_targets(canonical: Snapshot) -> set[EntityRef]:
    """The entities that canonical redirects others to, as far as their tombstones can be read."""
    types = canonical.configuration.entities
    marks = [mark for _, mark in marked(canonical, TOMBSTONES) if mark and mark.type in types]
    gone = (mark for mark in marks if canonical.blob(mark) is None)
    found = ((mark, past_tombstone(canonical.source, canonical.tombstone_blob(mark))) for mark in gone)
    return {
        EntityRef(mark.type, tombstone.redirects_to)
        for mark, tombstone in found
        if isinstance(tombstone, RedirectTombstone) and tombstone.redirects_to != mark.key
    }


def references_from(view: EffectiveView, entity: EntityRef) -> Iterator[tuple[EntityRef, Tokens]]:
    """The entities that one of the view names, and where; none of one that cannot be read."""
    state = _state_of(view, entity)
    if isinstance(state, Live):
        yield from references_in(view.canonical.configuration.entities[entity.type], state.document)


def targets_of(view: EffectiveView, entity: EntityRef) -> set[EntityRef]:
    """The entities that one of the view names or redirects to."""
    state = _state_of(view, entity)
    if isinstance(state, Redirected):
        return {state.target}
    return {target for target, _ in references_from(view, entity)}


def referenceable_types(configuration: Configuration) -> frozenset[str]:
    """The types whose entities others can name."""
    return frozenset(target for kind in configuration.entities.values() for _, target in kind.references)


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
