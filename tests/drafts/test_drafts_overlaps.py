"""Which open drafts touch the same entity, and which of them would be in conflict: judged as merging judges."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.api.draft import Draft
from gitdraft.drafts import overlaps as module
from gitdraft.drafts.overlaps import find_overlaps
from gitdraft.model.overlaps import Overlap
from gitdraft.store.repository import open_store

ENTITY = "category/Person"


def edits(
    sandbox: Sandbox, draft_id: str, pointer: str, value: list[str] | str, entity: str = ENTITY
) -> Draft:
    """A draft that sets one value."""
    draft = sandbox.library.drafts.new(draft_id, draft_id=draft_id)
    draft.set(entity, pointer, value, allow_invalid=True)
    return draft


def overlaps(sandbox: Sandbox, draft_id: str | None = None) -> dict[str, Overlap]:
    """The overlaps by entity."""
    return {str(found.entity): found for found in find_overlaps(open_store(sandbox.path), draft_id)}


def verdicts(sandbox: Sandbox, draft_id: str | None = None) -> dict[tuple[str, str], list[str]]:
    """Each pair with the places of its conflicts."""
    return {
        (pair.first, pair.second): [conflict.path for conflict in pair.conflicts]
        for found in overlaps(sandbox, draft_id).values()
        for pair in found.pairs
    }


def test_drafts_of_different_entities_do_not_overlap(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    edits(sandbox, "b", "/label", "Doer", "category/Agent")

    assert overlaps(sandbox) == {}


def test_two_values_for_one_place_conflict(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    edits(sandbox, "b", "/label", "Somebody")

    (found,) = overlaps(sandbox)[ENTITY].pairs

    (conflict,) = found.conflicts
    assert (found.first, found.second, found.pointers) == ("a", "b", ("/label",))
    assert (conflict.path, conflict.type, conflict.base) == ("/label", "modify/modify", "Person")
    assert (conflict.canonical, conflict.draft) == ("Human", "Somebody")
    assert found.merged_first is None


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (("/label", "Human"), ("/description", "Us."), ()),
        (("/label", "Human"), ("/label", "Human"), ("/label",)),
        (("/parents", ["Agent", "Cat"]), ("/parents", ["Agent", "Dog"]), ("/parents",)),
        (("/steps/0", "A"), ("/steps/2", "C"), ()),
    ],
)
def test_what_fits_together_merges_cleanly(
    sandbox: Sandbox, one: tuple[Any, ...], other: tuple[Any, ...], shared: tuple[str]
) -> None:
    edits(sandbox, "a", *one)
    edits(sandbox, "b", *other)

    (found,) = overlaps(sandbox)[ENTITY].pairs

    assert found.conflicts == ()
    assert found.pointers == shared


def test_a_deletion_and_an_edit_conflict_at_the_whole_entity(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    sandbox.library.drafts.new("b", draft_id="b").delete(ENTITY, "gone")

    (found,) = overlaps(sandbox)[ENTITY].pairs

    assert [(c.path, c.type) for c in found.conflicts] == [("", "delete/modify")]
    assert found.pointers == ("/label",)


def test_two_creations_of_one_entity_conflict(sandbox: Sandbox) -> None:
    for name in ("a", "b"):
        document = {"id": "Cat", "label": name}
        sandbox.library.drafts.new(name, draft_id=name).create("category/Cat", document)

    assert verdicts(sandbox) == {("a", "b"): [""]}


def test_only_the_pairs_of_the_draft_that_is_named(sandbox: Sandbox) -> None:
    for name, value in (("a", "A"), ("b", "B"), ("c", "C")):
        edits(sandbox, name, "/label", value)
    edits(sandbox, "other", "/label", "Doer", "category/Agent")

    assert verdicts(sandbox, "b") == {("b", "a"): ["/label"], ("b", "c"): ["/label"]}
    assert overlaps(sandbox, "other") == {}


def test_a_draft_that_is_in_conflict_with_canonical_is_not_compared(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    edits(sandbox, "b", "/description", "Us.")
    sandbox.change("categories/Person.json", label="Somebody")

    found = overlaps(sandbox)[ENTITY]

    assert [(touch.draft, touch.status) for touch in found.touches] == [("a", "conflict"), ("b", "clean")]
    assert found.pairs == ()


def test_what_canonical_has_already_overlaps_with_nothing(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    edits(sandbox, "b", "/label", "Somebody")
    sandbox.change("categories/Person.json", label="Human")

    assert overlaps(sandbox) == {}


def test_a_closed_draft_is_compared_only_when_it_is_named(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human").withdraw()
    edits(sandbox, "b", "/label", "Somebody")

    assert overlaps(sandbox) == {}
    assert verdicts(sandbox, "a") == {("a", "b"): ["/label"]}


def test_a_branch_that_is_no_draft_is_left_out(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    edits(sandbox, "b", "/label", "Somebody")
    sandbox.git("branch", "draft/stray", "main")

    assert verdicts(sandbox) == {("a", "b"): ["/label"]}


def test_very_many_drafts_of_one_entity_are_not_all_compared(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_TOGETHER", 3)
    monkeypatch.setattr(module, "MOST_AGAINST_ONE", 4)
    for number in range(7):
        edits(sandbox, f"d{number}", "/label", str(number))

    together, against_one = overlaps(sandbox)[ENTITY], overlaps(sandbox, "d5")[ENTITY]

    assert (len(together.pairs), together.drafts, together.left_out) == (3, 7, 4)
    assert [(pair.first, pair.second) for pair in against_one.pairs] == [("d5", f"d{n}") for n in range(4)]
    assert against_one.left_out == 2


def test_without_an_index_the_answer_is_the_same(sandbox: Sandbox) -> None:
    edits(sandbox, "a", "/label", "Human")
    edits(sandbox, "b", "/label", "Somebody")
    edits(sandbox, "c", "/label", "Doer", "category/Agent")
    with_index = [overlaps(sandbox), overlaps(sandbox, "a")]
    index = sandbox.path / ".git/gitdraft/index.sqlite3"
    index.unlink()
    index.mkdir()

    assert [overlaps(sandbox), overlaps(sandbox, "a")] == with_index


def test_what_is_said_of_a_pair_is_what_merging_one_does_to_the_other(sandbox: Sandbox) -> None:
    dice = random.Random(5)
    library = sandbox.library
    for number in range(6):
        draft = library.drafts.new(f"d{number}", draft_id=f"d{number}")
        for pointer in dice.sample(["/label", "/description", "/steps", "/steps/0", "/steps/1"], 2):
            value = dice.sample(["a", "b", "c"], 2) if pointer == "/steps" else dice.choice(["x", "y"])
            draft.set(ENTITY, pointer, value)
    judged = verdicts(sandbox)
    assert {bool(conflicts) for conflicts in judged.values()} == {True, False}

    for first in {first for first, _ in judged}:
        library.drafts[first].submit()
        report = library.drafts[first].merge().rebase
        found = {
            draft.id: [c.path for change in draft.changes for c in change.conflicts]
            for draft in report.drafts
        }
        for second in (second for one, second in judged if one == first):
            assert found[second] == judged[first, second]
        library.undo()
        library.undo()
