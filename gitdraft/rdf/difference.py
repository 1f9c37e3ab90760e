"""What another commit, or a draft, changes in the triples of a repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.trees import changed_files
from gitdraft.model.entities import EntityRef
from gitdraft.rdf.export import Exporter, Selection
from gitdraft.rdf.mappings import mapping_files
from gitdraft.rdf.terms import Triple


class Difference(NamedTuple):
    """The triples that one export has and the other has not, sorted."""

    removed: tuple[Triple, ...]
    added: tuple[Triple, ...]


def compare(old: Exporter, new: Exporter, selection: Selection) -> Difference:
    """Returns what turns the triples of ``old`` into those of ``new``: as a set of triples, the one becomes the other.

    Only entities that differ are mapped. Of what several entities say (the node of a value or of a reference) the last one
    that does takes it away: where a change touches such a node, the other entities are asked.
    """
    entities = _changed(old, new, selection)
    removed: set[Triple] = set()
    added: set[Triple] = set()
    pairs = zip(old.some(entities, selection), new.some(entities, selection), strict=True)
    for before, after in pairs:
        removed.update(set(before.triples).difference(after.triples))
        added.update(set(after.triples).difference(before.triples))
    common = removed & added
    return Difference(
        tuple(sorted(_without_shared(new, selection, removed - common))),
        tuple(sorted(_without_shared(old, selection, added - common))),
    )


def _without_shared(exporter: Exporter, selection: Selection, triples: set[Triple]) -> set[Triple]:
    """Returns the triples without those that an entity of an export has nevertheless."""
    shared = {triple for triple in triples if exporter.is_shared(triple)}
    kept = triples - shared
    if shared:
        for item in exporter.all(selection):
            shared.difference_update(item.triples)
            if not shared:
                break
    return kept | shared


def _changed(old: Exporter, new: Exporter, selection: Selection) -> list[EntityRef]:
    """Returns the entities of a selection whose triples may differ, sorted: all of them where the mapping differs, and where
    they have what others declare."""
    if new.is_effective or _is_remapped(old, new):
        both = (entity for side in (old, new) for entity, _ in side.entities(selection))
        return sorted(set(both))
    differing = {*_moved(old, new), *old.view.changed(), *new.view.changed()}
    if any(old.is_property_changed(new, entity) for entity in differing):
        both = (entity for side in (old, new) for entity, _ in side.entities(selection))
        return sorted(set(both))
    chosen = {entity for entity in differing if entity.type in selection.types}
    return sorted(chosen | set(selection.entities))


def _is_remapped(old: Exporter, new: Exporter) -> bool:
    one, other = old.view.canonical, new.view.canonical
    if one.configuration.rdf != other.configuration.rdf:
        return True
    types = {*one.configuration.entities, *other.configuration.entities}
    sides = (one.configuration.entities, other.configuration.entities)
    if any(len({getattr(side.get(name), "rdf", None) for side in sides}) > 1 for name in types):
        return True
    files = {*mapping_files(one.configuration), *mapping_files(other.configuration)}
    return any(change.path in files for change in changed_files(new.store.git, one.tree, other.tree))


def _moved(old: Exporter, new: Exporter) -> Iterator[EntityRef]:
    """Yields the entities whose file, tombstone or protection differs between the two commits."""
    one, other = old.view.canonical, new.view.canonical
    for change in changed_files(new.store.git, one.tree, other.tree):
        if change.path == CONFIGURATION_PATH:
            continue
        marked = parse_marker_path(change.path)
        entities = (
            marked,
            None if change.old is None else one.configuration.entity_at(change.path),
            None if change.new is None else other.configuration.entity_at(change.path),
        )
        yield from (entity for entity in entities if entity is not None)
