"""`unique:`: no two live entities of a type have the same value, on canonical, in a step, in drafts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput, PolicyViolation
from gitdraft.formats.configuration import parse_configuration

CONFIGURATION = """\
version: 1
entities:
  person:
    path: people/{key}.json
    id: /id
    unique: [/orcid, /mails/*]
  group:
    path: groups/{key}.json
    id: /id
    unique: [/orcid]
"""
RULE = "unique/duplicate"


@pytest.fixture
def people(tmp_path: Path) -> Sandbox:
    path = tmp_path / "people"
    path.mkdir()
    sandbox = Sandbox(path)
    sandbox.git("init", "--quiet", "--initial-branch", "main")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    for name in ("ann", "bob", "cyd"):
        sandbox.write(f"people/{name}.json", {"id": name, "orcid": f"0000-{name}"})
    sandbox.write("groups/lab.json", {"id": "lab", "orcid": "0000-ann"})
    sandbox.commit("Start")
    return sandbox


def duplicates(sandbox: Sandbox, *arguments: str) -> list[tuple[str, str, str]]:
    answer = sandbox.run("-o", "json", "validate", *arguments).json
    return [(v["entity"], v["path"], v["message"]) for v in answer["violations"] if v["rule"] == RULE]


def test_each_of_those_who_share_a_value_is_told(people: Sandbox) -> None:
    assert duplicates(people, "--canonical") == []
    people.change("people/bob.json", orcid="0000-ann")
    assert duplicates(people, "--canonical") == [
        ("person/ann", "/orcid", "person/bob has the same value"),
        ("person/bob", "/orcid", "person/ann has the same value"),
    ]


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (None, None, False),
        ("1", 1, False),
        (1, 1.0, True),
        (True, 1, False),
        (True, "true", False),
        (12345678901234567890, 12345678901234567891, False),
        ("é" * 300, "é" * 300, True),
        ("é" * 300, "é" * 299 + "e", False),
        (["a"], ["a"], False),
        ("", "", True),
    ],
)
def test_values_are_the_same_as_json_is(people: Sandbox, one: Any, other: Any, is_same: bool) -> None:
    people.change("people/ann.json", orcid=one)
    before = people.git("rev-parse", "HEAD")
    people.change("people/bob.json", orcid=other)
    assert bool(duplicates(people, "--canonical")) == is_same
    assert bool(duplicates(people, f"{before}..HEAD")) == is_same


def test_elements_are_compared_between_entities_alone(people: Sandbox) -> None:
    people.change("people/ann.json", mails=["a@example.org", "a@example.org"])
    assert duplicates(people, "--canonical") == []
    people.change("people/bob.json", mails=["b@example.org", "a@example.org"])
    assert [(entity, path) for entity, path, _ in duplicates(people, "--canonical")] == [
        ("person/ann", "/mails/0"),
        ("person/ann", "/mails/1"),
        ("person/bob", "/mails/1"),
    ]


def test_a_step_tells_both_and_one_that_mends_none(people: Sandbox) -> None:
    before = people.git("rev-parse", "HEAD")
    bad = people.change("people/bob.json", orcid="0000-ann")
    assert [entity for entity, _, _ in duplicates(people, f"{before}..{bad}")] == ["person/ann", "person/bob"]
    worse = people.change("people/cyd.json", orcid="0000-ann")
    assert [entity for entity, _, _ in duplicates(people, f"{bad}..{worse}")] == ["person/cyd"]
    people.git("rm", "--quiet", "people/ann.json")
    mended = people.commit()
    assert duplicates(people, f"{worse}..{mended}") == []


def test_a_draft_with_a_value_that_is_there_is_refused(people: Sandbox) -> None:
    draft = people.library.drafts.new("a", draft_id="a")
    with pytest.raises(PolicyViolation) as refused:
        draft.set("person/bob", "/orcid", "0000-ann")
    assert refused.value.context["violations"][0]["rule"] == RULE
    draft.set("person/ann", "/orcid", "0000-other")
    draft.set("person/bob", "/orcid", "0000-ann")
    assert draft.validate().violations == ()


def test_the_deletion_of_its_holder_frees_a_value(people: Sandbox) -> None:
    people.run("entity", "delete", "person/ann", "--reason", "gone")
    draft = people.library.drafts.new("a", draft_id="a")
    draft.set("person/bob", "/orcid", "0000-ann")
    assert draft.validate().violations == ()


@pytest.mark.sweep(2)
@pytest.mark.parametrize("is_committed_with_git", [False, True])
@pytest.mark.parametrize("value", ["0000-new", 7, "n" * 300])
def test_a_draft_becomes_invalid_when_canonical_takes_its_value(
    people: Sandbox, value: Any, is_committed_with_git: bool
) -> None:
    people.library.drafts.new("a", draft_id="a").set("person/bob", "/orcid", value)
    people.library.drafts.new("other", draft_id="other").set("person/cyd", "/orcid", "0000-unlike")
    people.library.rebase()
    if is_committed_with_git:
        people.change("people/ann.json", orcid=value)
    else:
        merged = people.library.drafts.new("m", draft_id="m")
        merged.set("person/ann", "/orcid", value)
        assert people.run("submit", "m").code == 0
        assert people.run("merge", "m").code == 0
    counts = people.run("-o", "json", "rebase").json["counts"]
    assert (counts["invalid"], counts["unaffected"]) == (1, 1)
    assert duplicates(people, "a") == [("person/bob", "/orcid", "person/ann has the same value")]
    assert people.run("submit", "a").code in (21, 23)


def test_two_drafts_that_would_clash_are_overlaps(people: Sandbox) -> None:
    drafts = {name: people.library.drafts.new(name, draft_id=name) for name in ("a", "b", "c", "d")}
    drafts["a"].set("person/bob", "/orcid", "0000-new")
    drafts["b"].set("person/cyd", "/orcid", "0000-new")
    drafts["c"].set("group/lab", "/orcid", "0000-new")
    drafts["d"].set("person/ann", "/mails", ["0000-new"])
    answer = people.run("-o", "json", "overlaps", "--exit-code")
    assert answer.code == 1
    assert answer.json["counts"] == {"entities": 2, "pairs": 0, "conflict": 0, "clashes": 2}
    assert [(e["entity"], e["clashes"]) for e in answer.json["entities"]] == [
        ("person/bob", [{"draft": "a", "path": "/orcid", "other_draft": "b", "other_entity": "person/cyd"}]),
        ("person/cyd", [{"draft": "b", "path": "/orcid", "other_draft": "a", "other_entity": "person/bob"}]),
    ]
    one = people.run("-o", "json", "overlaps", "a").json
    assert [e["entity"] for e in one["entities"]] == ["person/bob"]
    assert people.run("-o", "json", "overlaps", "c").json["entities"] == []
    assert "conflict at /orcid: person/cyd gets the same value" in people.run("overlaps").out


def test_the_index_agrees_with_a_rebuild(people: Sandbox) -> None:
    people.library.drafts.new("a", draft_id="a").set("person/bob", "/orcid", 5)
    people.run("rebase")
    people.change("people/ann.json", orcid=6)
    people.run("references", "person/ann")
    assert people.run("index", "verify").code == 0


def test_the_rule_can_be_turned_off(people: Sandbox) -> None:
    people.write("gitdraft.yaml", CONFIGURATION + 'rules: {unique/duplicate: "off"}\n')
    people.change("people/bob.json", orcid="0000-ann")
    assert duplicates(people, "--canonical") == []


@pytest.mark.parametrize(
    ("declared", "message"), [("/a", "a list of pointers"), ("[a]", "not a JSON pointer")]
)
def test_mistakes_are_named(declared: str, message: str) -> None:
    text = CONFIGURATION.replace("[/orcid, /mails/*]", declared)
    with pytest.raises(InvalidInput) as refused:
        parse_configuration(text.encode())
    assert message in refused.value.details[0]
