"""`validate` as CI and people meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from sandbox import CONFIGURATION, Sandbox

SARIF = Path(__file__).parents[1] / "cases/sarif/sarif-schema-2.1.0.json"


@pytest.fixture
def declared(sandbox: Sandbox) -> Sandbox:
    """Categories inherit what they require, properties have a datatype, ranks are nobody's business."""
    inherits = "    inherits: {parents: /parents, members: {/properties: required, /steps: optional}}\n"
    text = CONFIGURATION.replace("  property:\n", f"{inherits}    impact: {{/rank: cosmetic}}\n  property:\n")
    sandbox.write("gitdraft.yaml", text + "    datatype: /datatype\n")
    sandbox.commit("declare")
    return sandbox


def impact(sandbox: Sandbox, draft: str = "d") -> Any:
    answer = sandbox.run("-o", "json", "validate", draft, "--impact")
    assert answer.code == 0, answer.err
    return answer.json


def edit(sandbox: Sandbox, *command: str) -> None:
    done = sandbox.run(*command, "--draft", "d", "--allow-invalid")
    assert done.code == 0, done.err


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("commands", "step", "reasons"),
    [
        ([["set", "category/Person", "/description", '"A human."']], "patch", [("cosmetic", "/description")]),
        ([["set", "category/Person", "/rank", "3"]], "patch", [("cosmetic", "/rank")]),
        ([["set", "category/Person", "/fields", '[{"name": "a"}]']], "minor", [("additive", "/fields")]),
        ([["unset", "category/Person", "/description"]], "patch", [("cosmetic", "/description")]),
        ([["set", "property/name", "/datatype", '"Number"']], "major", [("breaking", "/datatype")]),
        ([["set", "property/name", "/unit", '"m"']], "minor", [("additive", "/unit")]),
        (
            [["set", "category/Person", "/properties", '["unused", "name"]']],
            "major",
            [("breaking", "/properties/0")],
        ),
        ([["set", "category/Person", "/properties", "[]"]], "major", [("breaking", "/properties/0")]),
        (
            [
                ["set", "category/Person", "/properties", "[]"],
                ["set", "category/Person", "/steps", '["name", "a", "b", "c"]'],
            ],
            "minor",
            [("additive", "/properties/0"), ("additive", "/steps/0")],
        ),
        ([["set", "category/Agent", "/steps", '["x"]']], "minor", [("additive", "/steps")]),
        ([["delete", "property/unused", "--reason", "x"]], "major", [("breaking", "")]),
        ([["redirect", "property/unused", "property/name", "--reason", "x"]], "major", [("breaking", "")]),
        ([], "none", []),
    ],
)
def test_a_draft_is_as_weighty_as_its_weightiest_change(
    declared: Sandbox, commands: list[list[str]], step: str, reasons: list[tuple[str, str]]
) -> None:
    declared.run("new", "d", "--id", "d")
    for command in commands:
        edit(declared, *command)
    found = impact(declared)
    assert (found["step"], [(r["impact"], r["path"]) for r in found["reasons"]]) == (step, reasons)


def test_a_new_parent_that_requires_something_breaks_those_who_did_not(declared: Sandbox) -> None:
    declared.run("new", "d", "--id", "d")
    edit(declared, "set", "category/Agent", "/parents", '["Person"]')
    found = impact(declared)
    assert [(r["impact"], r["path"], r["message"]) for r in found["reasons"]] == [
        ("breaking", "/parents", "'name' is required now, by way of category/Person"),
        ("additive", "/parents", '["Person"] is added'),
    ]


def test_the_impact_is_a_table_with_the_step_below(declared: Sandbox) -> None:
    declared.run("new", "d", "--id", "d")
    edit(declared, "set", "category/Person", "/description", '"A human."')
    edit(declared, "delete", "property/unused", "--reason", "x")
    answer = declared.run("validate", "d", "--impact")
    assert answer.out.splitlines() == [
        "breaking  property/unused  (whole entity)  it is removed",
        'cosmetic  category/Person  /description    "A human being." becomes "A human."',
        "d: breaking, 2 changes; a major version",
    ]
    assert declared.run("-o", "json", "show", "d").json["status"] == "draft"


def test_a_change_in_conflict_is_not_judged(declared: Sandbox) -> None:
    declared.run("new", "d", "--id", "d")
    edit(declared, "set", "category/Person", "/label", '"Human"')
    declared.change("categories/Person.json", label="Somebody")
    found = impact(declared)
    assert (found["impact"], found["step"], found["unjudged"]) == (None, "none", ["category/Person"])


def test_sarif_of_canonical_has_file_line_and_column(sandbox: Sandbox) -> None:
    sandbox.write("categories/Agent.json", {"id": "Agent", "label": "", "parents": ["Nobody"]})
    sandbox.write("categories/Torn.json", '{\n  "id": oops\n}\n')
    sandbox.commit()
    answer = sandbox.run("validate", "--canonical", "--format", "sarif")
    assert answer.code == 1
    Draft4Validator(json.loads(SARIF.read_text("utf-8"))).validate(answer.json)
    (run,) = answer.json["runs"]
    assert [
        (
            r["ruleId"],
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            *r["locations"][0]["physicalLocation"]["region"].values(),
        )
        for r in run["results"]
    ] == [
        ("schema/minLength", "categories/Agent.json", 3, 3),
        ("reference/missing", "categories/Agent.json", 5, 5),
        ("json/invalid", "categories/Torn.json", 2, 9),
    ]


def test_annotations_of_a_draft_point_into_its_own_files(sandbox: Sandbox) -> None:
    sandbox.run("new", "d", "--id", "d")
    edit(sandbox, "set", "category/Person", "/rank", "1")
    edit(sandbox, "set", "category/Person", "/label", '""')
    edit(sandbox, "delete", "property/name", "--reason", "x")
    answer = sandbox.run("validate", "d", "--format", "github")
    assert answer.code == 1
    person, name = answer.out.splitlines()[:1], answer.out.splitlines()[-1]
    patch = sandbox.git("show", "draft/d:.gitdraft/changes/category/Person.patch.json").splitlines()
    line = int(person[0].partition("line=")[2].partition(",")[0])
    assert "/label" in "".join(patch[line - 1 : line + 3])
    assert person[0].startswith("::error file=.gitdraft/changes/category/Person.patch.json,line=")
    assert name.startswith(
        "::error file=.gitdraft/changes/property/name.delete.json,line=1,col=1,title=reference/"
    )


def test_a_step_that_deletes_what_is_named_is_told_where_it_is_named(sandbox: Sandbox) -> None:
    (sandbox.path / "properties/name.json").unlink()
    sandbox.commit()
    answer = sandbox.run("validate", "main~1..main", "--format", "github")
    assert answer.out.startswith("::error file=categories/Person.json,line=")
    assert "title=reference/missing" in answer.out


def test_a_step_that_requires_more_of_a_type_is_told_in_the_schema(sandbox: Sandbox) -> None:
    schema = sandbox.read("categories/_schema.json")
    sandbox.write("categories/_schema.json", {**schema, "required": [*schema["required"], "description"]})
    sandbox.commit()
    answer = sandbox.run("-o", "json", "validate", "main~1..main")
    assert (answer.code, answer.json["checked"]) == (0, 2)
    assert answer.json["violations"] == [
        {
            "entity": "/categories/_schema.json",
            "path": "/required",
            "rule": "required/added",
            "message": "'description' was not required before",
            "severity": "warning",
        }
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--canonical", "--impact"],
        ["main~1..main", "--impact"],
        ["d", "--impact", "--format", "sarif"],
        ["--canonical", "--format", "xml"],
    ],
)
def test_what_does_not_go_together_is_refused(sandbox: Sandbox, arguments: list[str]) -> None:
    assert sandbox.run("validate", *arguments).code == 2


def test_two_forms_at_once_are_refused(sandbox: Sandbox) -> None:
    assert sandbox.run("-o", "json", "validate", "--canonical", "--format", "sarif").code == 2
    assert json.loads(sandbox.run("validate", "--canonical", "--format", "sarif").out)["version"] == "2.1.0"
