"""What entities and members are called for people, beside their ids and pointers."""

from __future__ import annotations

from gitdraft.documents.pointers import Tokens
from gitdraft.errors import GitdraftError
from gitdraft.index.names import label_of
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.values import ABSENT, Maybe
from gitdraft.review.compare import Place
from gitdraft.review.values import Named
from gitdraft.store.references import targets_in
from gitdraft.validation.schema_places import SchemaPlaces, schema_places
from gitdraft.views.effective_view import EffectiveView

LONGEST_TITLE = 60  # characters; what is longer is a description


@dataclass(slots=True)
class Names:
    """The labels of entities in a view, and the titles of members by the schemas; each is read once."""

    view: EffectiveView
    _labels: dict[EntityRef, Named] = field(default_factory=dict)
    _schemas: dict[str, SchemaPlaces | None] = field(default_factory=dict)
    _titles: dict[tuple[str, Tokens], dict[str, str]] = field(default_factory=dict)

    def entity(self, entity: EntityRef) -> Named:
        """Returns an entity with its label, as the view has it or, of what the view takes away, canonical."""
        if entity not in self._labels:
            self._labels[entity] = self._read(entity)
        return self._labels[entity]

    def places(self, entity: EntityRef, document: Maybe) -> Place:
        """Returns what the values of an entity's document name, by place."""
        if document is ABSENT or entity.type not in self.view.canonical.configuration.entities:
            return lambda _: None
        entity_type = self.view.canonical.configuration.entities[entity.type]
        targets = {tokens: target for target, tokens in targets_in(entity_type, document, self.view.holds)}

        def named(tokens: Tokens) -> Named | None:
            target = targets.get(tokens)
            return None if target is None else self.entity(target)

        return named

    def title(self, entity_type: str, tokens: Tokens) -> str:
        """Returns the title of a member by its schema; of a member without one its name, of an element its number."""
        if not tokens:
            return "(all of it)"
        *above, last = tokens
        key = (entity_type, tuple(above))
        if key not in self._titles:
            schema = self._schema(entity_type)
            self._titles[key] = {} if schema is None else schema.members(tuple(above))
        title = self._titles[key].get(last, "")
        if title and len(title) <= LONGEST_TITLE and not title.endswith("."):
            return title
        return f"element {int(last) + 1}" if last.isdecimal() and len(last) < 10 else last

    def _schema(self, entity_type: str) -> SchemaPlaces | None:
        if entity_type not in self._schemas:
            is_known = entity_type in self.view.canonical.configuration.entities
            self._schemas[entity_type] = schema_places(self.view.canonical, entity_type) if is_known else None
        return self._schemas[entity_type]

    def _read(self, entity: EntityRef) -> Named:
        if entity.type not in self.view.canonical.configuration.entities:
            return Named(entity, is_there=False)
        try:
            state = self.view.state(entity)
            if isinstance(state, Live):
                return Named(entity, label_of(state.document))
            canonical = self.view.canonical.state(entity)
        except GitdraftError:
            return Named(entity)
        label = label_of(canonical.document) if isinstance(canonical, Live) else None
        return Named(entity, label, self.view.holds(entity))
