"""What is wrong on canonical already keeps no draft from doing what it adds nothing to."""

from __future__ import annotations

import pytest
from sandbox import SCHEMA, Sandbox

from gitdraft.errors import PolicyViolation


@pytest.fixture
def wrong(sandbox: Sandbox) -> Sandbox:
    """Canonical's Person has a rank that is none, and names nobody's property."""
    sandbox.change("categories/Person.json", rank="high", properties=["name", "nobody"])
    return sandbox


def test_a_draft_is_edited_validated_submitted_and_merged(wrong: Sandbox) -> None:
    draft = wrong.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    stands = draft.validate().violations
    assert {(v.pointer, v.severity) for v in stands} == {("/rank", "warning"), ("/properties/1", "warning")}
    assert wrong.run("validate", draft.id).code == 0
    draft.submit()
    draft.merge()
    assert wrong.read("categories/Person.json")["label"] == "Human"


def test_what_the_draft_adds_is_refused(wrong: Sandbox) -> None:
    draft = wrong.library.drafts.new("Break")
    with pytest.raises(PolicyViolation):
        draft.set("category/Person", "/label", 5)
    draft.set("category/Person", "/label", 5, allow_invalid=True)
    errors = [v for v in draft.validate().violations if v.severity == "error"]
    assert [(v.pointer, v.rule) for v in errors] == [("/label", "schema/type")]
    with pytest.raises(PolicyViolation):
        draft.submit()


def test_a_draft_follows_canonical_into_what_is_wrong_there(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    schema = {**SCHEMA, "required": ["id", "label", "rank"]}
    sandbox.write("categories/_schema.json", schema)
    sandbox.commit("more is required")
    report = sandbox.library.rebase()
    assert [draft.status for draft in report.drafts] == ["clean"]
    draft.submit()
    draft.merge()
