"""The entities of a view as RDF, one after another: those that are live, and those that are redirected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from gitdraft.documents.parse import read_document
from gitdraft.drafts.diff import entity_file
from gitdraft.index.redirects import redirect_sources
from gitdraft.index.sorted_entities import Listed, SortedEntities
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.rdf.mappings import require_mapping, require_mappings
from gitdraft.rdf.subjects import Flavour, Mapped, Mappings, Subject
from gitdraft.rdf.terms import Triple
from gitdraft.rdf.versions import Versions
from gitdraft.store.redirects import tombstones
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import find_entity
from gitdraft.views.inheritance import effective_lists
from gitdraft.views.revisions import is_erased

AT_ONCE = (
    10_000  # entities whose versions one walk over history finds; what is kept of it is as much as they need
)
INHERITING_AT_ONCE = 500  # entities whose inherited members are asked for at once


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported: all entities of ``types``, and ``entities``, those with who is redirected to them."""

    types: tuple[str, ...]
    entities: tuple[EntityRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Exporter:
    """A view with the mappings that hold in it, of one flavour; where it ``is_effective`` entities have what they inherit."""

    store: Store
    view: EffectiveView
    mappings: Mappings
    flavour: Flavour
    is_effective: bool = False

    def all(self, selection: Selection, progress: Progress = silent) -> Iterator[Mapped]:
        """Yields the entities of the selection as RDF, sorted by type and key; what is deleted yields no triple."""
        entities = self.entities(selection)
        return self._map(entities, len(entities), selection, progress)

    def some(self, entities: Sequence[EntityRef], selection: Selection) -> Iterator[Mapped]:
        """Yields these entities as the export of the selection has them, whatever they are in the view."""
        return self._map(((entity, None) for entity in entities), len(entities), selection, silent)

    def one(self, entity: EntityRef) -> Mapped:
        """Returns an entity as RDF, with who is redirected to it."""
        return next(self.some([entity], Selection((), (entity,))))

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of all mappings."""
        return {name: iri for mapping in self.mappings.values() for name, iri in mapping.prefixes.items()}

    def notes(self) -> list[str]:
        """Returns what there is to know of what was exported so far, one sentence each."""
        return [note for mapping in dict.fromkeys(self.mappings.values()) for note in mapping.notes()]

    def is_shared(self, triple: Triple) -> bool:
        """Returns whether several entities may say this triple."""
        return any(mapping.is_shared(triple) for mapping in self.mappings.values())

    def is_property_changed(self, other: Exporter, entity: EntityRef) -> bool:
        """Returns whether the triples of other entities too depend on how this one differs in another view."""
        mapping = self.mappings.get(entity.type)
        return mapping is not None and mapping.is_read_by_others(
            self.view.state(entity), other.view.state(entity)
        )

    def entities(self, selection: Selection) -> SortedEntities:
        """Returns the entities of the selection, sorted, with the blob of those that are as canonical has them; the others are
        looked at in the view."""
        listed = SortedEntities()
        listed.put(self.view.canonical.entities(selection.types))
        for name in selection.types:
            gone = tombstones(self.view.canonical, name)
            listed.put((entity, None) for entity, tomb in gone if not isinstance(tomb, ErasedTombstone))
        listed.put((entity, None) for entity in self.view.changed() if entity.type in selection.types)
        listed.put((entity, None) for entity in selection.entities)
        return listed

    def incoming(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        """Returns who is redirected to the entity in the view."""
        changed = frozenset(self.view.changed())
        known = [source for source in redirect_sources(self.view.canonical, entity) if source not in changed]
        proposed = [source for source in changed if self.view.state(source) == Redirected(entity)]
        return tuple(sorted([*known, *proposed]))

    def _state(self, entity: EntityRef, blob: Oid | None) -> tuple[EntityState, bytes | None]:
        """Returns the state of an entity and its file; of what canonical has erased nothing is said."""
        canonical = self.view.canonical
        if blob is not None:
            content = canonical.source.read_blob(blob)
            limits = canonical.configuration.limits
            return Live(read_document(content, limits=limits, source=str(entity))), content
        state = self.view.state(entity)
        if isinstance(state, Deleted) and is_erased(canonical, entity):
            return Absent(), None
        return state, entity_file(self.view, entity)

    def _map(
        self, entities: Iterable[Listed], total: int, selection: Selection, progress: Progress
    ) -> Iterator[Mapped]:
        versions = Versions(self.store, self.view.canonical)
        named = frozenset(selection.entities)
        inherited: Mapping[EntityRef, Mapping[str, tuple[str, ...]]] = {}
        rest, done = iter(entities), 0
        while batch := list(islice(rest, AT_ONCE)):
            versions.turn_to([entity for entity, _ in batch])
            for index, (entity, blob) in enumerate(batch):
                if self.is_effective and index % INHERITING_AT_ONCE == 0:
                    part = batch[index : index + INHERITING_AT_ONCE]
                    inherited = effective_lists(self.view, (heir for heir, _ in part))
                progress(done + index, total)
                mapping = require_mapping(self.mappings, entity.type)
                incoming = self.incoming(entity) if entity in named else ()
                incoming = tuple(s for s in incoming if s not in named and s.type not in selection.types)
                state, content = self._state(entity, blob)
                subject = Subject(entity, state, None, incoming, content, inherited.get(entity, {}))
                if mapping.needs_version(subject):
                    subject = replace(subject, version=versions.latest(entity))
                yield mapping.map(subject, self.flavour)
            done += len(batch)


def open_exporter(
    store: Store, view: EffectiveView, flavour: Flavour, *, is_effective: bool = False
) -> Exporter:
    """Returns what exports a view. Raises InvalidInput (``no-rdf-mapping``)."""
    return Exporter(store, view, require_mappings(view), flavour, is_effective)


def select(exporter: Exporter, names: Sequence[str]) -> Selection:
    """Returns what the names (types, or entities) select; without any, all entities of the types with a mapping.

    Raises NotFound for a name that is neither's, InvalidInput (``no-rdf-mapping``).
    """
    configuration = exporter.view.canonical.configuration
    types: Collection[str] = [name for name in names if name in configuration.entities]
    entities = [find_entity(exporter.view, name) for name in names if name not in configuration.entities]
    for name in (*types, *(entity.type for entity in entities)):
        require_mapping(exporter.mappings, name)
    if not names:
        types = exporter.mappings
    return Selection(tuple(dict.fromkeys(types)), tuple(dict.fromkeys(entities)))
