"""Objects are stored whole, or it is said; nothing that is counted on is left for gc to take."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.git.large_tree import LARGE, LargeTree
from gitdraft.git.objects import LOOSE_AT_MOST, ObjectBuffer, Signature, TreeEntry
from gitdraft.git.repository import open_repository
from gitdraft.git.values import MODE_EXECUTABLE, MODE_FILE, MODE_SYMLINK, MODE_TREE, parse_tree
from gitdraft.model.names import Oid

WHO = Signature("Ann", "ann@example.org", 1_700_000_000, 60)
LONG_AGO = 1_000_000_000


def files(sandbox: Sandbox) -> set[Path]:
    return {file for file in (sandbox.path / ".git/objects").rglob("*") if file.is_file()}


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_is_stored_already_is_made_young_again(sandbox: Sandbox, is_packed: bool) -> None:
    """gc takes what nothing refers to and nobody has touched for two weeks, as soon as it may run."""
    buffer = ObjectBuffer(open_repository(sandbox.path))
    oid = buffer.blob(b"old and unreachable")
    buffer.flush()
    if is_packed:
        sandbox.git("tag", "keep", oid)
        sandbox.git("gc", "--quiet")
        sandbox.git("tag", "-d", "keep")
    for file in files(sandbox):
        os.utime(file, (LONG_AGO, LONG_AGO))

    again = ObjectBuffer(open_repository(sandbox.path))
    assert again.blob(b"old and unreachable") == oid
    again.flush()
    sandbox.git("repack", "-A", "-d", "--quiet", "--unpack-unreachable=2.weeks.ago")
    sandbox.git("prune", "--expire=2.weeks.ago")

    assert open_repository(sandbox.path).read_blob(oid) == b"old and unreachable"
    assert any(time.time() - file.stat().st_mtime < 3600 for file in files(sandbox))


@pytest.mark.parametrize("number", [1, LOOSE_AT_MOST + 1])
def test_where_nothing_can_be_stored_nothing_is_and_it_can_be_tried_again(
    sandbox: Sandbox, number: int
) -> None:
    """The folder is a file: that stops root too."""
    repository = open_repository(sandbox.path)
    buffer = ObjectBuffer(repository)
    oids = [buffer.blob(b"%d" % n) for n in range(number)]
    folder = sandbox.path / ".git/objects" / ("pack" if number > 1 else oids[0][:2])
    folder.mkdir(exist_ok=True)
    away = folder.rename(f"{folder}.away")  # a commit of the sandbox's may lie in it
    folder.write_text("in the way")
    with pytest.raises(RepositoryError):
        buffer.flush()
    assert not any(open_repository(sandbox.path).has(oid) for oid in oids)
    assert len(buffer) == number

    folder.unlink()
    away.rename(folder)
    buffer.flush()
    assert len(buffer) == 0
    assert all(open_repository(sandbox.path).has(oid) for oid in oids)
    sandbox.fsck()


def test_flushing_twice_writes_once(sandbox: Sandbox) -> None:
    buffer = ObjectBuffer(open_repository(sandbox.path))
    for number in range(LOOSE_AT_MOST + 1):
        buffer.blob(b"%d" % number)
    buffer.flush()
    before = files(sandbox)
    buffer.flush()
    assert files(sandbox) == before


def test_a_tree_is_in_gits_order(sandbox: Sandbox) -> None:
    """A folder sorts as if its name ended in a slash."""
    buffer = ObjectBuffer(open_repository(sandbox.path))
    blob = buffer.blob(b"")
    folder = buffer.tree([TreeEntry.file("x", blob)])
    names = ["a.b", "a0", "B", "ü", "a-b"]
    entries = [TreeEntry.file(name, blob) for name in names] + [TreeEntry.folder("a", folder)]
    entries += [TreeEntry("run", MODE_EXECUTABLE, blob), TreeEntry("link", MODE_SYMLINK, blob)]
    oid = buffer.tree(entries)
    buffer.flush()
    lines = "".join(
        f"{entry.mode:06o} {'tree' if entry.is_tree else 'blob'} {entry.oid}\t{entry.name}\0"
        for entry in entries
    )
    assert sandbox.git("mktree", "-z", stdin=lines) == oid
    sandbox.fsck()


def test_a_name_that_is_not_utf_8_is_kept(sandbox: Sandbox) -> None:
    buffer = ObjectBuffer(open_repository(sandbox.path))
    tree = buffer.tree([TreeEntry.file("caf\udce9", buffer.blob(b""))])
    buffer.flush()
    (entry,) = open_repository(sandbox.path).read_tree(tree)
    assert entry.name == "caf\udce9"
    assert sandbox.git("-c", "core.quotePath=true", "ls-tree", "--name-only", tree) == '"caf\\351"'


def test_a_message_keeps_every_line(sandbox: Sandbox) -> None:
    buffer = ObjectBuffer(open_repository(sandbox.path))
    message = "subject\n\n  body\ttab\n\n\n# no comment\n\x0c\u2028 ünï\n"
    oid = buffer.commit(tree=buffer.tree([]), parents=(), author=WHO, committer=WHO, message=message)
    buffer.flush()
    for source in (buffer, open_repository(sandbox.path)):
        assert source.read_commit(oid).message == message
    with pytest.raises(InvalidInput):
        buffer.commit(tree=buffer.tree([]), parents=(), author=WHO, committer=WHO, message="half \ud83d")


def test_an_empty_buffer_is_not_taken_for_none(sandbox: Sandbox) -> None:
    assert ObjectBuffer(open_repository(sandbox.path))


def test_a_pack_that_maintenance_has_removed_stops_no_open_repository(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libgit2 goes on looking in a pack that it knows, be it gone, until it opens the repository again."""

    class Stale:
        def read(self, oid: str) -> None:
            raise OSError("invalid packfile 'pack-1a2b.pack'")

        __getitem__ = read

    repository = open_repository(sandbox.path)
    blob, tree = (Oid(sandbox.git("rev-parse", f"HEAD{of}")) for of in (":categories/Person.json", "^{tree}"))
    monkeypatch.setattr(repository, "_process", None)
    monkeypatch.setattr(repository, "_raw", Stale())
    assert b"Person" in repository.read_blob(blob)
    monkeypatch.setattr(repository, "_raw", Stale())
    assert "categories/Person.json" in dict(repository.walk(tree, ""))
    monkeypatch.setattr(repository, "reopen", lambda: None)
    monkeypatch.setattr(repository, "_raw", Stale())
    with pytest.raises(RepositoryError, match="invalid packfile"):
        repository.read_blob(Oid(sandbox.git("rev-parse", "HEAD:categories/Agent.json")))


ODD_NAMES = {"m": MODE_EXECUTABLE, "link": MODE_SYMLINK, "é ü.json": MODE_FILE, "x\udcff.json": MODE_FILE}
NO_NAMES = ("", "/", "Q0", "folder/", "m/x", "folder/x", "\ud800", "\udcc3\udca9 ü.json", "zz")


def test_an_entry_of_a_large_tree_is_what_the_whole_tree_has(sandbox: Sandbox) -> None:
    buffer = ObjectBuffer(open_repository(sandbox.path))
    blob = buffer.blob(b"content")
    below = buffer.tree([TreeEntry.file("inner.json", blob)])
    entries = [TreeEntry(f"Q{n:08}.json", MODE_FILE, blob) for n in range(LARGE // 35)]
    entries += [TreeEntry(name, mode, blob) for name, mode in ODD_NAMES.items()]
    entries += [TreeEntry("folder", MODE_TREE, below), TreeEntry.file("folder.json", blob)]
    tree = buffer.tree(entries)
    buffer.flush()
    stored = open_repository(sandbox.path)
    known = {entry.name: entry for entry in entries}
    assert {name: stored.find_entry(tree, name) for name in known} == known
    assert {entry.name: entry for entry in stored.read_tree(tree)} == known
    assert [name for name in NO_NAMES if stored.find_entry(tree, name) is not None] == []
    assert stored.find_entry(tree, "folder/inner.json") == TreeEntry.file("inner.json", blob)
    files = {name: entry.oid for name, entry in known.items() if entry.is_file}
    assert dict(stored.walk(tree, "")) == {**files, "folder/inner.json": blob}


def test_entries_out_of_order_are_found_and_half_ones_are_not() -> None:
    names = [b"b", b"a", b"a.json", b"c"]
    modes = (b"40000" if name == b"a" else b"100644" for name in names)
    raw = b"".join(
        b"%s %s\0%s" % (mode, name, (name * 20)[:20]) for mode, name in zip(modes, names, strict=True)
    )
    known = parse_tree(raw)
    assert len(known) == len(names)
    tree = LargeTree(raw)
    assert {name: tree.get(name) for name in known} == known
    assert list(tree.values()) == list(known.values())
    for broken in (raw[:-1], raw + b"100644 d", b"100644"):
        with pytest.raises(ValueError, match=r"subsection not found|cut off"):
            LargeTree(broken)
