"""Walking trees, comparing them, changing them along a path: cost follows the change, not the size."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from gitdraft.errors import InvalidInput
from gitdraft.git.objects import ObjectBuffer, ObjectSource
from gitdraft.git.values import MODE_FILE, MODE_TREE, TreeEntry
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid

LONGEST_NAME = 255
PLAIN_NAME = regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}")
IGNORED_BY_HFS = {0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF}


@dataclass(frozen=True, slots=True)
class FileChange:
    """A regular file that two trees have differently; ``None`` where one has none."""

    path: str
    old: Oid | None
    new: Oid | None


def find(source: ObjectSource, tree: Oid | None, path: str) -> TreeEntry | None:
    """Returns the entry at ``path`` ("a/b.json"), ``None`` when there is none."""
    if tree is None or not path or path.startswith("/") or "//" in path:
        return None
    return source.find_entry(tree, path)


def walk_files(source: ObjectSource, tree: Oid, under: str = "") -> Iterator[tuple[str, Oid]]:
    """Yields path and oid of the regular files below ``under``, in git's order; links and submodules are passed over."""
    folder = under.rstrip("/")
    prefix = f"{folder}/" if folder else ""
    for path, oid in source.walk(tree, folder):
        yield prefix + path, oid


def changed_files(
    source: ObjectSource, old: Oid | None, new: Oid | None, under: str = ""
) -> Iterator[FileChange]:
    """Yields the regular files that differ, by a walk that skips equal trees."""
    if under:
        sides = [find(source, side, under.rstrip("/")) for side in (old, new)]
        old, new = (side.oid if side is not None and side.is_tree else None for side in sides)
    yield from _compare(source, old, new, f"{under.rstrip('/')}/" if under else "")


def changed_entries(
    source: ObjectSource, old: Oid | None, new: Oid | None, above: str = ""
) -> Iterator[tuple[str, TreeEntry]]:
    """Yields what ``new`` has otherwise than ``old``, with its path: links, submodules and folders too."""
    if new is None or old == new:
        return
    before = {entry.name: entry for entry in source.read_tree(old)} if old else {}
    for entry in source.read_tree(new):
        old_entry = before.get(entry.name)
        if old_entry == entry:
            continue
        yield above + entry.name, entry
        if entry.is_tree:
            folder = old_entry.oid if old_entry is not None and old_entry.is_tree else None
            yield from changed_entries(source, folder, entry.oid, f"{above}{entry.name}/")


def update_tree(buffer: ObjectBuffer, tree: Oid | None, updates: Mapping[str, TreeEntry | Oid | None]) -> Oid:
    """Returns the tree with each path set to a blob's oid (its mode kept, or an ordinary file's), to an entry's oid
    and mode, or removed (``None``).

    Only the trees on the way are read and written; a folder left empty goes. Raises InvalidInput
    (``forbidden-name``) for a name that no tree may hold, and where a file stands in a folder's way.
    """
    return _update(buffer, tree, updates, "") or buffer.tree(())


def check_name(name: str) -> None:
    """Raises InvalidInput for a name that git, or a disk, takes for something else (git's verify_path)."""
    if PLAIN_NAME.fullmatch(name):
        return  # the everyday case; what follows would say the same
    plain = "".join(c for c in unicodedata.normalize("NFC", name) if ord(c) not in IGNORED_BY_HFS)
    folded = plain.casefold().rstrip(". ").partition(":")[0].rstrip(". ")
    bad = not name or name in (".", "..") or any(c in name for c in "/\0\\") or folded in (".git", "git~1")
    if bad or len(name.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        raise InvalidInput(f"{name!r} cannot be a file name", code="forbidden-name", context={"name": name})


def _compare(source: ObjectSource, old: Oid | None, new: Oid | None, prefix: str) -> Iterator[FileChange]:
    if old == new:
        return
    before = {entry.name: entry for entry in source.read_tree(old)} if old else {}
    after = {entry.name: entry for entry in source.read_tree(new)} if new else {}
    for name in sorted(before.keys() | after.keys()):
        a, b = before.get(name), after.get(name)
        if a == b:
            continue
        path = prefix + name
        file_a = a.oid if a is not None and a.is_file else None
        file_b = b.oid if b is not None and b.is_file else None
        if file_a != file_b:
            yield FileChange(path, file_a, file_b)
        tree_a = a.oid if a is not None and a.is_tree else None
        tree_b = b.oid if b is not None and b.is_tree else None
        yield from _compare(source, tree_a, tree_b, f"{path}/")


def _update(
    buffer: ObjectBuffer, tree: Oid | None, updates: Mapping[str, TreeEntry | Oid | None], above: str
) -> Oid | None:
    entries = {entry.name: entry for entry in buffer.read_tree(tree)} if tree else {}
    deeper: defaultdict[str, dict[str, TreeEntry | Oid | None]] = defaultdict(dict)
    for path, new in updates.items():
        name, slash, rest = path.partition("/")
        check_name(name)
        if slash:
            deeper[name][rest] = new
            continue
        old = entries.get(name)
        if new is None:
            entries.pop(name, None)
        elif old is not None and old.is_tree and not (isinstance(new, TreeEntry) and new.is_tree):
            raise _in_the_way(above + name, "folder")
        elif isinstance(new, str):
            entries[name] = TreeEntry(name, old.mode if old is not None and old.is_file else MODE_FILE, new)
        else:
            entries[name] = TreeEntry(name, new.mode, new.oid)
    for name, below in deeper.items():
        folder = entries.get(name)
        if folder is not None and not folder.is_tree:
            if all(new is None for new in below.values()):
                continue
            raise _in_the_way(above + name, "file")
        oid = _update(buffer, folder.oid if folder else None, below, f"{above}{name}/")
        if oid is None:
            entries.pop(name, None)
        else:
            entries[name] = TreeEntry(name, MODE_TREE, oid)
    return buffer.tree(entries.values()) if entries else None


def _in_the_way(path: str, what: str) -> InvalidInput:
    return InvalidInput(f"a {what} is in the way at '{path}'", code="forbidden-name", context={"path": path})
