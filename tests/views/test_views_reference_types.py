"""References of several types: by order, by the start of the id, under a condition, by the names of members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import parse_configuration

CLAIM = "/claims/*/*"
CONFIGURATION = f"""\
version: 1
rules:
  reference/orphan: warning
entities:
  item:
    path: items/{{key}}.json
    id: /id
    references:
      /subject: [item, property]
      /claims: {{members: property}}
      {CLAIM}/mainsnak/property: property
      {CLAIM}/mainsnak/datavalue/value/id:
        types: {{Q: item, P: property}}
        when: {{{CLAIM}/mainsnak/datavalue/type: wikibase-entityid}}
  property:
    path: properties/{{key}}.json
    id: /id
"""
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "rdf"


def claim(name: str, target: str, kind: str = "wikibase-entityid") -> dict[str, Any]:
    return {
        "mainsnak": {"property": name, "datavalue": {"type": kind, "value": {"id": target}}},
        "rank": "normal",
    }


@pytest.fixture
def wiki(tmp_path: Path) -> Sandbox:
    path = tmp_path / "wiki"
    path.mkdir()
    sandbox = Sandbox(path)
    sandbox.git("init", "--quiet", "--initial-branch", "main")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    for name in ("Q1", "Q2", "Q3", "x"):
        sandbox.write(f"items/{name}.json", {"id": name})
    for name in ("P1", "P2", "x", "y"):
        sandbox.write(f"properties/{name}.json", {"id": name})
    sandbox.commit("Start")
    return sandbox


def names(sandbox: Sandbox, entity: str) -> list[tuple[str, str, str]]:
    return [(str(e), at, state) for e, at, state in sandbox.library.references(entity).names]


def named_by(sandbox: Sandbox, entity: str) -> list[tuple[str, str]]:
    return [(str(e), at) for e, at in sandbox.library.references(entity).named_by]


def violations(sandbox: Sandbox) -> set[tuple[str, str, str]]:
    answer = sandbox.run("-o", "json", "validate", "--canonical").json
    return {(v["entity"], v["path"], v["rule"]) for v in answer["violations"]}


def errors(sandbox: Sandbox) -> set[tuple[str, str, str]]:
    return {violation for violation in violations(sandbox) if violation[2] != "reference/orphan"}


def test_of_several_types_the_first_that_holds_the_id_is_named(wiki: Sandbox) -> None:
    wiki.change("items/Q1.json", subject="x")
    wiki.change("items/Q2.json", subject="y")
    assert names(wiki, "item/Q1") == [("item/x", "/subject", "live")]
    assert names(wiki, "item/Q2") == [("property/y", "/subject", "live")]
    assert named_by(wiki, "item/x") == [("item/Q1", "/subject")]
    assert named_by(wiki, "property/x") == []
    assert named_by(wiki, "property/y") == [("item/Q2", "/subject")]
    assert ("property/x", "", "reference/orphan") in violations(wiki)
    assert ("property/y", "", "reference/orphan") not in violations(wiki)


def test_none_that_holds_it_is_a_violation_at_the_pointer(wiki: Sandbox) -> None:
    wiki.change("items/Q1.json", subject="z")
    assert errors(wiki) == {("item/Q1", "/subject", "reference/missing")}


def test_the_deletion_of_the_named_one_is_refused_and_that_of_its_namesake_is_not(wiki: Sandbox) -> None:
    wiki.change("items/Q1.json", subject="y")
    assert wiki.run("entity", "delete", "property/y", "--reason", "r").code == 23
    assert wiki.run("entity", "delete", "property/x", "--reason", "r").code == 0
    wiki.change("items/Q1.json", subject="x")
    assert wiki.run("entity", "delete", "item/x", "--reason", "r").code == 23


def test_an_entity_that_appears_before_another_takes_its_references(wiki: Sandbox) -> None:
    wiki.change("items/Q1.json", subject="y")
    before = wiki.git("rev-parse", "HEAD")
    wiki.write("items/y.json", {"id": "y"})
    wiki.commit()
    assert names(wiki, "item/Q1") == [("item/y", "/subject", "live")]
    assert named_by(wiki, "property/y") == []
    step = wiki.run("-o", "json", "validate", f"{before}..HEAD").json
    assert ("property/y", "reference/orphan") in {(v["entity"], v["rule"]) for v in step["violations"]}


def test_the_start_of_the_id_and_the_condition_say_what_is_named(wiki: Sandbox) -> None:
    claims = {
        "P1": [claim("P1", "Q2"), claim("P1", "P2"), claim("P1", "Q77", "string")],
        "P2": [claim("P2", "L5")],
    }
    wiki.change("items/Q1.json", claims=claims)
    assert names(wiki, "item/Q1") == [
        ("property/P1", "/claims/P1", "live"),
        ("property/P2", "/claims/P2", "live"),
        ("property/P1", "/claims/P1/0/mainsnak/property", "live"),
        ("property/P1", "/claims/P1/1/mainsnak/property", "live"),
        ("property/P1", "/claims/P1/2/mainsnak/property", "live"),
        ("property/P2", "/claims/P2/0/mainsnak/property", "live"),
        ("item/Q2", "/claims/P1/0/mainsnak/datavalue/value/id", "live"),
        ("property/P2", "/claims/P1/1/mainsnak/datavalue/value/id", "live"),
    ]
    assert errors(wiki) == {("item/Q1", "/claims/P2/0/mainsnak/datavalue/value/id", "reference/missing")}


def test_the_longest_start_that_fits_counts() -> None:
    text = CONFIGURATION.replace("{Q: item, P: property}", "{'': item, P: property, PQ: item}")
    rule = parse_configuration(text.encode()).entities["item"].references[-1]
    assert [str(rule.candidates(key)[0]) for key in ("Q1", "P1", "PQ1")] == [
        "item/Q1",
        "property/P1",
        "item/PQ1",
    ]


def test_a_merge_retargets_values_and_names_of_members_and_one_undo_restores_the_bytes(wiki: Sandbox) -> None:
    wiki.change("items/Q1.json", claims={"P1": [claim("P1", "P1")], "P3": [], "P2": [claim("P2", "Q2")]})
    wiki.change("items/Q2.json", claims={"P1": [claim("P1", "Q3")]}, subject="P1")
    before = wiki.git("rev-parse", "HEAD^{tree}")
    answer = wiki.run("redirect", "merge", "property/P1", "property/P2", "--retarget", "--reason", "the same")
    assert answer.code == 0, answer.err
    wiki.git("reset", "--quiet", "--hard")
    first = wiki.read("items/Q1.json")
    assert first["claims"] == {"P3": [], "P2": [claim("P2", "Q2"), claim("P2", "P2")]}
    assert wiki.read("items/Q2.json") == {
        "id": "Q2",
        "claims": {"P2": [claim("P2", "Q3")]},
        "subject": "P2",
    }
    assert wiki.run("undo").code == 0
    assert wiki.git("rev-parse", "main^{tree}") == before


def test_an_id_that_would_name_another_entity_there_is_not_retargeted(wiki: Sandbox) -> None:
    wiki.change("items/Q1.json", subject="y")
    answer = wiki.run(
        "-o", "json", "redirect", "merge", "property/y", "property/x", "--retarget", "--reason", "r"
    )
    assert answer.code == 23
    assert answer.refusal["code"] == "ambiguous-reference"
    assert answer.refusal["context"] == {"entity": "item/Q1", "path": "/subject"}


def test_a_draft_sees_what_it_makes_itself(wiki: Sandbox) -> None:
    draft = wiki.library.drafts.new("z", draft_id="z")
    draft.set("item/Q1", "/subject", "z", allow_invalid=True)
    assert "reference/missing" in {v.rule for v in draft.validate().violations}
    draft.create("property/z", {"id": "z"})
    assert "reference/missing" not in {v.rule for v in draft.validate().violations}
    references = wiki.library.references("item/Q1", draft).names
    assert [str(entity) for entity, _, _ in references] == ["property/z"]


def test_an_import_knows_its_own_rows(wiki: Sandbox) -> None:
    rows = [
        {"entity": "item/Q9", "document": {"id": "Q9", "subject": "w"}},
        {"entity": "property/w", "document": {"id": "w"}},
    ]
    answer = wiki.run("import", "entities", "-", stdin="\n".join(map(json.dumps, rows)))
    assert answer.code == 0, answer.err
    bad = {"entity": "item/Q10", "document": {"id": "Q10", "subject": "nobody"}}
    assert wiki.run("import", "entities", "-", stdin=json.dumps(bad)).code == 20


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("[item, nothing]", "unknown type 'nothing'"),
        ("[item, item]", "a type stands there twice"),
        ("[]", "expected a type, a list of types, or types, members and when"),
        ("3", "expected a type, a list of types, or types, members and when"),
        ("{types: item, members: item}", "expected a type, a list of types, or types, members and when"),
        ("{when: {/a: b}}", "expected a type, a list of types, or types, members and when"),
        ("{types: item, if: {/a: b}}", "expected a type, a list of types, or types, members and when"),
        ("{types: item, when: {/a/*: b}}", "'/a/*' has more * than the reference"),
        ("{types: item, when: {/a: [b]}}", "expected a text, a number, true, false or null"),
        ("{types: item, when: {a: b}}", "'a' is not a JSON pointer"),
        ("{types: item, when: b}", "expected members: a pointer and the value that is to be there"),
        ("{types: {Q: item, P: nothing}}", "unknown type 'nothing'"),
    ],
)
def test_mistakes_are_named_with_their_line(target: str, message: str) -> None:
    text = CONFIGURATION.replace("/subject: [item, property]", f"/subject: {target}")
    with pytest.raises(InvalidInput) as refused:
        parse_configuration(text.encode())
    assert message in refused.value.details[0]
    assert refused.value.details[0].startswith("line 9: entities.item.references./subject")


def test_parents_are_of_one_type() -> None:
    text = CONFIGURATION.replace("    references:", "    inherits: {parents: /subject}\n    references:")
    with pytest.raises(InvalidInput) as refused:
        parse_configuration(text.encode())
    assert "parents are of one type" in refused.value.details[0]


SNAKS = (
    ("/claims", "/claims/*/*/mainsnak", ""),
    ("/claims/*/*/qualifiers", "/claims/*/*/qualifiers/*/*", ""),
    ("/claims/*/*/references/*/snaks", "/claims/*/*/references/*/snaks/*/*", ""),
)


def ids_in(value: Any) -> Iterator[str]:
    """The ids in an item's JSON by an independent walk: the snaks' properties, as members and as values, and the items,
    properties and lexemes that are values."""
    if isinstance(value, dict):
        if "snaktype" in value:
            yield value["property"]
            if value.get("datavalue", {}).get("type") == "wikibase-entityid":
                yield value["datavalue"]["value"]["id"]
        for name, inner in value.items():
            if name in ("claims", "qualifiers", "snaks"):
                yield from inner
            yield from ids_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from ids_in(inner)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real entities are not beside the project")
@pytest.mark.parametrize("name", ["Q1", "Q120248304", "Q17948861"])
def test_real_items_name_what_an_independent_walk_finds(wiki: Sandbox, name: str) -> None:
    rules = ""
    for members, snak, _ in SNAKS:
        rules += f"      {members}: {{members: property}}\n      {snak}/property: property\n"
        rules += f"      {snak}/datavalue/value/id:\n        types: {{Q: item, P: property, L: item}}\n"
        rules += f"        when: {{{snak}/datavalue/type: wikibase-entityid}}\n"
    head, _, rest = CONFIGURATION.partition("      /subject")
    wiki.write("gitdraft.yaml", head + rules + rest[rest.index("  property:\n    path") :])
    text = (SHARED / f"{name}.json").read_text()
    entity = json.loads(text).get("entities", {}).get(name) or json.loads(text)
    wiki.write(f"items/{name}.json", entity)
    wiki.commit()
    found = sorted(target.partition("/")[2] for target, _, _ in names(wiki, f"item/{name}"))
    assert found == sorted(ids_in(entity))
    assert found
