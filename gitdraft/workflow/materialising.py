"""A draft's changes as files of the canonical tree: what a merge commits and a checkout writes."""

from __future__ import annotations

from gitdraft.documents.editing import edit_json
from gitdraft.documents.serialising import dump_json
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.model.changes import Delete, Redirect
from gitdraft.model.entities import EntityRef
from gitdraft.model.occasions import Occasion
from gitdraft.model.rebasing import Live, Redirected
from gitdraft.model.tombstones import DeletedTombstone, RedirectTombstone, Tombstone
from gitdraft.model.values import JSON
from gitdraft.workflow.overlaying import EffectiveView
from gitdraft.workflow.redirecting import tombstone_files


def entity_file(view: EffectiveView, entity: EntityRef) -> bytes | None:
    """The bytes of the effective entity's file, ``None`` when it is gone.

    A file that canonical has keeps its formatting but for what changed; a new one has 2-space indentation.
    """
    standing = view.standing(entity)
    if not isinstance(standing, Live):
        return None
    before = view.onto.content(entity)
    return dump_json(standing.document) if before is None else edit_json(before, standing.document)


def materialise(view: EffectiveView, occasion: Occasion) -> dict[str, bytes | None]:
    """The files that make canonical what the draft's effective view is: entity files, a tombstone for each
    entity that goes, and those of canonical's redirects that led to an entity which now redirects itself.
    ``None`` removes."""
    sources = [e for e in view.changed() if isinstance(view.standing(e), Redirected)]
    files = tombstone_files(view.onto, view, sources)
    for entity in view.changed():
        judged = view.judged(entity)
        if judged is None or judged.change is None:
            continue
        files[view.onto.configuration.path_of(entity)] = entity_file(view, entity)
        if isinstance(judged.change, Delete | Redirect):
            tombstone = tombstone_in(view, entity, occasion.actor.text, occasion.at)
            assert tombstone is not None
            files[tombstone_path(entity)] = write_tombstone(tombstone)
        elif view.onto.tombstone_blob(entity) is not None:
            files[tombstone_path(entity)] = None  # the answer to a conflict was that the entity stays
    return files


def tombstone_in(view: EffectiveView, entity: EntityRef, by: str = "", at: str = "") -> Tombstone | None:
    """The entity's tombstone in this view: the one that merging its drafts (``by`` whom, when) would make, else
    canonical's."""
    judged = [found for layer in view.layers() if (found := layer.judged(entity)) and found.is_carried]
    changes = [found.change for found in judged if found.change is not None]
    match changes[-1] if changes else None:
        case Delete(reason=reason):
            return DeletedTombstone(entity.key, reason, by, at, _last_content(view, entity))
        case Redirect(target=target, reason=reason):
            return RedirectTombstone(entity.key, target.key, reason, by, at)
        case None:
            return view.onto.tombstone(entity)
        case _:
            return None


def _last_content(view: EffectiveView, entity: EntityRef) -> JSON:
    """The content that a deletion takes away: canonical's, or the base's where canonical has redirected it."""
    for snapshot in (view.onto, view.base):
        standing = snapshot.standing(entity) if snapshot is not None else None
        if isinstance(standing, Live):
            return standing.document
    return {}
