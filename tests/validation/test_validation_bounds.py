"""Bounds and reserved names hold for what is written; what breaks one on canonical already can be read and mended."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput, PolicyViolation

MEMBERS = [
    *("_change_status", "_conflicts", "_deleted", "_reason", "_redirect"),
    *("_redirects_to", "_renamed_from", "_revision", "_violations"),
]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.fixture
def small(sandbox: Sandbox) -> Sandbox:
    """Entities of 400 bytes and 8 levels at most."""
    text = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", text + "limits: {max_bytes: 400, max_depth: 8}\n")
    sandbox.commit("Bounds")
    return sandbox


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("options", [[], ["--allow-invalid"]])
def test_no_edit_writes_a_reserved_member(sandbox: Sandbox, member: str, options: list[str]) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    patch = sandbox.path.parent / "patch.json"
    patch.write_text(json.dumps([{"op": "add", "path": f"/{member}", "value": "x"}]))
    for command in (
        ["patch", "property/name", str(patch)],
        ["set", "property/name", f"/{member}", "x"],
    ):
        answer = sandbox.run("-o", "json", *command, "--draft", "fix", *options)
        assert answer.code == 23, answer.err
        rules = [v["rule"] for v in json.loads(answer.err)["context"]["violations"]]
        assert "document/reserved-member" in rules
    assert list(sandbox.library.store.find_draft("fix").files) == []


@pytest.mark.parametrize("allow_invalid", [False, True])
def test_no_edit_is_deeper_or_larger_than_can_be_read(small: Sandbox, allow_invalid: bool) -> None:
    draft = small.library.drafts.new("Fix", draft_id="fix")
    for value in (nested(8), "x" * 400):
        with pytest.raises((PolicyViolation, InvalidInput)):
            draft.set("property/name", "/extra", value, allow_invalid=allow_invalid)
        with pytest.raises((PolicyViolation, InvalidInput)):
            draft.create("property/new", {"id": "new", "extra": value}, allow_invalid=allow_invalid)
    assert list(small.library.store.find_draft("fix").files) == []


def test_two_drafts_below_the_bound_do_not_merge_above_it(small: Sandbox) -> None:
    drafts = small.library.drafts
    drafts.new("One", draft_id="one").set("property/name", "/one", "x" * 200)
    drafts.new("Two", draft_id="two").set("property/name", "/two", "y" * 200)
    assert small.run("submit", "one").code == 0
    merged = json.loads(small.run("-o", "json", "merge", "one").out)
    assert merged["commit"]
    report = json.loads(small.run("-o", "json", "rebase", "two").out)
    assert [draft["status"] for draft in report["drafts"]] == ["invalid"]
    refused = small.run("-o", "json", "submit", "two")
    assert refused.code == 23
    assert "document/too-large" in refused.err
    assert small.run("view", "property/name").code == 0


def test_an_entity_merge_does_not_grow_above_the_bound(small: Sandbox) -> None:
    small.write("properties/one.json", {"id": "one", "a": "x" * 250})
    small.write("properties/two.json", {"id": "two", "b": "y" * 250})
    small.commit("Two that are large together")
    refused = small.run("redirect", "merge", "property/one", "property/two", "--reason", "same")
    assert refused.code == 23, refused.err
    assert small.read("properties/one.json")["a"] == "x" * 250


class TestOnCanonicalAlready:
    @pytest.fixture(
        params=[
            {"extra": "x" * 500},
            {"extra": nested(12)},
            {"_change_status": "x"},
            {"_deleted": True, "extra": nested(12)},
        ]
    )
    def flawed(self, small: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
        small.write("properties/name.json", {"id": "name", "label": "Name", **request.param})
        small.commit("Plain git knows no bounds")
        return small

    def test_it_is_a_violation(self, flawed: Sandbox) -> None:
        answer = flawed.run("-o", "json", "validate", "--canonical")
        assert answer.code == 1
        rules = {v["rule"] for v in json.loads(answer.out)["violations"]}
        assert rules
        assert all(rule.startswith("document/") for rule in rules)

    def test_it_is_read_compared_and_mended(self, flawed: Sandbox) -> None:
        assert flawed.run("view", "property/name").code == 0
        assert flawed.run("blame", "property/name").code == 0
        draft = flawed.library.drafts.new("Mend", draft_id="mend")
        draft.set("property/name", "/label", "N")
        for member in set(flawed.read("properties/name.json")) - {"id", "label"}:
            draft.unset("property/name", f"/{member}")
        assert flawed.run("diff", "mend").code == 0
        assert flawed.run("submit", "mend").code == 0
        assert flawed.run("merge", "mend").code == 0
        assert flawed.read("properties/name.json") == {"id": "name", "label": "N"}
        assert flawed.run("validate", "--canonical").code == 0

    def test_it_is_not_made_worse(self, flawed: Sandbox) -> None:
        draft = flawed.library.drafts.new("Worse", draft_id="worse")
        with pytest.raises((PolicyViolation, InvalidInput)):
            draft.set("property/name", "/more", [nested(20), "y" * 900])

    def test_it_is_deleted(self, flawed: Sandbox) -> None:
        flawed.git("rm", "--quiet", "-r", "categories")
        text = (flawed.path / "gitdraft.yaml").read_text()
        assert "limits" in text
        assert flawed.run("entity", "delete", "property/name", "--reason", "gone", "--force").code == 0
        assert not (flawed.path / "properties/name.json").exists()
