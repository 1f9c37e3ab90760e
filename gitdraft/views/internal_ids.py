"""Internal ids: an integer for each entity, alike in every clone and after every rebuild, exact in JavaScript.

It is the first 52 bits of SHA-256 over the id of the repository's first commit with a gitdraft.yaml, NUL, `type/key`. A
purge gives that commit another id; `refs/gitdraft/ids` keeps the one that the ids are made from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from gitdraft.errors import RepositoryError
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.git.history import first_parents, is_ancestor
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.refs import move_refs
from gitdraft.git.repository import GitRepository
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import file_oid

KEPT = RefName("refs/gitdraft/ids")
BITS = 52


def internal_id(origin: Oid, entity: EntityRef) -> int:
    """Returns the entity's internal id in the repository that began with ``origin``."""
    digest = hashlib.sha256(f"{origin}\0{entity}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - BITS)


def find_origin(store: Store) -> Oid:
    """Returns the id of the commit that internal ids are made from. Raises RepositoryError before the first commit."""
    kept = read_ref(store.git, KEPT)
    if kept is not None:
        return Oid(store.git.read_blob(kept).decode("ascii").strip())
    tip = store.canonical_tip()
    known = _known_origins(str(store.git.common))
    if tip is not None:
        for earlier, before in known.items():
            if store.git.has(earlier) and is_ancestor(store.git, earlier, tip):
                return before
    origin = None if tip is None else _first_configured(store.git, tip)
    if tip is None or origin is None:
        raise RepositoryError(f"{store.canonical_branch} has no commit yet", code="no-canonical")
    known.clear()
    known[tip] = origin
    return origin


def keep_origin(store: Store) -> bool:
    """Keeps the id that internal ids are made from, before history is rewritten. Returns false where it was kept before. The
    caller holds the writers' lock."""
    if read_ref(store.git, KEPT) is not None:
        return False
    buffer = ObjectBuffer(store.git)
    blob = buffer.blob(f"{find_origin(store)}\n".encode())
    buffer.flush()
    move_refs(store.git, [RefMove(KEPT, None, blob)])
    return True


def drop_origin(store: Store) -> None:
    """Takes back what ``keep_origin`` kept, where history was not rewritten after all."""
    move_refs(store.git, [RefMove(KEPT, read_ref(store.git, KEPT), None)])


def find_collisions(origin: Oid, entities: Iterable[EntityRef]) -> list[tuple[EntityRef, EntityRef]]:
    """Returns the pairs of entities that have one internal id."""
    first: dict[int, EntityRef] = {}
    pairs = ((first.setdefault(internal_id(origin, entity), entity), entity) for entity in entities)
    return [(one, other) for one, other in pairs if one != other]


def _first_configured(git: GitRepository, tip: Oid) -> Oid | None:
    """Returns the oldest commit with a gitdraft.yaml along the first parents."""
    commits = [(commit.oid, commit.tree) for commit in first_parents(git, tip)]
    configured = (oid for oid, tree in reversed(commits) if file_oid(git, tree, CONFIGURATION_PATH))
    return next(configured, None)


@lru_cache(maxsize=16)
def _known_origins(_common: str) -> dict[Oid, Oid]:
    """Returns what was found of a repository: a tip of canonical, and the origin of it and all that follow it."""
    return {}
