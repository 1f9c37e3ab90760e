"""Hostile inputs all the way through: the expected answer, no other exception, the repository unchanged."""

from __future__ import annotations

import base64
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, present

from gitdraft.cli.main import main
from gitdraft.errors import GitdraftError
from gitdraft.formats.keys import decode_text

CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
PERSON = {
    "entity_key": "Person",
    "label": "Person",
    "count": 1,
    "aliases": ["a", "b"],
    "nested": {"x": 1},
}
REFUSED = {20, 22, 23, 41}


def rows(*surfaces: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{case['surface']}-{case['name']}")
        for case in CASES
        if case["surface"] in surfaces
    ]


def raw(case: dict[str, Any]) -> bytes:
    match case["encoding"]:
        case "base64":
            return base64.b64decode(case["input"])
        case "repeat":
            return "".join(text * times for text, times in case["input"]).encode("utf-8", "surrogatepass")
        case _ if isinstance(case["input"], str) and case["surface"] == "json_document":
            return case["input"].encode("utf-8", "surrogatepass")
        case _:
            return json.dumps(case["input"]).encode()


@pytest.fixture
def hostile(sandbox: Sandbox) -> Sandbox:
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  category:\n    path: categories/{key}.json\n    schema: schema.json\n    id: /entity_key\n",
    )
    sandbox.write(
        "schema.json",
        {"type": "object", "required": ["entity_key", "label"], "properties": {"label": {"type": "string"}}},
    )
    sandbox.git("rm", "-r", "--quiet", "categories", "properties")
    sandbox.write("categories/Person.json", PERSON)
    sandbox.commit("a type with an entity_key")
    sandbox.library.drafts.new("Fix", draft_id="fix")
    return sandbox


def outcome(hostile: Sandbox, arguments: list[str], content: bytes, tmp_path: Path) -> int:
    """The exit code of a command that reads ``content`` from a file."""
    file = tmp_path / "input.json"
    file.write_bytes(content)
    return main(["-C", str(hostile.path), *arguments, str(file), "--draft", "fix"])


@pytest.mark.sweep(12)
@pytest.mark.parametrize("case", rows("json_patch"))
def test_patches(hostile: Sandbox, tmp_path: Path, case: dict[str, Any], capfd: Any) -> None:
    before = hostile.refs()
    code = outcome(hostile, ["patch", "category/Person"], raw(case), tmp_path)
    if case["expect"] == "reject":
        assert code in REFUSED
        assert hostile.refs() == before
        assert "error:" in capfd.readouterr().err
    else:
        assert code == 0


@pytest.mark.sweep(12)
@pytest.mark.parametrize("case", rows("json_document"))
def test_documents(hostile: Sandbox, tmp_path: Path, case: dict[str, Any], capfd: Any) -> None:
    """As the whole new content of an entity: Person is deleted on canonical's side of the story first."""
    (hostile.path / "categories/Person.json").unlink()
    hostile.commit("Person goes")
    name = "\u00c9t\u00e9" if case["name"] == "nfd_entity_key" else "Person"
    before = hostile.refs()
    code = outcome(hostile, ["create", f"category/{name}"], raw(case), tmp_path)
    if case["expect"] == "reject":
        assert code in REFUSED
        assert hostile.refs() == before
        assert "error:" in capfd.readouterr().err
    elif case["name"] != "nfd_entity_key":
        assert code == 0


@pytest.mark.sweep(20)
@pytest.mark.parametrize("case", rows("entity_key"))
def test_keys(hostile: Sandbox, case: dict[str, Any]) -> None:
    before = hostile.refs()
    draft = hostile.library.drafts["fix"]
    if case["name"] == "plain":
        draft.delete("category/Person", "it makes room for the case")
        draft.drop("category/Person")
        return
    try:
        key: Any = case["input"]
        if case["encoding"] == "base64":
            key = decode_text(base64.b64decode(key))
        if case["encoding"] == "repeat":
            key = "".join(text * times for text, times in key)
        if not isinstance(key, str):
            hostile.library.drafts["fix"].create(f"category/{json.dumps(key)}", {"label": "x"})
        stored = unicodedata.normalize("NFC", str(key))
        draft.create(f"category/{key}", {"entity_key": stored, "label": "x"})
    except GitdraftError as error:
        assert case["expect"] == "reject"
        assert error.exit_code in REFUSED
        assert hostile.refs() == before
    else:
        assert case["expect"] != "reject"
        assert present(draft.view(f"category/{key}").document)["entity_key"] == stored


@pytest.mark.sweep(12)
@pytest.mark.parametrize("case", rows("draft_id"))
def test_draft_ids(hostile: Sandbox, case: dict[str, Any]) -> None:
    before = hostile.refs()
    text = case["input"]
    if case["encoding"] == "repeat":
        text = "".join(part * times for part, times in text)
    try:
        hostile.library.drafts.new("Title", draft_id=text)
    except GitdraftError as error:
        assert (case["expect"], error.exit_code) == ("reject", 20)
        assert hostile.refs() == before
    else:
        assert case["expect"] == "accept"


def test_a_symbolic_draft_branch_moves_nothing_else(hostile: Sandbox) -> None:
    hostile.git("symbolic-ref", "refs/heads/draft/evil", "refs/heads/main")
    before = hostile.git("rev-parse", "main")
    answer = hostile.run("set", "category/Person", "/count", "2", "--draft", "evil")
    assert answer.code == 50
    assert "symbolic" in answer.err
    assert hostile.git("rev-parse", "main") == before
    assert hostile.run("rebase").code == 0


def test_a_schema_never_reaches_outside_the_repository(hostile: Sandbox) -> None:
    for reference in (
        "http://169.254.169.254/x.json",
        "file:///etc/passwd",
        "../../etc/passwd",
        "/etc/passwd",
    ):
        hostile.write("schema.json", {"properties": {"label": {"$ref": reference}}})
        hostile.commit("a schema that refers elsewhere")
        answer = hostile.run("validate", "--canonical")
        assert answer.code == 1
        assert "schema/unusable" in answer.out
        assert reference.rpartition("/")[2] in answer.out
