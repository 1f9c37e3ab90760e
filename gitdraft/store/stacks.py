"""A stacked draft's record of its parent: the folder `.gitdraft/onto`.

It holds the parent's name and its changes as they were recorded. The draft's own `changes` hold those too, with its own
on top, so that it is read, rebased and validated as any draft. What the two differ in is what the draft adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gitdraft.formats.drafts import read_parent, write_parent
from gitdraft.git.objects import ObjectBuffer, ObjectSource
from gitdraft.git.trees import find, update_tree, walk_files
from gitdraft.model.drafts import Parent
from gitdraft.model.values import JSON
from gitdraft.store.drafts import OVERLAY, StoredDraft, change_files
from gitdraft.store.snapshots import file_oid

ONTO = f"{OVERLAY}/onto"
PARENT_PATH = f"{ONTO}/parent.json"
KEPT = ("changes", "resolutions")


def parent_of(source: ObjectSource, draft: StoredDraft) -> Parent | None:
    """Returns the parent of a stacked draft; ``None`` for one based on canonical. Raises InvalidInput for a malformed file."""
    oid = file_oid(source, draft.tree, PARENT_PATH)
    return None if oid is None else read_parent(source.read_blob(oid), PARENT_PATH)


def recorded_parent(buffer: ObjectBuffer, draft: StoredDraft, parent: Parent) -> StoredDraft:
    """Returns the parent as the draft has recorded it. Its tip is the draft's: it has none of its own."""
    canonical = find(buffer, draft.tree, ONTO)
    assert canonical is not None
    tree = update_tree(buffer, None, {OVERLAY: canonical})
    files = change_files(buffer, parent.draft, tree)
    return StoredDraft(parent.draft, draft.ref, draft.tip, tree, parent.base, files, parent.base)


def overlay_files(source: ObjectSource, draft: StoredDraft) -> dict[str, bytes]:
    """Returns the draft's changes and its resolutions of conflicts, by path."""
    return {
        path: source.read_blob(oid)
        for folder in KEPT
        for path, oid in walk_files(source, draft.tree, f"{OVERLAY}/{folder}")
    }


def parent_record(
    source: ObjectSource, parent: StoredDraft, others: Mapping[str, JSON] = MappingProxyType({})
) -> dict[str, bytes]:
    """Returns the record of ``parent`` for a draft that is stacked on it, by path. ``others`` are the members of its present
    record that this gitdraft does not know."""
    taken = {path.replace(OVERLAY, ONTO, 1): text for path, text in overlay_files(source, parent).items()}
    return {PARENT_PATH: write_parent(Parent(parent.id, parent.base, others)), **taken}


def read_parent_record(source: ObjectSource, draft: StoredDraft) -> dict[str, bytes]:
    """Returns the draft's record of its parent by path; nothing for one that has none."""
    return {path: source.read_blob(oid) for path, oid in walk_files(source, draft.tree, ONTO)}
