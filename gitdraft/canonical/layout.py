"""Another layout of a type's files: gitdraft.yaml and all of them in one commit.

A draft's change, a tombstone and a revision know an entity by its key and not by its path, so they go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gitdraft.canonical.commit import Message, canonical_snapshot, commit_tree
from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.paths import fan_out, fitting_fanout
from gitdraft.formats.yaml_edit import replace_scalar
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.model.occasions import OperationMetadata
from gitdraft.model.progress import Progress, silent
from gitdraft.model.reports import RebaseReport
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import CONFIGURATION_PATH, Snapshot, file_oid
from gitdraft.store.transaction import Plan
from gitdraft.views.entity_names import known_types

TRAILER = "layout"


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """The templates before and after, how many files moved, the commit (``None``: they lie so already), and how the
    open drafts fared."""

    entity_type: str
    before: str
    after: str
    moved: int
    commit: str | None = None
    rebase: RebaseReport | None = None


def plan_layout(
    store: Store,
    metadata: OperationMetadata,
    entity_type: str,
    levels: int | None = None,
    *,
    reason: str = "",
    progress: Progress = silent,
) -> Plan[LayoutReport]:
    """The type's files in so many levels of folders; ``None``: in as many as fit their number.

    Raises NotFound for an unknown type, InvalidInput when another type's files would lie there, StateRefused
    (``layout-in-the-way``) when a file that is no entity of the type is in the way or would become one.
    """
    buffer = ObjectBuffer(store.git)
    canonical = canonical_snapshot(store, buffer)
    known_types(canonical.configuration, entity_type)
    kind = canonical.configuration.entities[entity_type]
    blobs = {entity.key: blob for entity, blob in canonical.entities((entity_type,))}
    template = fan_out(kind.path, fitting_fanout(len(blobs)) if levels is None else levels)
    report = LayoutReport(entity_type, kind.path.text, template.text, 0)
    if template.fanout == kind.path.fanout:
        return Plan(report, buffer, ())
    report = replace(report, moved=len(blobs))
    configuration = _configuration(canonical, entity_type, template.text)
    updates: dict[str, str | None] = {CONFIGURATION_PATH: buffer.blob(configuration)}
    updates.update((kind.path.path_of(key), None) for key in blobs)
    for done, (key, blob) in enumerate(blobs.items()):
        progress(done, len(blobs))
        path = template.path_of(key)
        if path not in updates and file_oid(buffer, canonical.tree, path) is not None:
            raise _in_the_way(entity_type, [path])
        updates[path] = blob
    tree = update_tree(buffer, canonical.tree, updates)
    _require_no_strays(Snapshot(buffer, None, tree, parse_configuration(configuration)), entity_type, blobs)
    subject = f"Move the files of {entity_type} to {template.text}"
    committed = commit_tree(
        store, metadata, buffer, canonical, tree, Message(subject, (reason,), TRAILER), progress
    )
    assert committed is not None
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, buffer, committed.moves, subject, may_stay=committed.may_stay)


def _configuration(canonical: Snapshot, entity_type: str, path: str) -> bytes:
    """gitdraft.yaml with another path of the type. Raises InvalidInput where that is a mistake."""
    oid = file_oid(canonical.source, canonical.tree, CONFIGURATION_PATH)
    assert oid is not None
    content = replace_scalar(canonical.source.read_blob(oid), ("entities", entity_type, "path"), path)
    expected = {**canonical.configuration.entities}
    found = parse_configuration(content)
    expected[entity_type] = replace(expected[entity_type], path=found.entities[entity_type].path)
    if found != replace(canonical.configuration, entities=expected):
        raise InvalidInput(
            f"{CONFIGURATION_PATH} cannot be edited here",
            hint=f"write the path of {entity_type} on a line of its own: path: {path}",
        )
    return content


def _require_no_strays(there: Snapshot, entity_type: str, blobs: Mapping[str, str]) -> None:
    """Raise StateRefused where other files than those that were would be entities of the type."""
    strays = [entity for entity, _ in there.entities((entity_type,)) if entity.key not in blobs]
    if strays:
        raise _in_the_way(entity_type, [there.configuration.path_of(stray) for stray in strays])


def _in_the_way(entity_type: str, paths: list[str]) -> StateRefused:
    return StateRefused(
        f"files that are no entities of type '{entity_type}' lie where those belong: {', '.join(paths[:5])}",
        code="layout-in-the-way",
        context={"type": entity_type, "paths": paths},
        hint="move them elsewhere first",
    )
