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
from gitdraft.model.changes import Create, Delete, Redirect, Update
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


def merged_value(outcome: Any) -> Any:
    match outcome.state:
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


@pytest.mark.parametrize("case", named([case for case in CASES if is_whole(case)]))
def test_whole_entities(case: dict[str, Any]) -> None:
    expected = case["expect"]

    sides = state(case, "base"), state(case, "theirs")
    rules = parse_merge_rules(case.get("lists"), case.get("together"))
    if "renamed" in case:
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
