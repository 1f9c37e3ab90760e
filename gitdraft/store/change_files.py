"""What a draft's files say: its changes, and the answers to their conflicts."""

from __future__ import annotations

from gitdraft.formats.changes import read_change, read_resolutions
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import resolution_path
from gitdraft.git.objects import ObjectSource
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Change, Rename, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Resolution
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.snapshots import file_oid


def read_change_file(source: ObjectSource, file: ChangeFile, configuration: Configuration) -> Change:
    """Returns the change in ``file``. Raises InvalidInput naming the file when it is malformed."""
    change = read_change(file.entity, file.kind, source.read_blob(file.oid), configuration.limits)
    if isinstance(change, Rename) and file.entity.type in configuration.entities:
        normalise_key(change.target.key, nested=configuration.entities[file.entity.type].nested)
    if not isinstance(change, Rename) or file.patch is None:
        return change
    edit = read_change_file(source, file.patch, configuration)
    assert isinstance(edit, Update)
    return replace(change, patch=edit.patch)


def read_draft_resolutions(
    source: ObjectSource, draft: StoredDraft, entity: EntityRef
) -> tuple[Resolution, ...]:
    """Returns the answers recorded for the conflicts of one entity."""
    path = resolution_path(entity)
    oid = file_oid(source, draft.tree, path)
    return () if oid is None else read_resolutions(source.read_blob(oid), source=path)
