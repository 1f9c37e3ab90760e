"""Every verb that commits on canonical goes through one gate: what a step breaks is refused, whoever takes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sandbox import CONFIGURATION, Sandbox

import gitdraft
from gitdraft.errors import PolicyViolation

Verb = Callable[[gitdraft.Repository], object]

REMOVING: list[tuple[str, Verb]] = [
    ("delete", lambda repo: repo.canonical.delete("property/unused", "gone")),
    ("erase", lambda repo: repo.canonical.erase("property/unused", "gone")),
    ("redirect", lambda repo: repo.canonical.redirect("property/unused", "property/name", "same")),
    ("redirect batch", lambda repo: repo.canonical.redirect_all([("property/unused", "property/name")])),
    ("redirect merge", lambda repo: repo.canonical.merge("property/unused", "property/name", keep="to")),
]


def configure(sandbox: Sandbox, more: str) -> None:
    sandbox.write("gitdraft.yaml", CONFIGURATION + more)
    sandbox.commit("configure")


@pytest.mark.parametrize(("name", "verb"), REMOVING, ids=[name for name, _ in REMOVING])
def test_a_verb_removes_nothing_where_that_is_an_error(sandbox: Sandbox, name: str, verb: Verb) -> None:
    configure(sandbox, "rules: {entity/removed: error}\n")
    before = sandbox.refs()
    with pytest.raises(PolicyViolation) as refused:
        verb(sandbox.library)
    assert [v["rule"] for v in refused.value.context["violations"]] == ["entity/removed"]
    assert sandbox.refs() == before


@pytest.mark.parametrize(("name", "verb"), REMOVING, ids=[name for name, _ in REMOVING])
def test_what_stands_already_refuses_no_verb(sandbox: Sandbox, name: str, verb: Verb) -> None:
    configure(sandbox, "rules: {reference/orphan: error}\n")
    sandbox.write("categories/Bad.json", {"id": "Other", "label": 5})
    sandbox.commit("wrong already")
    verb(sandbox.library)
    assert not (sandbox.path / "properties/unused.json").exists()


def test_a_deletion_that_leaves_another_without_a_name(sandbox: Sandbox) -> None:
    configure(sandbox, "rules: {reference/orphan: error}\n")
    with pytest.raises(PolicyViolation) as refused:
        sandbox.library.canonical.delete("category/Person", "gone")
    assert {(v["entity"], v["rule"]) for v in refused.value.context["violations"]} == {
        ("category/Agent", "reference/orphan"),
        ("property/name", "reference/orphan"),
    }


def test_force_lets_references_dangle_and_nothing_else(sandbox: Sandbox) -> None:
    canonical = sandbox.library.canonical
    assert canonical.delete("category/Agent", "gone", force=True).forced
    configure(sandbox, "rules: {entity/removed: error}\n")
    with pytest.raises(PolicyViolation):
        canonical.delete("property/name", "gone", force=True)


def test_what_is_restored_as_it_is_may_break_its_own_schema_alone(sandbox: Sandbox) -> None:
    canonical = sandbox.library.canonical
    canonical.delete("property/unused", "gone")
    configure(sandbox, "rules: {reference/orphan: error}\n")
    with pytest.raises(PolicyViolation):
        canonical.undelete("property/unused")
    canonical.undelete("property/unused", allow_invalid=True)
    assert sandbox.read("properties/unused.json")["id"] == "unused"


def test_protection_of_what_is_wrong_already_passes(sandbox: Sandbox) -> None:
    sandbox.change("properties/name.json", id="other")
    sandbox.library.canonical.lock("property/name", "review")
    sandbox.library.canonical.unlock("property/name", "done")
    assert sandbox.run("layout", "migrate", "property", "--fanout", "1").code == 0
