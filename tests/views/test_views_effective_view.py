"""Several drafts one over another: what the lower ones make of an entity is to the next what canonical is."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.model.outcomes import ChangeStatus

ENTITY = "category/Person"


@pytest.fixture
def library(sandbox: Sandbox) -> Any:
    """Three drafts of Person: a and b fit together, c and a do not; d deletes it."""
    drafts = sandbox.library.drafts
    drafts.new("a", draft_id="a").set(ENTITY, "/label", "Human")
    drafts.new("b", draft_id="b").set(ENTITY, "/description", "Us.")
    drafts.new("c", draft_id="c").set(ENTITY, "/label", "Somebody")
    drafts.new("d", draft_id="d").delete(ENTITY, "gone")
    return sandbox.library


def test_drafts_that_fit_together_show_as_one(library: Any) -> None:
    seen = library.view(ENTITY, draft=["a", "b"])

    assert seen.status is ChangeStatus.MODIFIED
    assert (seen.document["label"], seen.document["description"]) == ("Human", "Us.")
    assert seen.conflicts == ()


def test_of_two_drafts_in_conflict_the_lower_one_shows(library: Any) -> None:
    seen = library.view(ENTITY, draft=["a", "c"])

    (conflict,) = seen.conflicts
    assert seen.status is ChangeStatus.MODIFIED
    assert seen.document["label"] == "Human"
    assert (conflict.path, conflict.canonical, conflict.draft) == ("/label", "Human", "Somebody")


def test_the_order_says_which_one_is_lower(library: Any) -> None:
    assert library.view(ENTITY, draft=["c", "a"]).document["label"] == "Somebody"


def test_a_third_draft_lies_over_both(library: Any) -> None:
    seen = library.view(ENTITY, draft=["a", "c", "b"])

    assert (seen.document["label"], seen.document["description"]) == ("Human", "Us.")
    assert [conflict.path for conflict in seen.conflicts] == ["/label"]


def test_a_deletion_over_an_edit_is_a_conflict(library: Any) -> None:
    seen = library.view(ENTITY, draft=["a", "d"])

    assert seen.document["label"] == "Human"
    assert [conflict.type for conflict in seen.conflicts] == ["delete/modify"]


def test_an_edit_of_what_a_lower_draft_creates(sandbox: Sandbox, library: Any) -> None:
    library.drafts["a"].create("category/Cat", {"id": "Cat", "label": "Cat"})
    library.drafts["b"].create("category/Cat", {"id": "Cat", "label": "Cat"})
    library.drafts["c"].create("category/Cat", {"id": "Cat", "label": "Kitten"})

    assert library.view("category/Cat", draft=["a", "b"]).status is ChangeStatus.ADDED
    assert library.view("category/Cat", draft=["a", "c"]).conflicts[0].type == "create/create"


def test_a_draft_in_conflict_with_canonical_leaves_the_lower_one(sandbox: Sandbox, library: Any) -> None:
    sandbox.change("categories/Person.json", label="Person or robot")

    seen = library.view(ENTITY, draft=["b", "a"])

    assert (seen.document["label"], seen.document["description"]) == ("Person or robot", "Us.")
    assert [(c.path, c.canonical) for c in seen.conflicts] == [("/label", "Person or robot")]


def test_all_entities_that_one_of_them_changes_are_listed(library: Any) -> None:
    library.drafts["b"].set("category/Agent", "/label", "Doer")
    library.drafts["c"].drop(ENTITY)
    library.drafts["c"].create("category/Cat", {"id": "Cat", "label": "Cat"})

    found = {str(e.entity): e.status.value for e in library.entities("category", draft=["a", "b", "c"])}

    assert found == {"category/Agent": "modified", "category/Cat": "added", ENTITY: "modified"}


def test_one_draft_given_twice_counts_once(library: Any) -> None:
    assert library.view(ENTITY, draft=["a", "a"]) == library.view(ENTITY, draft="a")
