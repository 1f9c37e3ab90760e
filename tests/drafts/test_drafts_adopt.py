"""A draft whose branch plain git has merged: `.gitdraft/` on canonical, no foreign change in a later draft, and `adopt`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from merging_by_git import AGENT, PERSON, WAYS, answer, draft, merge_by_git
from sandbox import Sandbox, run_git


@pytest.fixture
def moved(sandbox: Sandbox) -> Sandbox:
    """Draft x on Person, and canonical gone on since, so that no way of merging is trivial."""
    draft(sandbox, "x", "category/Person", "Human")
    sandbox.change(PERSON, rank=7)
    return sandbox


@pytest.mark.sweep(4)
@pytest.mark.parametrize("gone", [False, True], ids=["branch-there", "branch-gone"])
@pytest.mark.parametrize("way", WAYS)
def test_adopt_finishes_what_the_person_meant(moved: Sandbox, way: str, gone: bool) -> None:
    merge_by_git(moved, way)
    if gone:
        moved.git("branch", "--quiet", "-D", "draft/x")
    assert moved.read(PERSON)["label"] == "Person"
    before = moved.git("rev-parse", "main")
    report = answer(moved, "adopt", "x")
    assert moved.git("rev-parse", "main^") == before
    assert (report["draft"], report["branch"], report["remaining"]) == ("x", "closed", [])
    assert (moved.read(PERSON)["label"], moved.read(PERSON)["rank"]) == ("Human", 7)
    assert not (moved.path / ".gitdraft").exists()
    assert moved.git("ls-tree", "main", ".gitdraft") == ""
    assert moved.git("status", "--porcelain") == ""
    assert answer(moved, "show", "x")["status"] == "merged"
    assert "refs/heads/draft/x" not in moved.refs()
    assert moved.run("doctor").code == 0, moved.run("doctor").out
    assert moved.run("adopt").code == 40
    moved.fsck()


@pytest.mark.sweep(4)
@pytest.mark.parametrize("gone", [False, True], ids=["branch-there", "branch-gone"])
@pytest.mark.parametrize("way", WAYS)
def test_take_out_leaves_canonical_as_it_was(moved: Sandbox, way: str, gone: bool) -> None:
    whole = moved.git("rev-parse", "main^{tree}")
    merge_by_git(moved, way)
    if gone:
        moved.git("branch", "--quiet", "-D", "draft/x")
    before = moved.git("rev-parse", "main")
    assert answer(moved, "adopt", "x", "--take-out")["branch"] == ("restored" if gone else "open")
    assert moved.git("rev-parse", "main^") == before
    assert moved.git("rev-parse", "main^{tree}") == whole
    assert [d["id"] for d in answer(moved, "list")["drafts"]] == ["x"]
    assert moved.run("submit", "x").code == 0
    assert moved.run("merge", "x").code == 0
    assert (moved.read(PERSON)["label"], moved.read(PERSON)["rank"]) == ("Human", 7)
    assert moved.run("doctor").code == 0


@pytest.mark.sweep(2)
@pytest.mark.parametrize("way", WAYS)
def test_no_later_draft_carries_the_change(moved: Sandbox, way: str) -> None:
    """A new draft, one that was there, one that is rebased, one made of a branch: each has its own changes alone."""
    draft(moved, "old", "category/Agent", "Doer")
    merge_by_git(moved, way)
    draft(moved, "new", "property/name", "Called")
    moved.git("checkout", "--quiet", "-b", "by-hand")
    moved.change(AGENT, description="By hand.")
    moved.git("checkout", "--quiet", "main")
    assert moved.run("new", "--from", "by-hand", "--id", "hand", "By hand").code == 0
    moved.change("properties/name.json", datatype="String")
    assert moved.run("rebase", "--all").code == 0
    for draft_id, own in (("old", "category/Agent"), ("new", "property/name"), ("hand", "category/Agent")):
        assert [c["entity"] for c in answer(moved, "show", draft_id)["changes"]] == [own], draft_id
    for draft_id in ("old", "new"):
        assert moved.run("submit", draft_id).code == 0
        assert moved.run("merge", draft_id).code == 0
        assert moved.read(PERSON)["label"] == "Person"
    assert answer(moved, "adopt")["draft"] == "x"
    assert moved.read(PERSON)["label"] == "Human"
    assert (moved.read(AGENT)["label"], moved.read("properties/name.json")["label"]) == ("Doer", "Called")


@pytest.mark.parametrize("way", ["rebase", "cherry-pick"])
def test_a_draft_that_git_moves_onto_a_foreign_one_keeps_its_own(moved: Sandbox, way: str) -> None:
    """`git rebase main` of another draft, where main carries x: what the two have in one place is resolved by the person,
    and x's files beside it are not the other draft's."""
    draft(moved, "y", "category/Agent", "Doer")
    merge_by_git(moved, "no-ff")
    moved.git("checkout", "--quiet", "-b", "moving", "draft/y" if way == "rebase" else "main")
    if way == "rebase":
        moved.git("rebase", "--quiet", "-X", "theirs", "main")
    else:
        moved.git("cherry-pick", "-X", "theirs", "main~1..draft/y")
    moved.git("branch", "--force", "draft/y", "moving")
    moved.git("checkout", "--quiet", "main")
    assert [c["entity"] for c in answer(moved, "show", "y")["changes"]] == ["category/Agent"]
    assert moved.run("submit", "y").code == 0
    assert moved.run("merge", "y").code == 0
    assert (moved.read(PERSON)["label"], moved.read(AGENT)["label"]) == ("Person", "Doer")
    assert moved.run("adopt", "x").code == 0
    assert (moved.read(PERSON)["label"], moved.read(AGENT)["label"]) == ("Human", "Doer")


@pytest.mark.parametrize("gone", [False, True], ids=["branches-there", "branches-gone"])
def test_several_drafts_are_taken_one_by_one(moved: Sandbox, gone: bool) -> None:
    draft(moved, "y", "category/Agent", "Doer")
    merge_by_git(moved, "no-ff", "x")
    moved.git("merge", "--quiet", "--no-edit", "--no-ff", "--no-verify", "-X", "theirs", "draft/y")
    draft(moved, "z", "property/name", "Called")
    moved.git("merge", "--quiet", "--ff-only", "draft/z")
    if gone:
        moved.git("branch", "--quiet", "-D", "draft/x", "draft/y", "draft/z")
    refused = moved.run("-o", "json", "adopt")
    assert refused.code == 42
    assert (refused.refusal["code"], refused.refusal["context"]["drafts"]) == (
        "several-drafts",
        ["x", "y", "z"],
    )
    assert answer(moved, "adopt", "y")["remaining"] == ["x", "z"]
    assert (moved.read(AGENT)["label"], moved.read(PERSON)["label"]) == ("Doer", "Person")
    assert answer(moved, "adopt", "x", "--take-out")["remaining"] == ["z"]
    assert answer(moved, "adopt")["draft"] == "z"
    assert moved.read("properties/name.json")["label"] == "Called"
    assert moved.read(PERSON)["label"] == "Person"
    assert moved.git("ls-tree", "main", ".gitdraft") == ""
    assert [d["id"] for d in answer(moved, "list")["drafts"]] == ["x"]


def test_adopt_goes_through_the_gate_of_merge(moved: Sandbox) -> None:
    """A conflict is refused with a hint that works."""
    moved.change(PERSON, label="Someone")
    merge_by_git(moved, "no-ff")
    refused = moved.run("-o", "json", "adopt", "x")
    assert refused.code == 21
    assert refused.refusal["hint"].startswith("gitdraft adopt x --take-out")
    assert moved.run("adopt", "x", "--take-out").code == 0
    assert moved.run("resolve", "x", "category/Person", "/label", "--take", "draft").code == 0
    assert moved.run("submit", "x").code == 0
    assert moved.run("merge", "x").code == 0
    assert moved.read(PERSON)["label"] == "Human"


def test_a_branch_that_has_gone_on_stays_open(moved: Sandbox) -> None:
    merge_by_git(moved, "no-ff")
    moved.run("set", "category/Agent", "/label", "Doer", "--draft", "x")
    assert answer(moved, "adopt", "x")["branch"] == "open"
    assert (moved.read(PERSON)["label"], moved.read(AGENT)["label"]) == ("Human", "Agent")
    assert moved.run("submit", "x").code == 0
    assert moved.run("merge", "x").code == 0
    assert moved.read(AGENT)["label"] == "Doer"


def test_a_draft_that_gitdraft_rebased_meanwhile_is_closed(sandbox: Sandbox) -> None:
    """Its patch was rewritten since git merged it, and makes the same of the entity."""
    sandbox.run("new", "X", "--id", "x")
    sandbox.run("set", "category/Person", "/steps/2", "C", "--draft", "x")
    merge_by_git(sandbox, "no-ff")
    sandbox.change(PERSON, steps=["0", "a", "b", "c"])
    assert sandbox.run("rebase").code == 0
    assert answer(sandbox, "adopt")["branch"] == "closed"
    assert sandbox.read(PERSON)["steps"] == ["0", "a", "b", "C"]


def test_undo_takes_an_adoption_back(moved: Sandbox) -> None:
    merge_by_git(moved, "squash")
    before = moved.git("rev-parse", "main")
    assert moved.run("adopt").code == 0
    assert moved.run("undo").code == 0
    assert moved.git("rev-parse", "main") == before
    assert answer(moved, "status")["on_canonical"] == ["x"]


def test_what_is_no_draft_can_be_taken_out(sandbox: Sandbox) -> None:
    sandbox.write(".gitdraft/draft.json", "<<<<<<< HEAD\n")
    sandbox.commit("Conflict markers")
    refused = sandbox.run("-o", "json", "adopt")
    assert (refused.code, refused.refusal["code"]) == (50, "malformed-draft")
    assert sandbox.run("adopt", "--take-out").code == 0
    assert sandbox.git("ls-tree", "main", ".gitdraft") == ""


def test_a_dry_run_writes_nothing(moved: Sandbox) -> None:
    merge_by_git(moved, "no-ff")
    before = moved.refs()
    assert answer(moved, "adopt", "x", "-n")["draft"] == "x"
    assert answer(moved, "adopt", "x", "-n", "--take-out")["taken_out"] is True
    assert moved.refs() == before


@pytest.mark.sweep(2)
@pytest.mark.parametrize("way", WAYS)
def test_status_doctor_and_the_hook_name_the_command(moved: Sandbox, way: str) -> None:
    assert moved.run("hooks", "install").code == 0
    merge_by_git(moved, way)
    assert answer(moved, "status")["on_canonical"] == ["x"]
    assert "gitdraft adopt x" in moved.run("status").out
    doctor = moved.run("doctor")
    assert doctor.code == 1
    assert "gitdraft adopt x" in doctor.out
    assert moved.run("adopt").code == 0
    assert "on_canonical" not in answer(moved, "status")


def test_a_merge_made_elsewhere_is_adopted_where_it_is_pulled(moved: Sandbox, tmp_path: Path) -> None:
    """A forge's button on a bare server: fetched and pulled, both clones tell it, one adopts it."""
    server = tmp_path / "server.git"
    run_git(tmp_path, "clone", "--quiet", "--bare", str(moved.path), str(server))
    moved.git("remote", "add", "origin", str(server))
    moved.git("push", "--quiet", "origin", "draft/x", "main")
    moved.git("fetch", "--quiet", "origin")
    moved.git("branch", "--set-upstream-to=origin/main", "main")
    forge = Sandbox(tmp_path / "forge")
    run_git(tmp_path, "clone", "--quiet", str(server), str(forge.path))
    forge.git("merge", "--quiet", "--no-ff", "--no-edit", "origin/draft/x")
    forge.git("push", "--quiet", "origin", "main", ":draft/x")
    moved.run("pull")
    assert answer(moved, "status")["on_canonical"] == ["x"]
    draft(moved, "y", "category/Agent", "Doer")
    assert [c["entity"] for c in answer(moved, "show", "y")["changes"]] == ["category/Agent"]
    bare = Sandbox(server)
    assert answer(bare, "status")["on_canonical"] == ["x"]
    assert answer(bare, "adopt")["branch"] == "closed"
    document = json.loads(bare.git("show", f"main:{PERSON}"))
    assert (document["label"], document["rank"]) == ("Human", 7)
    assert moved.run("pull").code == 0, moved.run("pull").out
    assert moved.read(PERSON)["label"] == "Human"
    assert [c["entity"] for c in answer(moved, "show", "y")["changes"]] == ["category/Agent"]


def test_the_post_merge_hook_offers_it(moved: Sandbox) -> None:
    merge_by_git(moved, "no-ff")
    said = moved.run("hooks", "run", "post-merge")
    assert said.code == 0
    assert "gitdraft adopt x finishes the merge" in said.out + said.err


def test_watch_offers_it(moved: Sandbox) -> None:
    merge_by_git(moved, "squash")
    said = moved.run("watch", "--once")
    assert "gitdraft adopt x finishes the merge" in said.out + said.err


@pytest.mark.parametrize("gone", [False, True], ids=["branch-there", "branch-gone"])
def test_a_cherry_pick_of_the_last_commit_alone(moved: Sandbox, gone: bool) -> None:
    """Its draft.json does not come along; the commit's trailers name the draft and its base."""
    moved.git("cherry-pick", "draft/x")
    if gone:
        moved.git("branch", "--quiet", "-D", "draft/x")
    assert moved.git("ls-tree", "main", ".gitdraft/draft.json") == ""
    assert answer(moved, "status")["on_canonical"] == ["x"]
    draft(moved, "y", "category/Agent", "Doer")
    assert [c["entity"] for c in answer(moved, "show", "y")["changes"]] == ["category/Agent"]
    report = answer(moved, "adopt")
    assert (report["draft"], report["branch"]) == ("x", "closed")
    assert (moved.read(PERSON)["label"], moved.read(PERSON)["rank"]) == ("Human", 7)
    assert answer(moved, "show", "x")["status"] == "merged"
    assert moved.git("ls-tree", "main", ".gitdraft") == ""


@pytest.mark.parametrize("gone", [False, True], ids=["branches-there", "branches-gone"])
def test_a_squash_that_keeps_the_other_drafts_header(moved: Sandbox, gone: bool) -> None:
    """The conflict about draft.json was resolved to what was there: the squash's text names the draft."""
    draft(moved, "y", "category/Agent", "Doer")
    merge_by_git(moved, "squash", "x")
    moved.git("merge", "--quiet", "--squash", "-X", "ours", "draft/y")
    moved.git("commit", "--quiet", "--no-verify", "--no-edit")
    if gone:
        moved.git("branch", "--quiet", "-D", "draft/x", "draft/y")
    assert answer(moved, "status")["on_canonical"] == ["x", "y"]
    assert answer(moved, "adopt", "x")["remaining"] == ["y"]
    assert (moved.read(PERSON)["label"], moved.read(AGENT)["label"]) == ("Human", "Agent")
    assert answer(moved, "adopt")["draft"] == "y"
    assert moved.read(AGENT)["label"] == "Doer"
    assert moved.run("doctor").code == 0


def test_a_draft_that_gitdraft_merges_too(moved: Sandbox) -> None:
    """Submitted and merged although git has merged it: adopt clears what git left."""
    merge_by_git(moved, "fast-forward")
    assert moved.run("submit", "x").code == 0
    assert moved.run("merge", "x").code == 0
    assert moved.read(PERSON)["label"] == "Human"
    assert answer(moved, "adopt")["branch"] == "closed"
    assert moved.git("ls-tree", "main", ".gitdraft") == ""
    assert moved.read(PERSON)["label"] == "Human"
    assert answer(moved, "show", "x")["status"] == "merged"


def test_edits_after_a_fast_forward(moved: Sandbox) -> None:
    """Canonical is one of the draft's own commits then."""
    merge_by_git(moved, "fast-forward")
    assert moved.run("set", "category/Agent", "/label", "Doer", "--draft", "x").code == 0
    changes = answer(moved, "show", "x")["changes"]
    assert sorted(c["entity"] for c in changes) == ["category/Agent", "category/Person"]
    assert moved.run("submit", "x").code == 0
    assert moved.run("merge", "x").code == 0
    assert (moved.read(PERSON)["label"], moved.read(AGENT)["label"]) == ("Human", "Doer")
    assert moved.run("adopt").code == 0
    assert moved.run("doctor").code == 0


def test_drafts_made_in_one_second_are_told_apart(sandbox: Sandbox) -> None:
    """Same title, same author, same time, same base: their ids differ."""
    for draft_id, entity in (("a", "category/Person"), ("b", "category/Agent")):
        assert sandbox.run("new", "Fix", "--id", draft_id).code == 0
        assert sandbox.run("set", entity, "/label", "New", "--draft", draft_id).code == 0
    sandbox.git("merge", "--quiet", "--ff-only", "draft/a")
    assert sandbox.run("rebase", "--all").code == 0
    assert [c["entity"] for c in answer(sandbox, "show", "b")["changes"]] == ["category/Agent"]
    assert answer(sandbox, "show", "b")["base"] == sandbox.git("rev-parse", "main")
    assert answer(sandbox, "adopt")["draft"] == "a"


def test_an_id_that_is_none_is_refused(sandbox: Sandbox) -> None:
    """draft.json may come from anybody: what it calls itself never names a ref unchecked."""
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.git("merge", "--quiet", "--ff-only", "draft/fix")
    header = sandbox.read(".gitdraft/draft.json")
    sandbox.write(".gitdraft/draft.json", {**header, "id": "../../heads/main"})
    sandbox.commit("Forged")
    assert "fix" in answer(sandbox, "status")["on_canonical"]
    assert sandbox.run("adopt", "--take-out").code == 0
    sandbox.fsck()
