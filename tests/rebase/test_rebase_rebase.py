"""Drafts follow canonical, or say exactly why not."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox import Sandbox, present

from gitdraft.errors import ConflictError, NotFound, PolicyViolation, StateRefused
from gitdraft.model.reports import RebaseReport
from gitdraft.model.values import ABSENT


def statuses(report: RebaseReport) -> dict[str, str]:
    return {draft.id: draft.status for draft in report.drafts}


def test_a_draft_that_canonical_does_not_touch_is_not_written(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Human")
    before = sandbox.refs()["refs/heads/draft/fix-person"]
    sandbox.change("categories/Agent.json", label="Actor")

    report = repo.rebase()

    assert report.counts.unaffected == 1
    assert report.drafts == ()
    assert sandbox.refs()["refs/heads/draft/fix-person"] == before


def test_all_moves_the_unaffected_too(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix Person").set("category/Person", "/label", "Human")
    tip = sandbox.change("categories/Agent.json", label="Actor")

    report = repo.rebase(everything=True)

    assert report.counts.rebased == 1
    assert report.drafts[0].base == tip
    assert sandbox.git("merge-base", "main", "draft/fix-person") == tip


def test_a_clean_draft_moves_and_keeps_its_patch(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Human")
    tip = sandbox.change("categories/Person.json", description="Somebody.")

    report = repo.rebase()

    (change,) = report.drafts[0].changes
    assert (change.status, change.patch) == ("clean", "verbatim")
    assert report.drafts[0].base == tip
    assert present(draft.view("category/Person").document)["label"] == "Human"
    assert present(draft.view("category/Person").document)["description"] == "Somebody."


def test_a_shifted_index_rewrites_the_patch(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Second step")
    draft.set("category/Person", "/steps/1", "B")
    sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])

    report = repo.rebase()

    assert report.drafts[0].changes[0].patch == "rewritten"
    assert present(draft.view("category/Person").document)["steps"] == ["z", "a", "B", "c"]
    assert "/steps/2" in sandbox.git("show", "draft/second-step:.gitdraft/changes/category/Person.patch.json")


def test_what_canonical_already_has_is_absorbed(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Same idea")
    draft.set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", label="Human")

    report = repo.rebase()

    assert report.drafts[0].changes[0].patch == "empty"
    assert repo.store.find_draft(draft.id).files == ()


def test_a_conflict_stays_on_its_base_and_names_both_values(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix Person").set("category/Person", "/label", "Human")
    before = sandbox.refs()["refs/heads/draft/fix-person"]
    sandbox.change("categories/Person.json", label="Individual")

    report = repo.rebase()

    (conflict,) = report.drafts[0].changes[0].conflicts
    assert (conflict.path, conflict.type) == ("/label", "modify/modify")
    assert (conflict.base, conflict.canonical, conflict.draft) == ("Person", "Individual", "Human")
    assert sandbox.refs()["refs/heads/draft/fix-person"] == before
    assert repo.rebase().counts.conflict == 1, "it is reported as long as it stands"


def test_a_conflict_heals_when_canonical_takes_it_back(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix Person").set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", label="Individual")
    assert repo.rebase().counts.conflict == 1
    sandbox.change("categories/Person.json", label="Person", rank=1)

    report = repo.rebase()

    assert report.counts.rebased == 1


def test_one_bad_draft_does_not_stop_the_others(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Good").set("category/Person", "/description", "Better.")
    repo.drafts.new("Clash").set("category/Person", "/label", "Human")
    tree = sandbox.git("write-tree")
    sandbox.git("branch", "draft/junk", sandbox.git("commit-tree", tree, "-m", "no draft at all"))
    sandbox.change("categories/Person.json", label="Individual")

    report = repo.rebase()

    assert statuses(report) == {"clash": "conflict", "good": "clean", "junk": "broken"}
    assert report.counts.rebased == 1


def test_a_hand_edited_patch_that_does_not_apply_is_broken_not_a_conflict(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Broken").set("category/Person", "/label", "Human")
    sandbox.git("switch", "--quiet", "draft/broken")
    sandbox.write(
        ".gitdraft/changes/category/Person.patch.json", [{"op": "remove", "path": "/no-such-member"}]
    )
    sandbox.commit("by hand")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change("categories/Person.json", label="Individual")

    report = repo.rebase()

    assert report.drafts[0].status == "broken"
    assert "/no-such-member" in (report.drafts[0].changes[0].reason or "")


def test_a_merge_that_breaks_the_new_schema_is_invalid(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Long").set("category/Person", "/description", "A very long description.")
    schema = sandbox.read("categories/_schema.json")
    schema["properties"]["description"]["maxLength"] = 15
    sandbox.write("categories/_schema.json", schema)
    sandbox.commit("shorter descriptions")

    report = repo.rebase()

    assert report.counts.invalid == 1
    (violation,) = report.drafts[0].changes[0].violations
    assert (violation.pointer, violation.rule) == ("/description", "schema/maxLength")


def test_a_reference_to_what_canonical_deleted_is_invalid(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Use it").set("category/Person", "/properties/-", "unused")
    (sandbox.path / "properties/unused.json").unlink()
    sandbox.commit("unused goes")

    report = repo.rebase()

    assert report.drafts[0].status == "invalid"
    assert report.drafts[0].changes[0].violations[0].rule == "reference/missing"
    assert repo.rebase().counts.invalid == 1, "still so, though canonical has not moved again"


def test_an_entity_deleted_under_an_update_is_a_conflict_at_the_whole(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix").set("property/unused", "/label", "Used")
    (sandbox.path / "properties/unused.json").unlink()
    sandbox.commit("unused goes")

    (conflict,) = repo.rebase().drafts[0].changes[0].conflicts

    assert (conflict.path, conflict.type) == ("", "modify/delete")
    assert conflict.canonical is ABSENT


def test_a_dry_run_moves_nothing(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix").set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", description="Somebody.")
    before = sandbox.refs()

    report = repo.rebase(dry_run=True)

    assert report.counts.rebased == 1
    assert sandbox.refs() == before


def test_resolving_by_the_drafts_side_moves_the_draft(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    tip = sandbox.change("categories/Person.json", label="Individual", rank=2)

    report = draft.resolve("category/Person", "/label", take="draft")

    assert report.moved
    assert repo.store.find_draft("fix").base == tip
    assert present(draft.view("category/Person").document)["label"] == "Human"
    assert present(draft.view("category/Person").document)["rank"] == 2
    assert repo.rebase().is_clean


def test_resolving_by_canonicals_side_drops_the_edit(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.set("category/Person", "/rank", 1)
    sandbox.change("categories/Person.json", label="Individual")

    assert draft.resolve("category/Person", take="canonical").moved
    document = present(draft.view("category/Person").document)
    assert (document["label"], document["rank"]) == ("Individual", 1)


def test_an_answer_is_kept_while_other_conflicts_remain(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.set("category/Person", "/description", "Mine.")
    sandbox.change("categories/Person.json", label="Individual", description="Theirs.")

    first = draft.resolve("category/Person", "/label", take="draft")
    assert [conflict.path for _, conflict in first.remaining] == ["/description"]
    second = draft.resolve("category/Person", "/description", take="canonical")

    assert second.moved
    document = present(draft.view("category/Person").document)
    assert (document["label"], document["description"]) == ("Human", "Theirs.")
    assert ".gitdraft/resolutions" not in sandbox.git("ls-tree", "-r", "--name-only", "draft/fix")


def test_an_answer_lapses_when_canonical_changes_the_place_again(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.set("category/Person", "/description", "Mine.")
    sandbox.change("categories/Person.json", label="Individual", description="Theirs.")
    draft.resolve("category/Person", "/label", take="draft")
    sandbox.change("categories/Person.json", label="Somebody")

    assert {conflict.path for _, conflict in draft.conflicts()} == {"/label", "/description"}


def test_resolving_what_is_not_in_conflict_is_refused(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")

    with pytest.raises(StateRefused, match="not in conflict"):
        draft.resolve("category/Person", take="draft")


def test_an_edit_carries_a_stale_draft_first(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    tip = sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])

    report = draft.set("category/Person", "/steps/0", "Z")

    assert report.replayed
    assert repo.store.find_draft("fix").base == tip
    assert present(draft.view("category/Person").document)["steps"] == ["Z", "a", "b", "c"]


def test_a_draft_in_conflict_takes_edits_elsewhere_only(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", label="Individual")

    draft.set("category/Agent", "/label", "Actor")
    with pytest.raises(ConflictError, match="canonical changed 'category/Person' too"):
        draft.set("category/Person", "/rank", 3)
    draft.drop("category/Person")
    assert sandbox.library.rebase().is_clean


@pytest.mark.parametrize("history", ["squash", "parents", None])
def test_merging_makes_one_commit(sandbox: Sandbox, history: Any) -> None:
    if history is not None:
        text = (sandbox.path / "gitdraft.yaml").read_text()
        sandbox.write("gitdraft.yaml", f"{text}merge: {{history: {history}}}\n")
        sandbox.commit()
    repo = sandbox.library
    draft = repo.drafts.new("Clarify Person")
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    before = sandbox.git("rev-parse", "main")

    report = draft.merge()

    parents = sandbox.git("rev-list", "--parents", "-1", "main").split()[1:]
    tip = sandbox.refs()["refs/gitdraft/closed/clarify-person"]
    assert parents == ([before, tip] if history == "parents" else [before])
    assert sandbox.git("rev-list", "--count", f"{before}..main") == ("5" if history == "parents" else "1")
    assert "refs/heads/draft/clarify-person" not in sandbox.refs()
    message = sandbox.git("log", "-1", "--format=%B", report.commit)
    assert message.startswith("Clarify Person\n")
    trailers = dict(line.split(": ", 1) for line in message.split("\n\n")[-1].splitlines())
    assert list(trailers) == [
        "Gitdraft-Draft",
        "Gitdraft-Tip",
        "Gitdraft-Author",
        "Gitdraft-Merged-By",
        "Gitdraft-Operation",
    ]
    assert (trailers["Gitdraft-Draft"], trailers["Gitdraft-Tip"]) == ("clarify-person", tip)
    assert sandbox.read("categories/Person.json")["label"] == "Human", "the worktree follows"
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.git("diff", "--stat", before, "main").count("|") == 1
    sandbox.fsck()


def test_merging_rebases_the_other_drafts_and_one_undo_takes_all_back(sandbox: Sandbox) -> None:
    repo = sandbox.library
    other = repo.drafts.new("Other")
    other.set("category/Person", "/rank", 1)
    draft = repo.drafts.new("Clarify Person")
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    before = {n: o for n, o in sandbox.refs().items() if not n.startswith("refs/gitdraft/")}

    report = draft.merge()
    assert report.rebase.counts.rebased == 1
    repo.undo()

    after = {n: o for n, o in sandbox.refs().items() if not n.startswith("refs/gitdraft/")}
    assert after == before
    assert sandbox.git("status", "--porcelain") == ""


def test_a_deletion_leaves_a_tombstone_with_the_content(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Unused goes")
    draft.delete("property/unused", "nobody uses it")
    draft.submit()
    draft.merge()

    assert not (sandbox.path / "properties/unused.json").exists()
    tombstone = sandbox.read("tombstones/property/unused.json")
    assert (tombstone["kind"], tombstone["reason"]) == ("deleted", "nobody uses it")
    assert tombstone["entity"]["label"] == "Unused"
    with pytest.raises(StateRefused, match="deleted"):
        repo.drafts.new("Again").create("property/unused", {"id": "unused"})


def test_an_entity_that_is_to_stay_loses_its_tombstone(sandbox: Sandbox) -> None:
    repo = sandbox.library
    gone = repo.drafts.new("Unused goes")
    gone.delete("property/unused", "nobody uses it")
    gone.submit()
    used = repo.drafts.new("Used")
    used.set("property/unused", "/label", "Used after all")
    gone.merge()

    assert used.resolve("property/unused", take="draft").moved
    used.submit()
    used.merge()

    assert sandbox.read("properties/unused.json")["label"] == "Used after all"
    assert not (sandbox.path / "tombstones").exists()
    assert sandbox.run("validate", "--canonical").code == 0


def test_only_a_submitted_draft_is_merged(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    with pytest.raises(StateRefused) as refused:
        draft.merge()
    assert refused.value.hint == "gitdraft submit fix"


def test_a_draft_in_conflict_is_neither_submitted_nor_merged(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    late = repo.drafts.new("Late")
    late.set("category/Person", "/label", "Somebody")
    late.submit()
    sandbox.change("categories/Person.json", label="Individual")

    with pytest.raises(ConflictError):
        draft.submit()
    with pytest.raises(ConflictError):
        late.merge()


def test_a_submitted_draft_stays_in_a_rebase_of_all(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    before = sandbox.refs()["refs/heads/draft/fix"]
    sandbox.change("categories/Person.json", description="Somebody.")

    assert repo.rebase().counts.rebased == 0
    assert sandbox.refs()["refs/heads/draft/fix"] == before
    assert repo.rebase(["fix"]).counts.rebased == 1


def test_an_invalid_save_blocks_submit(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix")
    with pytest.raises(PolicyViolation):
        draft.set("category/Person", "/label", "")
    draft.set("category/Person", "/label", "", allow_invalid=True)
    with pytest.raises(PolicyViolation):
        draft.submit()


def test_rebasing_an_unknown_draft_names_the_nearest(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix Person")
    with pytest.raises(NotFound) as refused:
        sandbox.library.rebase(["fix-persn"])
    assert "fix-person" in (refused.value.hint or "")
