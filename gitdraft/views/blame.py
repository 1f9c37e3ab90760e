"""Blame: the revision that last set each value of an entity."""

from __future__ import annotations

from gitdraft.documents.blame import BlameTree, blame_new, blame_next, blamed_places
from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import InvalidInput
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import MergeRules
from gitdraft.model.outcomes import Absent, Deleted, Live, Redirected
from gitdraft.model.revisions import Revision
from gitdraft.model.values import ABSENT, Maybe
from gitdraft.model.view_reports import BlamedPlace
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import open_view
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, entity_redirected
from gitdraft.views.revisions import read_content, revisions


def blame(store: Store, entity: EntityRef) -> list[BlamedPlace]:
    """Returns the values of the entity on canonical, in the order of its file, with the revision that last set each.

    A value that was deleted or redirected and came back unchanged keeps the revision that set it before. A past file
    that is no document is passed over. Raises StateRefused for an entity that is deleted or redirected, NotFound.
    """
    canonical = store.snapshot()
    match canonical.state(entity):
        case Redirected(target=target):
            raise entity_redirected(entity, target, f"gitdraft blame {target}")
        case Deleted():
            raise entity_deleted(entity, canonical.tombstone(entity))
        case Absent():
            raise unknown_entity(open_view(store, None), entity)
        case Live(document=document):
            known = revisions(store, entity)
            tree = _blame_tree(
                canonical, entity, known, canonical.configuration.entities[entity.type].merge_rules
            )
            return [
                BlamedPlace(format_pointer(tokens), value, known[number - 1])
                for tokens, value, number in blamed_places(document, tree)
            ]


def _blame_tree(
    canonical: Snapshot, entity: EntityRef, known: tuple[Revision, ...], lists: MergeRules
) -> BlameTree:
    document: Maybe = ABSENT
    tree: BlameTree = {}
    content: str | None = None
    for revision in known:
        if revision.content is None or revision.content == content:
            continue
        try:
            new = read_content(canonical, entity, revision.content)
        except InvalidInput:
            continue
        if document is ABSENT:
            tree = blame_new(new, revision.number)
        else:
            tree = blame_next(lists, document, tree, new, revision.number)
        document, content = new, revision.content
    return tree
