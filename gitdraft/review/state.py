"""The state that a page shows: what an action names, so that what was seen is what is answered."""

from __future__ import annotations

from gitdraft.documents.serialise import content_hash
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.store.drafts import content_key, draft_tag
from gitdraft.views.effective_view import EffectiveView


def state_of(view: EffectiveView) -> str:
    """Returns the state that the page of the view's draft shows: another one where what it says of itself, its changes or its
    answers are others, or canonical at one of the entities that it changes. What people say of it is none of that."""
    assert view.draft is not None
    canonical = view.canonical
    known = [
        [str(e), canonical.blob(e), canonical.tombstone_blob(e)]
        for e in view.changed()
        if e.type in canonical.configuration.entities
    ]
    own = [draft_tag(view.source, view.draft), content_key(view.source, view.draft)]
    return content_hash([own, known]).removeprefix("sha256:")[:32]


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
