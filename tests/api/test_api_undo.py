"""`undo`: unpublished work is rewound, what others may have is reverted by a commit."""

from __future__ import annotations

from pathlib import Path

import pytest
from clones import Clone, Server, clone_of, serve, start
from sandbox import Sandbox, present

import gitdraft
from gitdraft.errors import Moved, PolicyViolation


@pytest.fixture
def server(sandbox: Sandbox, tmp_path: Path) -> Server:
    return serve(sandbox, tmp_path)


@pytest.fixture
def ann(server: Server, tmp_path: Path) -> Clone:
    return clone_of(server, tmp_path, "Ann")


@pytest.fixture
def merged(ann: Clone) -> Clone:
    """A merge that the server has."""
    draft = start(ann)
    draft.submit()
    draft.merge()
    ann.sync()
    return ann


def is_ancestor(repository: Sandbox, old: str, new: str) -> bool:
    return repository.git("merge-base", old, new) == repository.git("rev-parse", old)


def test_a_pushed_merge_is_reverted_by_a_commit(merged: Clone, server: Server) -> None:
    tip = merged.git("rev-parse", "main")
    report = merged.library.undo()

    assert is_ancestor(merged, tip, "main")
    assert report.commit == merged.git("rev-parse", "main")
    assert merged.read("categories/Person.json")["label"] == "Person"
    assert merged.git("status", "--porcelain") == ""
    merged.sync()
    assert server.git("rev-parse", "main") == merged.git("rev-parse", "main")


def test_its_draft_is_open_again_on_the_reverting_commit_with_its_changes(merged: Clone) -> None:
    report = merged.library.undo()

    assert report.reopened == ("fix-person",)
    draft = merged.library.drafts["fix-person"]
    assert draft.status.value == "draft"
    assert merged.git("merge-base", "draft/fix-person", "main") == report.commit
    assert merged.person()["label"] == "Human"
    assert merged.library.rebase().counts.conflict == 0
    draft.submit()
    draft.merge()
    assert merged.read("categories/Person.json")["label"] == "Human"


def test_other_clones_get_the_open_draft_and_the_reverting_commit(
    merged: Clone, server: Server, tmp_path: Path
) -> None:
    ben = clone_of(server, tmp_path, "Ben")
    ben.sync()
    merged.library.undo()
    merged.sync()
    ben.sync()

    assert ben.git("rev-parse", "main") == merged.git("rev-parse", "main")
    assert ben.tips() == merged.tips()
    assert ben.library.drafts["fix-person"].status.value == "draft"


def test_an_unpublished_merge_is_rewound(ann: Clone) -> None:
    before = ann.refs()
    draft = start(ann)
    draft.submit()
    draft.merge()
    report = ann.library.undo()

    assert report.commit is None
    assert ann.refs()["refs/heads/main"] == before["refs/heads/main"]
    assert ann.library.drafts["fix-person"].status.value == "submitted"


@pytest.mark.parametrize("how", ["push", "fetch"])
def test_plain_git_publishes_too(ann: Clone, how: str, server: Server) -> None:
    ann.library.canonical.delete("property/unused", "nobody uses it")
    ann.git("push", "--quiet", "origin", "main")
    if how == "fetch":
        ann.git("update-ref", "-d", "refs/remotes/origin/main")
        ann.git("fetch", "--quiet")
    tip = ann.git("rev-parse", "main")
    ann.library.undo()

    assert is_ancestor(ann, tip, "main")
    assert present(ann.library.view("property/unused").document)["id"] == "unused"


def test_in_a_bare_repository_all_of_canonical_is_reverted(server: Server) -> None:
    library = gitdraft.open(server.path)
    tip = server.git("rev-parse", "main")
    library.canonical.delete("property/unused", "nobody uses it")
    deleted = server.git("rev-parse", "main")
    library.undo()

    assert is_ancestor(server, deleted, "main")
    assert server.git("rev-parse", f"{tip}^{{tree}}") == server.git("rev-parse", "main^{tree}")


def test_where_a_service_runs_all_of_canonical_is_reverted(sandbox: Sandbox) -> None:
    library = sandbox.library
    library.canonical.delete("property/unused", "nobody uses it")
    deleted = sandbox.git("rev-parse", "main")
    with library.session.serving():
        library.undo()
    assert is_ancestor(sandbox, deleted, "main")
    assert sandbox.git("rev-parse", "main") != deleted

    library.canonical.delete("property/unused", "nobody uses it")
    library.undo()
    assert sandbox.git("log", "-1", "--format=%s", "main").startswith("Revert")


def test_what_came_since_stays(merged: Clone, server: Server) -> None:
    merge = next(o.id for o in merged.library.operations() if o.command == "merge")
    merged.change("categories/Person.json", description="Somebody.")
    merged.change("properties/name.json", label="The name")
    merged.library.undo(merge)

    person = merged.read("categories/Person.json")
    assert (person["label"], person["description"]) == ("Person", "Somebody.")
    assert merged.read("properties/name.json")["label"] == "The name"


def test_another_value_in_its_place_is_not_overwritten(merged: Clone) -> None:
    merge = next(o.id for o in merged.library.operations() if o.command == "merge")
    merged.change("categories/Person.json", label="Folk")
    tip = merged.git("rev-parse", "main")
    with pytest.raises(Moved) as refused:
        merged.library.undo(merge)
    assert refused.value.code == "changed-since"
    assert merged.git("rev-parse", "main") == tip


def test_what_it_would_break_is_refused(ann: Clone) -> None:
    draft = ann.library.drafts.new("Add", draft_id="add")
    draft.create("property/age", {"id": "age", "label": "Age"})
    draft.submit()
    draft.merge()
    operation = next(ann.library.operations()).id
    ann.change("categories/Person.json", properties=["name", "age"])
    ann.sync()
    with pytest.raises(PolicyViolation):
        ann.library.undo(operation)


def test_an_edit_of_a_pushed_draft_is_reverted_by_a_commit(ann: Clone, server: Server) -> None:
    draft = start(ann)
    draft.set("category/Person", "/description", "Somebody.")
    ann.sync()
    tip = ann.git("rev-parse", "draft/fix-person")
    ann.library.undo()

    assert is_ancestor(ann, tip, "draft/fix-person")
    assert ann.person() == {**ann.read("categories/Person.json"), "label": "Human"}
    assert ann.outcomes(ann.sync()) == {"fix-person": "pushed"}


def test_a_new_draft_that_was_pushed_is_withdrawn(ann: Clone, server: Server) -> None:
    ann.library.drafts.new("Fix", draft_id="fix")
    ann.sync()
    ann.library.undo()
    assert ann.library.drafts["fix"].status.value == "withdrawn"
    ann.sync()
    assert "refs/gitdraft/closed/fix" in server.refs()


def test_the_undo_of_a_published_undo_merges_again(merged: Clone) -> None:
    merged.library.undo()
    operation = next(merged.library.operations()).id
    merged.sync()
    tip = merged.git("rev-parse", "main")
    report = merged.library.undo(operation)

    assert is_ancestor(merged, tip, "main")
    assert report.commit
    assert merged.read("categories/Person.json")["label"] == "Human"
    assert merged.library.drafts["fix-person"].status.value == "merged"


def test_other_drafts_follow_the_reverting_commit(ann: Clone) -> None:
    draft = start(ann)
    other = ann.library.drafts.new("Other", draft_id="other")
    other.set("category/Person", "/rank", 1)
    draft.submit()
    draft.merge()
    ann.sync()
    ann.library.undo()

    assert ann.person("other")["label"] == "Person"
    assert ann.person("other")["rank"] == 1
    assert ann.library.status().repository.rebased == ann.git("rev-parse", "main")


def test_a_rebase_that_moved_no_draft_is_no_operation(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/label", "Human")
    before = [operation.id for operation in sandbox.library.operations()]
    sandbox.change("properties/unused.json", label="Never")
    assert sandbox.run("rebase").code == 0

    assert [operation.id for operation in sandbox.library.operations()] == before
    assert sandbox.run("-o", "json", "status").json["rebase_needed"] is False
    assert sandbox.run("undo").code == 0
    assert sandbox.run("-o", "json", "show", "fix").json["changes"] == []


@pytest.mark.parametrize("hook", ["post-commit", "post-merge", "post-rewrite"])
def test_a_hooks_rebase_is_passed_over(sandbox: Sandbox, hook: str) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/label", "Human")
    draft.set("category/Person", "/rank", 1)
    sandbox.change("categories/Person.json", description="Somebody.")
    assert sandbox.run("hooks", "run", hook).code == 0
    assert next(sandbox.library.operations()).is_automatic
    report = sandbox.library.undo()

    assert report.undone.command == "set"
    person = present(sandbox.library.view("category/Person", draft="fix").document)
    assert "rank" not in person
    assert (person["label"], person["description"]) == ("Human", "Somebody.")
    assert sandbox.run("-o", "json", "status").json["rebase_needed"] is False


def test_nothing_but_what_a_hook_did_is_nothing_to_undo(sandbox: Sandbox) -> None:
    sandbox.change("categories/Person.json", description="Somebody.")
    sandbox.run("hooks", "run", "post-commit")
    assert sandbox.run("undo").code == 40


def test_a_draft_from_before_is_not_said_to_be_behind(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    assert sandbox.run("-o", "json", "status").json["rebase_needed"] is False
    sandbox.library.canonical.delete("property/unused", "nobody uses it")
    assert sandbox.run("-o", "json", "status").json["rebase_needed"] is False
    sandbox.library.undo()
    assert sandbox.run("-o", "json", "status").json["rebase_needed"] is False


def test_an_erasure_comes_back_only_by_name(sandbox: Sandbox) -> None:
    answer = sandbox.run("entity", "erase", "property/unused", "--reason", "why", "--yes")
    assert "until it is pushed, gitdraft undo OPERATION --restore-erased takes it back" in answer.out
    operation = next(sandbox.library.operations()).id
    for arguments in ((), ("--restore-erased",), (operation,)):
        refused = sandbox.run("-o", "json", "undo", *arguments)
        assert (refused.code, refused.refusal["code"]) == (42, "restores-erased")
        assert refused.refusal["hint"] == f"gitdraft undo {operation} --restore-erased"
    assert sandbox.run("undo", operation, "--restore-erased").code == 0
    assert sandbox.read("properties/unused.json")["id"] == "unused"


def test_an_erasure_that_was_pushed_does_not(ann: Clone) -> None:
    ann.library.canonical.erase("property/unused", "why")
    operation = next(ann.library.operations()).id
    ann.sync()
    refused = ann.run("-o", "json", "undo", operation, "--restore-erased")
    assert (refused.code, refused.refusal["code"]) == (42, "not-undoable")


def test_the_audit_is_alike_in_every_clone_and_forgets_nothing(
    ann: Clone, server: Server, tmp_path: Path
) -> None:
    ann.library.canonical.delete("property/unused", "first")
    ann.library.undo()
    ann.library.canonical.delete("property/unused", "second")
    ann.sync()
    ann.library.undo()
    ann.sync()
    ben = clone_of(server, tmp_path, "Ben")

    here, there = ann.library.canonical.audit(), ben.library.canonical.audit()
    assert [entry for entry in here if entry.undone_by is None] == there
    assert [entry.reason for entry in here if entry.undone_by] == ["first"]
    assert sorted(entry.revision.edit_type for entry in there) == ["delete-soft", "undelete"]
