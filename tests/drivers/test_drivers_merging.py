"""git merges entity files through the driver, as it is run by git itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.drivers import declarations
from gitdraft.drivers.git_fallback import git_answer
from gitdraft.drivers.main import main
from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import open_repository

PERSON = "categories/Person.json"
ATTRIBUTES = "categories/*.json merge=gitdraft diff=gitdraft\n"


@pytest.fixture(autouse=True)
def driven(sandbox: Sandbox) -> None:
    install_drivers(open_repository(sandbox.path), diff=True)
    sandbox.write(".gitattributes", ATTRIBUTES)
    sandbox.commit("Attributes")


def attempt(sandbox: Sandbox, *arguments: str) -> CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=sandbox.path, capture_output=True, text=True, check=False)


def diverge(sandbox: Sandbox, theirs: dict[str, Any], ours: dict[str, Any], path: str = PERSON) -> None:
    """A branch `theirs`, and main, which both change the file."""
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.change(path, "theirs", **theirs)
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(path, "ours", **ours)


def let_rank_follow(sandbox: Sandbox) -> None:
    declared = (
        (sandbox.path / "gitdraft.yaml")
        .read_text()
        .replace("/parents: {type: set}", "/parents: {type: set}\n      /rank: {type: canonical}")
    )
    sandbox.write("gitdraft.yaml", declared)
    sandbox.commit("The rank follows canonical")


def unmerged(sandbox: Sandbox) -> list[str]:
    return sandbox.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")[:-1]


def test_members_side_by_side_merge_where_lines_would_not(sandbox: Sandbox) -> None:
    diverge(sandbox, {"label": "Human"}, {"description": "Somebody."})
    done = attempt(sandbox, "merge", "theirs")
    assert (done.returncode, done.stderr) == (0, "")
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"]) == ("Human", "Somebody.")


def test_lists_merge_as_canonical_declares_them(sandbox: Sandbox) -> None:
    diverge(sandbox, {"parents": ["Agent", "Being"]}, {"parents": ["Thing", "Agent"]})
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    assert sorted(sandbox.read(PERSON)["parents"]) == ["Agent", "Being", "Thing"]


def test_a_new_declaration_holds_for_the_next_merge(sandbox: Sandbox) -> None:
    diverge(sandbox, {"steps": ["a", "b", "c", "d"]}, {"steps": ["a", "b", "c", "e"]})
    assert attempt(sandbox, "merge", "theirs").returncode == 1
    sandbox.git("merge", "--abort")
    text = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", text.replace("/parents: {type: set}", "/steps: {type: set}"))
    sandbox.commit()
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    assert sandbox.read(PERSON)["steps"] == ["a", "b", "c", "d", "e"]


def test_declarations_that_are_known_are_read_without_git(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as canonical's branch is where it was; a commit on it, and packed refs, have git asked again."""
    monkeypatch.chdir(sandbox.path)
    asked: list[tuple[str, ...]] = []

    def note(*arguments: str) -> str:
        asked.append(arguments)
        return git_answer(*arguments)

    monkeypatch.setattr(declarations, "git_answer", note)

    def declared() -> declarations.Declared:
        asked.clear()
        declarations._record.cache_clear()
        return declarations.declared_for(PERSON)

    first = declared()
    assert first.rules
    assert (declared(), asked) == (first, [])
    sandbox.change(PERSON, label="Human")
    assert declared() == first
    assert len(asked) == 1
    assert (declared(), asked) == (first, [])
    sandbox.git("pack-refs", "--all")
    assert declared() == first
    assert len(asked) == 1
    let_rank_follow(sandbox)
    assert declared() != first
    assert (len(declared().rules), asked) == (len(first.rules) + 1, [])
    sandbox.git("symbolic-ref", "refs/heads/main", "refs/heads/abcdefghijklmnopqrstuvw")
    assert declared().problem is not None


def test_a_conflict_leaves_markers_around_its_members_and_the_path_unmerged(sandbox: Sandbox) -> None:
    before = (sandbox.path / PERSON).read_text()
    diverge(sandbox, {"label": "Human", "rank": 1}, {"label": "Individual"})
    done = attempt(sandbox, "merge", "theirs")
    assert (done.returncode, done.stderr) == (1, f"{PERSON}: conflict at /label (modify/modify)\n")
    assert unmerged(sandbox) == [PERSON]
    label = '  "label": "{}",\n'
    marked = f"<<<<<<< ours\n{label.format('Individual')}=======\n{label.format('Human')}>>>>>>> theirs\n"
    expected = before.replace(label.format("Person"), marked).replace("\n  ]\n}", '\n  ],\n  "rank": 1\n}')
    assert (sandbox.path / PERSON).read_text() == expected
    assert attempt(sandbox, "diff", "--check").returncode == 2


@pytest.mark.parametrize(
    ("style", "base"), [("merge", ""), ("diff3", '||||||| base\n  "label": "Person",\n'), ("zdiff3", None)]
)
def test_the_base_is_shown_where_git_is_told_so(sandbox: Sandbox, style: Any, base: Any) -> None:
    diverge(sandbox, {"label": "Human"}, {"label": "Individual"})
    for settings in (("-c", f"merge.conflictStyle={style}"), ()):
        assert attempt(sandbox, *settings, "merge", "theirs").returncode == 1
        shown = '||||||| base\n  "label": "Person",\n' if base is None else base
        text = (sandbox.path / PERSON).read_text()
        assert f'<<<<<<< ours\n  "label": "Individual",\n{shown}=======\n' in text
        sandbox.git("merge", "--abort")
        sandbox.git("config", "merge.conflictStyle", style)


def test_markers_have_the_size_that_an_attribute_gives(sandbox: Sandbox) -> None:
    sandbox.write(".gitattributes", "categories/*.json merge=gitdraft conflict-marker-size=11\n")
    sandbox.commit()
    diverge(sandbox, {"label": "Human"}, {"label": "Individual"})
    attempt(sandbox, "merge", "theirs")
    assert f"{'<' * 11} ours\n" in (sandbox.path / PERSON).read_text()
    sandbox.run("resolve", "--file", PERSON, "--take", "theirs")
    assert sandbox.read(PERSON)["label"] == "Human"


def test_labels_are_those_that_git_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = []
    for name, label in (("base", "a"), ("ours", "b"), ("theirs", "c")):
        (tmp_path / name).write_text(f'{{\n  "label": "{label}"\n}}')
        files.append(name)
    assert main(["merge", *files, "7", "x.json", "HEAD (it's)", "%S", "topic b"]) == 1
    text = '{\n<<<<<<< HEAD (it\'s)\n  "label": "b"\n=======\n  "label": "c"\n>>>>>>> topic b\n}'
    assert (tmp_path / "ours").read_text() == text


def test_git_without_labels_leaves_its_placeholders_which_are_no_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, label in (("base", "a"), ("ours", "b"), ("theirs", "c")):
        (tmp_path / name).write_text(f'{{"label": "{label}"}}')
    assert main(["merge", "base", "ours", "theirs", "7", "x.json", "%X", "%S", "%Y"]) == 1
    assert (tmp_path / "ours").read_text() == (
        '<<<<<<< ours\n{"label": "b"}\n=======\n{"label": "c"}\n>>>>>>> theirs\n'
    )


@pytest.mark.long
def test_a_conflict_that_was_not_answered_is_not_committed(sandbox: Sandbox) -> None:
    """`git commit -am` takes the file as it is: the hook says what stands in it, and how to answer it."""
    sandbox.run("hooks", "install")
    diverge(sandbox, {"label": "Human"}, {"label": "Individual"})
    attempt(sandbox, "merge", "theirs")
    head = sandbox.git("rev-parse", "HEAD")
    done = attempt(sandbox, "commit", "--all", "--message", "merged")
    assert (done.returncode, sandbox.git("rev-parse", "HEAD")) == (1, head)
    assert "json/conflict-markers" in done.stderr
    assert f"git checkout --merge -- :/{PERSON}, then gitdraft resolve --file {PERSON} --take" in done.stderr
    sandbox.git("checkout", "--merge", "--", PERSON)
    assert sandbox.run("resolve", "--file", PERSON, "--take", "theirs").code == 0
    assert attempt(sandbox, "commit", "--no-edit").returncode == 0


def test_the_file_keeps_our_formatting(sandbox: Sandbox) -> None:
    sandbox.write(PERSON, '{"id": "Person",   "label": "Person",\n\t"steps": [ "a", "b" ]}')
    sandbox.commit()
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.change(PERSON, "theirs", steps=["a", "b", "c"])
    sandbox.git("switch", "--quiet", "main")
    sandbox.write(PERSON, '{"id": "Person",   "label": "Human",\n\t"steps": [ "a", "b" ]}')
    sandbox.commit()
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    merged = '{"id": "Person",   "label": "Human",\n\t"steps": [ "a", "b", "c" ]}'
    assert (sandbox.path / PERSON).read_text() == merged


def test_a_file_that_both_added_is_merged_member_by_member(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.write("categories/New.json", {"id": "New", "label": "New", "rank": 1})
    sandbox.commit()
    sandbox.git("switch", "--quiet", "main")
    sandbox.write("categories/New.json", {"id": "New", "label": "New", "description": "Ours."})
    sandbox.commit()
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    assert sandbox.read("categories/New.json") == {
        "id": "New",
        "label": "New",
        "description": "Ours.",
        "rank": 1,
    }


@pytest.mark.parametrize("how", [("rebase", "main", "theirs"), ("cherry-pick", "theirs")])
def test_rebase_and_cherry_pick_merge_as_merge_does(sandbox: Sandbox, how: tuple[Any, ...]) -> None:
    diverge(sandbox, {"label": "Human"}, {"description": "Somebody."})
    assert attempt(sandbox, *how).returncode == 0
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"]) == ("Human", "Somebody.")


def test_stash_pop_merges_as_merge_does(sandbox: Sandbox) -> None:
    sandbox.write(PERSON, {**sandbox.read(PERSON), "label": "Human"})
    sandbox.git("stash")
    sandbox.change(PERSON, description="Somebody.")
    assert attempt(sandbox, "stash", "pop").returncode == 0
    person = sandbox.read(PERSON)
    assert (person["label"], person["description"]) == ("Human", "Somebody.")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('{"id": "Person",\n"label": \n}\n', "merged by lines: theirs, line 3"),
        ('{"id": "Person",\n"label": "\udcff"\n}\n', "merged by lines: theirs"),
        ('{"id": "Person",\n"x": 1, "x": 2\n}\n', "merged by lines: theirs"),
        ("", "merged by lines: theirs"),
        ('{"id": "Person", "label": "' + "x" * (1 << 20) + '"}', "larger than 1,048,576 bytes"),
    ],
)
def test_what_is_no_document_is_merged_by_lines(sandbox: Sandbox, broken: str, told: str) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    (sandbox.path / PERSON).write_text(broken, "utf-8", "surrogateescape")
    sandbox.commit()
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, label="Human")
    done = attempt(sandbox, "merge", "theirs")
    assert done.returncode == 1
    assert told in done.stderr
    text = (sandbox.path / PERSON).read_text("utf-8", "surrogateescape")
    assert "<<<<<<< ours\n" in text
    assert ">>>>>>> theirs\n" in text


def test_lines_apart_merge_cleanly_in_what_is_no_document(sandbox: Sandbox) -> None:
    lines = [f"line {n}\n" for n in range(20)]
    sandbox.write(PERSON, "".join(lines))
    sandbox.commit()
    sandbox.git("switch", "--quiet", "--create", "theirs")
    sandbox.write(PERSON, "".join(["first\n", *lines[1:]]))
    sandbox.commit()
    sandbox.git("switch", "--quiet", "main")
    sandbox.write(PERSON, "".join([*lines[:-1], "last\n"]))
    sandbox.commit()
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    assert (sandbox.path / PERSON).read_text() == "".join(["first\n", *lines[1:-1], "last\n"])


def test_binary_content_stays_ours_and_unmerged(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "theirs")
    (sandbox.path / PERSON).write_bytes(b"\0theirs")
    sandbox.commit()
    sandbox.git("switch", "--quiet", "main")
    (sandbox.path / PERSON).write_bytes(b"\0ours")
    sandbox.commit()
    assert attempt(sandbox, "merge", "theirs").returncode == 1
    assert (sandbox.path / PERSON).read_bytes() == b"\0ours"
    assert unmerged(sandbox) == [PERSON]


def test_without_the_program_git_merges_by_lines_and_says_so(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    diverge(sandbox, {"label": "Human"}, {"label": "Individual"})
    done = attempt(sandbox, "merge", "theirs")
    assert done.returncode == 1
    assert f"merge by lines: {PERSON}" in done.stderr
    assert "<<<<<<< ours" in (sandbox.path / PERSON).read_text()
    assert '"label": "Human"' in sandbox.git("diff", "main...theirs")


def test_a_gitdraft_yaml_that_cannot_be_read_is_told(sandbox: Sandbox) -> None:
    diverge(sandbox, {"label": "Human"}, {"description": "Somebody."})
    sandbox.write("gitdraft.yaml", "version: 7\n")
    sandbox.commit()
    done = attempt(sandbox, "merge", "theirs")
    assert done.returncode == 0
    assert "merged without the lists that gitdraft.yaml declares" in done.stderr


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    "name",
    [
        "a b.json",
        'it\'s "quoted".json',
        "$(touch owned).json",
        "new\nline.json",
        "Émile 日本.json",
        "-rf.json",
    ],
)
def test_any_name_is_merged_and_none_is_run(sandbox: Sandbox, name: str) -> None:
    path = f"categories/{name}"
    sandbox.write(path, {"id": "x", "label": "Person", "rank": 1})
    sandbox.commit()
    diverge(sandbox, {"label": "Human"}, {"rank": 2}, path)
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    assert sandbox.read(path) == {"id": "x", "label": "Human", "rank": 2}
    sandbox.change(path, label="Changed")
    assert '+/label = "Changed"' in sandbox.git("log", "-p", "-1")
    assert not list(sandbox.path.rglob("owned"))


def test_a_symbolic_link_is_left_to_git(sandbox: Sandbox) -> None:
    (sandbox.path / "secret").write_text("secret")
    sandbox.git("switch", "--quiet", "--create", "theirs")
    (sandbox.path / PERSON).unlink()
    (sandbox.path / PERSON).symlink_to("../secret")
    sandbox.commit()
    sandbox.git("switch", "--quiet", "main")
    sandbox.change(PERSON, label="Human")
    assert attempt(sandbox, "merge", "theirs").returncode == 1
    assert (sandbox.path / "secret").read_text() == "secret"
    assert "secret" not in sandbox.git("show", "theirs", "--", PERSON).replace("+../secret", "")


def test_it_works_in_a_linked_worktree_and_with_git_dir_set(sandbox: Sandbox, tmp_path: Path) -> None:
    diverge(sandbox, {"parents": ["Agent", "Being"]}, {"parents": ["Thing", "Agent"]})
    linked = tmp_path / "linked tree"
    sandbox.git("worktree", "add", "--quiet", str(linked), "theirs")
    git_dir = sandbox.git("-C", str(linked), "rev-parse", "--absolute-git-dir")
    where = ("--git-dir", git_dir, "--work-tree", str(linked))
    done = subprocess.run(
        ["git", *where, "merge", "main"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads((linked / PERSON).read_text())["parents"]) == {"Agent", "Being", "Thing"}


def test_a_base_that_is_itself_in_conflict_takes_no_side(sandbox: Sandbox) -> None:
    """A criss-cross: both bases wrote the label, one side kept the one, the other side the other."""
    diverge(sandbox, {"label": "Human"}, {"label": "Individual"})
    sandbox.git("branch", "one", "main")
    for branch, other, kept in (("main", "theirs", "Individual"), ("theirs", "one", "Human")):
        sandbox.git("switch", "--quiet", branch)
        attempt(sandbox, "merge", other)
        sandbox.git("checkout", "--ours", "--", PERSON)
        sandbox.change(PERSON, "settled", label=kept)
    sandbox.git("switch", "--quiet", "main")
    assert len(sandbox.git("merge-base", "--all", "main", "theirs").split()) == 2
    done = attempt(sandbox, "merge", "theirs")
    assert (done.returncode, done.stderr) == (1, f"{PERSON}: conflict at /label (modify/modify)\n")


def test_merging_needs_none_of_the_slow_libraries(sandbox: Sandbox) -> None:
    code = "import sys, gitdraft.drivers.merge, gitdraft.drivers.show; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"click", "pygit2", "yaml", "jsonschema", "jsonpatch"} & set(done.stdout.split())


@pytest.mark.parametrize("other", ["main", "origin/main"])
@pytest.mark.parametrize("theirs", [{"rank": 2}, {"rank": 2, "label": "Human"}])
def test_a_member_that_follows_canonical_has_its_value_on_another_branch_too(
    sandbox: Sandbox, other: str, theirs: dict[str, Any]
) -> None:
    let_rank_follow(sandbox)
    start = sandbox.git("rev-parse", "main").strip()
    diverge(sandbox, {"rank": 3, "label": "Individual"}, theirs)
    if other == "origin/main":  # a pull that has not moved this clone's main
        sandbox.git("update-ref", "refs/remotes/origin/main", "main")
        sandbox.git("reset", "--quiet", "--hard", start)
        sandbox.git("remote", "add", "origin", ".")
        sandbox.git("config", "branch.main.remote", "origin")
        sandbox.git("config", "branch.main.merge", "refs/heads/main")
    sandbox.git("switch", "--quiet", "theirs")
    attempt(sandbox, "merge", other)
    if "label" in theirs:
        assert unmerged(sandbox) == [PERSON]
        assert sandbox.run("resolve", "--file", PERSON, "/label", "--take", "ours").code == 0
    assert unmerged(sandbox) == []
    assert (sandbox.read(PERSON)["rank"], sandbox.read(PERSON)["label"]) == (2, "Individual")


def test_a_member_that_follows_canonical_has_our_value_where_neither_side_is_canonical(
    sandbox: Sandbox,
) -> None:
    let_rank_follow(sandbox)
    diverge(sandbox, {"rank": 3}, {"rank": 2})
    sandbox.git("switch", "--quiet", "--create", "ours", "main~1")
    sandbox.change(PERSON, "third", rank=4)
    assert attempt(sandbox, "merge", "theirs").returncode == 0
    assert sandbox.read(PERSON)["rank"] == 4
    sandbox.git("switch", "--quiet", "main")
    assert attempt(sandbox, "merge", "ours").returncode == 0
    assert sandbox.read(PERSON)["rank"] == 2
