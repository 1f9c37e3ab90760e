"""Many entities at once: into canonical and out of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox


def lines(*rows: Any) -> str:
    return "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)


def leftovers(sandbox: Sandbox) -> list[Any]:
    """What an import that went wrong must not leave."""
    common = sandbox.path / ".git"
    return [*common.glob("fast_import_crash_*"), *(common / "objects").glob("tmp_objdir-*")]


def category(key: str, **members: Any) -> dict[str, Any]:
    return {"id": key, "label": key.title(), **members}


def test_rows_are_created_updated_or_there_already_in_one_commit(sandbox: Sandbox) -> None:
    before = sandbox.git("rev-parse", "main")
    person = sandbox.read("categories/Person.json")
    rows = lines(category("Place"), {**person, "label": "Human"}, sandbox.read("categories/Agent.json"))

    answer = sandbox.run("-o", "json", "import", "entities", "-", "--type", "category", stdin=rows)

    assert answer.code == 0, answer.err
    found = answer.json
    assert [found[word] for word in ("created", "updated", "unchanged", "left_out")] == [1, 1, 1, 0]
    assert sandbox.git("rev-parse", "main^") == before
    assert sandbox.git("log", "-1", "--format=%(trailers:key=Gitdraft-Edit,valueonly)", "main") == "import"
    assert sandbox.git("diff", "--name-only", before, "main").split() == [
        "categories/Person.json",
        "categories/Place.json",
    ]
    assert sandbox.read("categories/Place.json") == category("Place"), "the worktree follows"
    assert sandbox.git("status", "--porcelain") == ""
    assert "import" in sandbox.run("revision", "list", "category/Place").out
    sandbox.fsck()
    assert leftovers(sandbox) == []

    assert sandbox.run("undo").code == 0
    assert sandbox.git("rev-parse", "main") == before


def test_an_update_keeps_the_formatting_of_what_stays(sandbox: Sandbox) -> None:
    sandbox.write("properties/name.json", '{"id": "name",\n\n "label": "Name"}\n')
    sandbox.commit()
    answer = sandbox.run(
        "import", "entities", "-", "--type", "property", stdin='{"label":"First name","id":"name"}'
    )
    assert answer.code == 0, answer.err
    assert (
        sandbox.path / "properties/name.json"
    ).read_text() == '{"id": "name",\n\n "label": "First name"}\n'


def test_all_bad_rows_are_listed_and_nothing_is_imported(sandbox: Sandbox) -> None:
    sandbox.run("entity", "lock", "property/name", "--reason", "review")
    sandbox.run("entity", "delete", "property/unused", "--reason", "gone")
    sandbox.run("redirect", "create", "category/Agent", "category/Person", "--reason", "same", "--retarget")
    before = sandbox.refs()
    rows = lines(
        category("Good"),
        category("bad/key"),
        {"label": "no id"},
        {"id": "NoLabel"},
        category("good"),
        category("PERSON"),
        '{"id": "x", "id": "y"}\n',
        "[1]\n",
        category("Names", parents=["Nobody"]),
        '{"id": "Nan", "label": "x", "rank": NaN}\n',
    )

    answer = sandbox.run("-o", "json", "import", "entities", "-", "--type", "category", stdin=rows)

    assert answer.code == 20
    error = json.loads(answer.err)
    assert error["code"] == "invalid-rows"
    assert {row["row"]: row["code"] for row in error["context"]["rows"]} == {
        2: "invalid-value",
        3: "missing-field",
        4: "data-policy-violation",
        5: "entity-already-exists",
        6: "entity-already-exists",
        7: "invalid-value",
        8: "invalid-value",
        9: "data-policy-violation",
        10: "invalid-value",
    }
    states = sandbox.run(
        "-o",
        "json",
        "import",
        "entities",
        "-",
        "--type",
        "property",
        stdin=lines({"id": "name", "label": "N"}, {"id": "unused"}),
    )
    codes = [row["code"] for row in json.loads(states.err)["context"]["rows"]]
    assert codes == ["entity-locked", "entity-deleted"]
    assert sandbox.refs() == before
    assert leftovers(sandbox) == []


def test_rows_are_left_out_with_those_that_name_them(sandbox: Sandbox) -> None:
    rows = lines(
        category("A", parents=["B"]),
        category("B", parents=["C"]),
        category("C", parents=["Nobody"]),
        category("D", parents=["Person", "E"]),
        category("E"),
        {"id": "NoLabel"},
    )
    answer = sandbox.run(
        "-o", "json", "import", "entities", "-", "--type", "category", "--skip-invalid", stdin=rows
    )
    assert answer.code == 0, answer.err
    assert [row["row"] for row in answer.json["rows"]] == [1, 2, 3, 6]
    assert (answer.json["created"], answer.json["left_out"]) == (2, 4)
    assert sandbox.git("show", "--name-only", "--format=", "main").split() == [
        "categories/D.json",
        "categories/E.json",
    ]
    assert sandbox.run("validate", "--canonical").code == 0


def test_references_may_be_left_unchecked(sandbox: Sandbox) -> None:
    rows = lines(category("A", parents=["Nobody"]))
    answer = sandbox.run("import", "entities", "-", "--type", "category", "--no-references", stdin=rows)
    assert answer.code == 0
    assert sandbox.run("validate", "--canonical").code == 1


def test_a_dry_run_counts_and_writes_nothing(sandbox: Sandbox) -> None:
    before, objects = sandbox.refs(), sandbox.git("count-objects", "-v")
    answer = sandbox.run("import", "entities", "-", "--type", "category", "-n", stdin=lines(category("A")))
    assert answer.out == "1 would be created\n"
    assert (sandbox.refs(), sandbox.git("count-objects", "-v")) == (before, objects)


def test_what_is_there_already_makes_no_commit(sandbox: Sandbox) -> None:
    before = sandbox.refs()
    answer = sandbox.run(
        "import", "entities", "-", "--type", "category", stdin=lines(sandbox.read("categories/Agent.json"))
    )
    assert (answer.code, answer.out) == (0, "1 there already\n")
    assert sandbox.refs() == before


def test_the_key_may_be_elsewhere(sandbox: Sandbox) -> None:
    sandbox.write(
        "gitdraft.yaml",
        (sandbox.path / "gitdraft.yaml").read_text() + "  note:\n    path: notes/{key}.json\n",
    )
    sandbox.commit()
    row = '{"name": {"short": "n1"}}'
    refused = sandbox.run("import", "entities", "-", "--type", "note", stdin=row)
    assert (refused.code, "where is its key?" in refused.err) == (20, True)
    assert (
        sandbox.run("import", "entities", "-", "--type", "note", "--key", "/name/short", stdin=row).code == 0
    )
    assert sandbox.read("notes/n1.json") == {"name": {"short": "n1"}}


def test_drafts_follow_an_import_in_the_same_operation(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("new", "Clash")
    sandbox.run("set", "category/Agent", "/label", "Actor")
    person, agent = sandbox.read("categories/Person.json"), sandbox.read("categories/Agent.json")
    before = sandbox.refs()
    rows = lines({**person, "description": "Anybody."}, {**agent, "label": "Doer"}, category("New"))

    answer = sandbox.run("-o", "json", "import", "entities", "-", "--type", "category", stdin=rows)

    counts = answer.json["rebase"]["counts"]
    assert (counts["rebased"], counts["conflict"]) == (1, 1)
    assert sandbox.run("undo").code == 0
    after = sandbox.refs()
    assert {name: oid for name, oid in after.items() if "/heads/" in name} == {
        name: oid for name, oid in before.items() if "/heads/" in name
    }


@pytest.mark.sweep(2)
@pytest.mark.parametrize("form", ["jsonl", "json", "folder"])
@pytest.mark.parametrize("types", [[], ["category"]])
def test_an_import_of_an_export_changes_nothing(sandbox: Sandbox, form: str, types: list[str]) -> None:
    target = str(sandbox.path.parent / "out")
    assert sandbox.run("export", "entities", *types, "--format", form, "-O", target).code == 0
    before = sandbox.refs()
    answer = sandbox.run(
        "-o", "json", "import", "entities", target, *(f"--type={name}" for name in types if form != "folder")
    )
    assert answer.code == 0, answer.err
    assert answer.json["unchanged"] == (2 if types else 4)
    assert sandbox.refs() == before


def test_an_export_fills_an_empty_repository(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = sandbox.run("export", "entities").out
    for path in ("categories", "properties"):
        for file in (sandbox.path / path).glob("[A-Za-z]*.json"):
            file.unlink()
    tree = sandbox.git("rev-parse", "main^{tree}")
    sandbox.commit("empty")
    assert sandbox.run("import", "entities", "-", stdin=rows).code == 0
    assert sandbox.git("rev-parse", "main^{tree}") == tree


def test_a_draft_is_exported_as_it_would_be(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("create", "category/Place", "-", stdin=json.dumps(category("Place")))
    sandbox.run("delete", "property/unused", "--reason", "unused")
    found = [
        json.loads(line) for line in sandbox.run("export", "entities", "--draft", "fix").out.splitlines()
    ]
    by_entity = {row["entity"]: row["document"] for row in found}
    assert set(by_entity) == {"category/Agent", "category/Person", "category/Place", "property/name"}
    assert by_entity["category/Person"]["label"] == "Human"


def test_a_folder_that_holds_something_is_not_written_over(sandbox: Sandbox) -> None:
    answer = sandbox.run("export", "entities", "--format", "folder", "-O", "categories")
    assert (answer.code, "is not empty" in answer.err) == (41, True)


def test_what_comes_through_a_pipe_with_a_name_is_read(sandbox: Sandbox) -> None:
    pipe = sandbox.path.parent / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", f"echo '{{\"id\": \"p\"}}' > '{pipe}'"]):
        answer = sandbox.run("import", "entities", str(pipe), "--type", "property")
    assert (answer.code, sandbox.read("properties/p.json")) == (0, {"id": "p"})
