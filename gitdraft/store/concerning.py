"""Which open drafts does a move of canonical concern, and which of their entities?

The one place that answers it. A draft is concerned where an entity that it changes is another on the new
canonical commit (its file or its tombstone), where the schema or the configuration that the entity is held to
is another, where it names (or redirects to) an entity that is gone, and where it deletes one that canonical may
now name or redirect to.
Everything else is clean on the new commit by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gitdraft.formats.configuration import EntityType
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files, find
from gitdraft.model.entities import EntityRef
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.schema_files import schema_files
from gitdraft.store.snapshots import CONFIGURATION_PATH, Snapshot, file_oid, take_snapshot


def is_touched(entity: EntityRef, base: Snapshot, onto: Snapshot) -> bool:
    """Whether the entity's file or its tombstone differs between the two commits."""
    if entity.type not in base.configuration.entities or entity.type not in onto.configuration.entities:
        return True
    return base.blob(entity) != onto.blob(entity) or base.tombstone_blob(entity) != onto.tombstone_blob(
        entity
    )


@dataclass(slots=True)
class Concern:
    """The question, asked of many drafts about one new canonical commit; it remembers what their bases share."""

    source: ObjectSource
    onto: Snapshot
    _bases: dict[str, Snapshot] = field(default_factory=dict)
    _held_to: dict[tuple[str, str], bool] = field(default_factory=dict)
    _removed: dict[str, frozenset[EntityRef]] = field(default_factory=dict)

    def base(self, draft: StoredDraft) -> Snapshot:
        """Canonical at the draft's base."""
        if draft.base not in self._bases:
            self._bases[draft.base] = take_snapshot(self.source, draft.base, self.onto.configuration)
        return self._bases[draft.base]

    def entities(self, draft: StoredDraft) -> tuple[ChangeFile, ...]:
        """The changes of ``draft`` that the new canonical commit concerns; empty where it is unaffected."""
        base = self.base(draft)
        if base.tree == self.onto.tree:
            return ()
        return tuple(file for file in draft.files if self._is_concerned(file, base))

    def _is_concerned(self, file: ChangeFile, base: Snapshot) -> bool:
        if is_touched(file.entity, base, self.onto):
            return True
        kind = self.onto.configuration.entities[file.entity.type]
        if self._rules_differ(kind, base):
            return True
        if file.kind == "delete":
            return self._is_referenced_type(kind.name) or self._tombstones_differ(kind.name, base)
        if file.kind == "redirect":
            return self._names_removed(file, base)
        return bool(kind.references) and self._names_removed(file, base)

    def _rules_differ(self, kind: EntityType, base: Snapshot) -> bool:
        assert base.commit is not None
        key = (base.commit, kind.name)
        if key not in self._held_to:
            paths = (CONFIGURATION_PATH, *schema_files(self.onto, kind.name))
            self._held_to[key] = any(
                file_oid(self.source, base.tree, path) != file_oid(self.source, self.onto.tree, path)
                for path in paths
            )
        return self._held_to[key]

    def _is_referenced_type(self, name: str) -> bool:
        kinds = self.onto.configuration.entities.values()
        return any(target == name for kind in kinds for _, target in kind.references)

    def _tombstones_differ(self, name: str, base: Snapshot) -> bool:
        """Whether there may be a redirect to an entity of the type that there was not."""
        before, now = (
            find(self.source, snapshot.tree, f"tombstones/{name}") for snapshot in (base, self.onto)
        )
        return before != now

    def _names_removed(self, file: ChangeFile, base: Snapshot) -> bool:
        removed = self._removed_since(base)
        if not removed:
            return False
        content = self.source.read_blob(file.oid)
        return b"\\u" in content or any(entity.key.encode() in content for entity in removed)

    def _removed_since(self, base: Snapshot) -> frozenset[EntityRef]:
        assert base.commit is not None
        if base.commit not in self._removed:
            gone = (c.path for c in changed_files(self.source, base.tree, self.onto.tree) if c.new is None)
            named = (base.configuration.entity_at(path) for path in gone)
            self._removed[base.commit] = frozenset(entity for entity in named if entity is not None)
        return self._removed[base.commit]
