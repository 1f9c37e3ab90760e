"""`index verify` compares with an index made anew; `index rebuild` makes it anew."""

from __future__ import annotations

import sqlite3

import pytest
from sandbox import Sandbox

import gitdraft
from gitdraft.index.database import FILE, VERSION


@pytest.fixture
def used(sandbox: Sandbox) -> Sandbox:
    """A repository whose index knows something of everything."""
    library = sandbox.library
    library.drafts.new("edits", draft_id="edits").set("Person", "/label", "Human")
    library.canonical.redirect("property/unused", "property/name", "the same")
    library.references("Person")
    library.canonical.revisions("Person")
    assert sandbox.run("index", "verify").code == 0
    return sandbox


def damage(sandbox: Sandbox, sql: str) -> None:
    with sqlite3.connect(sandbox.path / ".git" / FILE) as connection:
        connection.execute(sql)
    connection.close()


def test_a_sound_index_is_told_with_what_it_holds(used: Sandbox) -> None:
    answer = used.run("-o", "json", "index", "verify")

    assert answer.code == 0
    held = {found["about"]: found["rows"] for found in answer.json["tables"]}
    assert held == {
        "revisions": 1,
        "drafts": 1,
        "changes of drafts": 1,
        "names in drafts": 0,
        "lines of drafts": 1,
        "redirects": 1,
        "referrers": 2,
        "references": 2,
        "effective members": 0,
        "parents": 0,
        "searched entities": 0,
    } | {"names in drafts": held["names in drafts"]}
    assert answer.json["sound"] is True
    assert [file.name for file in (used.path / ".git/gitdraft").glob("index*")] == ["index.sqlite3"]


@pytest.mark.parametrize(
    ("sql", "about"),
    [
        ("DELETE FROM entity_references", "references"),
        ("UPDATE redirects SET target = 'other'", "redirects"),
        ("INSERT INTO names VALUES ('Agent', 1)", "names in drafts"),
        ("INSERT INTO changes VALUES (1, 'category', 'Agent', 'patch')", "changes of drafts"),
        ("UPDATE revisions SET edit_type = 'update'", "revisions"),
    ],
)
def test_a_row_that_is_wrong_is_found_and_a_rebuild_mends_it(used: Sandbox, sql: str, about: str) -> None:
    damage(used, sql)

    answer = used.run("index", "verify")
    assert answer.code == 1
    assert about in answer.out
    assert "gitdraft index rebuild" in answer.out

    assert used.run("index", "rebuild").code == 0
    assert used.run("index", "verify").code == 0


def test_an_index_of_another_version_is_made_anew_and_that_is_said(used: Sandbox) -> None:
    damage(used, f"PRAGMA user_version = {VERSION + 1}")

    answer = used.run("references", "Person")

    assert "rebuilt" in answer.err
    assert answer.code == 0
    assert used.run("references", "Person").err == ""


def test_a_damaged_index_is_made_anew_and_that_is_said(used: Sandbox) -> None:
    (used.path / ".git" / FILE).write_bytes(b"nothing of the kind" * 1000)

    answer = used.run("references", "Person")

    assert "rebuilt" in answer.err
    assert "category/Agent" in answer.out
    assert used.run("index", "verify").code == 0


def test_what_needs_no_index_opens_none(sandbox: Sandbox) -> None:
    for arguments in (["status"], ["view", "Person"], ["ls"], ["list"], ["log", "Person"]):
        assert sandbox.run(*arguments).code == 0
    assert not (sandbox.path / ".git" / FILE).exists()


def test_an_index_that_cannot_be_written_is_not_said_to_be_built(
    used: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = used.path / ".git/gitdraft/index.sqlite3"
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    refused = used.run("-o", "json", "index", "rebuild")
    assert (refused.code, refused.refusal["code"]) == (50, "unwritable")
    (file / "in the way").rmdir()
    file.rmdir()

    monkeypatch.setattr("gitdraft.index.database._open", lambda file: None)
    for command in ("rebuild", "verify"):
        assert used.run("-o", "json", "index", command).refusal["code"] == "unwritable"
    assert used.run("references", "Person").code == 0


def test_a_history_that_plain_git_replaced_and_pruned_is_indexed_again(sandbox: Sandbox) -> None:
    list(sandbox.library.search("Person"))
    library = gitdraft.open(sandbox.path)
    library.store.git.reopen()
    list(library.entities("category"))  # libgit2 remembers the first tree, and one of two below it
    sandbox.git("checkout", "--quiet", "--orphan", "fresh")
    for path in (*sandbox.path.glob("categories/[A-Z]*.json"), *sandbox.path.glob("properties/*.json")):
        path.write_text(path.read_text().replace('"label": "', '"label": "New '))
    sandbox.commit("Another history")
    sandbox.git("branch", "--move", "--force", "main")
    sandbox.git("reflog", "expire", "--expire=now", "--all")
    sandbox.git("gc", "--quiet", "--prune=now")
    assert [str(hit.entity) for hit in library.search("Person")] == ["category/Person"]
