"""`migrate`: one transformation of canonical and of every open draft, as one operation, or nothing at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox import SCHEMA, Sandbox

DECLARED: dict[str, Any] = SCHEMA["properties"]  # type: ignore[assignment]
RENAMED: dict[str, Any] = {
    **SCHEMA,
    "required": ["id", "name"],
    "properties": {"name": {"type": "string"}} | {k: v for k, v in DECLARED.items() if k != "label"},
}
MOVE = [{"op": "move", "from": "/label", "path": "/name"}]
SCRIPT = """
def migrate(entity, document):
    if entity.startswith("category/"):
        document["name"] = document.pop("label").upper()
    return document
"""


@pytest.fixture
def files(sandbox: Sandbox) -> Path:
    """A patch, a script and a schema beside the repository."""
    folder = sandbox.path.parent
    (folder / "move.json").write_text(json.dumps(MOVE))
    (folder / "script.py").write_text(SCRIPT)
    (folder / "schema.json").write_text(json.dumps(RENAMED))
    return folder


def migrate(sandbox: Sandbox, *options: str) -> Any:
    return sandbox.run("-o", "json", "migrate", "names", "--schema", "category", "../schema.json", *options)


BY_PATCH = ("--patch", "type:category", "../move.json")
BY_SCRIPT = ("--script", "../script.py")


def drafted(sandbox: Sandbox, draft: str, entity: str = "category/Person") -> Any:
    return sandbox.run("view", entity, "--draft", draft).json


@pytest.mark.parametrize(("how", "name"), [(BY_PATCH, "Person"), (BY_SCRIPT, "PERSON")])
def test_canonical_and_every_draft_follow_in_one_operation(
    sandbox: Sandbox, files: Path, how: tuple[str, ...], name: str
) -> None:
    drafts = sandbox.library.drafts
    drafts.new("Label", draft_id="label").set("category/Person", "/label", "Human")
    drafts.new("Text", draft_id="text").set("category/Person", "/description", "Somebody.")
    drafts.new("Made", draft_id="made").create("category/Robot", {"id": "Robot", "label": "Robot"})
    drafts.new("Gone", draft_id="gone").delete("property/unused", "unused")
    drafts.new("Elsewhere", draft_id="elsewhere").set("property/name", "/label", "Full name")
    submitted = drafts.new("Handed in", draft_id="submitted")
    submitted.set("category/Agent", "/label", "Actor")
    submitted.submit()
    sandbox.change("categories/Person.json", steps=["z"])
    before = sandbox.refs()
    answer = migrate(sandbox, *how)
    assert answer.code == 0, answer.err
    assert answer.json["entities"] == ["category/Agent", "category/Person"]
    assert answer.json["left"] == []
    assert {d["id"] for d in answer.json["drafts"]} == {
        "label",
        "text",
        "made",
        "gone",
        "elsewhere",
        "submitted",
    }
    person = sandbox.read("categories/Person.json")
    assert (person["name"], "label" in person, person["steps"]) == (name, False, ["z"])
    expected = "Human" if how is BY_PATCH else "HUMAN"
    assert drafted(sandbox, "label")["name"] == expected
    assert drafted(sandbox, "label")["steps"] == ["z"]
    assert (drafted(sandbox, "text")["name"], drafted(sandbox, "text")["description"]) == (name, "Somebody.")
    robot = "Robot" if how is BY_PATCH else "ROBOT"
    assert drafted(sandbox, "made", "category/Robot") == {"id": "Robot", "name": robot}
    assert drafted(sandbox, "submitted", "category/Agent")["name"].lower() == "actor"
    listed = {d["id"]: d for d in sandbox.run("-o", "json", "list").json["drafts"]}
    assert {d["rebase_status"] for d in listed.values()} <= {"clean", "unknown"}
    assert listed["submitted"]["status"] == "submitted"
    assert {d["base"] for d in listed.values()} == {sandbox.git("rev-parse", "main")}
    patch = sandbox.git("show", "draft/label:.gitdraft/changes/category/Person.patch.json")
    assert [(op["op"], op["path"]) for op in json.loads(patch)] == [("replace", "/name")]
    assert sandbox.run("validate", "--canonical").code == 0
    sandbox.fsck()
    assert sandbox.run("undo").code == 0
    after = sandbox.refs()
    own = {ref: oid for ref, oid in before.items() if ref.startswith("refs/heads/")}
    assert {ref: after[ref] for ref in own} == own
    assert sandbox.run("validate", "--canonical").code == 0


def test_a_preview_writes_nothing(sandbox: Sandbox, files: Path) -> None:
    sandbox.library.drafts.new("Label", draft_id="label").set("category/Person", "/label", "Human")
    before = sandbox.refs()
    answer = migrate(sandbox, *BY_PATCH, "--dry-run")
    assert (answer.code, answer.json["entities"]) == (0, ["category/Agent", "category/Person"])
    assert [draft["id"] for draft in answer.json["drafts"]] == ["label"]
    assert sandbox.refs() == before


def test_stacked_drafts_follow_each_other_and_a_rename_stays_one(sandbox: Sandbox, files: Path) -> None:
    drafts = sandbox.library.drafts
    drafts.new("Below", draft_id="below").set("category/Person", "/label", "Human")
    above = drafts.new("Above", draft_id="above", onto="below")
    above.set("category/Person", "/description", "On top.")
    drafts.new("Renamed", draft_id="renamed").rename("category/Agent", "Actor")
    answer = migrate(sandbox, *BY_PATCH)
    assert answer.code == 0, answer.err
    assert {d["id"] for d in answer.json["drafts"]} == {"below", "above", "renamed"}, answer.json["left"]
    seen = drafted(sandbox, "above")
    assert (seen["name"], seen["description"]) == ("Human", "On top.")
    assert drafted(sandbox, "renamed", "category/Actor")["name"] == "Agent"
    sandbox.library.drafts["below"].set("category/Person", "/name", "Humans")
    assert sandbox.run("rebase").code == 0
    assert drafted(sandbox, "above")["name"] == "Humans"
    assert sandbox.run("doctor").code == 0


def test_what_cannot_be_migrated_is_listed_with_the_reason(sandbox: Sandbox, files: Path) -> None:
    drafts = sandbox.library.drafts
    drafts.new("Mine", draft_id="mine").set("category/Person", "/description", "Mine.")
    drafts.new("On it", draft_id="on-it", onto="mine").set("category/Person", "/rank", 1)
    sandbox.change("categories/Person.json", description="Theirs.")
    answer = migrate(sandbox, *BY_PATCH)
    assert answer.code == 0, answer.err
    reasons = {left["id"]: left["reason"] for left in answer.json["left"]}
    assert reasons["mine"] == "it is in conflict with canonical"
    assert set(reasons) == {"mine", "on-it"}
    assert answer.json["drafts"] == []
    listed = sandbox.run("-o", "json", "conflicts", "mine").json["conflicts"]
    assert [conflict["path"] for conflict in listed] == ["/description"]


def test_a_draft_in_the_worktree_follows(sandbox: Sandbox, files: Path) -> None:
    sandbox.library.drafts.new("Label", draft_id="label").set("category/Person", "/label", "Human")
    assert sandbox.run("checkout", "label").code == 0
    answer = migrate(sandbox, *BY_PATCH)
    assert answer.code == 0, answer.err
    assert sandbox.git("status", "--porcelain") == ""
    assert drafted(sandbox, "label")["name"] == "Human"
    assert sandbox.run("checkout", "--canonical").code == 0
    assert sandbox.read("categories/Person.json")["name"] == "Person"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("def migrate(entity, document):\n    return 1 / 0\n", "migration-failed"),
        ("def migrate(entity, document):\n    return {1}\n", "migration-failed"),
        ("def migrate(entity, document):\n    return None\n", "migration-failed"),
        ("def migrate(entity, document):\n    assert document.get('rank') != 7\n    return document | {'rank': 5}\n", "migration-failed"),
        ("def migrate(entity, document):\n    return document | {'id': 'other'}\n", "data-policy-violation"),
        ("def migrate(entity, document):\n    return document\n", "nothing-to-migrate"),
        ("migrate = 1\n", "migration-failed"),
        ("raise SystemError\n", "migration-failed"),
    ],
)  # fmt: skip
def test_a_failure_changes_nothing_at_all(sandbox: Sandbox, files: Path, script: str, code: str) -> None:
    sandbox.library.drafts.new("Rank", draft_id="rank").set("category/Person", "/rank", 7)
    (files / "bad.py").write_text(script)
    before = sandbox.refs()
    refused = sandbox.run("-o", "json", "migrate", "bad", "--script", "../bad.py")
    assert refused.refusal["code"] == code, refused.refusal
    assert sandbox.refs() == before
    assert sandbox.git("status", "--porcelain") == ""


def test_the_version_of_a_schema_is_counted(sandbox: Sandbox, files: Path) -> None:
    text = (sandbox.path / "gitdraft.yaml").read_text()
    text = text.replace("    schema: categories", "    schema_version: 3\n    schema: categories")
    sandbox.write("gitdraft.yaml", text)
    sandbox.commit("versions")
    assert migrate(sandbox, *BY_PATCH).code == 0
    assert "schema_version: 4\n" in (sandbox.path / "gitdraft.yaml").read_text()
    types = sandbox.run("-o", "json", "config", "show").json["entities"]
    assert types["category"]["schema_version"] == 4
    sandbox.write("gitdraft.yaml", text.replace("schema_version: 3", "schema_version: x"))
    assert sandbox.run("validate", "--canonical").code in (0, 1, 20)


def test_usage(sandbox: Sandbox, files: Path) -> None:
    assert sandbox.run("migrate", "x").code == 2
    assert sandbox.run("migrate", "x", *BY_PATCH, *BY_SCRIPT).code == 2
    assert sandbox.run("migrate", "x", "--patch", "type:none", "../move.json").code == 40
    refused = sandbox.run("-o", "json", "migrate", "x", *BY_PATCH, "--schema", "property", "../schema.json")
    assert refused.refusal["code"] == "resource-not-found"
    refused = sandbox.run("-o", "json", "migrate", "x", *BY_PATCH)  # the schema forbids it
    assert refused.refusal["code"] == "data-policy-violation"
