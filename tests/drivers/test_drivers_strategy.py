"""`git merge -s gitdraft`: the merge that the driver makes, in one process; git runs it as it runs any strategy."""

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
AGENT = "categories/Agent.json"
NAMES = [
    "a b.json",
    'it\'s "quoted" \\ [x]*?.json',
    "new\nline.json",
    "Émile 日本.json",
    "#-rf.json ",
    "!x.json",
]


@pytest.fixture(autouse=True)
def attributed(sandbox: Sandbox) -> None:
    sandbox.write(".gitattributes", "categories/* merge=gitdraft\n")
    sandbox.commit("Attributes")


def attempt(sandbox: Sandbox, *arguments: str) -> CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=sandbox.path, capture_output=True, text=True, check=False)


def merge(sandbox: Sandbox, *arguments: str) -> CompletedProcess[str]:
    return attempt(sandbox, "merge", "--strategy=gitdraft", "--no-edit", *arguments)


def diverge(sandbox: Sandbox, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """A branch `theirs`, and main, which both write these files."""
    for branch, files in (("theirs", theirs), ("main", ours)):
        sandbox.git("switch", "--quiet", *(["--create"] if branch == "theirs" else []), branch)
        for path, content in files.items():
            sandbox.write(path, content)
        sandbox.commit(branch)


def person(sandbox: Sandbox, **members: Any) -> dict[str, Any]:
    return {PERSON: {**sandbox.read(PERSON), **members}}


def stages(sandbox: Sandbox) -> list[tuple[str, str]]:
    entries = sandbox.git("ls-files", "--unmerged", "-z").split("\0")[:-1]
    return [(entry.partition("\t")[2], entry.partition("\t")[0][-1]) for entry in entries]


def test_it_makes_the_tree_that_the_driver_makes(sandbox: Sandbox) -> None:
    notes = [f"line {number}\n" for number in range(9)]
    sandbox.write("notes.txt", "".join(notes))
    for name in NAMES:
        sandbox.write(f"categories/{name}", {"id": "x", "label": "Person", "rank": 1})
    sandbox.commit("before")
    diverge(
        sandbox,
        {
            **person(sandbox, parents=["Agent", "Being"], label="Human"),
            "notes.txt": "".join(["first\n", *notes[1:]]),
            "categories/Added.json": {"id": "Added", "label": "Added", "rank": 1},
            "theirs.txt": "new",
            **{f"categories/{name}": {"id": "x", "label": "Human", "rank": 1} for name in NAMES},
        },
        {
            **person(sandbox, parents=["Thing", "Agent"], description="Somebody."),
            "notes.txt": "".join([*notes[:-1], "last\n"]),
            "categories/Added.json": {"id": "Added", "label": "Added", "description": "Ours."},
            **{f"categories/{name}": {"id": "x", "label": "Person", "rank": 2} for name in NAMES},
        },
    )
    done = merge(sandbox, "theirs")
    assert (done.returncode, done.stderr) == (0, "")
    assert sandbox.git("status", "--porcelain") == ""
    tree = sandbox.git("rev-parse", "HEAD^{tree}")
    sandbox.git("reset", "--quiet", "--hard", "HEAD~")
    install_drivers(open_repository(sandbox.path))
    assert attempt(sandbox, "merge", "--no-edit", "theirs").returncode == 0
    assert sandbox.git("rev-parse", "HEAD^{tree}") == tree
    assert set(sandbox.read(PERSON)["parents"]) == {"Agent", "Being", "Thing"}


def test_a_conflict_is_left_as_git_leaves_one(sandbox: Sandbox) -> None:
    sandbox.write("notes.txt", "before\n")
    sandbox.commit("notes")
    diverge(
        sandbox,
        {**person(sandbox, label="Human", rank=1), "notes.txt": "theirs\n"},
        {**person(sandbox, label="Individual"), "notes.txt": "ours\n"},
    )
    done = merge(sandbox, "theirs")
    assert done.returncode == 1
    assert done.stderr == f"{PERSON}: conflict at /label (modify/modify)\n"
    assert f"CONFLICT (content): Merge conflict in {PERSON}\n" in done.stdout
    assert "CONFLICT (content): Merge conflict in notes.txt\n" in done.stdout
    assert "binary" not in done.stdout
    text = (sandbox.path / PERSON).read_text()
    assert '<<<<<<< HEAD\n  "label": "Individual",\n=======\n  "label": "Human",\n>>>>>>> theirs\n' in text
    assert '"rank": 1' in text
    assert stages(sandbox) == [(path, stage) for path in (PERSON, "notes.txt") for stage in "123"]
    assert sandbox.run("resolve", "--file", PERSON, "/label", "--take", "theirs").code == 0
    sandbox.git("merge", "--abort")
    assert sandbox.git("status", "--porcelain") == ""


def test_what_is_not_committed_is_not_overwritten(sandbox: Sandbox) -> None:
    diverge(sandbox, person(sandbox, label="Human"), person(sandbox, description="Somebody."))
    sandbox.write(PERSON, {**sandbox.read(PERSON), "rank": 7})
    before = (sandbox.path / PERSON).read_bytes()
    done = merge(sandbox, "theirs")
    assert done.returncode == 2
    assert "not uptodate. Cannot merge." in done.stderr
    assert (sandbox.path / PERSON).read_bytes() == before
    assert sandbox.git("status", "--porcelain") == f"M {PERSON}"


def test_an_untracked_file_in_the_way_stays(sandbox: Sandbox) -> None:
    diverge(
        sandbox,
        {**person(sandbox, label="Human"), "new.txt": "theirs"},
        person(sandbox, description="Somebody."),
    )
    sandbox.write("new.txt", "mine")
    assert merge(sandbox, "theirs").returncode == 2
    assert (sandbox.path / "new.txt").read_text() == "mine"
    assert "label" in sandbox.read(PERSON)


@pytest.mark.parametrize(
    "how",
    [
        ("cherry-pick", "--strategy=gitdraft", "theirs"),
        ("rebase", "--strategy=gitdraft", "--onto", "main", "theirs~", "theirs"),
    ],
)
def test_a_commit_that_is_picked_brings_its_own_change_alone(sandbox: Sandbox, how: tuple[str, ...]) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.change(PERSON, "not this", rank=1)
    sandbox.change(PERSON, "this", label="Human")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, "ours", description="Somebody.")
    done = attempt(sandbox, *how)
    assert done.returncode == 0, done.stderr
    document = sandbox.read(PERSON)
    assert (document["label"], document["description"], document.get("rank")) == ("Human", "Somebody.", None)


def test_a_file_that_one_side_renamed_is_merged_by_the_driver(sandbox: Sandbox) -> None:
    install_drivers(open_repository(sandbox.path))
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.git("mv", PERSON, "categories/Human.json")
    sandbox.commit("renamed")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, label="Human")
    assert merge(sandbox, "theirs").returncode == 0
    assert sandbox.read("categories/Human.json")["label"] == "Human"
    assert not (sandbox.path / PERSON).exists()


def test_several_bases_are_merged_by_the_driver(sandbox: Sandbox) -> None:
    install_drivers(open_repository(sandbox.path))
    diverge(sandbox, person(sandbox, label="Human"), person(sandbox, rank=1))
    sandbox.git("branch", "one", "main")
    for branch, other in (("main", "theirs"), ("theirs", "one")):
        sandbox.git("switch", "--quiet", branch)
        assert attempt(sandbox, "merge", "--no-edit", other).returncode == 0
    sandbox.change(PERSON, "theirs", description="Theirs.")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, "ours", steps=["a"])
    assert len(sandbox.git("merge-base", "--all", "main", "theirs").split()) == 2
    assert merge(sandbox, "theirs").returncode == 0
    document = sandbox.read(PERSON)
    assert (document["label"], document["rank"], document["steps"]) == ("Human", 1, ["a"])


def test_unrelated_histories_and_deletions_are_gits_to_judge(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--orphan", "theirs")
    sandbox.write(PERSON, {"id": "Person", "label": "Person", "rank": 1})
    sandbox.commit("theirs")
    sandbox.git("switch", "--quiet", "main")
    assert merge(sandbox, "--allow-unrelated-histories", "theirs").returncode == 0
    assert sandbox.read(PERSON)["rank"] == 1
    sandbox.git("switch", "--quiet", "--create", "deletes")
    sandbox.git("rm", "--quiet", AGENT)
    sandbox.commit("deleted")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(AGENT, label="Actor")
    done = merge(sandbox, "deletes")
    assert done.returncode == 1
    assert "CONFLICT (modify/delete)" in done.stdout
    assert stages(sandbox) == [(AGENT, "1"), (AGENT, "2")]


def test_what_is_no_document_is_merged_by_lines(sandbox: Sandbox) -> None:
    broken = '{"id": "Person",\n"label": \n}\n'
    diverge(sandbox, {PERSON: broken}, person(sandbox, label="Human"))
    done = merge(sandbox, "theirs")
    assert done.returncode == 1
    assert "merged by lines: theirs, line 3" in done.stderr
    assert "<<<<<<< HEAD\n" in (sandbox.path / PERSON).read_text()
    assert stages(sandbox) == [(PERSON, stage) for stage in "123"]


def test_modes_and_links(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    (sandbox.path / PERSON).chmod(0o755)
    sandbox.change(PERSON, label="Human")
    (sandbox.path / AGENT).unlink()
    (sandbox.path / AGENT).symlink_to("Person.json")
    sandbox.commit("a link")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, description="Somebody.")
    assert merge(sandbox, "theirs").returncode == 0
    assert sandbox.git("ls-files", "--stage", PERSON).startswith("100755")
    assert (sandbox.path / AGENT).is_symlink()


def test_it_works_in_a_linked_worktree(sandbox: Sandbox, tmp_path: Path) -> None:
    diverge(sandbox, person(sandbox, label="Human"), person(sandbox, description="Somebody."))
    linked = Sandbox(tmp_path / "linked tree")
    sandbox.git("worktree", "add", "--quiet", str(linked.path), "theirs")
    (linked.path / "categories").mkdir(exist_ok=True)
    done = attempt(linked, "-C", "categories", "merge", "--strategy=gitdraft", "--no-edit", "main")
    assert (done.returncode, done.stderr) == (0, "")
    assert linked.read(PERSON)["description"] == "Somebody."


def test_it_is_never_configured(sandbox: Sandbox) -> None:
    """Where it is not on the PATH every merge would end in an error, and a strategy has no fallback."""
    install_drivers(open_repository(sandbox.path))
    configured = sandbox.git("config", "--list").lower()
    assert "merge.gitdraft.driver" in configured
    assert not {"pull.twohead", "pull.octopus"} & set(configured.replace("=", "\n").split("\n"))


@pytest.mark.parametrize("arguments", [("-X", "ours", "theirs"), ("theirs", "third")])
def test_options_and_an_octopus_are_refused(sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    diverge(sandbox, person(sandbox, label="Human"), person(sandbox, description="Somebody."))
    sandbox.git("switch", "--quiet", "--create", "third", "main~")
    sandbox.write("third.txt", "third")
    sandbox.commit("third")
    sandbox.git("switch", "--quiet", "main")
    done = merge(sandbox, *arguments)
    assert done.returncode == 2
    assert "merges two branches, and takes no options of a strategy (-X)" in done.stderr
    assert sandbox.git("status", "--porcelain") == ""
