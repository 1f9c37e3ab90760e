"""What is opened, and what is refused with the reason and the way out."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git

from gitdraft.errors import MissingObject, RepositoryError
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.repository import initialise_repository, open_repository
from gitdraft.model.names import Oid


def refusal(start: Path) -> RepositoryError:
    with pytest.raises(RepositoryError) as refused:
        open_repository(start)
    return refused.value


def test_the_worktree_is_found_from_anywhere_in_it(sandbox: Sandbox, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(sandbox.path)
    for start in (sandbox.path, sandbox.path / "categories", sandbox.path / ".git", link / "categories"):
        assert open_repository(start).worktree == sandbox.path


def test_a_submodule_is_a_repository_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "--quiet", str(sandbox.path), str(tmp_path / "module"))
    sandbox.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "module"), "module"
    )
    opened = open_repository(sandbox.path / "module/categories")
    assert opened.worktree == sandbox.path / "module"
    assert opened.common == sandbox.path / ".git/modules/module"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        (".git/config", "[core\n garbage", "damaged-repository"),
        (".git/config", "[core]\nrepositoryformatversion = 7\n", "unsupported-repository"),
        (
            ".git/config",
            "[core]\nrepositoryformatversion = 1\n[extensions]\nfuture = true\n",
            "unsupported-repository",
        ),
    ],
)
def test_damaged_and_future_repositories_are_told_apart(
    sandbox: Sandbox, name: str, content: str, code: str
) -> None:
    (sandbox.path / name).write_text(content)
    assert refusal(sandbox.path).code == code


@pytest.mark.parametrize(
    ("content", "code"), [("garbage", "damaged-repository"), ("gitdir: /nowhere", "not-a-repository")]
)
def test_a_git_file_that_leads_nowhere_is_refused(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / ".git").write_text(content)
    assert refusal(tmp_path).code == code


def test_a_head_that_is_neither_branch_nor_commit_is_damage(sandbox: Sandbox) -> None:
    repository = open_repository(sandbox.path)
    (sandbox.path / ".git/HEAD").write_text("")
    assert head_commit(repository) is None
    with pytest.raises(RepositoryError) as refused:
        head_branch(repository)
    assert refused.value.code == "damaged-repository"


def test_a_detached_head_has_a_commit_and_no_branch(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--detach")
    repository = open_repository(sandbox.path)
    assert (head_branch(repository), head_commit(repository)) == (None, sandbox.git("rev-parse", "main"))


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", ["repository", "a repository"])
@pytest.mark.parametrize("start", ["", ".git", "categories"])
def test_what_belongs_to_another_user_opens_as_the_hint_says(
    sandbox: Sandbox, tmp_path: Path, name: str, start: str
) -> None:
    """git and libgit2 must both take the folder for safe."""
    path = sandbox.path.rename(tmp_path / name)
    if os.geteuid() != 0:  # only root can give files away; one's own are never refused
        assert open_repository(path / start).worktree == path
        return
    for file in (path, *path.rglob("*")):
        os.chown(file, 12345, 12345, follow_symlinks=False)
    refused = refusal(path / start)
    assert refused.code == "unsafe-ownership"

    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    subprocess.run(shlex.split(str(refused.hint)), env=environment, check=True)
    code = (
        "import pathlib, sys\n"
        "from gitdraft.git.repository import open_repository\n"
        "from gitdraft.git.known_refs import resolve_commit\n"
        "print(resolve_commit(open_repository(pathlib.Path(sys.argv[1])), 'main'))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(path)], env=environment, capture_output=True, text=True, check=False
    )
    assert len(found.stdout.strip()) == 40, found.stderr


def test_where_nothing_can_be_made_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RepositoryError, match="no repository can be made"):
        initialise_repository(tmp_path / "file", "main")


@pytest.mark.parametrize("kind", ["tree", "commit"])
def test_a_malformed_object_is_damage(sandbox: Sandbox, kind: str) -> None:
    oid = sandbox.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", stdin="garbage")
    repository = open_repository(sandbox.path)
    reads = [repository.read_tree] if kind == "tree" else [repository.read_commit, repository.read_lineage]
    for read in reads:
        with pytest.raises(RepositoryError) as refused:
            read(Oid(oid))
        assert refused.value.code == "damaged-object"


def test_an_object_that_is_not_there_or_of_another_kind_is_missing(sandbox: Sandbox) -> None:
    repository = open_repository(sandbox.path)
    tip = sandbox.git("rev-parse", "main")
    for read in (repository.read_blob, repository.read_tree, repository.read_commit):
        with pytest.raises(MissingObject) as refused:
            read(Oid("1" * 40))
        assert refused.value.code == "missing-object"
    with pytest.raises(MissingObject) as refused:
        repository.read_blob(Oid(tip))
    assert refused.value.code == "missing-object"


def test_objects_are_found_where_gc_moved_them(sandbox: Sandbox) -> None:
    repository = open_repository(sandbox.path)
    tip = sandbox.change("categories/Person.json", label="Human")
    blob = sandbox.git("rev-parse", f"{tip}:categories/Person.json")
    sandbox.git("gc", "--quiet", "--prune=now")
    assert b"Human" in repository.read_blob(Oid(blob))
    assert repository.read_commit(Oid(tip)).oid == tip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("scope", ["count", "command"])
@pytest.mark.parametrize("value", ["here", "*"])
def test_safe_directory_counts_in_every_scope_that_git_reads(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, scope: str, value: str
) -> None:
    for file in (sandbox.path, *sandbox.path.rglob("*")):
        os.chown(file, 12345, 12345, follow_symlinks=False)
    assert refusal(sandbox.path).code == "unsafe-ownership"
    folder = str(sandbox.path) if value == "here" else value
    if scope == "count":
        settings = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": folder,
        }
    else:
        settings = {"GIT_CONFIG_PARAMETERS": f"'safe.directory'='{folder}'"}
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    assert open_repository(sandbox.path / "categories").worktree == sandbox.path
    for command in (
        ("status",),
        ("new", "A label", "--id", "a"),
        ("set", "category/Person", "/label", '"Human"'),
        ("submit", "a"),
        ("merge", "a"),
        ("doctor",),
    ):
        answer = sandbox.run(*command)
        assert answer.code in (0, 1), answer.err
    monkeypatch.delenv(next(iter(settings)))
    assert refusal(sandbox.path).code == "unsafe-ownership"
