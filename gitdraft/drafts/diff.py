"""A draft's changes as files of the canonical tree: what a merge commits and a checkout writes."""

from __future__ import annotations

from itertools import islice

from gitdraft.canonical.redirect import tombstone_files
from gitdraft.documents.diff import diff
from gitdraft.documents.edit import edit_json
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import check_draft_id
from gitdraft.formats.paths import protection_path, tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.git.history import commits_touching
from gitdraft.git.values import Commit
from gitdraft.model.changes import Delete, Patch, Redirect, Rename
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.outcomes import Live, Redirected
from gitdraft.model.reports import EntityDiff, RenamedFile
from gitdraft.model.tombstones import DeletedTombstone, RedirectTombstone, Tombstone
from gitdraft.model.values import JSON
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.entity_names import find_entity
from gitdraft.views.summaries import draft_history


def entity_file(view: EffectiveView, entity: EntityRef) -> bytes | None:
    """Returns the bytes of the effective entity's file, ``None`` when it is gone.

    A file that canonical has keeps its formatting but for what changed, be it under another name; a new one has 2-space
    indentation.
    """
    state = view.state(entity)
    if not isinstance(state, Live):
        return None
    before = view.canonical.content(view.old_name(entity) or entity)
    return dump_json(state.document) if before is None else edit_json(before, state.document)


def materialise(view: EffectiveView, metadata: OperationMetadata) -> dict[str, bytes | None]:
    """Returns the files that make canonical what the draft's effective view is; ``None`` removes.

    They are entity files, a tombstone for each entity that goes, and those of canonical's redirects to an entity that
    is now redirected itself.
    """
    files = tombstone_files(view.canonical, *_redirected(view))
    for entity in view.changed():
        if view.old_name(entity) is not None:
            files[view.canonical.configuration.path_of(entity)] = entity_file(view, entity)
            continue
        applied = view.applied_change(entity)
        if applied is None or applied.change is None:
            continue
        files[view.canonical.configuration.path_of(entity)] = entity_file(view, entity)
        if isinstance(applied.change, Delete | Redirect | Rename):
            tombstone = tombstone_in(view, entity, metadata.actor.text, metadata.at)
            if tombstone is not None:
                files[tombstone_path(entity)] = write_tombstone(tombstone)
        elif view.canonical.tombstone_blob(entity) is not None:
            files[tombstone_path(entity)] = None  # the answer to a conflict was that the entity stays
    return files


def _redirected(view: EffectiveView) -> tuple[EffectiveView, list[EntityRef]]:
    """Returns the entities to which canonical's redirects do not lead any more, and the view that says where they lead: those
    of an entity that has another name lead to that one, be there a redirect from the old name or not."""
    renamed = {old: Redirected(new) for old, new in view.new_names().items()}
    sources = [e for e in view.changed() if e in renamed or isinstance(view.state(e), Redirected)]
    return (view.with_overrides(renamed) if renamed else view), sources


def tombstone_in(view: EffectiveView, entity: EntityRef, by: str = "", at: str = "") -> Tombstone | None:
    """Returns the entity's tombstone in this view: the one that merging its drafts (``by`` whom, when) would make, else
    canonical's."""
    layers = (layer.applied_change(entity) for layer in view.layers())
    changes = [
        applied.change
        for applied in layers
        if applied is not None and applied.is_replayed and applied.change is not None
    ]
    match changes[-1] if changes else None:
        case Delete(reason=reason):
            return DeletedTombstone(entity.key, reason, by, at, _last_content(view, entity))
        case Redirect(target=target, reason=reason):
            return RedirectTombstone(entity.key, target.key, reason, by, at)
        case Rename(target=target, redirect=True):
            return RedirectTombstone(entity.key, target.key, f"renamed to {target.key}", by, at)
        case None:
            return view.canonical.tombstone(entity)
        case _:
            return None


def _last_content(view: EffectiveView, entity: EntityRef) -> JSON:
    """Returns the content that a deletion takes away: canonical's, or the base's where canonical has redirected it."""
    for snapshot in (view.canonical, view.base):
        state = snapshot.state(entity) if snapshot is not None else None
        if isinstance(state, Live):
            return state.document
    return {}


def draft_diff(store: Store, draft_id: str) -> list[EntityDiff]:
    """Returns the changes of a draft against canonical's tip, entity by entity; of those in conflict what is clean, and the
    conflicts."""
    view = open_view(store, store.find_draft(draft_id))
    diffs = []
    for entity in view.changed():
        shown = view.show(entity)
        if not shown.is_changed:
            continue
        if entity.type not in view.canonical.configuration.entities:
            diffs.append(EntityDiff(entity, shown.status, "", None, None, (), reason=shown.reason))
            continue
        before, after = view.canonical.state(entity), view.state(entity)
        patch: Patch = ()
        if isinstance(before, Live) and isinstance(after, Live):
            patch = diff(before.document, after.document)
        elif isinstance(after, Live):
            patch = ({"op": "add", "path": "", "value": after.document},)
        path, content = view.canonical.configuration.path_of(entity), view.canonical.content(entity)
        new = entity_file(view, entity)
        diffs.append(
            EntityDiff(
                entity,
                shown.status,
                path,
                content,
                new,
                patch,
                shown.conflicts,
                shown.reason,
                _renamed_file(view, entity),
                shown.target,
            )
        )
    return diffs


def _renamed_file(view: EffectiveView, entity: EntityRef) -> RenamedFile | None:
    old = view.old_name(entity)
    content = None if old is None else view.canonical.content(old)
    if old is None or content is None:
        return None
    return RenamedFile(old, view.canonical.configuration.path_of(old), content)


def log_of(store: Store, name: str, limit: int | None) -> list[Commit]:
    """Returns the commits of the draft called ``name``, else of canonical that changed the entity or its protection; newest first.

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
    tip = view.canonical.commit
    paths = (view.canonical.configuration.path_of(entity), tombstone_path(entity), protection_path(entity))
    return [] if tip is None else list(islice(commits_touching(store.git, tip, paths), limit))
