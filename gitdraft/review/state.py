"""The state that a page shows: what an action names, so that what was seen is what is answered."""

from __future__ import annotations

from gitdraft.documents.serialise import content_hash
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.store.snapshots import EmptyCanonical, Snapshot


def state_of(tip: str, canonical: Snapshot | EmptyCanonical, entities: tuple[EntityRef, ...]) -> str:
    """Returns the state that a page shows: another one where the draft has moved, or canonical at one of the entities that
    it changes. An action names it, so that what was seen is what is answered."""
    known = [
        [str(e), canonical.blob(e), canonical.tombstone_blob(e)]
        for e in entities
        if e.type in canonical.configuration.entities
    ]
    return content_hash([tip, known]).removeprefix("sha256:")[:32]


def entity_state(state: EntityState, entity: EntityRef) -> str:
    """Returns what stands for an entity as a page shows it: another one where it is otherwise by now."""
    match state:
        case Live(document=document):
            said: JSON = document
        case Redirected(target=target):
            said = str(target)
        case _:
            said = type(state).__name__
    return content_hash([str(entity), said]).removeprefix("sha256:")[:32]
