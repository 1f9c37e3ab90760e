"""What is read of git by another process is what libgit2 reads, and whatever that process does not say, libgit2 judges."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.errors import GitdraftError
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.history import commits_since
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.place import ordinary_place
from gitdraft.git.repository import GitRepository, open_again, open_repository
from gitdraft.git.settings import remote_names, setting
from gitdraft.model.names import Oid, RefName


@pytest.fixture
def filled(sandbox: Sandbox) -> Sandbox:
    sandbox.change("categories/Person.json", label="Human")
    sandbox.git("tag", "-a", "v1", "-m", "first")
    sandbox.git("remote", "add", "a.b", "https://example.org/x.git")
    sandbox.git("config", "branch.main.remote", "a.b")
    return sandbox


def oids(sandbox: Sandbox) -> dict[str, Oid]:
    listed = sandbox.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")
    return {oid: Oid(oid) for oid in (line.split()[1] for line in listed.splitlines())} | {"0": Oid("0" * 40)}


READS: dict[str, Callable[[GitRepository, Oid], object]] = {
    "blob": lambda git, oid: git.read_blob(oid),
    "tree": lambda git, oid: git.read_tree(oid),
    "commit": lambda git, oid: git.read_commit(oid),
    "lineage": lambda git, oid: git.read_lineage(oid),
    "has": lambda git, oid: git.has(oid),
    "walk": lambda git, oid: list(git.walk(oid, "")),
}


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except GitdraftError as error:
        return (type(error), error.code, error.message)


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("is_packed", [False, True])
def test_each_object_is_read_as_libgit2_reads_it(filled: Sandbox, read: str, is_packed: bool) -> None:
    if is_packed:
        filled.git("gc", "--quiet")
    for oid in oids(filled).values():
        light = open_repository(filled.path)
        whole = open_again(light)
        assert (light.is_light, whole.is_light) == (True, False)
        expected = outcome(lambda git=whole, oid=oid: READS[read](git, oid))  # type: ignore[misc]
        actual = outcome(lambda git=light, oid=oid: READS[read](git, oid))  # type: ignore[misc]
        if read != "walk" or (light.has(oid) and filled.git("cat-file", "-t", oid).strip() == "tree"):
            assert actual == expected


def test_alternates_and_what_a_gc_has_just_packed_are_read(filled: Sandbox, tmp_path: Path) -> None:
    filled.git("clone", "--quiet", "--shared", str(filled.path), str(tmp_path / "shared"))
    light = open_repository(tmp_path / "shared")
    tip = head_commit(light)
    assert tip is not None
    git = open_repository(filled.path)
    assert light.read_commit(tip).tree == git.read_commit(tip).tree
    filled.git("gc", "--quiet", "--prune=now")
    assert git.read_tree(git.read_commit(tip).tree)
    assert (git.is_light, light.is_light) == (True, True)


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_was_pruned_is_not_stored_though_it_was_read(filled: Sandbox, is_packed: bool) -> None:
    if is_packed:
        filled.git("gc", "--quiet")
    light = open_repository(filled.path)
    tip = head_commit(light)
    assert tip is not None
    for git in (light, open_again(light)):
        tree = git.read_commit(tip).tree
        git.read_tree(tree)
        assert all(map(git.has, (tip, tree)))
        assert git.missing([tip, Oid("0" * 40), tree]) == ["0" * 40]
    whole = open_again(light)
    assert whole.read_tree(whole.read_commit(tip).tree)
    filled.git("tag", "--delete", "v1")
    filled.git("checkout", "--quiet", "--orphan", "other")
    filled.change("categories/Person.json", label="Somebody")
    filled.git("branch", "--move", "--force", "main")
    filled.git("reflog", "expire", "--expire=now", "--all")
    filled.git("gc", "--quiet", "--prune=now")
    assert not any(git.has(oid) for git in (light, whole) for oid in (tip, tree))
    assert whole.has(Oid(filled.git("rev-parse", "main").strip()))


def test_a_process_that_ends_early_is_done_without(filled: Sandbox) -> None:
    git = open_repository(filled.path)
    tip = head_commit(git)
    assert tip is not None
    commit = git.read_commit(tip)
    process = git._process
    assert process is not None
    assert process._git is not None
    os.kill(process._git.pid, 9)
    assert git.read_tree(commit.tree) == open_again(git).read_tree(commit.tree)
    assert not git.is_light


def test_a_damaged_object_is_refused(filled: Sandbox) -> None:
    git = open_repository(filled.path)
    tip = head_commit(git)
    assert tip is not None
    file = filled.path / ".git/objects" / tip[:2] / tip[2:]
    file.chmod(0o644)
    file.write_bytes(b"garbage")
    refused = outcome(lambda: git.read_commit(tip))
    assert refused == outcome(lambda: open_again(git).read_commit(tip))
    assert isinstance(refused, tuple)


def test_settings_and_remotes_are_those_of_libgit2(filled: Sandbox) -> None:
    light = open_repository(filled.path)
    whole = open_again(light)
    assert remote_names(light) == remote_names(whole) == ["a.b"]
    for key in ("branch.main.remote", "user.name", "user.nobody", "core.bare"):
        assert setting(light, key) == setting(whole, key), key


def test_commits_since_are_those_of_libgit2(filled: Sandbox) -> None:
    filled.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    filled.change("categories/Agent.json", label="Side")
    side = filled.git("rev-parse", "HEAD").strip()
    filled.git("checkout", "--quiet", "main")
    start, straight = (filled.git("rev-parse", name).strip() for name in ("HEAD~1", "HEAD"))
    filled.git("merge", "--quiet", "--no-edit", "side")
    merge = filled.git("rev-parse", "HEAD").strip()
    for tip, since in ((straight, start), (straight, None), (merge, start), (merge, side), (start, straight)):
        light = open_repository(filled.path)
        expected, actual = (
            [commit.oid for commit in commits_since(git, Oid(tip), None if since is None else Oid(since))]
            for git in (open_again(light), light)
        )
        assert actual == expected


@pytest.mark.parametrize("is_packed", [False, True])
def test_refs_are_where_git_says(filled: Sandbox, is_packed: bool) -> None:
    filled.git("branch", "two/parts")
    filled.git("symbolic-ref", "refs/heads/link", "refs/heads/main")
    if is_packed:
        filled.git("pack-refs", "--all")
        filled.git("branch", "-f", "two/parts", "HEAD~1")
    git = open_repository(filled.path)
    listed = filled.git("for-each-ref", "--format=%(refname) %(objectname) %(symref)", "refs/heads/")
    for name, oid, *symbolic in (line.split() for line in listed.splitlines()):
        if symbolic:
            refused = outcome(lambda name=name: read_ref(git, RefName(name)))  # type: ignore[misc]
            assert isinstance(refused, tuple)
            assert refused[1] == "symbolic-ref"
        else:
            assert read_ref(git, RefName(name)) == oid
            assert list_refs(git, "refs/heads/")[RefName(name)] == oid
    assert read_ref(git, RefName("refs/heads/two")) is None
    assert read_ref(git, RefName("refs/heads/none")) is None
    for name in (
        "refs/heads/../../HEAD",
        "/etc/passwd",
        "refs//heads",
        "refs/heads/a\0b",
        "refs/heads/x.lock",
    ):
        refused = outcome(lambda name=name: read_ref(git, RefName(name)))  # type: ignore[misc]
        assert isinstance(refused, tuple)
        assert refused[1] == "damaged-ref"


def test_head_is_what_git_says(filled: Sandbox) -> None:
    git = open_repository(filled.path)
    tip = filled.git("rev-parse", "HEAD").strip()
    assert (head_branch(git), head_commit(git)) == ("refs/heads/main", tip)
    filled.git("symbolic-ref", "refs/heads/link", "refs/heads/main")
    filled.git("symbolic-ref", "HEAD", "refs/heads/link")
    assert (head_branch(git), head_commit(git)) == ("refs/heads/link", tip)
    filled.git("checkout", "--quiet", "--detach", "main")
    assert (head_branch(git), head_commit(git)) == (None, tip)
    filled.git("checkout", "--quiet", "--orphan", "unborn")
    assert (head_branch(git), head_commit(git)) == ("refs/heads/unborn", None)


def as_worktree(sandbox: Sandbox) -> Path:
    sandbox.git("worktree", "add", "--quiet", "linked")
    return sandbox.path / "linked"


def as_bare(sandbox: Sandbox) -> Path:
    sandbox.git("clone", "--quiet", "--bare", ".", "bare.git")
    return sandbox.path / "bare.git"


def configured(*words: str) -> Callable[[Sandbox], Path]:
    def make(sandbox: Sandbox) -> Path:
        sandbox.git("config", *words)
        return sandbox.path

    return make


def with_text(text: str) -> Callable[[Sandbox], Path]:
    def make(sandbox: Sandbox) -> Path:
        file = sandbox.path / ".git/config"
        file.write_text(file.read_text() + text)
        return sandbox.path

    return make


ODD: dict[str, Callable[[Sandbox], Path]] = {
    "a linked worktree": as_worktree,
    "bare": as_bare,
    "inside the git directory": lambda sandbox: sandbox.path / ".git/objects",
    "another worktree": configured("core.worktree", "/tmp"),
    "bare by its settings": configured("core.bare", "true"),
    "an extension": configured("extensions.partialClone", "origin"),
    "a later format": configured("core.repositoryFormatVersion", "1"),
    "other settings included": configured("include.path", "elsewhere"),
    "on one line": with_text("[core] bare = true\n"),
    "without a value": with_text("[core]\n\tbare\n"),
    "in capitals": with_text("[CORE]\n\tBare = TRUE\n"),
    "broken": with_text("[core\n"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_not_ordinary_is_for_libgit2_to_find(sandbox: Sandbox, kind: str) -> None:
    assert ordinary_place(ODD[kind](sandbox)) is None


def test_an_ordinary_place_is_where_git_says(sandbox: Sandbox, tmp_path: Path) -> None:
    place = ordinary_place(sandbox.path / "categories")
    assert place is not None
    git_dir, worktree = place
    assert worktree == sandbox.git("rev-parse", "--show-toplevel").strip()
    assert git_dir == sandbox.git("rev-parse", "--absolute-git-dir").strip()
    link = tmp_path / "link"
    link.symlink_to(sandbox.path / "categories")
    assert ordinary_place(link) == place
    assert ordinary_place(tmp_path) is None
