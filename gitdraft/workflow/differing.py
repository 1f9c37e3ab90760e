"""What a draft would change in the entity files, and the commits that changed something."""

from __future__ import annotations

from itertools import islice

from gitdraft.documents.diffing import diff
from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import check_draft_id
from gitdraft.formats.paths import protection_path, tombstone_path
from gitdraft.git.history import commits_touching
from gitdraft.git.values import Commit
from gitdraft.model.changes import Patch
from gitdraft.model.rebasing import Live
from gitdraft.model.reports import ChangeStatus, EntityDiff
from gitdraft.store.repository import Store
from gitdraft.workflow.addressing import find_entity
from gitdraft.workflow.materialising import entity_file
from gitdraft.workflow.overlaying import open_view
from gitdraft.workflow.reading import draft_history


def draft_diff(store: Store, draft_id: str) -> list[EntityDiff]:
    """The changes of a draft against canonical's tip, entity by entity; those in conflict change nothing."""
    view = open_view(store, store.find_draft(draft_id))
    found = []
    for entity in view.changed():
        status = view.show(entity).status
        if status is ChangeStatus.UNCHANGED:
            continue
        before, after = view.onto.standing(entity), view.standing(entity)
        patch: Patch = ()
        if isinstance(before, Live) and isinstance(after, Live):
            patch = diff(before.document, after.document)
        elif isinstance(after, Live):
            patch = ({"op": "add", "path": "", "value": after.document},)
        path = view.onto.configuration.path_of(entity)
        found.append(
            EntityDiff(entity, status, path, view.onto.content(entity), entity_file(view, entity), patch)
        )
    return found


def log_of(store: Store, name: str, limit: int | None) -> list[Commit]:
    """The commits of the draft called ``name``, else of canonical that changed the entity or its protection; newest first.

    Raises NotFound when it is neither.
    """
    if "/" not in name:
        try:
            check_draft_id(name)
        except InvalidInput:
            pass
        else:
            if name in store.open_drafts() or name in store.closed_drafts():
                return draft_history(store, store.find_draft(name))[:limit]
    view = open_view(store, None)
    entity = find_entity(view, name)
    tip = view.onto.commit
    paths = (view.onto.configuration.path_of(entity), tombstone_path(entity), protection_path(entity))
    return [] if tip is None else list(islice(commits_touching(store.git, tip, paths), limit))
