"""A draft of many changes at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def replace(entity: str, path: str, value: str) -> dict[str, Any]:
    return {"entity": entity, "patch": [{"op": "replace", "path": path, "value": value}]}


def test_all_kinds_of_changes_make_one_draft(sandbox: Sandbox) -> None:
    rows = lines(
        replace("category/Person", "/label", "Human"),
        {"entity": "category/Place", "create": {"id": "Place", "label": "Place", "parents": ["Thing"]}},
        {"entity": "category/Thing", "create": {"id": "Thing", "label": "Thing"}},
        {"entity": "property/unused", "delete": "nobody uses it"},
        {"entity": "category/Agent", "redirect": "category/Person", "reason": "the same"},
        replace("property/name", "/label", "Name"),
    )
    answer = sandbox.run("-o", "json", "new", "Many", "--from-file", "-", "--allow-invalid", stdin=rows)
    assert answer.code == 0, answer.err
    assert answer.json["entities"] == [
        "category/Agent",
        "category/Person",
        "category/Place",
        "category/Thing",
        "property/unused",
    ], "what changes nothing is left out"
    assert sandbox.git("rev-list", "--count", "main..draft/many") == "1"
    shown = sandbox.run("-o", "json", "show", "many").json
    assert {change["entity"]: change["_change_status"] for change in shown["changes"]} == {
        "category/Agent": "redirected",
        "category/Person": "modified",
        "category/Place": "added",
        "category/Thing": "added",
        "property/unused": "deleted",
    }
    assert sandbox.run("undo").code == 0
    assert sandbox.git("branch", "--list", "draft/*") == ""


def test_all_problems_are_listed_at_once_and_nothing_is_made(sandbox: Sandbox) -> None:
    sandbox.run("entity", "lock", "category/Agent", "--reason", "review")
    before = sandbox.refs()
    rows = lines(
        replace("category/Person", "/label", "Human"),
        replace("category/Person", "/label", "Twice"),
        replace("category/Nobody", "/label", "x"),
        replace("category/Agent", "/label", "x"),
        {"entity": "category/New", "create": {"id": "New", "parents": ["Later"]}},
        {"entity": "category/Later", "create": {"id": "Later", "label": ""}},
        {"entity": "category/later", "create": {"id": "later", "label": "Later"}},
        {"entity": "property/name", "delete": "gone"},
        {"entity": "property/unused", "delete": "", "create": {}},
        {"entity": "property/unused", "redirect": "category/Person", "reason": "no"},
        {"entity": "category/Wrong", "create": {"id": "Right", "label": "x"}},
        {"entity": "nothing/x", "delete": "no type"},
    )
    answer = sandbox.run("-o", "json", "new", "Many", "--from-file", "-", stdin=rows + "{\n")

    assert answer.code == 20
    found = [(row["row"], row["code"]) for row in json.loads(answer.err)["context"]["rows"]]
    assert found == [
        (1, "data-policy-violation"),  # it names property/name, which row 8 deletes
        (2, "entity-already-exists"),
        (3, "resource-not-found"),
        (4, "entity-locked"),
        (5, "data-policy-violation"),
        (6, "data-policy-violation"),
        (7, "entity-already-exists"),
        (8, "data-policy-violation"),
        (9, "invalid-value"),
        (10, "target-is-incompatible"),
        (11, "invalid-value"),
        (12, "resource-not-found"),
        (13, "invalid-value"),
    ]
    assert sandbox.refs() == before


def test_redirects_to_what_redirects_itself_lead_to_its_target(sandbox: Sandbox) -> None:
    rows = lines(
        *({"entity": f"property/p{n}", "create": {"id": f"p{n}"}} for n in range(2)),
        {"entity": "property/unused", "redirect": "name", "reason": "same"},
        {"entity": "property/name", "redirect": "property/p1", "reason": "same"},
    )
    answer = sandbox.run("new", "Many", "--from-file", "-", "--allow-invalid", stdin=rows)
    assert answer.code == 0, answer.err
    path = "draft/many:.gitdraft/changes/property/unused.redirect.json"
    assert json.loads(sandbox.git("show", path))["redirects_to"] == "p1"


def test_thousands_of_changes_are_made_in_one_go(sandbox: Sandbox) -> None:
    rows = lines(*({"entity": f"property/p{n}", "create": {"id": f"p{n}"}} for n in range(2_000)))
    assert sandbox.run("new", "Many", "--from-file", "-", stdin=rows).out.startswith(
        "started draft many with 2,000 changes"
    )


@pytest.mark.parametrize(("arguments", "code"), [(["--from", "main"], 2), ([], 42)])
def test_rows_that_change_nothing_make_no_draft(sandbox: Sandbox, arguments: list[str], code: int) -> None:
    answer = sandbox.run("new", "None", "--from-file", "-", *arguments, stdin="\n")
    assert answer.code == code


def test_entities_are_renamed_with_those_that_name_them(sandbox: Sandbox) -> None:
    patch = [{"op": "replace", "path": "/description", "value": "Does."}]
    rows = lines(
        {"entity": "category/Old", "redirect": "category/Human", "reason": "the same"},
        {"entity": "category/Person", "rename": "Human"},
        {"entity": "category/Agent", "rename": "Actor", "redirect": False, "patch": patch},
        {"entity": "category/Child", "create": {"id": "Child", "label": "Child", "parents": ["Agent"]}},
    )
    old = {"id": "Old", "label": "Old"}
    assert sandbox.run("new", "Old", "--id", "old").code == 0
    assert sandbox.run("create", "category/Old", "-", "-d", "old", stdin=json.dumps(old)).code == 0
    assert sandbox.run("submit", "old").code == 0
    assert sandbox.run("merge", "old").code == 0

    answer = sandbox.run("-o", "json", "new", "Names", "--from-file", "-", stdin=rows)
    assert answer.code == 0, answer.err
    assert answer.json["entities"] == ["category/Agent", "category/Child", "category/Old", "category/Person"]
    kept = sandbox.git("ls-tree", "-r", "--name-only", "draft/names", ".gitdraft/changes/category/").split()
    assert [path.rpartition("/")[2] for path in kept] == [
        "Agent.patch.json",
        "Agent.rename.json",
        "Child.create.json",
        "Old.redirect.json",
        "Person.patch.json",
        "Person.rename.json",
    ]
    assert sandbox.run("validate", "names").code == 0
    assert sandbox.run("submit", "names").code == 0
    assert sandbox.run("merge", "names").code == 0
    human, actor = sandbox.read("categories/Human.json"), sandbox.read("categories/Actor.json")
    assert (human["id"], human["parents"]) == ("Human", ["Actor"])
    assert (actor["id"], actor["description"]) == ("Actor", "Does.")
    assert sandbox.read("categories/Child.json")["parents"] == ["Actor"]
    assert sandbox.read("tombstones/category/Person.json")["redirects_to"] == "Human"
    assert sandbox.read("tombstones/category/Old.json")["redirects_to"] == "Human"
    assert not (sandbox.path / "tombstones/category/Agent.json").exists()
    assert sandbox.run("validate", "--canonical").code == 0
    assert sandbox.run("doctor").code == 0


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"rename": "Agent"}, "'category/Agent' is there already"),
        ({"rename": "person"}, "'category/person' differs in case alone"),
        ({"rename": "Human", "patch": [{"op": "remove", "path": "/nothing"}]}, "/nothing"),
        ({"rename": "Human", "redirect": "no"}, "expected true or false"),
        ({"rename": "Human", "delete": "x"}, "unknown member"),
        ({"rename": "property/human"}, "another type"),
    ],
)
def test_a_renaming_that_cannot_be_is_named_by_its_row(
    sandbox: Sandbox, row: dict[str, Any], expected: str
) -> None:
    before = sandbox.refs()
    answer = sandbox.run(
        "new", "Names", "--from-file", "-", stdin=lines({"entity": "category/Person", **row})
    )
    assert (answer.code, sandbox.refs()) == (20, before)
    assert expected in answer.err
