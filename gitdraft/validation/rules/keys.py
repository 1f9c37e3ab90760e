"""An entity's key: the id in its document, and keys that some disk takes for the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from gitdraft.documents.pointers import get, parse_pointer
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import Snapshot, folded_keys, keys_sharing_a_file
from gitdraft.views.effective_view import EffectiveView

_tokens = lru_cache(maxsize=256)(parse_pointer)


def check_identity(entity_type: EntityType, entity: EntityRef, document: JSON) -> Iterator[Violation]:
    """Yields a violation where the member that holds the id (`id:` in gitdraft.yaml) is not the key."""
    if entity_type.id_pointer is None:
        return
    value = get(document, _tokens(entity_type.id_pointer))
    if value is ABSENT:
        yield Violation(
            entity, entity_type.id_pointer, "identity/missing", f"the id is missing, expected {entity.key!r}"
        )
    elif value != entity.key:
        yield Violation(
            entity, entity_type.id_pointer, "identity/mismatch", f"{value!r} is not the key {entity.key!r}"
        )


def check_case_collision(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation for a new key that differs from another in case alone: they are one file on some disks."""
    if view.canonical.blob(entity) is not None:
        return
    collision = folded_keys(view.canonical, entity.type).get(fold_key(entity.key))
    if collision is not None and view.is_live(EntityRef(entity.type, collision)):
        yield Violation(entity, "", "key/case", f"{entity.type}/{collision} differs from it in case alone")


def check_shared_key(canonical: Snapshot, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation for an entity of canonical whose key differs from another's in case alone."""
    other = keys_sharing_a_file(canonical, entity.type).get(entity.key)
    if other is not None:
        yield Violation(entity, "", "key/case", f"{entity.type}/{other} differs from it in case alone")
