"""Objects with oids before anything is written, and writing them: a few loose, many as one pack.

(The idea of a buffer in front of the object database is git-revise's.)
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from gitdraft.errors import RepositoryError
from gitdraft.git.packs import is_gc_running
from gitdraft.git.repository import GitRepository
from gitdraft.git.values import (
    EMPTY_TREE,
    MODE_TREE,
    Commit,
    Lineage,
    Signature,
    TreeEntry,
    encode_text,
    recorded,
)
from gitdraft.model.names import Oid

__all__ = ["Commit", "ObjectBuffer", "ObjectSource", "Signature", "TreeEntry"]

SINGLY_AT_MOST = 2
LOOSE_AT_MOST = 64
ATTEMPTS = 5
OBJECT_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


class ObjectSource(Hashable, Protocol):
    """Where objects are read: a repository, or a buffer in front of one.

    ``common`` is the repository's common git directory; ``has`` says whether it holds an object, written.
    """

    @property
    def common(self) -> Path: ...
    def has(self, oid: Oid) -> bool: ...
    def read_blob(self, oid: Oid) -> bytes: ...
    def read_tree(self, oid: Oid) -> tuple[TreeEntry, ...]: ...
    def read_commit(self, oid: Oid) -> Commit: ...
    def read_lineage(self, oid: Oid) -> Lineage: ...
    def is_cut_off(self, oid: Oid) -> bool: ...
    def find_entry(self, tree: Oid, path: str) -> TreeEntry | None: ...
    def walk(self, tree: Oid, under: str) -> Iterator[tuple[str, Oid]]: ...


class Signer(Protocol):
    """Signs commits as git is configured to."""

    def signed(self, commit: bytes, committer: Signature) -> bytes:
        """Returns the content of the commit with its signature, or as it is."""
        ...

    def signed_tag(self, tag: bytes, tagger: Signature) -> bytes:
        """Returns the content of the tag with its signature."""
        ...


class ObjectBuffer:
    """Objects that are not written yet. Reads see them, and the repository behind them. ``signer`` signs the commits that
    are to be signed; without one none is, as in a dry run."""

    def __init__(self, git: GitRepository, signer: Signer | None = None) -> None:
        self.git = git
        self._signer = signer
        self._written: dict[Oid, tuple[str, bytes]] = {}
        self._trees: dict[Oid, tuple[TreeEntry, ...]] = {}
        self._commits: dict[Oid, Commit] = {}
        self._pending: list[Oid] = []

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def common(self) -> Path:
        """The common git directory of the repository behind it."""
        return self.git.common

    def has(self, oid: Oid) -> bool:
        """Returns whether the repository holds the object by now."""
        return self.git.has(oid)

    def __bool__(self) -> bool:
        return True  # an empty buffer is one: `buffer or …` must not take another

    def blob(self, content: bytes) -> Oid:
        """Returns the oid of a blob with this content, which will be written."""
        return self._add("blob", content)

    def tree(self, entries: Iterable[TreeEntry]) -> Oid:
        """Returns the oid of a tree of these entries, which are sorted here as git sorts them."""
        ordered = tuple(sorted(entries, key=_git_order))
        content = b"".join(
            b"%o %s\0%s" % (e.mode, e.name.encode("utf-8", "surrogateescape"), bytes.fromhex(e.oid))
            for e in ordered
        )
        oid = self._add("tree", content)
        self._trees[oid] = ordered
        return oid

    def commit(
        self,
        *,
        tree: Oid,
        parents: Iterable[Oid],
        author: Signature,
        committer: Signature,
        message: str,
        is_signed: bool = False,
    ) -> Oid:
        """Returns the oid of a commit, which will be written; ``is_signed`` signs it where git is configured to. Raises
        InvalidInput for an author without a name and for text that is none, RepositoryError (``signing-failed``)."""
        parents = tuple(parents)
        lines = [b"tree %s" % tree.encode(), *(b"parent %s" % parent.encode() for parent in parents)]
        lines += [b"author %s" % author.line(), b"committer %s" % committer.line(), b""]
        text = message.replace("\0", "")
        content = b"\n".join(lines) + b"\n" + encode_text(text)
        if is_signed and self._signer is not None:
            content = self._signer.signed(content, committer)
        oid = self._add("commit", content)
        self._commits[oid] = Commit(oid, tree, parents, author, committer, text)
        return oid

    def tag(self, *, name: str, commit: Oid, tagger: Signature, message: str, is_signed: bool = False) -> Oid:
        """Returns the oid of an annotated tag, which will be written. Raises what ``commit`` does."""
        head = [b"object %s" % commit.encode(), b"type commit", b"tag %s" % name.encode()]
        lines = [*head, b"tagger %s" % tagger.line(), b""]
        content = b"\n".join(lines) + b"\n" + encode_text(message.replace("\0", ""))
        if is_signed and self._signer is not None:
            content = self._signer.signed_tag(content, tagger)
        return self._add("tag", content)

    def read_blob(self, oid: Oid) -> bytes:
        """Returns the content of a blob, written or not."""
        mine = self._written.get(oid)
        return mine[1] if mine is not None else self.git.read_blob(oid)

    def read_tree(self, oid: Oid) -> tuple[TreeEntry, ...]:
        """Returns the entries of a tree, written or not."""
        mine = self._trees.get(oid)
        return mine if mine is not None else self.git.read_tree(oid)

    def read_commit(self, oid: Oid) -> Commit:
        """Returns a commit, written or not."""
        mine = self._commits.get(oid)
        return mine if mine is not None else self.git.read_commit(oid)

    def read_lineage(self, oid: Oid) -> Lineage:
        """Returns a commit's tree, parents and recorded base, written or not."""
        mine = self._commits.get(oid)
        if mine is None:
            return self.git.read_lineage(oid)
        return Lineage(mine.tree, mine.parents, *recorded(encode_text(mine.message)))

    def is_cut_off(self, oid: Oid) -> bool:
        """Returns whether a shallow clone ends at this commit."""
        return oid not in self._commits and self.git.is_cut_off(oid)

    def find_entry(self, tree: Oid, path: str) -> TreeEntry | None:
        """Returns the entry at a path below a tree, ``None`` when there is none."""
        name, slash, rest = path.partition("/")
        if tree not in self._trees:
            return self.git.find_entry(tree, path)
        entry = next((entry for entry in self._trees[tree] if entry.name == name), None)
        if entry is None or not slash:
            return entry
        return self.find_entry(entry.oid, rest) if entry.is_tree else None

    def walk(self, tree: Oid, under: str) -> Iterator[tuple[str, Oid]]:
        """Yields path (below ``under``) and oid of the regular files there, written or not."""
        entry = self.find_entry(tree, under) if under and tree in self._trees else None
        if tree not in self._trees:
            yield from self.git.walk(tree, under)
        elif not under:
            for inner in self._trees[tree]:
                if inner.is_tree:
                    yield from ((f"{inner.name}/{path}", oid) for path, oid in self.walk(inner.oid, ""))
                elif inner.is_file:
                    yield inner.name, inner.oid
        elif entry is not None and entry.is_tree:
            yield from self.walk(entry.oid, "")

    def flush(self) -> None:
        """Writes what the repository does not have yet, and sync it to disk.

        What it has is made young again, as git does: a gc that runs meanwhile takes what nothing refers to and
        nobody has touched for two weeks.

        Raises RepositoryError (``no-space``, ``no-permission``, ``unwritable``); what was written by then is
        unreachable and harmless. It can be called again.
        """
        if self.git.is_light:
            self.git.reopen()  # it writes, and says of many at once whether they are there
        is_collecting = is_gc_running(self.git.common)
        # libgit2 says that it has the empty tree even where it is not stored, which git fsck misses
        absent = frozenset(self.git.missing(self._pending))
        missing = [oid for oid in self._pending if is_collecting or oid == EMPTY_TREE or oid in absent]
        together = frozenset(missing) if is_collecting or len(missing) > SINGLY_AT_MOST else frozenset()
        if together:
            self._write_together(missing, is_pack=is_collecting or len(missing) > LOOSE_AT_MOST)
        for oid in self._pending:
            if oid not in together:
                self._write_loose(oid)
        self._pending.clear()

    def rewrite_missing(self) -> None:
        """Writes again what a gc may take: a `git gc --prune=now` beside this writer, which git advises against, takes objects
        that no ref led to when it looked. To be called once refs lead to them. Raises as ``flush`` does.

        A gc removes loose objects, and of packs those that it knew when it began. While one runs, all is written as a new
        pack, in another order than ``flush`` writes it, which gives it another name.
        """
        if is_gc_running(self.git.common):
            self._write_together(list(reversed(self._written)), is_pack=True)
            return
        gone = self.git.missing(self._written)
        if gone:
            self.git.reopen()
            self._pending += [oid for oid in gone if oid not in self._pending]
            self.flush()

    def _add(self, type_name: str, content: bytes) -> Oid:
        import hashlib

        whole = b"%s %d\0%s" % (type_name.encode(), len(content), content)
        oid = Oid(hashlib.sha1(whole, usedforsecurity=False).hexdigest())
        if oid not in self._written:
            self._written[oid] = (type_name, content)
            self._pending.append(oid)
        return oid

    def _write_loose(self, oid: Oid) -> None:
        import pygit2

        type_name, content = self._written[oid]
        for attempt in range(ATTEMPTS):
            try:
                self.git.raw.write(OBJECT_TYPES[type_name], content)
            except (pygit2.GitError, OSError, ValueError) as error:
                # a gc removes an empty folder of objects between libgit2's making it and its rename into it
                if attempt == ATTEMPTS - 1 or not _is_removed_folder(error):
                    raise unwritable(str(error), self.git.common) from error
            else:
                if not self._not_stored([oid]):
                    return
        raise _not_stored_error(oid)

    def _write_together(self, oids: list[Oid], *, is_pack: bool) -> None:
        """Has git write them: as a pack, or as loose objects, which it syncs together (`core.fsyncMethod` in git-config(1)).

        git ends well where it could not move such objects into place, as when a gc removes an empty folder then
        (bulk-checkin.c ignores what its tmp_objdir_migrate answers): those are written once more.
        """
        from gitdraft.git.commands import run_git

        if is_pack:
            command = ["index-pack", "--stdin", "--strict"]
            settings = {"core.fsync": "pack,pack-metadata"}
        else:
            command = ["unpack-objects", "-q"]
            settings = {"core.fsync": "loose-object", "core.fsyncMethod": "batch"}
        missing = oids
        for attempt in range(ATTEMPTS):
            try:
                run_git(
                    self.git.path,
                    command,
                    settings=settings,
                    stdin=b"".join(self._pack(missing)),
                    environment={"GIT_DIR": str(self.git.path)},
                )
            except RepositoryError as error:  # `git prune` removes git's temporary files, too
                if attempt == ATTEMPTS - 1 or not _is_removed_folder(error):
                    raise
            missing = self._not_stored(missing)
            if not missing:
                if is_pack:
                    self.git.reopen()
                return
        raise _not_stored_error(missing[0])

    def _not_stored(self, oids: list[Oid]) -> list[Oid]:
        """Looks twice: a gc may have moved one into a pack that was gone before libgit2 came to it."""
        missing = self.git.missing(oids)
        return self.git.missing(missing) if missing else []

    def _pack(self, oids: list[Oid]) -> Iterator[bytes]:
        import hashlib

        digest = hashlib.sha1(usedforsecurity=False)
        header = b"PACK" + struct.pack(">II", 2, len(oids))
        digest.update(header)
        yield header
        for oid in oids:
            type_name, content = self._written[oid]
            entry = _pack_header(OBJECT_TYPES[type_name], len(content)) + zlib.compress(content, 1)
            digest.update(entry)
            yield entry
        yield digest.digest()


def _not_stored_error(oid: Oid) -> RepositoryError:
    return RepositoryError(f"object {oid[:12]} was not stored", code="unwritable")


def unwritable(message: str, folder: Path | None = None) -> RepositoryError:
    """Returns a refusal to write, with what a user can do. libgit2 says of a full disk that an object was not found: the
    room that is left where ``folder`` is tells."""
    from gitdraft.git.commands import FREE_SOME, is_full

    lowered = message.lower()
    if "no space" in lowered or (folder is not None and is_full(folder)):
        return RepositoryError("no space is left on the disk", code="no-space", hint=FREE_SOME)
    if "permission" in lowered or "read-only" in lowered:
        return RepositoryError(f"the repository cannot be written: {message}", code="no-permission")
    return RepositoryError(f"the repository cannot be written: {message}", code="unwritable")


def _pack_header(pack_type: int, size: int) -> bytes:
    """Returns the type and size of a pack entry (gitformat-pack: 4 bits of the size, then 7 a byte)."""
    byte, size = (pack_type << 4) | (size & 15), size >> 4
    out = bytearray()
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    out.append(byte)
    return bytes(out)


def _git_order(entry: TreeEntry) -> bytes:
    name = entry.name.encode("utf-8", "surrogateescape")
    return name + b"/" if entry.mode == MODE_TREE else name


def _is_removed_folder(error: Exception) -> bool:
    return "No such file or directory" in str(error) or isinstance(error, FileNotFoundError)
