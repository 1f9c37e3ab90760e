"""What the command line refuses: the exit code, one sentence, a hint, and nothing done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sandbox import Sandbox


@pytest.mark.sweep(7)
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["view", "category/Persn"], 40, "hint: did you mean 'category/Person'?"),
        (["view", "catgory/Person"], 40, "hint: did you mean 'category/Person'?"),
        (["show", "nothing"], 40, "unknown draft 'nothing'"),
        (["set", "category/Person", "/label", "x", "--draft", "fxi"], 40, "did you mean 'fix'?"),
        (["set", "category/Person", "label", "x", "-d", "fix"], 20, "expected a leading '/'"),
        (["set", "category/Person", "/rank", "{bad", "-d", "fix"], 20, "VALUE, line 1, column 2"),
        (["set", "category/Person", "/nope/deep", "1", "-d", "fix"], 22, "'/nope' is not there"),
        (["unset", "category/Person", "/labl", "-d", "fix"], 22, "did you mean '/label'?"),
        (["set", "category/Person", "/label", "", "-d", "fix"], 23, "--allow-invalid"),
        (
            ["set", "category/Person", "/parents/-", "Nobody", "-d", "fix"],
            23,
            "category/Nobody does not exist",
        ),
        (["set", "category/Person", "/id", "Other", "-d", "fix"], 20, "must be the key, 'Person'"),
        (
            ["delete", "property/name", "--reason", "x", "-d", "fix"],
            23,
            "category/Person /properties/0 still names it",
        ),
        (["drop", "category/Person", "-d", "fix"], 40, "does not change 'category/Person'"),
        (["merge", "fix"], 42, "hint: gitdraft submit fix"),
        (["submit", "fix"], 42, "changes nothing"),
        (["reopen", "fix"], 42, "draft 'fix' is draft"),
        (["new", "Fix", "--id", "fix"], 41, "draft 'fix' already exists"),
        (["new", "Fix", "--id", "Bad Id"], 20, "cannot be a draft id"),
        (["new", "x", "--from", "no-such-rev"], 40, "unknown revision 'no-such-rev'"),
        (["new", "x", "--from", "main"], 42, "changes no entity"),
        (["undo", "abcdef"], 40, "no operation starts with 'abcdef'"),
        (["rebase", "nothing"], 40, "unknown draft 'nothing'"),
        (["resolve", "fix", "category/Person", "--take", "draft"], 42, "not in conflict"),
        (["frobnicate"], 2, "no such command"),
        (["viw", "x"], 2, "Did you mean 'view'?"),
        (["resolve", "fix", "category/Person"], 2, "one of --take, --value, --edit and --retarget is needed"),
        (["validate", "main..nowhere"], 40, "unknown revision 'nowhere'"),
        (["patch", "category/Person", "no-such-file", "-d", "fix"], 40, "no file 'no-such-file'"),
    ],
)
def test_refusals(sandbox: Sandbox, arguments: list[str], code: int, said: str) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    before = sandbox.refs()

    answer = sandbox.run(*arguments)

    assert answer.code == code, answer
    assert said in answer.err
    assert answer.out == ""
    assert sandbox.refs() == before


def test_an_error_as_json(sandbox: Sandbox) -> None:
    answer = sandbox.run("-o", "json", "view", "category/Persn")
    assert answer.code == 40
    assert json.loads(answer.err) == {
        "code": "resource-not-found",
        "message": "unknown entity 'category/Persn'",
        "context": {"entity": "category/Persn"},
        "hint": "did you mean 'category/Person'?",
    }


def test_a_folder_that_is_no_repository(tmp_path: Path, sandbox: Sandbox) -> None:
    answer = sandbox.run("-C", str(tmp_path), "status")
    assert answer.code == 50
    assert "hint: gitdraft init makes one here" in answer.err
    assert sandbox.run("-C", str(tmp_path / "nowhere"), "status").code == 50


def test_create_over_what_is_there(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    for entity in ("category/Person", "category/person"):
        answer = sandbox.run(
            "create", entity, "-", stdin=json.dumps({"id": entity.split("/")[1], "label": "x"})
        )
        assert answer.code == 41
    assert sandbox.run("create", "property/a", "-", stdin='{"id": "a"}').code == 0
    assert sandbox.run("create", "property/a", "-", stdin='{"id": "a"}').code == 41
    assert sandbox.run("create", "property/A", "-", stdin='{"id": "A"}').code == 41


def test_what_could_not_be_read_again_is_not_saved(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    patch = [{"op": "add", "path": "/n", "value": [0] * 200_000}]  # 0.6 MB in one line, 1.4 MB as a file
    answer = sandbox.run("patch", "property/name", "-", stdin=json.dumps(patch))
    assert (answer.code, "larger than 1,048,576 bytes" in answer.err) == (23, True)


def test_saving_never_follows_a_link(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.run("new", "Fix")
    (tmp_path / "secret.json").write_text('{"id": "Person", "label": "secret"}')
    (sandbox.path / "categories/Person.json").unlink()
    (sandbox.path / "categories/Person.json").symlink_to(tmp_path / "secret.json")
    answer = sandbox.run("save")
    assert (answer.code, "symbolic link" in answer.err) == (20, True)


def test_undo_of_what_moved_since_names_the_later_operation(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    first = sandbox.run("-o", "json", "operations").json["operations"][1]
    answer = sandbox.run("undo", first["id"])
    assert answer.code == 43
    assert "first (fix: Set category/Person /label)" in answer.err


def test_local_changes_are_never_overwritten(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("submit")
    sandbox.write("categories/Person.json", {"id": "Person", "label": "not committed"})
    before = sandbox.refs()
    answer = sandbox.run("merge", "fix")
    assert answer.code == 42
    assert "categories/Person.json" in answer.err
    assert sandbox.read("categories/Person.json")["label"] == "not committed"
    assert sandbox.refs() == before


def test_what_canonical_redirected_is_not_said_to_be_deleted(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "the same")
    for words in (("edit", "property/unused"), ("set", "property/unused", "label=X")):
        answer = sandbox.run("-o", "json", *words, EDITOR="true", VISUAL="")
        assert answer.refusal["code"] == "redirected-item"
        assert answer.refusal["hint"] == "edit 'property/name' instead"


def test_names_in_capitals_stay_so_in_errors(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    assert "error: POINTER '/x' takes one VALUE" in sandbox.run("set", "category/Person", "/x").err
    assert "error: missing argument" in sandbox.run("set", "category/Person").err


def test_what_is_open_is_not_to_be_submitted_to_be_reopened(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    assert "hint" not in json.loads(sandbox.run("-o", "json", "reopen", "fix").err)
    assert json.loads(sandbox.run("-o", "json", "merge", "fix").err)["hint"] == "gitdraft submit fix"
