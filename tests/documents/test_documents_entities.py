"""E1 to E4: changes of whole entities, and the answers to their conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.documents.rebase_change import rebase_change
from gitdraft.model.changes import Create, Delete, PlainChange, Redirect, Rename, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Resolution
from gitdraft.model.outcomes import Absent, AppliedChange, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import ABSENT

HERE, AGENT, HUMAN = (EntityRef("category", key) for key in ("Person", "Agent", "Human"))
OLD, NEW, MINE = {"label": "Person", "n": 1}, {"label": "Human", "n": 1}, {"label": "Individual", "n": 1}
SET_LABEL = Update(HERE, ({"op": "replace", "path": "/label", "value": "Individual"},))
SET_N = Update(HERE, ({"op": "replace", "path": "/n", "value": 2},))
NOTHING = Update(HERE, ())
CREATE = Create(HERE, MINE)
DELETE = Delete(HERE, "why")
REDIRECT = Redirect(HERE, AGENT, "why")


def rebase(
    change: PlainChange, base: EntityState, canonical: EntityState, *answers: Resolution
) -> AppliedChange:
    return rebase_change(change, base, canonical, (), answers)


CLEAN = [
    ("update, nothing moved", SET_LABEL, Live(OLD), Live(OLD), "verbatim", Live(MINE)),
    ("update, another member moved", SET_N, Live(OLD), Live(NEW), "verbatim", Live({"label": "Human", "n": 2})),
    ("update, canonical has it", SET_LABEL, Live(OLD), Live(MINE), "empty", Live(MINE)),
    ("update of nothing, canonical deleted", NOTHING, Live(OLD), Deleted(), "empty", Deleted()),
    ("update of nothing, canonical redirected", NOTHING, Live(OLD), Redirected(AGENT), "empty", Redirected(AGENT)),
    ("create, still absent", CREATE, Absent(), Absent(), "verbatim", Live(MINE)),
    ("create, now there and equal", CREATE, Absent(), Live(dict(reversed(MINE.items()))), "empty", Live(MINE)),
    ("create over a tombstone that was there", CREATE, Deleted(), Deleted(), "verbatim", Live(MINE)),
    ("delete, nothing moved", DELETE, Live(OLD), Live(OLD), "verbatim", Deleted()),
    ("delete, members reordered", DELETE, Live(OLD), Live(dict(reversed(OLD.items()))), "verbatim", Deleted()),
    ("delete, already deleted", DELETE, Live(OLD), Deleted(), "empty", Deleted()),
    ("delete, already gone", DELETE, Live(OLD), Absent(), "empty", Absent()),
    ("redirect, nothing moved", REDIRECT, Live(OLD), Live(OLD), "verbatim", Redirected(AGENT)),
    ("redirect, already there", REDIRECT, Live(OLD), Redirected(AGENT), "empty", Redirected(AGENT)),
    ("redirect of a redirect that stands", REDIRECT, Redirected(HUMAN), Redirected(HUMAN), "verbatim", Redirected(AGENT)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "base", "canonical", "kind", "state"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in CLEAN],
)
def test_clean(
    change: PlainChange, base: EntityState, canonical: EntityState, kind: str, state: EntityState
) -> None:
    outcome = rebase(change, base, canonical)
    assert (outcome.report.status, outcome.report.patch, outcome.report.conflicts) == ("clean", kind, ())
    assert outcome.state == state
    assert outcome.change == (None if kind == "empty" else change)


TO_AGENT, TO_HUMAN = {"redirects_to": "Agent"}, {"redirects_to": "Human"}
CONFLICTS = [
    # name, change, base, canonical, type, base value, canonical value, draft value, target
    ("update, deleted", SET_LABEL, Live(OLD), Deleted(), "modify/delete", OLD, ABSENT, MINE, None),
    ("update, gone", SET_LABEL, Live(OLD), Absent(), "modify/delete", OLD, ABSENT, MINE, None),
    ("update, redirected", SET_LABEL, Live(OLD), Redirected(HUMAN), "modify/delete", OLD, ABSENT, MINE, HUMAN),
    ("create, there and different", CREATE, Absent(), Live(NEW), "create/create", ABSENT, NEW, MINE, None),
    ("create, there and respelled", Create(HERE, {"n": 1}), Absent(), Live({"n": 1.0}), "create/create", ABSENT, {"n": 1.0}, {"n": 1}, None),
    ("create, since deleted", CREATE, Absent(), Deleted(), "create/create", ABSENT, ABSENT, MINE, None),
    ("create, since redirected", CREATE, Absent(), Redirected(HUMAN), "create/create", ABSENT, TO_HUMAN, MINE, HUMAN),
    ("delete, changed", DELETE, Live(OLD), Live(NEW), "delete/modify", OLD, NEW, ABSENT, None),
    ("delete, redirected", DELETE, Live(OLD), Redirected(HUMAN), "delete/modify", OLD, TO_HUMAN, ABSENT, HUMAN),
    ("redirect, changed", REDIRECT, Live(OLD), Live(NEW), "delete/modify", OLD, NEW, TO_AGENT, None),
    ("redirect, to another", REDIRECT, Live(OLD), Redirected(HUMAN), "modify/modify", OLD, TO_HUMAN, TO_AGENT, HUMAN),
    ("redirect, deleted", REDIRECT, Live(OLD), Deleted(), "modify/delete", OLD, ABSENT, TO_AGENT, None),
    ("redirect, gone", REDIRECT, Live(OLD), Absent(), "modify/delete", OLD, ABSENT, TO_AGENT, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "base", "canonical", "kind", "b", "c", "d", "target"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in CONFLICTS],
)
def test_conflicts(
    change: PlainChange,
    base: EntityState,
    canonical: EntityState,
    kind: str,
    b: Any,
    c: Any,
    d: Any,
    target: Any,
) -> None:
    outcome = rebase(change, base, canonical)
    assert (outcome.report.status, outcome.change, outcome.state) == ("conflict", change, canonical)
    (conflict,) = outcome.report.conflicts
    assert (conflict.path, conflict.type, conflict.target) == ("", kind, target)
    assert (conflict.base, conflict.canonical, conflict.draft) == (b, c, d)


@pytest.mark.parametrize("base", [Absent(), Deleted(), Redirected(AGENT)])
@pytest.mark.parametrize("canonical", [Absent(), Deleted(), Redirected(AGENT), Live(OLD)])
def test_an_update_of_what_its_base_does_not_have_is_broken(
    base: EntityState, canonical: EntityState
) -> None:
    outcome = rebase(SET_LABEL, base, canonical)
    assert (outcome.report.status, outcome.change, outcome.state) == ("broken", SET_LABEL, canonical)
    assert outcome.report.reason


def test_an_update_that_does_not_apply_to_its_base_is_broken() -> None:
    broken = Update(HERE, ({"op": "remove", "path": "/gone"},))
    outcome = rebase(broken, Live(OLD), Live(NEW))
    assert (outcome.report.status, outcome.state) == ("broken", Live(NEW))
    assert "/gone" in (outcome.report.reason or "")


def test_a_conflict_inside_leaves_the_clean_parts_in_the_preview() -> None:
    both = Update(HERE, (*SET_LABEL.patch, *SET_N.patch))
    outcome = rebase(both, Live(OLD), Live(NEW))
    assert [conflict.path for conflict in outcome.report.conflicts] == ["/label"]
    assert outcome.state == Live({"label": "Human", "n": 2})
    assert outcome.change == both


THIRD = {"label": "Somebody"}
DRAFT_WINS, CANONICAL_WINS = "draft", "canonical"
ANSWERS: list[tuple[str, PlainChange, EntityState, Any, PlainChange | None, EntityState]] = [
    # name, change, canonical, the answer, the rebased change, what the entity then is (its base is OLD)
    ("update of a deleted one: draft", SET_LABEL, Deleted(), DRAFT_WINS, Create(HERE, MINE), Live(MINE)),
    ("update of a deleted one: canonical", SET_LABEL, Deleted(), CANONICAL_WINS, None, Deleted()),
    ("update of a deleted one: a third", SET_LABEL, Deleted(), THIRD, Create(HERE, THIRD), Live(THIRD)),
    ("update of a redirected one: canonical", SET_LABEL, Redirected(HUMAN), CANONICAL_WINS, None, Redirected(HUMAN)),
    ("create: draft", CREATE, Live(NEW), DRAFT_WINS, SET_LABEL, Live(MINE)),
    ("create: canonical", CREATE, Live(NEW), CANONICAL_WINS, None, Live(NEW)),
    ("create: a third", CREATE, Live(NEW), {**NEW, "n": 5}, Update(HERE, ({"op": "replace", "path": "/n", "value": 5},)), Live({**NEW, "n": 5})),
    ("create over a tombstone: draft", CREATE, Deleted(), DRAFT_WINS, CREATE, Live(MINE)),
    ("create over a tombstone: canonical", CREATE, Deleted(), CANONICAL_WINS, None, Deleted()),
    ("create over a redirect: draft", CREATE, Redirected(HUMAN), DRAFT_WINS, CREATE, Live(MINE)),
    ("create over a redirect: canonical", CREATE, Redirected(HUMAN), CANONICAL_WINS, None, Redirected(HUMAN)),
    ("delete: draft", DELETE, Live(NEW), DRAFT_WINS, DELETE, Deleted()),
    ("delete: canonical", DELETE, Live(NEW), CANONICAL_WINS, None, Live(NEW)),
    ("delete: a third", DELETE, Live(NEW), MINE, SET_LABEL, Live(MINE)),
    ("delete of a redirect: draft", DELETE, Redirected(HUMAN), DRAFT_WINS, DELETE, Deleted()),
    ("delete of a redirect: canonical", DELETE, Redirected(HUMAN), CANONICAL_WINS, None, Redirected(HUMAN)),
    ("redirect: draft", REDIRECT, Live(NEW), DRAFT_WINS, REDIRECT, Redirected(AGENT)),
    ("redirect: canonical", REDIRECT, Live(NEW), CANONICAL_WINS, None, Live(NEW)),
    ("redirect: nothing there, so the redirect", REDIRECT, Live(NEW), ABSENT, REDIRECT, Redirected(AGENT)),
    ("redirect to another: draft", REDIRECT, Redirected(HUMAN), DRAFT_WINS, REDIRECT, Redirected(AGENT)),
    ("redirect to another: canonical", REDIRECT, Redirected(HUMAN), CANONICAL_WINS, None, Redirected(HUMAN)),
    ("redirect of a deleted one: draft", REDIRECT, Deleted(), DRAFT_WINS, REDIRECT, Redirected(AGENT)),
    ("redirect of a deleted one: canonical", REDIRECT, Deleted(), CANONICAL_WINS, None, Deleted()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "canonical", "answer", "rebased", "state"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in ANSWERS],
)
def test_an_answer(
    change: PlainChange, canonical: EntityState, answer: Any, rebased: PlainChange | None, state: EntityState
) -> None:
    base: EntityState = Absent() if isinstance(change, Create) else Live(OLD)
    (conflict,) = rebase(change, base, canonical).report.conflicts
    value = getattr(conflict, answer) if answer in (DRAFT_WINS, CANONICAL_WINS) else answer
    given = Resolution("", conflict.type, conflict.canonical, conflict.draft, value)

    outcome = rebase(change, base, canonical, given)

    assert (outcome.report.status, outcome.report.conflicts) == ("clean", ())
    assert (outcome.change, outcome.state) == (rebased, state)
    assert outcome.report.patch == (
        "empty" if rebased is None else "verbatim" if rebased == change else "rewritten"
    )
    if outcome.change is not None:
        assert not isinstance(outcome.change, Rename)
        again = rebase(outcome.change, canonical, canonical)
        assert (again.report.status, again.report.patch, again.state) == ("clean", "verbatim", state)


@pytest.mark.parametrize(
    "given",
    [
        Resolution("", "delete/modify", {**NEW, "n": 2}, ABSENT, ABSENT),
        Resolution("", "delete/modify", NEW, OLD, ABSENT),
        Resolution("", "create/create", NEW, ABSENT, ABSENT),
        Resolution("/label", "delete/modify", NEW, ABSENT, ABSENT),
    ],
)
def test_an_answer_to_another_conflict_is_none(given: Resolution) -> None:
    assert rebase(DELETE, Live(OLD), Live(NEW), given).report.status == "conflict"


def test_a_creation_is_not_answered_by_nothing() -> None:
    given = Resolution("", "create/create", NEW, MINE, ABSENT)
    assert rebase(CREATE, Absent(), Live(NEW), given).report.status == "conflict"
