"""The acceptance cases of the rebase, by rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitdraft.documents.equality import identical
from gitdraft.documents.merge.declarations import parse_merge_rules
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.rebase_change import Renamed, rebase_change, rebase_renamed
from gitdraft.documents.rebase_rename import NewPlace, rebase_rename
from gitdraft.documents.resolutions import resolution_of
from gitdraft.drafts.resolve import canonical_side, draft_side
from gitdraft.model.changes import Create, Delete, Redirect, Rename, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Live, Redirected
from gitdraft.model.values import ABSENT

CASES = json.loads((Path(__file__).parents[1] / "cases/rebase_cases.json").read_text())
ENTITY = EntityRef("category", "Person")


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=f"{case['rule']}-{case['name']}") for case in cases]


def is_whole(case: dict[str, Any]) -> bool:
    return "kind" in case or "theirs_kind" in case or "renamed" in case


def state(case: dict[str, Any], side: str) -> Any:
    if side not in case:
        return Absent()
    value = case[side]
    if case.get(f"{side}_exists") is False:
        return Absent() if side == "base" or case.get("kind") != "delete" else Deleted()
    if case.get(f"{side}_kind") == "redirect":
        return Redirected(EntityRef("category", value["redirects_to"]))
    return Live(value)


def change(case: dict[str, Any]) -> Any:
    match case.get("kind"):
        case "delete":
            return Delete(ENTITY, "why")
        case "create":
            return Create(ENTITY, case["document"])
        case "redirect":
            return Redirect(ENTITY, EntityRef("category", case["target"]), "why")
        case _:
            return Update(ENTITY, tuple(case["patch"]))


def renamed(given: dict[str, Any]) -> Renamed:
    return Renamed(EntityRef("category", given["key"]), given["document"], given["same"], given["created"])


def renaming(case: dict[str, Any], **members: Any) -> Any:
    """How the renaming of a case fares."""
    case = {**case, **members}
    change = Rename(
        ENTITY, EntityRef("category", case["to"]), tuple(case["patch"]), case.get("redirect", True)
    )
    place = NewPlace(
        state(case, "there_base"),
        state(case, "there"),
        renamed(case["renamed"]) if "renamed" in case else None,
        lambda document: {**document, "id": case["to"]},
    )
    rules = parse_merge_rules(case.get("lists"), case.get("together"))
    sides = state(case, "base"), state(case, "theirs")
    return rebase_rename(change, *sides, place, rules, case.get("resolutions", ()))


def value_in(state: Any) -> Any:
    match state:
        case Live(document=document):
            return document
        case Redirected(target=target):
            return {"redirects_to": target.key}
        case _:
            return None


@pytest.mark.parametrize("case", named([case for case in CASES if not is_whole(case)]))
def test_patches(case: dict[str, Any]) -> None:
    expected = case["expect"]
    canonical = case["theirs"] if case.get("theirs_exists", True) else ABSENT

    result = rebase_patch(
        case["base"], canonical, case["patch"], case.get("lists"), together=case.get("together")
    )

    assert result.status == expected["status"]
    if "merged" in expected:
        assert identical(result.document, expected["merged"])
    if "merged_text" in expected:
        assert json.dumps(result.document, separators=(",", ":")) == expected["merged_text"]
    if "patch_kind" in expected:
        assert result.patch_kind == expected["patch_kind"]
    if "conflict_paths" in expected:
        assert sorted(c.path for c in result.conflicts) == sorted(expected["conflict_paths"])
    if "conflict_types" in expected:
        assert sorted(c.type for c in result.conflicts) == sorted(expected["conflict_types"])
    assert [w.type for w in result.warnings] == expected.get("warnings", [w.type for w in result.warnings])


def merged_value(outcome: Any) -> Any:
    return value_in(outcome.renamed or outcome.state)


@pytest.mark.parametrize("case", named([case for case in CASES if is_whole(case)]))
def test_whole_entities(case: dict[str, Any]) -> None:
    expected = case["expect"]

    sides = state(case, "base"), state(case, "theirs")
    rules = parse_merge_rules(case.get("lists"), case.get("together"))
    if case.get("kind") == "rename":
        outcome = renaming(case)
    elif "renamed" in case:
        outcome = rebase_renamed(change(case), *sides, renamed(case["renamed"]), rules)
    else:
        outcome = rebase_change(change(case), *sides, rules)

    assert outcome.report.status == expected["status"]
    if "merged" in expected:
        assert identical(merged_value(outcome), expected["merged"])
    if "patch_kind" in expected:
        assert outcome.report.patch == expected["patch_kind"]
    warnings = [w.type for w in outcome.report.warnings]
    assert warnings == expected.get("warnings", warnings)
    assert [c.path for c in outcome.report.conflicts] == expected.get("conflict_paths", [])
    assert [c.type for c in outcome.report.conflicts] == expected.get("conflict_types", [])
    if "becomes" in expected:
        assert type(outcome.change).__name__ == (expected["becomes"] or "NoneType")
    if "left" in expected:
        assert value_in(outcome.state) == expected["left"]
    if "named" in expected:
        assert [c.renamed_to.key for c in outcome.report.conflicts] == [expected["named"]]


RENAMINGS = {case["name"]: case for case in CASES if case.get("kind") == "rename"}


@pytest.mark.parametrize(
    ("name", "side", "becomes", "value"),
    [
        ("the_new_name_is_taken", canonical_side, None, "Person"),
        ("the_new_name_is_taken", draft_side, Rename, "Person"),
        ("canonical_deleted_it", canonical_side, None, None),
        ("canonical_deleted_it", draft_side, Create, "Human"),
        ("canonical_redirected_it", canonical_side, None, None),
        ("canonical_redirected_it", draft_side, Create, "Human"),
        ("canonical_renamed_it_otherwise", draft_side, Create, "Human"),
        ("canonical_deleted_it_and_the_name_is_taken", canonical_side, None, None),
        ("both_edit_one_member", draft_side, Rename, "Human"),
        ("both_edit_one_member", canonical_side, Rename, "Human"),
        ("both_renamed_it_so_and_edited_one_member", draft_side, Update, "Human"),
        ("both_renamed_it_so_and_edited_one_member", canonical_side, None, "Human"),
    ],
)
def test_answers_to_renamings(name: str, side: Any, becomes: Any, value: str | None) -> None:
    case = RENAMINGS[name]
    answers = [resolution_of(conflict, side) for conflict in renaming(case).report.conflicts]

    outcome = renaming(case, resolutions=answers)

    assert isinstance(outcome.change, becomes or type(None))
    shown = merged_value(outcome)
    assert (shown["id"] if value and "id" in shown else None) == value
    assert (outcome.report.status == "clean") == (becomes is not Rename or name == "both_edit_one_member")


def test_an_answer_that_a_taken_name_is_not_to_be_leaves_the_edits() -> None:
    case = {**RENAMINGS["the_new_name_is_taken"], "patch": RENAMINGS["a_renaming_with_an_edit"]["patch"]}
    (conflict,) = renaming(case).report.conflicts

    outcome = renaming(case, resolutions=[resolution_of(conflict, canonical_side)])

    assert outcome.change == Update(ENTITY, tuple(case["patch"]))
    assert outcome.report.patch == "rewritten"


def test_a_renaming_of_what_the_base_does_not_have_is_broken() -> None:
    case = RENAMINGS["a_renaming_alone"]
    del (base := dict(case))["base"]
    assert renaming(base).report.status == "broken"
