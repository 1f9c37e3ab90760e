"""Drafts on top of another draft: they follow it when it is edited, and stand on canonical once it is merged."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from sandbox import Sandbox, present

from gitdraft.api.repository import Repository
from gitdraft.errors import ConflictError, NotFound, StateRefused
from gitdraft.model.reports import RebaseReport

PERSON = "category/Person"


@pytest.fixture
def library(sandbox: Sandbox) -> Repository:
    """A draft, and one on it."""
    drafts = sandbox.library.drafts
    drafts.new("parent", draft_id="parent").set(PERSON, "/label", "Human")
    drafts["parent"].create("category/Cat", {"id": "Cat", "label": "Cat"})
    drafts.new("child", draft_id="child", onto="parent").set(PERSON, "/description", "Us.")
    return sandbox.library


def seen(library: Repository, entity: str = PERSON, draft: str = "child") -> Any:
    """The entity as the draft has it."""
    return library.view(entity, draft=draft).document


def statuses(report: RebaseReport) -> dict[str, str]:
    """How each draft that is reported fared."""
    return {draft.id: draft.status for draft in report.drafts}


def test_a_draft_on_another_shows_both(library: Repository) -> None:
    assert (seen(library)["label"], seen(library)["description"]) == ("Human", "Us.")
    assert seen(library, "category/Cat")["label"] == "Cat"
    assert seen(library, draft="parent")["description"] == "A human being."


def test_it_can_edit_what_its_parent_creates(library: Repository) -> None:
    library.drafts["child"].set("category/Cat", "/label", "Kitten")
    library.drafts["parent"].set("category/Cat", "/description", "Purrs.")
    assert statuses(library.rebase()) == {"child": "clean"}

    assert seen(library, "category/Cat") == {"id": "Cat", "label": "Kitten", "description": "Purrs."}


def test_it_follows_an_edit_of_its_parent_with_the_next_rebase_and_then_stays(library: Repository) -> None:
    library.drafts["parent"].set(PERSON, "/label", "Somebody")
    library.drafts["parent"].drop("category/Cat")
    assert seen(library)["label"] == "Human"

    assert statuses(library.rebase()) == {"child": "clean"}

    assert (seen(library)["label"], seen(library)["description"]) == ("Somebody", "Us.")
    with pytest.raises(NotFound):
        library.view("category/Cat", draft="child")
    assert library.rebase().drafts == ()


def test_it_follows_when_it_is_rebased_by_name(library: Repository) -> None:
    library.drafts["parent"].set(PERSON, "/label", "Somebody")

    library.rebase(["child"])

    assert seen(library)["label"] == "Somebody"


def test_it_takes_along_the_stacked_draft_under_it_when_it_is_rebased_by_name(library: Repository) -> None:
    library.drafts.new("grandchild", draft_id="grandchild", onto="child").set(PERSON, "/rank", 1)
    library.drafts["parent"].set(PERSON, "/label", "Somebody")

    assert statuses(library.rebase(["grandchild"])) == {"grandchild": "clean", "child": "clean"}

    assert seen(library, draft="grandchild")["label"] == seen(library)["label"] == "Somebody"
    assert library.rebase().drafts == ()


def test_both_follow_canonical_in_one_rebase(sandbox: Sandbox, library: Repository) -> None:
    sandbox.change("categories/Person.json", rank=1)

    assert statuses(library.rebase()) == {"parent": "clean", "child": "clean"}

    assert (seen(library)["rank"], seen(library)["label"], seen(library)["description"]) == (
        1,
        "Human",
        "Us.",
    )
    assert library.rebase().drafts == ()
    sandbox.fsck()


def test_an_edit_of_its_parent_in_the_same_place_is_a_conflict(sandbox: Sandbox, library: Repository) -> None:
    library.drafts["parent"].set(PERSON, "/description", "Them.")
    before = sandbox.git("rev-parse", "draft/child")

    (report,) = library.rebase().drafts

    assert (report.id, report.status) == ("child", "conflict")
    assert "draft 'parent'" in (report.reason or "")
    ((conflict,),) = (change.conflicts for change in report.changes)
    assert (conflict.path, conflict.base, conflict.canonical, conflict.draft) == (
        "/description",
        "A human being.",
        "Them.",
        "Us.",
    )
    assert sandbox.git("rev-parse", "draft/child") == before
    library.drafts["child"].set(PERSON, "/description", "Them.")
    assert statuses(library.rebase()) == {"child": "clean"}


def test_once_its_parent_is_merged_it_stands_on_canonical_with_its_own_changes(
    sandbox: Sandbox, library: Repository
) -> None:
    library.drafts["parent"].set(PERSON, "/label", "Somebody")
    library.drafts["parent"].submit()
    library.drafts["parent"].merge()

    assert seen(library)["label"] == "Somebody"
    files = sandbox.git("ls-tree", "-r", "--name-only", "draft/child", ".gitdraft").splitlines()
    assert files == [".gitdraft/changes/category/Person.patch.json", ".gitdraft/draft.json"]
    assert sandbox.git("merge-base", "main", "draft/child") == sandbox.git("rev-parse", "main")
    library.drafts["child"].submit()
    library.drafts["child"].merge()
    assert sandbox.read("categories/Person.json")["description"] == "Us."


def test_what_it_takes_back_of_its_parent_is_taken_back_of_canonical(
    sandbox: Sandbox, library: Repository
) -> None:
    library.drafts["child"].drop("category/Cat")
    library.drafts["child"].set(PERSON, "/label", "Person")
    library.drafts["parent"].submit()
    library.drafts["parent"].merge()

    assert library.view("category/Cat", draft="child").status.value == "deleted"
    assert (seen(library)["label"], seen(library)["description"]) == ("Person", "Us.")


def test_undoing_the_merge_of_its_parent_puts_it_back_on_it(sandbox: Sandbox, library: Repository) -> None:
    before = sandbox.refs()["refs/heads/draft/child"]
    library.drafts["parent"].submit()
    library.drafts["parent"].merge()
    library.undo()

    assert sandbox.refs()["refs/heads/draft/child"] == before


def test_a_submitted_parent_is_merged_before_its_child(library: Repository) -> None:
    with pytest.raises(StateRefused) as refused:
        library.drafts["child"].submit()

    assert refused.value.code == "draft-is-stacked"
    assert "gitdraft merge parent" in (refused.value.hint or "")


@pytest.mark.parametrize("how", ["withdrawn", "rejected", "deleted"])
def test_without_its_parent_it_says_so_and_can_stand_alone(
    sandbox: Sandbox, library: Repository, how: str
) -> None:
    if how == "withdrawn":
        library.drafts["parent"].withdraw()
    elif how == "rejected":
        library.drafts["parent"].submit()
        library.drafts["parent"].reject("no")
    else:
        sandbox.git("branch", "--quiet", "-D", "draft/parent")
    assert library.rebase().drafts == ()
    with pytest.raises(StateRefused) as refused:
        library.drafts["child"].submit()
    assert (refused.value.hint or "").startswith("gitdraft rebase --onto canonical child")

    library.drafts["child"].stand_alone()

    assert (seen(library)["label"], seen(library)["description"]) == ("Person", "Us.")
    library.drafts["child"].submit()


def test_it_cannot_stand_alone_where_it_edits_what_its_parent_creates(library: Repository) -> None:
    library.drafts["child"].set("category/Cat", "/label", "Kitten")

    with pytest.raises(ConflictError):
        library.drafts["child"].stand_alone()


def test_a_draft_on_canonical_stands_alone_already(library: Repository) -> None:
    with pytest.raises(StateRefused):
        library.drafts["parent"].stand_alone()


def test_a_closed_draft_takes_none_on_it(library: Repository) -> None:
    library.drafts["parent"].withdraw()

    with pytest.raises(StateRefused):
        library.drafts.new("late", onto="parent")


def test_three_drafts_on_one_another_follow_in_one_rebase(library: Repository) -> None:
    library.drafts.new("grandchild", draft_id="grandchild", onto="child").set(PERSON, "/rank", 3)
    library.drafts["parent"].set(PERSON, "/label", "Somebody")

    assert statuses(library.rebase()) == {"child": "clean", "grandchild": "clean"}

    document = seen(library, draft="grandchild")
    assert (document["label"], document["description"], document["rank"]) == ("Somebody", "Us.", 3)


def test_a_parent_that_settled_a_conflict_takes_its_child_along(
    sandbox: Sandbox, library: Repository
) -> None:
    library.drafts["child"].set(PERSON, "/description", "A human being.")
    library.drafts["child"].set("category/Agent", "/label", "Doer")
    sandbox.change("categories/Person.json", label="Anybody")
    assert statuses(library.rebase()) == {"parent": "conflict", "child": "conflict"}
    library.drafts["parent"].resolve(PERSON, "/label", take="draft")

    assert statuses(library.rebase()) == {"child": "clean"}

    assert (seen(library)["label"], seen(library, "category/Agent")["label"]) == ("Human", "Doer")
    assert library.rebase().drafts == ()


def test_a_conflict_in_an_entity_that_both_change_is_settled_in_both(
    sandbox: Sandbox, library: Repository
) -> None:
    sandbox.change("categories/Person.json", label="Anybody")
    library.rebase()
    library.drafts["parent"].resolve(PERSON, "/label", take="draft")

    assert statuses(library.rebase()) == {"child": "conflict"}
    library.drafts["child"].resolve(PERSON, "/label", take="draft")

    assert library.rebase().is_clean
    assert (seen(library)["label"], seen(library)["description"]) == ("Human", "Us.")
    assert library.rebase().drafts == ()


def test_a_validated_draft_that_follows_is_a_draft_again(library: Repository) -> None:
    library.drafts["child"].validate()
    library.drafts["parent"].set(PERSON, "/label", "Somebody")
    library.rebase()

    assert library.drafts["child"].status.value == "draft"


def test_drafts_that_were_made_to_stand_on_each_other_lose_nothing(
    sandbox: Sandbox, library: Repository
) -> None:
    library.drafts.new("other", draft_id="other", onto="child")
    tip, onto = "draft/parent", "other"
    overlay = sandbox.git("ls-tree", "-r", f"{tip}")
    record = json.dumps({"draft": onto, "base": sandbox.git("rev-parse", "main")})
    blob = sandbox.git("hash-object", "-w", "--stdin", stdin=record)
    index = f"{overlay}\n100644 blob {blob}\t.gitdraft/onto/parent.json\n"
    sandbox.git("switch", "--quiet", "--detach", tip)
    sandbox.git("update-index", "--index-info", stdin=index)
    sandbox.git("commit", "--quiet", "-m", "round")
    sandbox.git("branch", "--force", "draft/parent", "HEAD")
    sandbox.git("switch", "--quiet", "main")

    assert library.rebase().is_clean
    assert (seen(library)["label"], seen(library)["description"]) == ("Human", "Us.")
    sandbox.fsck()


@pytest.mark.parametrize("seed", range(4))
def test_any_history_keeps_every_edit_of_the_child(sandbox: Sandbox, seed: int) -> None:
    """Parent, child and canonical edit members of their own: the child has the latest of each, always."""
    dice = random.Random(seed)
    library = sandbox.library
    sandbox.write("properties/p.json", {"id": "p", "label": "p", "mine": 0, "theirs": 0, "canonical": 0})
    sandbox.commit()
    library.drafts.new("parent", draft_id="parent").set("property/p", "/theirs", "start")
    library.drafts.new("child", draft_id="child", onto="parent").set("property/p", "/mine", "start")
    latest = {"mine": "start", "theirs": "start", "canonical": 0}
    merged = False
    for step in range(14):
        match dice.choice(["mine", "theirs", "canonical", "rebase", "named", "merge"]):
            case "mine":
                latest["mine"] = step
                library.drafts["child"].set("property/p", "/mine", step)
            case "theirs" if not merged:
                latest["theirs"] = step
                library.drafts["parent"].set("property/p", "/theirs", step)
            case "canonical":
                latest["canonical"] = step
                sandbox.git("checkout", "--quiet", "--force", "main")
                sandbox.change("properties/p.json", canonical=step)
            case "named":
                library.rebase(["child"])
            case "merge" if not merged and step > 8:
                library.drafts["parent"].submit()
                library.drafts["parent"].merge()
                merged = True
            case _:
                library.rebase()
    report = library.rebase()
    assert report.is_clean
    document = library.view("property/p", draft="child").document
    assert {name: present(document)[name] for name in latest} == latest
    assert library.rebase().drafts == ()
    sandbox.fsck()
