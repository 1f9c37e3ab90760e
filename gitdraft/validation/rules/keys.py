"""An entity and its key: the id in the document, keys that some disk takes for the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from gitdraft.documents.pointers import get, parse_pointer
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import folded_keys
from gitdraft.views.effective_view import EffectiveView

_tokens = lru_cache(maxsize=256)(parse_pointer)


def check_identity(kind: EntityType, entity: EntityRef, document: JSON) -> Iterator[Violation]:
    """The member that holds the id must equal the key (`id:` in gitdraft.yaml)."""
    if kind.id_pointer is None:
        return
    found = get(document, _tokens(kind.id_pointer))
    if found is ABSENT:
        yield Violation(
            entity, kind.id_pointer, "identity/missing", f"the id is missing, expected {entity.key!r}"
        )
    elif found != entity.key:
        yield Violation(
            entity, kind.id_pointer, "identity/mismatch", f"{found!r} is not the key {entity.key!r}"
        )


def check_case_collision(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    """Two keys that differ in case alone are one file on some disks."""
    if view.canonical.blob(entity) is not None:
        return
    twin = folded_keys(view.canonical, entity.type).get(fold_key(entity.key))
    if twin is not None and view.is_live(EntityRef(entity.type, twin)):
        yield Violation(entity, "", "key/case", f"{entity.type}/{twin} differs from it in case alone")
