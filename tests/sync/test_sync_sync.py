"""Drafts across clones: what both sides did is there afterwards, once, or told as a conflict."""

from __future__ import annotations

import pytest
from clones import Clone, Server, start
from sandbox import present

from gitdraft.drafts.resolve import canonical_side, draft_side
from gitdraft.errors import NotFound
from gitdraft.model.entities import EntityRef


def test_a_draft_reaches_the_other_clone(ann: Clone, ben: Clone) -> None:
    start(ann)

    assert ann.outcomes(ann.sync()) == {"fix-person": "pushed"}
    assert ben.outcomes(ben.sync()) == {"fix-person": "pulled"}

    assert ben.person()["label"] == "Human"
    assert ann.tips() == ben.tips()


def test_when_nothing_happened_nothing_is_done(shared: tuple[Clone, Clone]) -> None:
    ann, _ = shared
    refs = ann.refs()

    report = ann.sync()

    assert ann.outcomes(report) == {}
    assert report.push is not None
    assert report.push.canonical is None
    assert ann.refs() == refs


def test_edits_of_different_members_are_merged(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ben.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")
    ann.sync()

    report = ben.sync()
    ann.sync()

    assert ben.outcomes(report) == {"fix-person": "merged"}
    assert ann.tips() == ben.tips()
    assert ann.person() == ben.person()
    assert ann.person()["description"] == "Anybody."
    assert ann.person()["steps"] == ["A", "b", "c"]
    assert ann.person()["label"] == "Human"


def test_edits_of_different_entities_are_merged_as_a_line_of_commits(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")
    ben.library.drafts["fix-person"].set("property/name", "/label", "Called")
    ann.sync()
    ben.sync()
    ann.sync()

    subjects = ann.git("log", "--format=%s", "main..draft/fix-person").splitlines()
    assert subjects[0] == "Merge with the changes made here"
    assert subjects[1].startswith("Set category/Agent")
    assert ann.git("rev-list", "--min-parents=2", "main..draft/fix-person") == ""
    files = ann.library.store.find_draft("fix-person").files
    assert [str(file.entity) for file in files] == ["category/Agent", "category/Person", "property/name"]


def test_a_server_that_rebased_while_the_author_edited(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    tip = server.commit_file("categories/Person.json", description="Somebody.")
    assert server.rebase().counts.rebased == 1
    ann.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")

    report = ann.sync()
    ben.sync()

    assert ann.outcomes(report) == {"fix-person": "merged"}
    assert ann.library.store.find_draft("fix-person").base == tip
    assert ann.person() == ben.person()
    assert (ann.person()["label"], ann.person()["description"], ann.person()["steps"][0]) == (
        "Human",
        "Somebody.",
        "A",
    )
    assert ann.tips() == ben.tips()


def test_a_server_that_followed_a_rename_while_the_author_edited(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    server.rename_file("categories/Person.json", "categories/Human.json", id="Human")
    assert server.rebase().counts.rebased == 1
    ann.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")

    report = ann.sync()
    ben.sync()

    assert ann.outcomes(report) == {"fix-person": "merged"}
    for clone in (ann, ben):
        files = clone.library.store.find_draft("fix-person").files
        assert "category/Human" in [str(file.entity) for file in files]
        assert "category/Person" not in [str(file.entity) for file in files]
        human = present(clone.library.view("category/Human", draft="fix-person").document)
        assert (human["id"], human["label"], human["steps"][0]) == ("Human", "Human", "A")
    assert ann.tips() == ben.tips()


def test_both_rebased_without_an_edit_and_no_commit_is_made(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    server.commit_file("categories/Person.json", description="Somebody.")
    ann.git("pull", "--quiet")
    ann.library.rebase()
    server.rebase()

    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "pulled"}
    assert ann.tips()["fix-person"] == server.git("rev-parse", "draft/fix-person")


def test_two_answers_to_one_place_are_a_conflict_that_stays(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    ann.sync()
    before, far = ben.tips(), server.refs()

    report = ben.sync()

    (draft,) = report.pulls[-1].drafts
    ((entity, conflict),) = draft.conflicts
    assert draft.outcome == "conflict"
    assert (str(entity), conflict.path) == ("category/Person", "/label")
    assert (conflict.base, conflict.canonical, conflict.draft) == ("Human", "Anyone", "Being")
    assert not report.is_clean
    assert ben.tips() == before
    assert server.refs() == far


def test_an_edit_that_conflicts_with_canonical_is_kept_in_conflict_with_canonical(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    server.commit_file("categories/Person.json", description="Somebody.")
    server.rebase()
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")

    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "merged"}
    rebased = report.pulls[-1].rebase
    assert rebased is not None
    assert rebased.counts.conflict == 1
    ((_, conflict),) = ann.library.drafts["fix-person"].conflicts()
    assert (conflict.canonical, conflict.draft) == ("Somebody.", "Anybody.")


def test_an_edit_beside_a_conflict_that_the_other_clone_resolved_is_not_lost(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Human")
    ann.sync()
    ben.sync()
    server.commit_file("categories/Person.json", label="Anybody")
    ben.sync()
    ben.library.drafts["fix-person"].resolve("category/Person", "/label", take="draft")
    ben.sync()
    ann.library.drafts["fix-person"].set("category/Person", "/rank", 7)

    ann.sync()

    assert ann.person()["rank"] == 7


def test_undo_takes_a_pull_back(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    server.commit_file("categories/Agent.json", label="Actor")
    before = ben.refs()
    ben.library.pull()
    assert ben.person()["label"] == "Anyone"

    ben.library.undo()

    kept = {
        name: oid
        for name, oid in ben.refs().items()
        if not name.startswith(("refs/gitdraft/", "refs/remotes/"))
    }
    assert kept == {name: before[name] for name in kept}
    assert ben.read("categories/Agent.json")["label"] == "Agent"
    assert ben.outcomes(ben.sync()) == {"fix-person": "pulled"}
    assert ben.tips() == ann.tips()


def test_a_conflict_is_resolved_for_one_side_or_a_value(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    for clone, label in ((ann, "Anyone"), (ben, "Being")):
        clone.library.drafts["fix-person"].set("category/Person", "/label", label)
        clone.library.drafts["fix-person"].set("category/Person", "/description", f"{label}.")
    ann.sync()
    ben.sync()
    person = EntityRef("category", "Person")

    first = ben.resolve_with_remote(person, "/label", draft_side)
    second = ben.resolve_with_remote(person, "/description", canonical_side)

    assert (len(first.remaining), first.moved, second.moved) == (1, False, True)
    assert ben.person() | {"label": "Being", "description": "Anyone."} == ben.person()
    assert ben.outcomes(ben.sync()) == {"fix-person": "pushed"}
    assert ann.outcomes(ann.sync()) == {"fix-person": "pulled"}
    assert ann.tips() == ben.tips()
    assert ".gitdraft/resolutions" not in ann.git("ls-tree", "-r", "--name-only", "draft/fix-person")


def test_an_answer_holds_only_for_what_was_seen(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    for clone, label in ((ann, "Anyone"), (ben, "Being")):
        clone.library.drafts["fix-person"].set("category/Person", "/label", label)
        clone.library.drafts["fix-person"].set("category/Person", "/rank", len(label))
    ann.sync()
    ben.sync()
    ben.resolve_with_remote(EntityRef("category", "Person"), "/label", draft_side)
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Everyone")
    ann.sync()

    (draft,) = ben.sync().pulls[-1].drafts

    assert [conflict.path for _, conflict in draft.conflicts] == ["/label", "/rank"]


def test_two_drafts_of_one_name_are_not_mixed(ann: Clone, ben: Clone) -> None:
    start(ann, "mine")
    start(ben, "mine", "category/Agent")
    ann.sync()
    before = ben.tips()

    report = ben.sync()

    assert ben.outcomes(report) == {"mine": "refused"}
    assert "git branch -m draft/mine draft/mine-2" in (report.drafts[0].reason or "")
    assert ben.tips() == before
    ben.git("branch", "-m", "draft/mine", "draft/mine-2")
    ben.sync()
    ann.sync()
    assert ann.tips() == ben.tips()
    assert len(ann.tips()) == 2


def test_two_drafts_of_one_name_that_say_the_same_are_one(ann: Clone, ben: Clone) -> None:
    start(ann, "mine")
    start(ben, "mine")
    ann.sync()

    assert ben.outcomes(ben.sync()) == {"mine": "pulled"}
    assert ann.tips() == ben.tips()


@pytest.mark.parametrize("name", ["broken", "Not-An-Id"])
def test_a_malformed_draft_of_the_remote_is_told_and_not_taken(
    shared: tuple[Clone, Clone], server: Server, name: str
) -> None:
    ann, _ = shared
    server.git("update-ref", f"refs/heads/draft/{name}", "main")
    before = ann.tips()

    report = ann.sync()

    assert ann.outcomes(report) == {name: "broken"}
    assert ann.tips() == before


def test_a_draft_of_an_unrelated_history_is_not_taken(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, _ = shared
    alien = server.git("commit-tree", "main^{tree}", "-m", "alien")
    tree = server.git("rev-parse", "draft/fix-person^{tree}")
    server.git(
        "update-ref", "refs/heads/draft/alien", server.git("commit-tree", tree, "-p", alien, "-m", "x")
    )

    report = ann.sync()

    assert ann.outcomes(report) == {"alien": "broken"}
    assert "does not start at a commit of main" in (report.drafts[0].reason or "")


def test_a_name_that_is_no_draft_cannot_be_pushed(ann: Clone) -> None:
    with pytest.raises(NotFound):
        ann.library.push(["nothing"])


def test_only_the_named_drafts_are_pushed(ann: Clone, server: Server) -> None:
    start(ann)
    start(ann, "other", "category/Agent")
    ann.change("categories/Agent.json", label="Actor")

    ann.library.push(["other"])

    assert server.git("branch", "--list", "draft/*") == "draft/other"
    assert server.git("rev-parse", "main") != ann.git("rev-parse", "main")


def test_a_dry_run_moves_nothing(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    before, far = ann.refs(), server.refs()

    assert ann.outcomes(ann.library.push(dry_run=True)) == {"fix-person": "pushed"}
    assert (ann.refs(), server.refs()) == (before, far)

    ann.sync()
    before = ben.tips()
    assert ben.outcomes(ben.library.pull(dry_run=True)) == {"fix-person": "pulled"}
    assert ben.tips() == before
