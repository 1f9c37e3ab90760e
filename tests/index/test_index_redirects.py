"""The index answers who redirects where as the tombstones would, and reads each of them once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.index import redirects as reading
from gitdraft.index.database import open_index
from gitdraft.index.redirect_tables import write_redirects
from gitdraft.model.entities import EntityRef
from gitdraft.model.tombstones import Tombstone
from gitdraft.store.redirects import redirects
from gitdraft.store.snapshots import Snapshot

KEYS = tuple("abcdef")


@pytest.fixture
def letters(sandbox: Sandbox) -> Sandbox:
    """The sandbox with six more properties, two of them redirected."""
    for key in KEYS:
        sandbox.write(f"properties/{key}.json", {"id": key, "label": key, "datatype": "Text"})
    sandbox.commit("Letters")
    sandbox.library.canonical.redirect_all([("property/a", "property/f"), ("property/b", "property/f")])
    return sandbox


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tombstones that were read for the index, by their paths."""
    found: list[str] = []

    def listen(content: bytes, source: str) -> Tombstone:
        found.append(source)
        return read_tombstone(content, source)

    monkeypatch.setattr(reading, "read_tombstone", listen)
    return found


def index_file(sandbox: Sandbox) -> Path:
    return sandbox.path / ".git/gitdraft/index.sqlite3"


def known(sandbox: Sandbox) -> dict[str, str]:
    found = reading.redirect_targets(sandbox.library.store.snapshot(), "property")
    return {source.key: target.key for source, target in found.items()}


def to(sandbox: Sandbox, key: str) -> list[str]:
    found = reading.redirect_sources(sandbox.library.store.snapshot(), EntityRef("property", key))
    return [source.key for source in found]


def said(sandbox: Sandbox) -> dict[str, str]:
    """What the tombstones say."""
    found = redirects(sandbox.library.store.snapshot(), "property")
    return {source.key: tombstone.redirects_to for source, tombstone in found.items()}


def path_of(key: str) -> str:
    return f"tombstones/property/{key}.json"


def test_no_tombstones_no_redirects(sandbox: Sandbox) -> None:
    assert (known(sandbox), to(sandbox, "name")) == ({}, [])


def test_a_tombstone_is_read_once(letters: Sandbox, read: list[str]) -> None:
    assert known(letters) == {"a": "f", "b": "f"}
    assert to(letters, "f") == ["a", "b"]
    assert to(letters, "a") == []
    assert read == [path_of("a"), path_of("b")]

    letters.library.canonical.redirect("property/c", "property/f", "r")
    read.clear()

    assert to(letters, "f") == ["a", "b", "c"]
    assert to(letters, "f") == ["a", "b", "c"]
    assert read == [path_of("c")]


def test_whatever_happens_it_is_what_the_tombstones_say(letters: Sandbox) -> None:
    canonical = letters.library.canonical
    for step in (
        lambda: canonical.redirect("property/f", "property/e", "chain"),
        lambda: canonical.redirect("property/a", "property/d", "elsewhere", repoint=True),
        lambda: canonical.revert("property/b", "no"),
        lambda: canonical.delete("property/b", "gone", force=True),
        lambda: canonical.erase("property/b", "gone for good", force=True),
        lambda: letters.library.undo(next(letters.library.operations()).id, restore_erased=True),
        lambda: canonical.undelete("property/b"),
        lambda: canonical.redirect("property/b", "property/c", "after all"),
    ):
        step()
        assert known(letters) == said(letters)
        for key in KEYS:
            assert to(letters, key) == [source for source, target in said(letters).items() if target == key]


def test_an_older_commit_has_its_own(letters: Sandbox) -> None:
    before = letters.library.store.snapshot()
    letters.library.canonical.revert("property/a", "no")
    assert known(letters) == {"b": "f"}

    assert len(reading.redirect_targets(before, "property")) == 2
    assert known(letters) == {"b": "f"}


def test_what_is_not_written_is_answered_and_not_kept(letters: Sandbox, read: list[str]) -> None:
    assert to(letters, "f") == ["a", "b"]
    store = letters.library.store
    canonical = store.snapshot()
    buffer = ObjectBuffer(store.git)
    blob = canonical.tombstone_blob(EntityRef("property", "a"))
    tree = update_tree(buffer, canonical.tree, {path_of("a"): None, path_of("c"): blob})
    ahead = Snapshot(buffer, canonical.commit, tree, canonical.configuration)
    read.clear()

    assert [source.key for source in reading.redirect_sources(ahead, EntityRef("property", "f"))] == [
        "b",
        "c",
    ]
    assert [source.key for source in reading.redirect_sources(ahead, EntityRef("property", "f"))] == [
        "b",
        "c",
    ]
    assert read == [path_of("c")]
    assert to(letters, "f") == ["a", "b"]


def test_a_tree_that_is_gone_is_read_anew(letters: Sandbox) -> None:
    known(letters)
    with closing(sqlite3.connect(index_file(letters))) as connection, connection:
        connection.execute("UPDATE redirect_state SET tree = ?", ("0" * 40,))
        connection.execute("UPDATE redirects SET target = 'x'")

    assert to(letters, "f") == ["a", "b"]
    assert known(letters) == said(letters)


def test_a_damaged_file_is_made_anew(letters: Sandbox) -> None:
    known(letters)
    index_file(letters).write_bytes(b"no database" * 1000)

    assert to(letters, "f") == ["a", "b"]
    assert known(letters) == said(letters)


def test_without_an_index_the_tombstones_are_read(letters: Sandbox) -> None:
    index_file(letters).unlink(missing_ok=True)
    index_file(letters).mkdir(parents=True)

    assert to(letters, "f") == ["a", "b"]
    assert known(letters) == said(letters)
    assert letters.run("redirect", "list", "--to", "property/f").out.count("→ property/f") == 2


def test_a_malformed_tombstone_is_named_until_it_is_mended(letters: Sandbox) -> None:
    good = (letters.git("show", f"main:{path_of('a')}")) + "\n"
    letters.git("reset", "--quiet", "--hard")
    letters.write(path_of("a"), "rest in peace\n")
    letters.commit("By hand")

    for _ in range(2):
        with pytest.raises(InvalidInput, match=path_of("a")):
            known(letters)
    letters.write(path_of("a"), good)
    letters.commit("Mend")
    assert to(letters, "f") == ["a", "b"]


def test_what_another_process_kept_meanwhile_is_not_mixed_in(letters: Sandbox) -> None:
    known(letters)
    before = letters.git("rev-parse", "main:tombstones/property")
    letters.library.canonical.revert("property/a", "no")
    assert known(letters) == {"b": "f"}

    with open_index(letters.path / ".git") as index:
        index.write(lambda connection: write_redirects(connection, "property", before, "1" * 40, {"c": "f"}))

    assert known(letters) == {"b": "f"}


def test_doctor_finds_redirects_to_redirects_made_by_hand(letters: Sandbox) -> None:
    assert "ok  redirects: 2, none to a redirect" in letters.run("doctor").out
    letters.git("reset", "--quiet", "--hard")
    (letters.path / "properties/f.json").unlink()
    tombstone = letters.read(path_of("a"))
    letters.write(path_of("f"), {**tombstone, "id": "f", "redirects_to": "e"})
    letters.commit("By hand")

    found = letters.run("doctor")

    assert found.code == 1
    assert "2 to a redirect: property/a → property/f, property/b → property/f" in found.out
    assert "gitdraft redirect create property/a property/e --repoint" in found.out
