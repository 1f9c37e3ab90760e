"""Which open drafts a move of canonical affects, and which of their entities.

The one place that answers it. A draft is affected where an entity that it changes is another on the new
canonical commit (its file or its tombstone), where the schema or the configuration that the entity is held to
is another, where it names (or redirects to) an entity that is gone, where it gives a unique value that an entity which
changed has, and where it deletes one that an entity which changed names, or a new tombstone redirects to.
Everything else is clean on the new commit by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from gitdraft.documents.parse import parse_json, read_document
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import CONFIGURATION_PATH, EntityType
from gitdraft.formats.paths import parse_marker_path
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.references import references_in, scalars_in, unique_values, value_text
from gitdraft.store.schema_files import schema_files
from gitdraft.store.snapshots import Snapshot, file_oid, take_snapshot

REMOVING = ("delete", "rename")
"""The kinds of changes after which the entity is not there under its name."""


def is_touched(entity: EntityRef, base: Snapshot, canonical: Snapshot) -> bool:
    """Returns whether the entity's file or its tombstone differs between the two commits."""
    if entity.type not in base.configuration.entities or entity.type not in canonical.configuration.entities:
        return True
    return base.blob(entity) != canonical.blob(entity) or base.tombstone_blob(
        entity
    ) != canonical.tombstone_blob(entity)


@dataclass(slots=True)
class AffectedDrafts:
    """The affected changes of many drafts by one new canonical commit; what their bases share is computed once."""

    source: ObjectSource
    canonical: Snapshot
    _bases: dict[str, Snapshot] = field(default_factory=dict)
    _held_to: dict[tuple[str, str], bool] = field(default_factory=dict)
    _removed: dict[str, frozenset[EntityRef]] = field(default_factory=dict)
    _named: dict[str | None, frozenset[EntityRef]] = field(default_factory=dict)

    def base(self, draft: StoredDraft) -> Snapshot:
        """Returns canonical at the draft's base."""
        if draft.base not in self._bases:
            self._bases[draft.base] = take_snapshot(self.source, draft.base, self.canonical.configuration)
        return self._bases[draft.base]

    def entities(self, draft: StoredDraft) -> tuple[ChangeFile, ...]:
        """Returns the changes of ``draft`` that the new canonical commit affects; empty where it is unaffected."""
        base = self.base(draft)
        if base.tree == self.canonical.tree:
            return ()
        return tuple(file for file in draft.files if self._is_affected(file, base))

    def named_since(self, tree: Oid | None) -> frozenset[EntityRef]:
        """Returns the entities that are named, or redirected to, by what the new commit has differently from ``tree``; its
        unique values too."""
        if tree not in self._named:
            changed = changed_files(self.source, tree, self.canonical.tree)
            named = (self._named_in(c.path, c.new) for c in changed if c.new is not None)
            self._named[tree] = frozenset(chain.from_iterable(named))
        return self._named[tree]

    def _named_in(self, path: str, oid: Oid) -> Iterator[EntityRef]:
        entity = self.canonical.configuration.entity_at(path)
        entity_type = None if entity is None else self.canonical.configuration.entities[entity.type]
        try:
            if entity_type is not None and entity_type.is_linked:
                document = read_document(
                    self.source.read_blob(oid), limits=self.canonical.configuration.limits, source=path
                )
                for reference in references_in(entity_type, document):
                    yield from reference.candidates
                yield from (value for value, _ in unique_values(entity_type, document))
            elif path.startswith("tombstones/") and (gone := parse_marker_path(path)) is not None:
                tombstone = read_tombstone(self.source.read_blob(oid), source=path)
                if isinstance(tombstone, RedirectTombstone):
                    yield EntityRef(gone.type, tombstone.redirects_to)
        except InvalidInput:
            return  # what is no document names nothing; validation of canonical reports it

    def _is_affected(self, file: ChangeFile, base: Snapshot) -> bool:
        if any(is_touched(entity, base, self.canonical) for entity in file.entities):
            return True
        entity_type = self.canonical.configuration.entities[file.entity.type]
        if self._rules_differ(entity_type, base):
            return True
        if file.kind in REMOVING and file.entity in self.named_since(base.tree):
            return True
        if file.kind == "delete":
            return False
        if file.kind == "redirect":
            return self._names_removed(file, base)
        if entity_type.references and self._names_removed(file, base):
            return True
        return bool(entity_type.unique) and self._has_values(file, base)

    def _rules_differ(self, entity_type: EntityType, base: Snapshot) -> bool:
        key = (base.commit, entity_type.name)
        if key not in self._held_to:
            paths = (CONFIGURATION_PATH, *schema_files(self.canonical, entity_type.name))
            self._held_to[key] = any(
                file_oid(self.source, base.tree, path) != file_oid(self.source, self.canonical.tree, path)
                for path in paths
            )
        return self._held_to[key]

    def _names_removed(self, file: ChangeFile, base: Snapshot) -> bool:
        removed = self._removed_since(base)
        if not removed:
            return False
        contents = [self.source.read_blob(oid) for oid in file.contents.values()]
        return any(
            b"\\u" in content or any(entity.key.encode() in content for entity in removed)
            for content in contents
        )

    def _has_values(self, file: ChangeFile, base: Snapshot) -> bool:
        """Returns whether the change may give its entity a unique value that another has on the new commit."""
        prefix = f"{file.entity.type} "
        values = [value.key for value in self.named_since(base.tree) if value.type.startswith(prefix)]
        if not values:
            return False
        contents = [
            parse_json(self.source.read_blob(oid), source=path) for path, oid in file.contents.items()
        ]
        texts = {value_text(scalar) for content in contents for scalar in scalars_in(content)}
        return not texts.isdisjoint(values)

    def _removed_since(self, base: Snapshot) -> frozenset[EntityRef]:
        if base.commit not in self._removed:
            gone = (
                c.path for c in changed_files(self.source, base.tree, self.canonical.tree) if c.new is None
            )
            named = (base.configuration.entity_at(path) for path in gone)
            self._removed[base.commit] = frozenset(entity for entity in named if entity is not None)
        return self._removed[base.commit]
