"""Names reconciled with canonical's entities, as spreadsheets such as OpenRefine ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.api.views import EntityLookup, open_effective
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.model.reconciliation import AskedColumn, Candidate, Extension, NameQuery, Suggestion
    from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Canonical's live entities, looked for by name. What is deleted, and what is only in a draft, is not there; a redirect
    stands for its target."""

    session: Session

    def types(self) -> tuple[str, ...]:
        """Returns the types of entities that there are."""
        return tuple(self._view().canonical.configuration.entities)

    def reconcile(self, queries: Mapping[str, NameQuery]) -> dict[str, list[Candidate]]:
        """Returns for each query who may be meant, the best first. Raises InvalidInput naming a query that cannot be
        answered: of an unknown type, or by what is no pointer."""
        from gitdraft.reconciliation.candidates import reconcile

        return reconcile(self._view(), queries)

    def extend(self, names: Sequence[str], asked: Sequence[AskedColumn]) -> Extension:
        """Returns values of the entities with these names; what is not there has none. Raises InvalidInput for what is no
        pointer."""
        from gitdraft.reconciliation.extension import extend

        return extend(self._view(), names, asked)

    def find(self, name: str) -> EntityLookup:
        """Returns the entity with a name, a redirect being followed. Raises NotFound."""
        from gitdraft.views.entity_names import find_entity

        view = self._view()
        return EntityLookup(self.session.store, find_entity(view, name), view).follow()

    def describe(self, lookup: EntityLookup) -> Suggestion:
        """Returns what a live entity is called and says of itself."""
        from gitdraft.model.reconciliation import Suggestion
        from gitdraft.reconciliation.properties import Reading

        reading, entity = Reading(lookup.effective), lookup.entity
        return Suggestion(str(entity), reading.name(entity), reading.description(entity), entity.type)

    def suggest_entities(self, prefix: str) -> list[Suggestion]:
        """Returns the entities of which a name goes on as was typed."""
        from gitdraft.reconciliation.suggestions import suggest_entities

        return suggest_entities(self._view(), prefix)

    def suggest_properties(self, prefix: str = "", type_name: str | None = None) -> list[Suggestion]:
        """Returns the properties of a type, or of all, of which the name goes on as was typed. Raises NotFound."""
        from gitdraft.reconciliation.suggestions import suggest_properties

        return suggest_properties(self._view(), prefix, type_name)

    def suggest_types(self, prefix: str) -> list[Suggestion]:
        """Returns the types of which the name goes on as was typed."""
        from gitdraft.reconciliation.suggestions import suggest_types

        return suggest_types(self._view(), prefix)

    def _view(self) -> EffectiveView:
        return open_effective(self.session.store)
