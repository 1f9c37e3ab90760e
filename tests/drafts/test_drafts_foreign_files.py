"""A file that plain git, or a forge's web editor, changed on a draft's branch is told everywhere, and taken in as patches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

import gitdraft
from gitdraft.errors import PolicyViolation

PERSON = "categories/Person.json"
CODE = "draft/foreign-files"


def answer(sandbox: Sandbox, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What gitdraft answers as JSON."""
    said = sandbox.run("-o", "json", *arguments)
    assert said.code == code, said.out + said.err
    result: dict[str, Any] = json.loads(said.out or said.err)
    return result


def edit_on_branch(sandbox: Sandbox, path: str = PERSON, **members: Any) -> None:
    """Edit a file on the draft's branch with plain git, as somebody else."""
    sandbox.git("switch", "--quiet", "draft/fix")
    if members:
        before = sandbox.read(path) if (sandbox.path / path).exists() else {}
        sandbox.write(path, {**before, **members})
    else:
        (sandbox.path / path).unlink()
    sandbox.git("add", "--all")
    sandbox.git("commit", "--quiet", "--author=Web <web@example.org>", "-m", f"Edit {path}")
    sandbox.git("switch", "--quiet", "main")


@pytest.fixture
def draft(sandbox: Sandbox) -> Sandbox:
    """A draft that changes a label."""
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    return sandbox


@pytest.fixture
def edited(draft: Sandbox) -> Sandbox:
    """A draft on whose branch a file was edited, too."""
    edit_on_branch(draft, description="By hand.")
    return draft


def test_a_foreign_file_is_told_by_every_report(edited: Sandbox) -> None:
    validated = answer(edited, "validate", "fix", code=1)
    assert [(v["rule"], v["severity"], v["entity"]) for v in validated["violations"]] == [
        (CODE, "error", f"/{PERSON}")
    ]
    assert validated["status"] == "draft"
    assert f"file={PERSON}" in edited.run("validate", "fix", "--format", "github").out
    for command in (("status",), ("show", "fix"), ("doctor",), ("list",)):
        text = edited.run(*command).out
        assert CODE in text, command
        assert PERSON in text, command
    assert edited.run("doctor").code == 1
    shown = answer(edited, "show", "fix")
    assert [(v["rule"], v["severity"]) for v in shown["violations"]] == [(CODE, "error")]
    for document in (answer(edited, "status"), shown, answer(edited, "list")["drafts"][0]):
        (problem,) = document["problems"]
        assert (problem["draft"], problem["code"], problem["paths"]) == ("fix", CODE, [PERSON])
        assert problem["hint"].startswith("gitdraft save --from draft/fix")


@pytest.mark.parametrize("path", [PERSON, "categories/New.json", "README.md", "link"])
def test_submit_and_merge_refuse(draft: Sandbox, path: str) -> None:
    draft.run("submit", "fix")
    if path == "link":
        draft.git("switch", "--quiet", "draft/fix")
        (draft.path / path).symlink_to("categories")
        draft.commit("link")
        draft.git("switch", "--quiet", "main")
    else:
        members = {} if path == PERSON else {"id": Path(path).stem, "label": "By hand"}
        edit_on_branch(draft, path, description="By hand.", **members)
    before = draft.git("rev-parse", "main")
    refused = answer(draft, "merge", "fix", code=23)
    assert refused["code"] == CODE
    assert refused["context"]["draft"] == "fix"
    assert refused["context"]["paths"] == [path]
    assert "gitdraft reopen fix && gitdraft save --from draft/fix" in refused["hint"]
    assert draft.git("rev-parse", "main") == before
    assert draft.run("reopen", "fix").code == 0
    assert answer(draft, "submit", "fix", code=23)["code"] == CODE
    if path != "link":
        assert draft.run("save", "--from", "draft/fix").code == 0
        assert draft.run("submit", "fix").code == 0


def test_save_takes_the_edits_in_as_patches_of_their_author(edited: Sandbox) -> None:
    saved = answer(edited, "save", "--from", "draft/fix")
    assert [change["entity"] for change in saved["changes"]] == ["category/Person"]
    assert edited.git("diff", "--name-only", "main", "draft/fix").splitlines() == [
        ".gitdraft/changes/category/Person.patch.json",
        ".gitdraft/draft.json",
    ]
    assert edited.git("log", "-1", "--format=%an <%ae>|%s", "draft/fix") == (
        f"Web <web@example.org>|Edit {PERSON}"
    )
    assert answer(edited, "validate", "fix")["valid"]
    assert edited.run("submit", "fix").code == 0
    assert edited.run("merge", "fix").code == 0
    merged = json.loads(edited.git("show", f"main:{PERSON}"))
    assert (merged["label"], merged["description"]) == ("Human", "By hand.")


def test_creations_deletions_and_files_of_no_entity(draft: Sandbox) -> None:
    edit_on_branch(draft, "categories/New.json", id="New", label="New")
    edit_on_branch(draft, "properties/unused.json")
    edit_on_branch(draft, "README.md", any="thing")
    saved = answer(draft, "save", "--from", "draft/fix")
    assert [(c["entity"], c["_change_status"]) for c in saved["changes"]] == [
        ("category/New", "added"),
        ("property/unused", "deleted"),
    ]
    assert saved["ignored"] == ["README.md"]
    assert "Co-authored-by" not in draft.git("log", "-1", "--format=%B", "draft/fix")
    assert answer(draft, "validate", "fix")["valid"]


def test_a_draft_that_canonical_left_behind_keeps_the_edits(edited: Sandbox) -> None:
    """A rebase, an edit and a resolve never leave the file behind."""
    tip = edited.git("rev-parse", "draft/fix")
    edited.change(PERSON, label="Person", steps=["a"])
    edited.change("categories/Agent.json", description="Acts well.")
    edited.run("rebase")
    assert edited.git("rev-parse", "draft/fix") == tip
    assert CODE not in edited.run("rebase", "fix").err
    assert "gitdraft save --from draft/fix" in edited.run("rebase", "fix").out
    edited.run("set", "property/name", "/label", "A name", "--draft", "fix")
    assert "By hand." in edited.git("show", f"draft/fix:{PERSON}")
    saved = answer(edited, "save", "--from", "draft/fix")
    assert saved["replayed"] is True
    assert (
        answer(edited, "view", "category/Person", "--draft", "fix")["document"]["description"] == "By hand."
    )
    assert edited.git("merge-base", "main", "draft/fix") == edited.git("rev-parse", "main")


def test_both_edited_one_place(draft: Sandbox) -> None:
    edit_on_branch(draft, label="By hand")
    assert answer(draft, "save", "--from", "draft/fix", code=21)["context"]["paths"] == ["/label"]
    assert answer(draft, "submit", "fix", code=23)["code"] == CODE


def test_canonical_merged_into_the_branch_is_not_foreign(draft: Sandbox) -> None:
    """A forge's "update branch" is a merge of canonical."""
    draft.change("categories/Agent.json", description="Acts well.")
    draft.git("switch", "--quiet", "draft/fix")
    draft.git("merge", "--quiet", "-m", "update", "main")
    draft.git("switch", "--quiet", "main")
    assert answer(draft, "validate", "fix")["valid"]
    edit_on_branch(draft, description="By hand.")
    (violation,) = answer(draft, "validate", "fix", code=1)["violations"]
    assert (violation["rule"], violation["entity"]) == (CODE, f"/{PERSON}")
    assert [c["entity"] for c in answer(draft, "save", "--from", "draft/fix")["changes"]] == [
        "category/Person"
    ]
    assert draft.run("submit", "fix").code == 0


def test_any_revision_can_be_saved(draft: Sandbox) -> None:
    draft.git("switch", "--quiet", "-c", "feature")
    draft.change("properties/name.json", label="A name")
    draft.git("switch", "--quiet", "main")
    saved = answer(draft, "save", "--from", "feature", "--draft", "fix")
    assert [change["entity"] for change in saved["changes"]] == ["property/name"]
    assert answer(draft, "save", "--from", "main", "--draft", "fix", code=42)["code"] == "empty-draft"
    assert answer(draft, "save", "--from", "nothing", "--draft", "fix", code=40)["code"]


def test_bare_repository_and_library(edited: Sandbox, tmp_path: Path) -> None:
    edited.git("clone", "--quiet", "--bare", ".", str(tmp_path / "hub.git"))
    hub = Sandbox(tmp_path / "hub.git")
    assert answer(hub, "validate", "fix", code=1)["violations"][0]["rule"] == CODE
    draft = gitdraft.open(tmp_path / "hub.git").drafts["fix"]
    with pytest.raises(PolicyViolation) as refused:
        draft.submit()
    assert refused.value.code == CODE
    assert [str(view.entity) for view in draft.save_from("draft/fix").changed] == ["category/Person"]
    assert draft.submit().status.value == "submitted"


def test_linked_worktree_on_the_drafts_branch(draft: Sandbox, tmp_path: Path) -> None:
    draft.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "draft/fix")
    linked = Sandbox(tmp_path / "linked")
    linked.change(PERSON, description="By hand.")
    assert CODE in linked.run("status").out
    assert answer(linked, "save", "--from", "HEAD", "--draft", "fix")["changes"]
    assert linked.git("status", "--porcelain") == ""
    assert linked.read(PERSON)["description"] == "A human being."
