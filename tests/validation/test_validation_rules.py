"""The rules beside JSON Schema, and the severities that gitdraft.yaml gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from sandbox import CONFIGURATION, Sandbox

from gitdraft.errors import PolicyViolation
from gitdraft.model.violations import Violation

INHERITS = "    inherits:\n      parents: /parents\n      members: {/properties: required}\n"


def configure(sandbox: Sandbox, *, rules: str = "", category: str = "", property_: str = "") -> None:
    text = CONFIGURATION.replace("  property:\n", f"{category}  property:\n") + property_
    sandbox.write("gitdraft.yaml", text + (f"rules: {{{rules}}}\n" if rules else ""))
    sandbox.commit("configure")


def category(sandbox: Sandbox, key: str, *parents: str) -> None:
    sandbox.write(f"categories/{key}.json", {"id": key, "label": key, "parents": list(parents)})


def found(sandbox: Sandbox) -> list[tuple[str, str, str, str]]:
    return [(str(v.entity), v.pointer, v.rule, v.severity) for v in sandbox.library.validate()]


def told(violations: Sequence[Violation]) -> list[tuple[str, str, str]]:
    return [(str(v.entity), v.rule, v.message) for v in violations]


def test_what_names_a_file_that_is_no_document_is_sound_and_the_file_is_told(sandbox: Sandbox) -> None:
    sandbox.write("categories/Agent.json", "{")
    sandbox.write("tombstones/property/name.json", "{")
    (sandbox.path / "properties/name.json").unlink()
    sandbox.commit("torn")
    assert found(sandbox) == [
        ("category/Agent", "", "json/invalid", "error"),
        ("property/name", "", "json/invalid", "error"),
    ]


def test_a_redirect_to_a_file_that_is_no_document_is_sound_and_the_file_is_told(items: Sandbox) -> None:
    assert items.run("redirect", "create", "item/A", "item/B", "--reason", "same").code == 0
    lines = ["commit refs/heads/main", "committer Ann <ann@example.org> 0 +0000", "data 4", "torn"]
    lines += ["from refs/heads/main^0", "M 100644 inline items/B.json", "data 1", "{"]
    items.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    assert found(items) == [("item/B", "", "json/invalid", "error")]


def test_a_redirect_to_a_redirect_is_told_whatever_stands_at_the_end(items: Sandbox) -> None:
    lines = ["commit refs/heads/main", "committer Ann <ann@example.org> 0 +0000", "data 4", "hand"]
    lines += [
        "from refs/heads/main^0",
        "M 100644 inline items/C.json",
        "data 1",
        "{",
        "D items/A.json",
        "D items/B.json",
    ]
    for source, target in (("A", "B"), ("B", "C")):
        mark = json.dumps(
            {
                "kind": "redirect",
                "id": source,
                "redirects_to": target,
                "reason": "x",
                "by": "Ann",
                "at": "2026-01-24T09:27:00Z",
            }
        )
        lines += [f"M 100644 inline tombstones/item/{source}.json", f"data {len(mark)}", mark]
    items.git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    assert ("item/A", "", "redirect/double", "error") in found(items)


def test_inheritance_in_a_circle_is_told_at_each_that_does_with_the_way_round(sandbox: Sandbox) -> None:
    configure(sandbox, category=INHERITS)
    category(sandbox, "A", "B")
    category(sandbox, "B", "Agent", "C")
    category(sandbox, "C", "A")
    category(sandbox, "Below", "A")
    category(sandbox, "Self", "Self")
    sandbox.commit()
    assert told(sandbox.library.validate()) == [
        (f"category/{key}", "inheritance/cycle", f"it inherits from itself: {way}")
        for key, way in (
            ("A", "category/A → category/B → category/C → category/A"),
            ("B", "category/B → category/C → category/A → category/B"),
            ("C", "category/C → category/A → category/B → category/C"),
            ("Self", "category/Self → category/Self"),
        )
    ]


@pytest.mark.long
def test_a_hierarchy_of_any_depth_is_looked_through(sandbox: Sandbox) -> None:
    configure(sandbox, category=INHERITS)
    for number in range(1500):
        category(sandbox, f"K{number}", f"K{(number + 1) % 1500}")
    sandbox.commit()
    assert [rule for _, _, rule, _ in found(sandbox)] == ["inheritance/cycle"] * 1500


def test_a_draft_that_closes_a_circle_is_told_at_all_that_are_in_it(sandbox: Sandbox) -> None:
    configure(sandbox, category=INHERITS)
    draft = sandbox.library.drafts.new("circle")
    with pytest.raises(PolicyViolation, match="inherits from itself: category/Agent → category/Person"):
        draft.set("category/Agent", "/parents", ["Person"])
    draft.set("category/Agent", "/parents", ["Person"], allow_invalid=True)
    assert [(str(v.entity), v.rule) for v in draft.validate().violations] == [
        ("category/Agent", "inheritance/cycle"),
        ("category/Person", "inheritance/cycle"),
    ]
    with pytest.raises(PolicyViolation):
        draft.submit()


def test_a_circle_that_canonical_has_already_is_not_told_of_a_draft_beside_it(sandbox: Sandbox) -> None:
    configure(sandbox, category=INHERITS)
    category(sandbox, "A", "B")
    category(sandbox, "B", "A")
    sandbox.commit()
    draft = sandbox.library.drafts.new("label")
    draft.set("category/Person", "/parents", ["A"])
    assert draft.validate().violations == ()


def test_orphans_are_told_where_the_rule_is_switched_on(sandbox: Sandbox) -> None:
    assert found(sandbox) == []
    configure(sandbox, rules="reference/orphan: warning")
    category(sandbox, "Narcissus", "Narcissus")
    sandbox.commit()
    assert found(sandbox) == [
        ("category/Narcissus", "", "reference/orphan", "warning"),
        ("category/Person", "", "reference/orphan", "warning"),
        ("property/unused", "", "reference/orphan", "warning"),
    ]


def test_a_tombstone_beside_a_file_names_nobody(sandbox: Sandbox) -> None:
    configure(sandbox, rules="reference/orphan: warning")
    mark = {
        "kind": "redirect",
        "id": "name",
        "redirects_to": "unused",
        "reason": "x",
        "by": "Ann",
        "at": "2026-01-24T09:27:00Z",
    }
    sandbox.write("tombstones/property/name.json", mark)
    sandbox.commit()
    assert ("property/unused", "", "reference/orphan", "warning") in found(sandbox)
    draft = sandbox.library.drafts.new("label")
    draft.set("property/name", "/label", "Full name", allow_invalid=True)
    assert draft.validate().violations == ()


def test_a_draft_that_lets_the_last_one_go_who_names_an_entity_makes_an_orphan(sandbox: Sandbox) -> None:
    configure(sandbox, rules="reference/orphan: error")
    draft = sandbox.library.drafts.new("unname")
    draft.set("category/Person", "/properties", ["unused"], allow_invalid=True)
    assert [(str(v.entity), v.rule) for v in draft.validate().violations] == [
        ("category/Person", "reference/orphan"),
        ("property/name", "reference/orphan"),
    ]


def test_a_declared_datatype_does_not_change(sandbox: Sandbox) -> None:
    configure(sandbox, property_="    datatype: /datatype\n")
    draft = sandbox.library.drafts.new("types")
    draft.set("property/name", "/label", "Full name")
    with pytest.raises(PolicyViolation, match='it was "Text", now it is "Number"'):
        draft.set("property/name", "/datatype", "Number")
    draft.create("property/new", {"id": "new", "label": "New", "datatype": "Number"})
    assert draft.validate().violations == ()


def test_a_draft_that_requires_more_is_told_so_and_is_sound(sandbox: Sandbox) -> None:
    configure(sandbox, category=INHERITS)
    draft = sandbox.library.drafts.new("more")
    draft.set("category/Person", "/properties", ["unused", "name"])
    report = draft.validate(record=True)
    assert [(v.pointer, v.rule, v.message, v.severity) for v in report.violations] == [
        ("/properties", "required/added", "'unused' was not required before", "warning")
    ]
    assert report.status.value == "validated"
    answer = sandbox.run("validate", draft.id)
    assert answer.code == 0
    assert "warning" in answer.out
    assert "sound, 1 warning in 1 entity" in answer.out


def test_what_goes_and_what_is_renamed_is_told_where_the_rules_are_switched_on(sandbox: Sandbox) -> None:
    configure(sandbox, rules="entity/removed: warning, entity/renamed: error")
    draft = sandbox.library.drafts.new("go")
    draft.delete("property/unused", reason="unused")
    draft.create("property/title", {"id": "title", "label": "Title"})
    with pytest.raises(PolicyViolation, match="it is renamed to property/title"):
        draft.redirect("property/name", "property/title", reason="better")
    assert [(str(v.entity), v.rule, v.severity) for v in draft.validate().violations] == [
        ("property/unused", "entity/removed", "warning")
    ]


def test_a_schema_keyword_that_is_a_warning_blocks_nothing(sandbox: Sandbox) -> None:
    configure(sandbox, rules="schema/minLength: warning, schema/additionalProperties: 'off'")
    draft = sandbox.library.drafts.new("loose")
    draft.set("category/Person", "/label", "")
    draft.set("category/Person", "/whatever", 1)
    assert [(v.rule, v.severity) for v in draft.validate().violations] == [("schema/minLength", "warning")]
    assert draft.submit().status.value == "submitted"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("reference/orphans: error", "unknown rule 'reference/orphans', did you mean 'reference/orphan'?"),
        ("json/invalid: 'off'", "this rule is always an error"),
        ("schema/unusable: warning", "this rule is always an error"),
        ("reference/orphan: fatal", 'expected error, warning or off, found "fatal"'),
        ("nothing: error", "unknown rule 'nothing'; docs/reference/rules.md lists them"),
    ],
)
def test_a_mistake_in_the_severities_is_told_with_its_line(
    sandbox: Sandbox, rules: str, message: str
) -> None:
    configure(sandbox, rules=rules)
    answer = sandbox.run("list")
    assert answer.code == 20
    assert message in answer.err
