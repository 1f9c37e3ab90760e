"""The index answers what history would, and whatever happens to its file, so do the commands."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sandbox import CONFIGURATION, Sandbox

from gitdraft.git.path_history import PathCommit, path_history
from gitdraft.git.repository import GitRepository
from gitdraft.index import revisions as reading
from gitdraft.index.database import VERSION, open_index
from gitdraft.index.revision_tables import History, read_history, write_history
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.revisions import Revision

PERSON = EntityRef("category", "Person")
FILE = "categories/Person.json"


def index_file(sandbox: Sandbox) -> Path:
    return sandbox.path / ".git/gitdraft/index.sqlite3"


def known(sandbox: Sandbox) -> tuple[Revision, ...]:
    store = sandbox.library.store
    return reading.entity_history(store.snapshot(), store.git, PERSON)


def replace_change(sandbox: Sandbox) -> tuple[Revision, ...]:
    """What history says, the index put aside."""
    index_file(sandbox).unlink(missing_ok=True)
    return known(sandbox)


def kept(sandbox: Sandbox) -> History | None:
    with open_index(sandbox.path / ".git") as index:
        return index.read(lambda connection: read_history(connection, PERSON))


def rows(sandbox: Sandbox, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(index_file(sandbox), isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """From where on history was asked for, each time."""
    found: list[str | None] = []

    def listen(
        git: GitRepository, tip: Oid, paths: Sequence[str], since: Oid | None = None
    ) -> Iterator[PathCommit]:
        found.append(since)
        return path_history(git, tip, paths, since)

    monkeypatch.setattr(reading, "path_history", listen)
    return found


def test_history_is_read_once(sandbox: Sandbox, asked: list[str | None]) -> None:
    tip = sandbox.change(FILE, label="Human")
    first = known(sandbox)

    assert known(sandbox) == first
    assert asked == [None]
    assert kept(sandbox) == History(Oid(tip), first)


def test_only_what_is_new_is_asked_for(sandbox: Sandbox, asked: list[str | None]) -> None:
    first = sandbox.git("rev-parse", "main")
    known(sandbox)
    sandbox.change("categories/Agent.json", label="Actor")
    second = sandbox.git("rev-parse", "main")
    assert len(known(sandbox)) == 1
    sandbox.change(FILE, label="Human")
    tip = sandbox.change(FILE, label="Being")

    found = known(sandbox)

    assert asked == [None, first, second]
    assert kept(sandbox) == History(Oid(tip), found)
    assert replace_change(sandbox) == found


def test_a_line_that_was_rewritten_is_read_anew(sandbox: Sandbox, asked: list[str | None]) -> None:
    sandbox.change(FILE, label="Human")
    known(sandbox)
    sandbox.git("reset", "--quiet", "--hard", "main~1")
    sandbox.change(FILE, label="Being")
    sandbox.change(FILE, label="Somebody")

    found = known(sandbox)

    assert [revision.number for revision in found] == [1, 2, 3]
    assert asked == [None, None]
    assert replace_change(sandbox) == found


def test_a_line_that_took_the_known_one_in_by_a_merge_is_read_anew(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "-c", "other")
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(FILE, label="Human")
    known(sandbox)
    sandbox.git("switch", "--quiet", "other")
    sandbox.git("merge", "--quiet", "--no-edit", "main")
    sandbox.git("branch", "--force", "main", "other")
    sandbox.git("switch", "--quiet", "main")

    found = known(sandbox)

    assert [revision.commit for revision in found][1] == sandbox.git("rev-parse", "main")
    assert replace_change(sandbox) == found


def test_another_place_for_the_files_is_read_anew(sandbox: Sandbox) -> None:
    known(sandbox)
    sandbox.git("mv", "categories", "kinds")
    sandbox.write("gitdraft.yaml", CONFIGURATION.replace("categories/", "kinds/"))
    sandbox.commit("Other folder")
    sandbox.change("kinds/Person.json", label="Human")

    found = known(sandbox)

    assert [revision.edit_type for revision in found] == ["create", "update"]
    assert replace_change(sandbox) == found


def test_states_are_carried_over_from_what_is_known(sandbox: Sandbox) -> None:
    tombstone = {"kind": "redirect", "id": "Person", "redirects_to": "Agent", "reason": "r", "by": "Ann"}
    sandbox.write("tombstones/category/Person.json", {**tombstone, "at": "2026-01-24T09:27:00Z"})
    (sandbox.path / FILE).unlink()
    sandbox.commit("Redirect")
    known(sandbox)
    (sandbox.path / "tombstones/category/Person.json").unlink()
    sandbox.write(FILE, {"id": "Person", "label": "Back"})
    sandbox.commit("Revert")

    found = known(sandbox)

    assert [revision.edit_type for revision in found] == ["create", "redirect-create", "redirect-revert"]
    assert replace_change(sandbox) == found


def spoil(file: Path) -> None:
    file.write_bytes(b"no database at all " * 100)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def scramble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    file.write_bytes(bytes(content))


def of_another_version(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        connection.execute("DROP TABLE revisions")


def without_a_table(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("DROP TABLE revisions")


@pytest.mark.parametrize("harm", [spoil, cut, empty, scramble, of_another_version, without_a_table])
def test_a_file_that_is_no_good_is_made_anew(sandbox: Sandbox, harm: Callable[[Path], None]) -> None:
    before = known(sandbox)
    harm(index_file(sandbox))

    assert known(sandbox) == before
    assert known(sandbox) == before
    assert kept(sandbox) == History(Oid(sandbox.git("rev-parse", "main")), before)
    assert rows(sandbox, "PRAGMA user_version") == [(VERSION,)]
    assert rows(sandbox, "PRAGMA integrity_check") == [("ok",)]


def test_a_folder_in_its_place_is_done_without(sandbox: Sandbox) -> None:
    index_file(sandbox).mkdir(parents=True)

    assert len(known(sandbox)) == 1
    assert kept(sandbox) is None


def test_a_git_directory_that_cannot_be_written_is_done_without(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/gitdraft").write_text("a file in the folder's place")

    assert len(known(sandbox)) == 1


def test_a_lock_that_stays_is_done_without(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitdraft.index.database.PATIENCE", 0.0)
    before = known(sandbox)
    with closing(sqlite3.connect(index_file(sandbox), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert known(sandbox) == before
        sandbox.change(FILE, label="Human")
        assert len(known(sandbox)) == 2
    assert kept(sandbox) == History(Oid(sandbox.git("rev-parse", "main~1")), before)


def test_what_another_process_kept_meanwhile_is_not_mixed_in(sandbox: Sandbox) -> None:
    old = History(Oid(sandbox.git("rev-parse", "main")), known(sandbox))
    sandbox.change(FILE, label="Human")
    mine = History(Oid(sandbox.git("rev-parse", "main")), known(sandbox))
    sandbox.git("reset", "--quiet", "--hard", "main~1")
    for label in ("Being", "Somebody"):
        sandbox.change(FILE, label=label)
    theirs = History(Oid(sandbox.git("rev-parse", "main")), known(sandbox))
    assert kept(sandbox) == theirs

    with open_index(sandbox.path / ".git") as index:
        index.write(lambda connection: write_history(connection, PERSON, mine, old))

    assert kept(sandbox) == mine


def test_many_at_once_agree(sandbox: Sandbox) -> None:
    for number in range(5):
        sandbox.change(FILE, label=f"Label {number}")
    answers: list[tuple[Revision, ...]] = []
    threads = [threading.Thread(target=lambda: answers.append(known(sandbox))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert set(answers) == {replace_change(sandbox)}
    assert rows(sandbox, "PRAGMA integrity_check") == [("ok",)]
