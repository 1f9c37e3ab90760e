"""The acceptance cases of rebasing with tombstones on both sides, each on a real repository.

A case is what stood before (`base`, steps on canonical), what the draft does, what canonical does meanwhile, and
what is expected: of the draft and each change when it is rebased, of the draft's effective view, of submitting and
merging (`merged`, or the code of the refusal), of canonical after it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from curating import Curating

from gitdraft.documents.diff import diff
from gitdraft.errors import GitdraftError, PolicyViolation
from gitdraft.formats.reports.conflicts import conflict_json
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.merge import Conflict
from gitdraft.model.values import ABSENT

CASES = json.loads((Path(__file__).parents[1] / "cases/tombstone_cases.json").read_text())


def named(*ways: str) -> list[Any]:
    return [pytest.param(c, id=f"{c['rule']}-{c['name']}") for c in CASES if c.get("only") in (None, *ways)]


def without_edits(conflict: Conflict) -> dict[str, Any]:
    """The conflict as JSON without its rule; the edits of the draft, which a modify/delete conflict lists, are in its values too."""
    record = dict(conflict_json(conflict))
    assert record.pop("rule")
    edits = record.pop("edits", [])
    if conflict.type == "modify/delete" and conflict.base is not ABSENT and conflict.draft is not ABSENT:
        assert edits == [*diff(conflict.base, conflict.draft)]
    return record


@pytest.mark.sweep(25)
@pytest.mark.parametrize("case", named("at once"))
def test_a_draft_rebased_at_once(curating: Curating, case: dict[str, Any]) -> None:
    """A submitted draft waits until it is named, however far canonical has moved."""
    expected = case["expect"]
    play(curating, {**case, "draft": [*case["draft"], ["submit"]]})

    report = curating.repo.rebase([curating.draft_id])

    assert [draft.status for draft in report.drafts] in ([expected["status"]], [])
    assert report.drafts or expected["status"] == "clean", "a draft that is left alone is clean"
    affected = {change.entity.key: change for draft in report.drafts for change in draft.changes}
    for key, wanted in expected.get("changes", {}).items():
        change = affected[key]
        assert (change.status, change.patch) == (wanted["status"], wanted.get("patch", "verbatim")), key
        assert [without_edits(c) for c in change.conflicts] == wanted.get("conflicts", []), key
        assert sorted({v.rule for v in change.violations}) == wanted.get("violations", []), key
    check_the_end(curating, expected)


@pytest.mark.sweep(25)
@pytest.mark.parametrize("case", named("step by step"))
def test_a_draft_rebased_step_by_step(curating: Curating, case: dict[str, Any]) -> None:
    """Every command on canonical carries the draft along; it ends where the rebase at once ends."""
    play(curating, case)
    curating.repo.rebase()

    check_the_end(curating, case["expect"])


def test_what_stays_against_a_deletion_is_a_creation_that_an_undeletion_contradicts(
    curating: Curating,
) -> None:
    curating.in_draft(["set", "A", "/label", "A"])
    curating.on_canonical(["delete", "A", "force"])
    curating.in_draft(["take", "A", "draft"])
    curating.on_canonical(["undelete", "A"])

    ((_, conflict),) = curating.draft.conflicts()
    assert (conflict.path, conflict.type) == ("", "create/create")
    assert conflict.canonical == {"id": "A", "label": "a"}
    assert conflict.draft == {"id": "A", "label": "A"}
    curating.in_draft(["take", "A", "draft"])
    assert merged(curating) == "merged"
    assert curating.states("A") == {"A": {"id": "A", "label": "A"}}


def test_what_stays_against_a_redirect_takes_the_redirect_back(curating: Curating) -> None:
    curating.in_draft(["set", "A", "/label", "A"])
    curating.on_canonical(["redirect", "A", "B"])
    curating.in_draft(["take", "A", "draft"])

    assert merged(curating) == "merged"
    assert curating.states("AB") == {"A": {"id": "A", "label": "A"}, "B": {"id": "B", "label": "b"}}
    assert curating.repo.validate() == ()


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ([], ["set", "A", "/label", "A"]),
        ([["put", "E", {"id": "E"}]], ["set", "E", "/label", "e"]),
        ([], ["redirect", "A", "B"]),
    ],
    ids=["that others name", "that none names", "as a redirect to be reverted"],
)
def test_no_answer_brings_an_erased_entity_back(curating: Curating, before: Any, step: list[Any]) -> None:
    for earlier in before:
        curating.on_canonical(earlier)
    curating.in_draft(step)
    curating.on_canonical(["erase", step[1], "force"])

    with pytest.raises(PolicyViolation) as refused:
        curating.in_draft(["take", step[1], "draft"])

    assert refused.value.context["violations"][0]["rule"] == "tombstone/erased"
    curating.in_draft(["take", step[1], "canonical"])
    assert curating.draft.conflicts() == []


def test_an_erasure_after_the_answer_to_a_deletion_is_invalid(curating: Curating) -> None:
    curating.in_draft(["set", "A", "/label", "A"])
    curating.on_canonical(["delete", "A", "force"])
    curating.in_draft(["take", "A", "draft"])
    curating.on_canonical(["erase", "A"])

    (draft,) = curating.repo.rebase().drafts
    assert draft.status == "invalid"
    assert [v.rule for v in draft.changes[0].violations] == ["tombstone/erased"]
    assert merged(curating) == "data-policy-violation"
    assert curating.states("A") == {"A": "erased"}


@pytest.mark.parametrize(
    ("step", "canonical"),
    [
        (["redirect", "A", "B"], ["redirect", "A", "C"]),
        (["redirect", "A", "B"], ["put", "A", {"id": "A", "label": "z"}]),
        (["redirect", "A", "B"], ["delete", "A", "force"]),
    ],
    ids=["a redirect elsewhere", "an update", "a deletion"],
)
def test_the_drafts_redirect_may_stand(curating: Curating, step: list[Any], canonical: list[Any]) -> None:
    curating.in_draft(step)
    curating.on_canonical(canonical)
    curating.in_draft(["take", "A", "draft"])

    assert merged(curating) == "merged"
    assert curating.states("A") == {"A": {"redirects_to": "B"}}
    assert curating.repo.validate() == ()


def test_canonicals_redirect_may_stand(curating: Curating) -> None:
    curating.in_draft(["redirect", "A", "B"])
    curating.on_canonical(["redirect", "A", "C"])
    curating.in_draft(["take", "A", "canonical"])

    assert curating.draft.conflicts() == []
    assert merged(curating) == "empty-draft"


def test_what_canonical_has_already_may_be_locked_there(curating: Curating) -> None:
    for step in (["create", "E", {"id": "E"}], ["set", "B", "/label", "B"], ["submit"]):
        curating.in_draft(step)
    curating.on_canonical(["put", "E", {"id": "E"}])
    curating.on_canonical(["lock", "E"])

    curating.in_draft(["merge"])

    assert curating.states("BE") == {"B": {"id": "B", "label": "B"}, "E": {"id": "E"}}


def play(curating: Curating, case: dict[str, Any]) -> None:
    for step in case.get("base", ()):
        curating.on_canonical(step)
    for step in case["draft"]:
        curating.in_draft(step)
    for step in case["canonical"]:
        curating.on_canonical(step)


def check_the_end(curating: Curating, expected: dict[str, Any]) -> None:
    """The draft's view, what merging it answers, canonical then, and no redirect to a redirect anywhere."""
    assert curating.states(tuple(expected["view"]), of_draft=True) == expected["view"]
    assert merged(curating) == expected["merge"]
    if "after" in expected:
        assert curating.states(tuple(expected["after"])) == expected["after"]
    wrong = [v for v in curating.repo.validate() if v.rule.partition("/")[0] in ("redirect", "tombstone")]
    assert wrong == []


def merged(curating: Curating) -> str:
    """Hand the draft in and merge it: `merged`, or the code of what refuses it."""
    try:
        if curating.draft.status is not DraftStatus.SUBMITTED:
            curating.draft.submit()
        curating.draft.merge()
    except GitdraftError as error:
        return error.code
    return "merged"
