"""`new --onto`, what `show`, `submit` and `rebase` say of it, and `rebase --onto canonical`."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.model.names import Oid, RefName


@pytest.fixture
def stacked(sandbox: Sandbox) -> Sandbox:
    """The draft child on the draft parent."""
    sandbox.run("new", "Parent")
    sandbox.run("set", "category/Person", "/label", "Human")
    assert sandbox.run("new", "Child", "--onto", "parent").out == "started draft child on parent\n"
    sandbox.run("set", "category/Person", "/description", "Us.")
    return sandbox


def test_show_says_what_it_stands_on_and_whether_that_was_edited(stacked: Sandbox) -> None:
    assert "on top of parent, which is draft\n" in stacked.run("show", "child").out
    assert stacked.run("-o", "json", "show", "child").json["onto"] == {
        "draft": "parent",
        "status": "draft",
        "behind": False,
    }
    stacked.run("set", "category/Person", "/label", "Somebody", "--draft", "parent")

    assert "parent was edited since: gitdraft rebase child\n" in stacked.run("show", "child").out
    assert stacked.run("rebase", "child").code == 0
    assert "was edited" not in stacked.run("show", "child").out


def test_a_conflict_with_the_lower_draft_is_reported(stacked: Sandbox) -> None:
    stacked.run("set", "category/Person", "/description", "Them.", "--draft", "parent")

    answer = stacked.run("rebase")

    assert answer.code == 1
    assert "in conflict with draft 'parent', on which it stands" in answer.out
    assert "category/Person  /description  conflict modify/modify" in answer.out


def test_submit_is_refused(stacked: Sandbox) -> None:
    answer = stacked.run("submit", "child")

    assert answer.code == 42
    assert "draft 'child' stands on draft 'parent', which is draft" in answer.err


def test_off_the_lower_draft(stacked: Sandbox) -> None:
    assert stacked.run("rebase", "child", "--onto", "canonical").out == "child stands on main alone\n"
    assert (
        stacked.run("-o", "json", "view", "category/Person", "-d", "child").json["document"]["label"]
        == "Person"
    )
    assert stacked.run("rebase", "child", "--onto", "canonical").code == 42
    assert stacked.run("rebase", "--onto", "canonical").code == 2
    assert stacked.run("submit", "child").code == 0


def test_a_clone_follows_too(stacked: Sandbox, tmp_path: Path) -> None:
    stacked.git("clone", "--quiet", "--mirror", ".", str(tmp_path / "bare"))
    stacked.git("remote", "add", "origin", str(tmp_path / "bare"))
    assert stacked.run("sync").code == 0
    stacked.run("set", "category/Person", "/label", "Somebody", "--draft", "parent")
    assert stacked.run("rebase").code == 0
    assert stacked.run("sync").code == 0

    stacked.git("-C", str(tmp_path), "clone", "--quiet", "bare", "other")
    there = type(stacked)(tmp_path / "other")
    there.git("config", "user.name", "Bo")
    there.git("config", "user.email", "bo@example.org")
    assert there.run("pull").code == 0
    assert there.run("set", "category/Person", "/label", "Anybody", "--draft", "parent").code == 0
    assert there.run("rebase").code == 0
    assert there.run("push").code == 0
    assert stacked.run("pull").code == 0
    seen = stacked.run("-o", "json", "view", "category/Person", "-d", "child").json["document"]
    assert (seen["label"], seen["description"]) == ("Anybody", "Us.")


def test_its_form_passes_the_check_of_a_push(stacked: Sandbox) -> None:
    from gitdraft.store.repository import open_store
    from gitdraft.validation.draft_form import check_draft_form

    store = open_store(stacked.path)
    ref = "refs/heads/draft/child"
    tip = stacked.git("rev-parse", ref)

    assert (
        list(check_draft_form(store.git, "child", RefName(ref), Oid(tip), store.snapshot().configuration))
        == []
    )
