"""Names of files: those that git or a disk takes for something else, and files that lie where no entity is read."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import PathTemplate, parse_marker_path
from gitdraft.git.trees import changed_entries, check_name, find
from gitdraft.git.values import TreeEntry
from gitdraft.model.entities import EntityRef
from gitdraft.model.violations import Violation
from gitdraft.store.drafts import OVERLAY
from gitdraft.store.redirects import PROTECTION, TOMBSTONES
from gitdraft.store.snapshots import EmptyCanonical, Snapshot

OWN = (CONFIGURATION_PATH, OVERLAY, TOMBSTONES, PROTECTION)
ON_CANONICAL = (
    "the folder of a draft is on canonical: plain git, or a forge, merged a draft's branch; gitdraft adopt finishes the "
    "merge, gitdraft adopt --take-out takes it out"
)


def check_file_names(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[Violation]:
    """Yields what is wrong with the name or place of each file or folder that is new or changed in ``after``."""
    for path, entry in changed_entries(after.source, before.tree, after.tree):
        yield from _check_entry(after, path, entry)


def check_all_file_names(canonical: Snapshot) -> Iterator[Violation]:
    """Yields what is wrong with the name or place of any file or folder."""
    for path, entry in changed_entries(canonical.source, None, canonical.tree):
        yield from _check_entry(canonical, path, entry)


def check_file_name(canonical: Snapshot, path: str) -> Iterator[Violation]:
    """Yields what is wrong with the name or place of the file or folder at ``path``, if one is there."""
    path = path.rstrip("/")
    entry = find(canonical.source, canonical.tree, path)
    if entry is not None:
        yield from _check_entry(canonical, path, entry)


def _check_entry(canonical: Snapshot, path: str, entry: TreeEntry) -> Iterator[Violation]:
    if path == OVERLAY:
        yield Violation(EntityRef("", f"{OVERLAY}/"), "", "draft/on-canonical", ON_CANONICAL)
        return
    reason = _reason_against(canonical, path, entry)
    if reason is not None:
        yield Violation(EntityRef("", path), "", "name/forbidden", reason)


def _reason_against(after: Snapshot, path: str, entry: TreeEntry) -> str | None:
    try:
        check_name(entry.name)
    except InvalidInput:
        return "git or a disk takes the name for something else"
    if path not in OWN and path.casefold() in OWN:
        return f"a disk that takes no heed of case takes it for {path.casefold()}"
    if any(ord(character) < 32 or ord(character) == 127 for character in entry.name):
        return "the name has a control character"
    if entry.is_tree:
        return None
    if path.startswith((f"{TOMBSTONES}/", f"{PROTECTION}/")):
        return None if parse_marker_path(path) is not None and entry.is_file else "it is no entity's"
    if after.configuration.entity_at(path) is not None or path == CONFIGURATION_PATH:
        return None if entry.is_file else "a link, where a file must be"
    for entity_type in after.configuration.entities.values():
        if path != entity_type.schema and (reason := _misplaced(entity_type.path, path)):
            return reason
    return None


def _misplaced(template: PathTemplate, path: str) -> str | None:
    """Returns why a file in the folder of a type's entities is not read as one; ``None`` for any other file."""
    rest = path.removeprefix(f"{template.folder}/") if template.folder else path
    if (template.folder and rest == path) or not rest.endswith(template.suffix):
        return None
    parts = rest.removesuffix(template.suffix).split("/")
    names = parts[template.fanout :]
    if any(name.startswith(("_", ".")) for name in names) or not (
        (template.folder if template.nested else len(names) == 1) and names
    ):
        return None
    try:
        normal = normalise_key("/".join(names), nested=template.nested)
    except InvalidInput as error:
        return error.message
    return f"the entity's place is {template.path_of(normal)}"
