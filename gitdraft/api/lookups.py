"""Looking entities up: one that was named, all of them, those that a query matches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.api.views import EntityLookup, OneOrMore, look_up, open_effective
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.api.graphs import EntityGraph
    from gitdraft.documents.inheritance import EffectiveMembers
    from gitdraft.model.graphs import GraphKind
    from gitdraft.model.queries import Match
    from gitdraft.model.reports import EntityView
    from gitdraft.model.view_reports import References


@dataclass(frozen=True, slots=True)
class Lookups:
    """A repository in which entities are looked up, as canonical or drafts have them."""

    session: Session

    def find(self, entity: str, draft: OneOrMore = None, at: str | None = None) -> EntityLookup:
        """Returns the entity that was named, in canonical (at its tip, or at the commit ``at``), or in it as a draft
        would have it, or several drafts one over another. Raises NotFound with the nearest name."""
        return look_up(self.session.store, entity, draft, at)

    def view(self, entity: str, draft: OneOrMore = None, at: str | None = None) -> EntityView:
        """Returns the entity with its change status, looked up as ``find`` does."""
        return self.find(entity, draft, at).show()

    def entities(
        self,
        entity_type: str | None = None,
        draft: OneOrMore = None,
        *,
        prefix: str = "",
        where: str | None = None,
    ) -> Iterator[EntityView]:
        """Returns the entities with their change status and conflicts, sorted; those that a draft deletes too. What no draft
        changes is not read, and has no document.

        ``prefix`` is what their keys begin with; ``where`` is a query as ``search`` takes it, which only live entities match.
        Raises NotFound for an unknown type, InvalidInput (``invalid-query``).
        """
        from gitdraft.views.entity_names import known_types

        view = open_effective(self.session.store, draft)
        listed = view.entities(known_types(view.canonical.configuration, entity_type))
        if where is not None:
            from gitdraft.formats.queries import parse_query
            from gitdraft.views.search import search

            listed = (view.line(match.entity) for match in search(view, parse_query(where), entity_type))
        return (line for line in listed if line.entity.key.startswith(prefix))

    def tombstones(self, entity_type: str | None = None) -> list[tuple[EntityRef, str]]:
        """Returns what canonical redirects (`redirected`) or has deleted (`deleted`); what was erased is hidden."""
        from gitdraft.views.entity_names import known_types
        from gitdraft.views.redirects import list_tombstones

        canonical = self.session.store.snapshot()
        return list_tombstones(canonical, known_types(canonical.configuration, entity_type))

    def references(self, entity: str, draft: OneOrMore = None) -> References:
        """Returns whom the entity names, who names it, and what open drafts would change in that."""
        return self.find(entity, draft).references()

    def effective(
        self, entity: str, draft: OneOrMore = None, *, progress: Progress = silent
    ) -> EffectiveMembers:
        """Returns the members that the entity has and inherits, each as canonical and as the draft has it."""
        return self.find(entity, draft).members(progress=progress)

    def graph(self, kind: GraphKind, draft: OneOrMore = None, *, progress: Progress = silent) -> EntityGraph:
        """Returns a graph of the entities, as canonical or a draft has them: `inheritance`, `redirects`, `modules`, or the
        `impact` of a draft. Raises InvalidInput for an impact of no draft, or where no modules are declared."""
        from gitdraft.api.graphs import build_graph

        return build_graph(self.session, kind, draft, progress)

    def search(
        self,
        query: str,
        entity_type: str | None = None,
        draft: OneOrMore = None,
        *,
        progress: Progress = silent,
    ) -> Iterator[Match]:
        """Returns the live entities that match a query, sorted by type and key; those of canonical by the index.

        A query holds words that must all occur, `/pointer=value`, `/pointer`, `type:NAME`, each with `-` before it for not.
        Raises InvalidInput (``invalid-query``), NotFound for an unknown type.
        """
        from gitdraft.formats.queries import parse_query
        from gitdraft.views.search import search

        terms = parse_query(query)
        return search(open_effective(self.session.store, draft), terms, entity_type, progress)
