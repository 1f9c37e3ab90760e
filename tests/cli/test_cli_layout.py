"""Files of a type laid out otherwise: drafts, tombstones and revisions go on."""

from __future__ import annotations

import pytest
from sandbox import Sandbox

from gitdraft.formats.strict_yaml import replace_scalar


def files(sandbox: Sandbox) -> set[str]:
    return set(sandbox.git("ls-tree", "-r", "--name-only", "main").split())


def test_files_move_in_one_commit_and_undo_takes_it_back(sandbox: Sandbox) -> None:
    before, tip = files(sandbox), sandbox.git("rev-parse", "main")

    answer = sandbox.run("-o", "json", "layout", "migrate", "property", "--fanout", "2")

    assert answer.code == 0, answer.err
    assert (answer.json["moved"], answer.json["to"]) == (2, "properties/{fanout:2}/{key}.json")
    assert sandbox.git("rev-parse", "main^") == tip
    assert "properties/name.json" not in files(sandbox)
    assert sandbox.run("view", "property/name").code == 0
    assert sandbox.run("validate", "--canonical").code == 0
    assert sandbox.git("status", "--porcelain") == "", "the worktree follows"
    assert sandbox.run("layout", "migrate", "property", "--fanout", "2").out.startswith("nothing to move")
    assert sandbox.run("layout", "migrate", "property").code == 0, "few entities need no folders"
    assert files(sandbox) == before
    assert sandbox.run("undo").code == sandbox.run("undo").code == 0
    assert sandbox.git("rev-parse", "main") == tip


def test_the_rest_of_the_configuration_stays_as_it_is_written(sandbox: Sandbox) -> None:
    text = (sandbox.path / "gitdraft.yaml").read_text().replace("canonical: main", "canonical: main  # ours")
    text = text.replace("path: categories/{key}.json", "path:   'categories/{key}.json' # flat")
    sandbox.write("gitdraft.yaml", text)
    sandbox.commit()
    sandbox.run("layout", "migrate", "category", "--fanout", "3")
    assert (sandbox.path / "gitdraft.yaml").read_text() == text.replace(
        "'categories/{key}.json'", '"categories/{fanout:3}/{key}.json"'
    )


def test_open_drafts_stay_clean_and_revisions_go_on(sandbox: Sandbox) -> None:
    sandbox.run("entity", "delete", "property/unused", "--reason", "gone")
    sandbox.run("new", "Update")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("new", "Make")
    sandbox.run("create", "category/Place", "-", stdin='{"id": "Place", "label": "Place"}')
    sandbox.run("set", "category/Agent", "/parents", '["Place"]')
    sandbox.run("new", "Take away")
    sandbox.run("set", "category/Person", "/parents", "[]")
    sandbox.run("delete", "category/Agent", "--reason", "unused")
    sandbox.run("new", "Give way")
    sandbox.run("redirect", "category/Person", "category/Agent", "--reason", "same")

    answer = sandbox.run("-o", "json", "layout", "migrate", "category", "--fanout", "1")

    counts = answer.json["rebase"]["counts"]
    assert (counts["rebased"], counts["conflict"], counts["invalid"], counts["broken"]) == (4, 0, 0, 0)
    assert {c["patch"] for d in answer.json["rebase"]["drafts"] for c in d["changes"]} == {"verbatim"}
    sandbox.change(next(path for path in files(sandbox) if path.endswith("/Person.json")), rank=1)
    assert sandbox.run("rebase").code == 1, "Give way meets a change, as it would have"
    assert sandbox.run("merge", "update").code == 42
    sandbox.run("submit", "update")
    assert sandbox.run("merge", "update").code == 0
    listed = sandbox.run("-o", "json", "revision", "list", "category/Person").json["revisions"]
    assert [revision["edit_type"] for revision in listed] == ["draft-merge", "update", "create"]
    assert sandbox.run("view", "category/Person", "--at", "main~3").code == 0
    assert sandbox.run("entity", "undelete", "property/unused").code == 0


def test_a_draft_that_started_before_is_edited_after(sandbox: Sandbox) -> None:
    sandbox.run("new", "Late")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.run("submit", "late")
    sandbox.run("layout", "migrate", "category", "--fanout", "4")
    assert sandbox.run("rebase", "late").code == 0
    assert sandbox.run("merge", "late").code == 0
    assert '"label": "Human"' in sandbox.run("view", "category/Person").out


@pytest.mark.parametrize("path", ["properties/b/stray.json", "properties/0/unused.json"])
def test_a_file_that_would_become_an_entity_is_in_the_way(sandbox: Sandbox, path: str) -> None:
    folder = {"stray": "b", "unused": "0"}
    for key in folder:
        for digit in "0123456789abcdef":
            sandbox.write(f"properties/{digit}/{key}.json", {"id": key})
    sandbox.commit()
    before = sandbox.refs()
    answer = sandbox.run("layout", "migrate", "property", "--fanout", "1")
    assert (answer.code, "lie where those belong" in answer.err) == (42, True)
    assert sandbox.refs() == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: {b: x, c: y} # z\n", 'a: {b: "new/{k}", c: y} # z\n'),
        ('é: "ü"\na:\n  b: "x"   # é\n', 'é: "ü"\na:\n  b: "new/{k}"   # é\n'),
        ("a:\r\n  b: x\r\nc: 1\r\n", "a:\r\n  b: new/{k}\r\nc: 1\r\n"),
        ("a:\n  b: >-\n    x\n    y\nc: 1\n", 'a:\n  b: "new/{k}"\nc: 1\n'),
    ],
)
def test_a_scalar_is_replaced_where_it_stands(before: str, after: str) -> None:
    assert replace_scalar(before.encode(), ("a", "b"), "new/{k}").decode() == after
