"""The materialised form of a draft: one commit on canonical's tip with the entity files as merging the draft would make them.

It has no `.gitdraft/`, so that plain git, a forge and an editor see nothing but the entities. The same draft on the same tip
is always the same commit.
"""

from __future__ import annotations

from gitdraft.drafts.diff import materialise
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import find, update_tree
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor, OperationMetadata
from gitdraft.store.drafts import OVERLAY, read_header
from gitdraft.store.replay import AUTHOR_TRAILER, DRAFT_TRAILER, TIP_TRAILER
from gitdraft.store.repository import Store
from gitdraft.store.signatures import author_signature, committer_signature
from gitdraft.views.effective_view import EffectiveView, open_view


@dataclass(frozen=True, slots=True)
class Materialised:
    """The commit, the paths of the entities that the draft changes, and those in conflict, which are as canonical has
    them."""

    commit: Oid
    paths: tuple[str, ...] = ()
    in_conflict: tuple[EntityRef, ...] = ()


def materialise_draft(store: Store, draft_id: str, buffer: ObjectBuffer) -> Materialised:
    """Makes the materialised form of a draft in the buffer. Raises NotFound for an unknown draft, RepositoryError before
    canonical's first commit."""
    view = open_view(store, store.find_draft(draft_id), buffer)
    canonical = view.canonical
    in_conflict = tuple(
        entity
        for entity in view.changed()
        if (applied := view.applied_change(entity)) is not None and not applied.is_replayed
    )
    paths = tuple(sorted(canonical.configuration.path_of(entity) for entity in view.changed()))
    return Materialised(_commit(view, buffer), paths, in_conflict)


def _commit(view: EffectiveView, buffer: ObjectBuffer) -> Oid:
    draft, canonical = view.draft, view.canonical
    assert draft is not None
    header = read_header(buffer, draft)
    made_by = buffer.read_commit(draft.tip).committer  # nobody acts, and now does not matter
    actor = Actor(made_by.name, made_by.email)
    metadata = OperationMetadata(actor, made_by.seconds, made_by.offset_minutes, "")
    trailers = {DRAFT_TRAILER: draft.id, TIP_TRAILER: draft.tip, AUTHOR_TRAILER: header.author}
    return buffer.commit(
        tree=materialised_tree(view, buffer, metadata),
        parents=(canonical.commit,),
        author=author_signature(header.author, metadata),
        committer=committer_signature(metadata),
        message=append_trailers(header.message, trailers),
    )


def materialised_tree(view: EffectiveView, buffer: ObjectBuffer, metadata: OperationMetadata) -> Oid:
    """Returns canonical's tree with the entity files as the view's draft makes them, in the buffer; ``metadata`` says by whom, when
    what the draft deletes is."""
    files = materialise(view, metadata)
    updates = {path: None if content is None else buffer.blob(content) for path, content in files.items()}
    if find(buffer, view.canonical.tree, OVERLAY) is not None:
        updates[OVERLAY] = None
    return update_tree(buffer, view.canonical.tree, updates)
