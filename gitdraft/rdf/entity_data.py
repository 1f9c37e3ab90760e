"""One entity as the web reads it: with who is redirected to it, and a redirect with where it leads."""

from __future__ import annotations

from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Redirected
from gitdraft.rdf.export import Exporter, Selection
from gitdraft.rdf.mappings import wikibase_types
from gitdraft.rdf.subjects import Mapped
from gitdraft.views.entity_names import find_entity, is_known
from gitdraft.views.redirects import follow


def entity_data(exporter: Exporter, entity: EntityRef, *, is_dump: bool = False) -> Mapped:
    """Returns what Wikibase's `Special:EntityData` answers: of a redirect its document and where it leads, and the target's
    data; with ``is_dump`` an entity stands alone, without what is redirected to it, and a redirect without its target."""
    named = Selection((), () if is_dump else (entity,))
    own = next(exporter.some([entity], named))
    if is_dump or not isinstance(exporter.view.state(entity), Redirected):
        return own
    target = exporter.one(follow(exporter.view, entity))
    own.triples = sorted({*own.triples, *target.triples})
    own.mistakes += target.mistakes
    return own


def find_wikibase_entity(exporter: Exporter, name: str) -> EntityRef:
    """Returns the entity of a Wikibase with this id, in small letters too. Raises NotFound."""
    configuration = exporter.view.canonical.configuration
    profile = configuration.rdf
    for key in dict.fromkeys((name, name.upper())):
        for entity_type in () if profile is None else wikibase_types(configuration, profile):
            entity = EntityRef(entity_type, key)
            if "/" not in key and is_known(exporter.view, entity):
                return entity
    return find_entity(exporter.view, name)
