"""`conflicts --file` shows what git left unmerged, `resolve --file` answers it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import open_repository

PERSON = "categories/Person.json"


@pytest.fixture(autouse=True)
def driven(sandbox: Sandbox) -> None:
    install_drivers(open_repository(sandbox.path))
    sandbox.write(".gitattributes", "*/*.json merge=gitdraft diff=gitdraft\n")
    sandbox.commit("Attributes")


def attempt(sandbox: Sandbox, *arguments: str) -> CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=sandbox.path, capture_output=True, text=True, check=False)


def conflicting(sandbox: Sandbox, path: str = PERSON) -> None:
    """A merge that stops: label and description are in conflict, rank came in."""
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.change(path, "theirs", label="Human", description="Theirs.", rank=1)
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(path, "ours", label="Individual", description="Ours.")
    assert attempt(sandbox, "merge", "theirs").returncode == 1


def conflicts(sandbox: Sandbox, *path: str) -> Any:
    return sandbox.run("-o", "json", "conflicts", "--file", *path).json


def unmerged(sandbox: Sandbox) -> list[str]:
    return sandbox.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")[:-1]


def test_conflicts_by_pointer_with_base_ours_and_theirs(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    found = conflicts(sandbox)
    assert found["kind"] == "gitdraft.conflicts-file/v1"
    assert found["ours"] == {"role": "the branch that you are on", "commit": sandbox.git("rev-parse", "main")}
    assert found["theirs"]["commit"] == sandbox.git("rev-parse", "theirs")
    assert found["files"] == [
        {
            "path": PERSON,
            "entity": "category/Person",
            "conflicts": [
                {
                    "path": "/label",
                    "type": "modify/modify",
                    "rule": "R3",
                    "base": "Person",
                    "ours": "Individual",
                    "theirs": "Human",
                },
                {
                    "path": "/description",
                    "type": "modify/modify",
                    "rule": "R3",
                    "base": "A human being.",
                    "ours": "Ours.",
                    "theirs": "Theirs.",
                },
            ],
        }
    ]
    shown = sandbox.run("conflicts", "--file", PERSON).out
    assert '  ours    "Individual"\n  theirs  "Human"\n' in shown
    assert f"gitdraft resolve --file {PERSON} /label --take ours" in shown


def test_answers_one_by_one_end_in_a_merged_file(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    first = sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs")
    assert (first.code, first.out.splitlines()[-1]) == (
        21,
        f"1 conflict left: gitdraft conflicts --file {PERSON}",
    )
    assert unmerged(sandbox) == [PERSON]
    assert [c["path"] for c in conflicts(sandbox)["files"][0]["conflicts"]] == ["/description"]

    last = sandbox.run("-o", "json", "resolve", "--file", PERSON, "/description", "--value", '"Both."')
    assert (last.code, last.json["merged"]) == (0, True)
    assert unmerged(sandbox) == []
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"], person["rank"]) == ("Human", "Both.", 1)
    assert sandbox.run("conflicts", "--file").out == "no unmerged files\n"
    assert not (sandbox.path / ".git/gitdraft/settled.json").exists()
    sandbox.git("commit", "--quiet", "--no-edit")


def test_a_file_that_cannot_be_recorded_as_merged_is_put_back(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicting(sandbox)
    monkeypatch.setattr("gitdraft.git.lock_records.PATIENCE", 0.1)
    before = (sandbox.path / PERSON).read_bytes()
    lock = sandbox.path / ".git/index.lock"
    lock.touch()

    refused = sandbox.run("-o", "json", "resolve", "--file", PERSON, "--take", "theirs")

    assert (refused.code, refused.refusal["code"], refused.refusal["context"]["path"]) == (
        50,
        "locked",
        str(lock),
    )
    assert (sandbox.path / PERSON).read_bytes() == before
    assert unmerged(sandbox) == [PERSON]
    lock.unlink()
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 0
    assert unmerged(sandbox) == []
    assert not (sandbox.path / ".git/gitdraft/kept").exists()


@pytest.mark.parametrize(("side", "label"), [("ours", "Individual"), ("theirs", "Human")])
def test_one_side_for_all_of_it(sandbox: Sandbox, side: str, label: str) -> None:
    conflicting(sandbox)
    assert sandbox.run("resolve", "--file", PERSON, "--take", side).code == 0
    assert (sandbox.read(PERSON)["label"], sandbox.read(PERSON)["rank"], unmerged(sandbox)) == (label, 1, [])


def replace(sandbox: Sandbox, old: Any, new: Any, path: Any = PERSON) -> None:
    """An edit by hand of the file with its markers."""
    text = (sandbox.path / path).read_text()
    assert old in text
    (sandbox.path / path).write_text(text.replace(old, new))


def test_an_edit_by_hand_elsewhere_stays(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    replace(sandbox, '"a",\n', '"by hand",\n')
    assert sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs").code == 21
    replace(sandbox, '"b",\n', '"by hand too",\n')
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 0
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"]) == ("Human", "Theirs.")
    assert person["steps"] == ["by hand", "by hand too", "c"]


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_markers_stay_around_what_has_no_answer(sandbox: Sandbox, style: Any) -> None:
    sandbox.git("config", "merge.conflictStyle", style)
    conflicting(sandbox)
    assert sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs").code == 21
    text = (sandbox.path / PERSON).read_text()
    base = '||||||| base\n  "description": "A human being.",\n' if style == "diff3" else ""
    assert text.startswith(
        '{\n  "id": "Person",\n  "label": "Human",\n<<<<<<< ours\n  "description": "Ours.",\n'
        f'{base}=======\n  "description": "Theirs.",\n>>>>>>> theirs\n'
    )


def test_an_edit_by_hand_of_the_same_place_is_not_overwritten(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    replace(sandbox, '"Individual"', '"By hand"')
    answer = sandbox.run("resolve", "--file", PERSON, "--take", "theirs")
    assert (answer.code, '"By hand"' in (sandbox.path / PERSON).read_text()) == (42, True)
    assert "git checkout --merge" in answer.err


def test_a_conflict_resolved_by_hand_is_not_overwritten(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    text = (sandbox.path / PERSON).read_text()
    start, _, rest = text.partition("<<<<<<< ours\n")
    by_hand = '  "label": "By hand",\n  "description": "Ours.",\n'
    (sandbox.path / PERSON).write_text(start + by_hand + rest.partition(">>>>>>> theirs\n")[2])
    answer = sandbox.run("resolve", "--file", PERSON, "--take", "theirs")
    assert (answer.code, sandbox.read(PERSON)["label"]) == (42, "By hand")
    assert "was edited since, at '/label'" in answer.err
    assert sandbox.run("resolve", "--file", PERSON, "/description", "--take", "theirs").code == 21
    assert sandbox.read(PERSON)["description"] == "Theirs."


def test_line_endings_of_the_worktree_stay(sandbox: Sandbox) -> None:
    sandbox.git("config", "core.autocrlf", "true")
    conflicting(sandbox)
    assert b"<<<<<<< ours\r\n" in (sandbox.path / PERSON).read_bytes()
    assert sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs").code == 21
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 0
    content = (sandbox.path / PERSON).read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 5
    assert sandbox.read(PERSON)["label"] == "Human"


def test_answers_are_forgotten_with_the_merge_that_they_were_about(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs")
    sandbox.git("checkout", "--merge", "--", PERSON)
    assert len(conflicts(sandbox)["files"][0]["conflicts"]) == 2
    sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs")
    sandbox.git("merge", "--abort")
    sandbox.change(PERSON, label="Another")
    attempt(sandbox, "merge", "theirs")
    assert len(conflicts(sandbox)["files"][0]["conflicts"]) == 2


@pytest.mark.parametrize(("side", "there"), [("ours", True), ("theirs", False)])
def test_a_file_that_one_side_deleted(sandbox: Sandbox, side: str, there: bool) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.git("rm", "--quiet", PERSON)
    sandbox.commit("theirs")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, "ours", label="Human")
    attempt(sandbox, "merge", "theirs")
    [file] = conflicts(sandbox)["files"]
    assert [(c["path"], c["type"], "theirs" in c) for c in file["conflicts"]] == [
        ("", "delete/modify", False)
    ]
    assert sandbox.run("resolve", "--file", PERSON, "--take", side).code == 0
    assert (unmerged(sandbox), (sandbox.path / PERSON).exists()) == ([], there)
    sandbox.git("commit", "--quiet", "--no-edit")
    assert bool(sandbox.git("ls-tree", "HEAD", PERSON)) is there


def test_in_a_rebase_the_sides_say_what_they_are(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "topic")
    mine = sandbox.change(PERSON, "mine", label="Human")
    sandbox.git("switch", "--quiet", "main")
    canonical = sandbox.change(PERSON, "upstream", label="Individual")
    attempt(sandbox, "rebase", "main", "topic")
    found = conflicts(sandbox)
    assert found["ours"] == {"role": "what is rebased onto", "commit": canonical}
    assert found["theirs"] == {"role": "the commit that is replayed", "commit": mine}
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 0
    sandbox.git("-c", "core.editor=true", "rebase", "--continue")
    assert sandbox.read(PERSON)["label"] == "Human"


def test_a_file_merged_by_lines_is_told_and_left(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.write(PERSON, "theirs\n")
    sandbox.commit()
    sandbox.git("switch", "--quiet", "main")
    sandbox.write(PERSON, "ours\n")
    sandbox.commit()
    attempt(sandbox, "merge", "theirs")
    assert "by lines: ours, line 1" in sandbox.run("conflicts", "--file").out
    assert sandbox.run("resolve", "--file", PERSON, "--take", "ours").code == 20
    assert "<<<<<<<" in (sandbox.path / PERSON).read_text()


def test_markers_of_a_merge_without_the_driver_are_not_overwritten(sandbox: Sandbox) -> None:
    """A merge by lines has what merged cleanly between the markers too."""
    sandbox.git("config", "--remove-section", "merge.gitdraft")
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.change(PERSON, "theirs", label="Human", description="Theirs.")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, "ours", label="Individual")
    assert attempt(sandbox, "merge", "theirs").returncode == 1
    answer = sandbox.run("resolve", "--file", PERSON, "--take", "theirs")
    assert (answer.code, "git checkout --merge -- :/categories/Person.json" in answer.err) == (42, True)
    install_drivers(open_repository(sandbox.path))
    sandbox.git("checkout", "--merge", "--", PERSON)
    assert sandbox.run("resolve", "--file", PERSON, "--take", "ours").code == 0
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"]) == ("Individual", "Theirs.")


def test_a_merge_by_lines_with_the_same_conflicts_is_answered(sandbox: Sandbox) -> None:
    sandbox.git("config", "--remove-section", "merge.gitdraft")
    conflicting(sandbox)
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 0
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"], person["rank"]) == ("Human", "Theirs.", 1)


def test_paths_are_as_seen_from_where_one_is(sandbox: Sandbox) -> None:
    conflicting(sandbox)
    shown = sandbox.run("-C", "categories", "conflicts", "--file").out
    assert "gitdraft resolve --file Person.json /label" in shown
    assert sandbox.run("-C", "categories", "resolve", "--file", "Person.json", "--take", "ours").code == 0
    assert sandbox.run("resolve", "--file", "../elsewhere.json", "--take", "ours").code == 40
    assert sandbox.run("resolve", "--file", PERSON, "--take", "ours").code == 42


@pytest.mark.parametrize("name", ["a b'c.json", "-rf.json", "new\nline.json", "Émile.json"])
def test_any_name_can_be_resolved(sandbox: Sandbox, name: str) -> None:
    path = f"categories/{name}"
    sandbox.write(path, {"id": "x", "label": "x", "description": "x"})
    sandbox.commit()
    conflicting(sandbox, path)
    assert [file["path"] for file in conflicts(sandbox)["files"]] == [path]
    assert "\nline" not in sandbox.run("conflicts", "--file").out
    assert sandbox.run("-C", "categories", "resolve", "--file", name, "--take", "theirs").code == 0
    assert (sandbox.read(path)["label"], unmerged(sandbox)) == ("Human", [])


def test_a_link_in_place_of_the_file_is_not_written_through(sandbox: Sandbox, tmp_path: Path) -> None:
    conflicting(sandbox)
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (sandbox.path / PERSON).unlink()
    (sandbox.path / PERSON).symlink_to(secret)
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 20
    assert secret.read_text() == "{}"


def test_mergetool_edits_conflict_by_conflict(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicting(sandbox)
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho \'"edited"\' > "$1"\n')
    editor.chmod(0o755)
    for name in ("GIT_EDITOR", "VISUAL", "EDITOR"):
        monkeypatch.setenv(name, str(editor))
    sandbox.git("mergetool", "--no-prompt", "--tool=gitdraft", PERSON)
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"], unmerged(sandbox)) == ("edited", "edited", [])


@pytest.mark.parametrize(
    "arguments",
    [
        ("resolve", "--file", PERSON, "--take", "draft"),
        ("resolve", "a", "b", "--take", "ours"),
        ("resolve", "--file", PERSON),
        ("resolve", "--take", "draft"),
        ("resolve", "--file", PERSON, "/label", "/more", "--take", "ours"),
        ("conflicts", "a", "--file", PERSON),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(sandbox: Sandbox, arguments: tuple[Any, ...]) -> None:
    assert sandbox.run(*arguments).code == 2
