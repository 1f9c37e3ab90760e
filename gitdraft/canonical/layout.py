"""Layout: the files of a type move to another path template, with gitdraft.yaml, in one commit.

Changes, tombstones and revisions name an entity by its key and not by its path, so they stay valid.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.canonical.commit import Message, commit_tree
from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration, parse_configuration
from gitdraft.formats.paths import fan_out, fitting_fanout
from gitdraft.formats.strict_yaml import replace_scalar
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.lazy_dataclass import replace
from gitdraft.model.canonical_reports import LayoutReport
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.store.snapshots import Snapshot, entities_in, file_oid
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.entity_names import known_types

TRAILER = "layout"


def plan_layout(
    transaction: Transaction,
    type_name: str,
    levels: int | None = None,
    *,
    reason: str = "",
    progress: Progress = silent,
) -> Plan[LayoutReport]:
    """Plans to spread the type's files over so many ``levels`` of folders; ``None``: as many as their number needs.

    Raises NotFound for an unknown type, InvalidInput when the template overlaps another type's, StateRefused
    (``layout-in-the-way``) when a file that is no entity of the type is in the way or would become one.
    """
    buffer, canonical = transaction.buffer, transaction.canonical
    known_types(canonical.configuration, type_name)
    entity_type = canonical.configuration.entities[type_name]
    blobs = {entity.key: blob for entity, blob in canonical.entities((type_name,))}
    template = fan_out(entity_type.path, fitting_fanout(len(blobs)) if levels is None else levels)
    report = LayoutReport(type_name, entity_type.path.text, template.text, 0)
    if template.fanout == entity_type.path.fanout:
        return Plan(report, buffer, ())
    report = replace(report, moved=len(blobs))
    configuration = _configuration(canonical, type_name, template.text)
    updates: dict[str, Oid | None] = {CONFIGURATION_PATH: buffer.blob(configuration)}
    updates.update((entity_type.path.path_of(key), None) for key in blobs)
    for done, (key, blob) in enumerate(blobs.items()):
        progress(done, len(blobs))
        path = template.path_of(key)
        if path not in updates and file_oid(buffer, canonical.tree, path) is not None:
            raise _in_the_way(type_name, [path])
        updates[path] = blob
    tree = update_tree(buffer, canonical.tree, updates)
    _require_no_strays(buffer, tree, parse_configuration(configuration), type_name, blobs)
    subject = f"Move the files of {type_name} to {template.text}"
    committed = commit_tree(transaction, tree, Message(subject, (reason,), TRAILER), progress)
    assert committed is not None
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, buffer, committed.moves, subject, may_stay=committed.may_stay)


def _configuration(canonical: Snapshot, type_name: str, path: str) -> bytes:
    """Returns gitdraft.yaml with another path of the type. Raises InvalidInput when the result would be malformed or
    say anything else."""
    oid = file_oid(canonical.source, canonical.tree, CONFIGURATION_PATH)
    assert oid is not None
    content = replace_scalar(canonical.source.read_blob(oid), ("entities", type_name, "path"), path)
    expected = {**canonical.configuration.entities}
    edited = parse_configuration(content)
    expected[type_name] = replace(expected[type_name], path=edited.entities[type_name].path)
    if edited != replace(canonical.configuration, entities=expected):
        raise InvalidInput(
            f"{CONFIGURATION_PATH} cannot be edited here",
            hint=f"write the path of {type_name} on a line of its own: path: {path}",
        )
    return content


def _require_no_strays(
    buffer: ObjectBuffer, tree: Oid, configuration: Configuration, type_name: str, blobs: Mapping[str, Oid]
) -> None:
    """Raises StateRefused when files that were no entities of the type would become some."""
    entities = entities_in(buffer, tree, configuration, (type_name,))
    strays = [entity for entity, _ in entities if entity.key not in blobs]
    if strays:
        raise _in_the_way(type_name, [configuration.path_of(stray) for stray in strays])


def _in_the_way(type_name: str, paths: list[str]) -> StateRefused:
    return StateRefused(
        f"files that are no entities of type '{type_name}' lie where those belong: {', '.join(paths[:5])}",
        code="layout-in-the-way",
        context={"type": type_name, "paths": paths},
        hint="move them elsewhere first",
    )
