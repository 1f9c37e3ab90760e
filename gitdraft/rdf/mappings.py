"""Which mapping the entities of a type have, in a view: what gitdraft.yaml declares, with the files that it names."""

from __future__ import annotations

from collections.abc import Iterable

from gitdraft.documents.parse import READABLE, parse_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration, EntityType
from gitdraft.formats.rdf_profile import TypeMapping, WikibaseProfile
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Live
from gitdraft.model.values import JSON
from gitdraft.rdf.contexts.context import entity_address, read_context
from gitdraft.rdf.subjects import EntityMapping, Mappings
from gitdraft.rdf.syntaxes import require_pyoxigraph
from gitdraft.rdf.wikibase.entities import WikibaseMapping, unwrap
from gitdraft.rdf.wikibase.properties import Properties
from gitdraft.rdf.wikibase.sitelinks import read_sites
from gitdraft.rdf.wikibase.vocabulary import Vocabulary
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import is_known


def open_mappings(view: EffectiveView) -> Mappings:
    """Returns the mapping of each type that has one, as the view's commit declares it.

    Raises InvalidInput where a file that the configuration names is not in the commit, or not what it should be.
    """
    configuration = view.canonical.configuration
    mappings: dict[str, EntityMapping] = {}
    if configuration.rdf is not None:
        types = wikibase_types(configuration, configuration.rdf)
        mappings.update(dict.fromkeys(types, _open_wikibase(view, configuration.rdf, types)))
    for name, entity_type in configuration.entities.items():
        if entity_type.rdf is not None and name not in mappings:
            mappings[name] = _open_context(view, entity_type, entity_type.rdf, mappings)
    return mappings


def require_mappings(view: EffectiveView) -> Mappings:
    """Returns the same. Raises InvalidInput (``no-rdf-mapping``) where no type has one."""
    mappings = open_mappings(view)
    if not mappings:
        raise InvalidInput(
            "gitdraft.yaml does not say how entities become RDF",
            code="no-rdf-mapping",
            hint="declare `rdf: {profile: wikibase, base: …}`, or `rdf: {context: …, iri: …}` at a type, "
            "see docs/reference/configuration.md",
        )
    return mappings


def require_mapping(mappings: Mappings, name: str) -> EntityMapping:
    """Returns the mapping of a type. Raises InvalidInput (``no-rdf-mapping``) where it has none."""
    mapping = mappings.get(name)
    if mapping is None:
        raise InvalidInput(
            f"gitdraft.yaml does not say how entities of the type '{name}' become RDF",
            code="no-rdf-mapping",
            context={"type": name, "types": sorted(mappings)},
            hint=f"declare `rdf:` at the type '{name}', or name it in `rdf: {{types: […]}}`",
        )
    return mapping


def wikibase_types(configuration: Configuration, profile: WikibaseProfile) -> tuple[str, ...]:
    """Returns the types that are Wikibase's: those that the profile names, else all without a mapping of their own."""
    if profile.types is not None:
        return profile.types
    return tuple(name for name, entity_type in configuration.entities.items() if entity_type.rdf is None)


def mapping_files(configuration: Configuration) -> tuple[str, ...]:
    """Returns the files of the repository on which the mappings depend."""
    profile = configuration.rdf
    tables = () if profile is None else (profile.property_types, profile.sites)
    contexts = (t.rdf.context for t in configuration.entities.values() if t.rdf is not None)
    return tuple(path for path in (*tables, *contexts) if path is not None)


def read_table(canonical: Snapshot, path: str) -> JSON:
    """Returns the JSON in a file of the repository. Raises InvalidInput where it is not there, or not JSON."""
    oid: Oid | None = file_oid(canonical.source, canonical.tree, path)
    if oid is None:
        raise InvalidInput(
            f"'{path}', which `rdf:` names, is not in commit {canonical.commit[:10]}",
            context={"path": path, "commit": canonical.commit},
            hint=f"commit {path}, or leave it out of gitdraft.yaml",
        )
    return parse_json(canonical.source.read_blob(oid), limits=READABLE, source=path)


def _open_context(
    view: EffectiveView, entity_type: EntityType, declared: TypeMapping, mappings: Mappings
) -> EntityMapping:
    require_pyoxigraph()
    from gitdraft.rdf.contexts.mapped_type import ContextMapping

    types = view.canonical.configuration.entities

    def address(entity: EntityRef) -> str | None:
        own = types[entity.type].rdf
        if own is not None:
            return entity_address(own, entity)
        mapping = mappings.get(entity.type)
        return None if mapping is None else mapping.subject(entity)[1:-1]

    context = read_context(read_table(view.canonical, declared.context), declared.context)
    return ContextMapping(entity_type, declared, context, address, lambda entity: is_known(view, entity))


def _open_wikibase(view: EffectiveView, profile: WikibaseProfile, types: Iterable[str]) -> WikibaseMapping:
    known = tuple(types)

    def find_property(name: str) -> JSON | None:
        for entity_type in known:
            entity = EntityRef(entity_type, name)
            if view.is_live(entity) and isinstance(state := view.state(entity), Live):
                document = unwrap(state.document)
                if "datatype" in document:
                    return document
        return None

    table = {} if profile.property_types is None else read_table(view.canonical, profile.property_types)
    sites = {} if profile.sites is None else read_sites(read_table(view.canonical, profile.sites))
    data_types = {p: t for p, t in table.items() if isinstance(t, str)} if isinstance(table, dict) else {}
    return WikibaseMapping(
        Vocabulary(profile), Properties(find_property, data_types, profile.formatter), sites
    )
