"""The page of an entity: its members and who set them, what it inherits and from where, its history, its references; and the
list in which entities are searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from gitdraft.documents.inheritance import EffectiveMembers
from gitdraft.drafts.edit import EDITABLE
from gitdraft.errors import GitdraftError
from gitdraft.formats.queries import parse_query
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.graphs import Graph
from gitdraft.model.outcomes import ChangeStatus, Redirected
from gitdraft.model.reports import EntityView
from gitdraft.model.revisions import Revision
from gitdraft.model.values import ABSENT
from gitdraft.model.view_reports import AuditEntry, References
from gitdraft.review.changes import MOST_FIELDS, Field, document_of, place_problems
from gitdraft.review.compare import Sides, compare
from gitdraft.review.graphs import MOST_DRAWN, GraphBuilder
from gitdraft.review.names import Names
from gitdraft.review.state import entity_state
from gitdraft.review.values import Named
from gitdraft.store.drafts import read_header
from gitdraft.store.inheritance import inheriting_types
from gitdraft.store.repository import Store
from gitdraft.views.audit import audit
from gitdraft.views.blame import blame
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.inheritance import effective_members
from gitdraft.views.references import references_of
from gitdraft.views.revisions import revisions
from gitdraft.views.search import search

A_PAGE = 100
MOST_LISTED = 200  # references, revisions


@dataclass(frozen=True, slots=True)
class EntityPage:
    """An entity as canonical, or the draft ``draft``, has it. ``setters`` are the revisions that last set what stands at a
    pointer; ``fields`` are its values, place by place, ``left_out`` those beyond 500, ``graphs`` who
    inherits and what redirects around it. ``state`` is what an action names; in a draft
    that ``is_editable`` it may be edited."""

    named: Named
    view: EntityView
    draft: str | None
    fields: tuple[Field, ...]
    target: Named | None
    members: EffectiveMembers | None
    references: References
    names: Sequence[tuple[Named, str, str]]
    named_by: Sequence[tuple[Named, str]]
    redirects: Sequence[Named]
    history: Sequence[Revision]
    setters: Mapping[str, Revision]
    state: str = ""
    is_editable: bool = False
    left_out: int = 0
    graphs: Sequence[Graph] = ()


@dataclass(frozen=True, slots=True)
class EntitiesPage:
    """Entities that a query matches, a page of them; ``next`` is where the next page begins behind."""

    query: str
    type: str
    types: Sequence[str]
    entities: Sequence[Named]
    next: str | None
    problem: str = ""


def entity_page(
    store: Store,
    view: EffectiveView,
    entity: EntityRef,
    draft: str | None,
    *,
    whole: bool = False,
) -> EntityPage:
    """Returns the page of an entity of the view."""
    names = Names(view)
    shown, state = view.show(entity), view.state(entity)
    document = document_of(state)
    references = references_of(store, view, entity)
    places = names.places(entity, document)
    rows = list(compare(ABSENT, document, Sides(places, places, whole)))
    most = len(rows) if whole else MOST_FIELDS
    return EntityPage(
        names.entity(entity),
        shown,
        draft,
        place_problems(names, entity, rows[:most], (), shown.conflicts),
        names.entity(state.target) if isinstance(state, Redirected) else None,
        _members(view, entity),
        references,
        [(names.entity(e), pointer, state) for e, pointer, state in references.names[:MOST_LISTED]],
        [(names.entity(e), pointer) for e, pointer in references.named_by[:MOST_LISTED]],
        [names.entity(e) for e in references.redirects[:MOST_LISTED]],
        revisions(store, entity)[::-1][:MOST_LISTED],
        _setters(store, entity) if document is not ABSENT and draft is None else {},
        entity_state(state, entity),
        view.draft is not None and read_header(store.git, view.draft).status in EDITABLE,
        max(0, len(rows) - most),
        _graphs(view, entity),
    )


def entities_page(view: EffectiveView, query: str, entity_type: str, after: str) -> EntitiesPage:
    """Returns the live entities of the view that match; a query that cannot be read matches nothing, and says why."""
    types = tuple(view.canonical.configuration.entities)
    chosen = entity_type if entity_type in types else ""
    behind = EntityRef(*after.partition("/")[::2]) if after else None
    try:
        matches = find_entities(view, query, chosen)
        refs = list(islice((e for e in matches if behind is None or e > behind), A_PAGE + 1))
    except GitdraftError as error:
        return EntitiesPage(query, chosen, types, (), None, error.message)
    names = Names(view)
    following = str(refs[A_PAGE - 1]) if len(refs) > A_PAGE else None
    return EntitiesPage(query, chosen, types, [names.entity(e) for e in refs[:A_PAGE]], following)


def find_entities(view: EffectiveView, query: str, entity_type: str) -> Iterator[EntityRef]:
    """Yields the live entities of the view that match, in order. Raises InvalidInput for a query that cannot be read."""
    if query:
        return (match.entity for match in search(view, parse_query(query), entity_type or None))
    listed = view.entities((entity_type,) if entity_type else None)
    return (line.entity for line in listed if line.status is not ChangeStatus.DELETED)


def audit_page(store: Store, limit: int = MOST_LISTED) -> Sequence[AuditEntry]:
    """Returns what was deleted, redirected and brought back, newest first."""
    return audit(store)[:limit]


def _members(view: EffectiveView, entity: EntityRef) -> EffectiveMembers | None:
    if view.canonical.configuration.entities[entity.type].inherits is None:
        return None
    try:
        return effective_members(view, entity)
    except GitdraftError:
        return None


def _graphs(view: EffectiveView, entity: EntityRef) -> list[Graph]:
    """Returns the pictures of who inherits and what redirects around an entity, where there is anything to see."""
    builder = GraphBuilder(view, MOST_DRAWN)
    try:
        graphs = [builder.redirects(entity)]
        if entity.type in inheriting_types(view.canonical.configuration):
            graphs.insert(0, builder.inheritance(entity))
    except GitdraftError:
        return []
    return [graph for graph in graphs if graph.edges]


def _setters(store: Store, entity: EntityRef) -> Mapping[str, Revision]:
    try:
        return {place.path: place.revision for place in blame(store, entity)}
    except GitdraftError:
        return {}
