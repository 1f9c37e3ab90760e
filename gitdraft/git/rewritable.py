"""What keeps a repository's history from being rewritten in place."""

from __future__ import annotations

from pathlib import Path

from gitdraft.errors import RepositoryError, StateRefused
from gitdraft.git.commands import run_git
from gitdraft.git.known_refs import list_refs
from gitdraft.git.reachable_refs import git_folders
from gitdraft.git.repository import GitRepository
from gitdraft.git.worktrees import worktree_folders

UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "sequencer": "a cherry-pick",
}
OF_ONE_WORKTREE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")


def require_rewritable(git: GitRepository) -> None:
    """Raises RepositoryError where part of the history is not in the repository, or is shared with another; StateRefused
    where a worktree has local changes, is not there, or is in the middle of something."""
    _require_complete(git.common)
    worktrees = worktree_folders(git)
    known = {folder for _, folder in worktrees}
    for folder in git_folders(git.common):
        if folder not in known and (folder / "index").exists():
            raise RepositoryError(
                f"{folder} has an index, and where its files are is not known",
                code="unsupported-repository",
                hint="git worktree prune forgets worktrees that are gone",
            )
    for worktree, folder in worktrees:
        _require_idle(worktree, folder)
    own = [str(name) for name in list_refs(git, "refs/") if name.startswith(OF_ONE_WORKTREE)]
    own += [str(file) for folder in git_folders(git.common)[1:] for file in _files(folder / "refs")]
    if own:
        raise StateRefused(
            f"a worktree has a ref of its own: {own[0]}", code="operation-in-progress", context={"refs": own}
        )


def _require_complete(common: Path) -> None:
    info = common / "objects/info"
    borrowed = [file for file in ("alternates", "http-alternates") if (info / file).exists()]
    if borrowed:
        raise RepositoryError(
            "this repository borrows objects from another",
            code="alternates",
            hint=f"git repack -a -d && rm {info / borrowed[0]}; the other repository has to be purged too",
        )
    if any((common / "objects" / "pack").glob("*.promisor")):
        raise RepositoryError(
            "this is a partial clone: objects of its history are not in it",
            code="unsupported-repository",
            hint="purge it where the history is whole, at the remote that this was cloned from",
        )
    if (common / "shallow").exists():
        raise RepositoryError(
            "this clone is shallow: the beginning of the history is not in it",
            code="shallow",
            hint="git fetch --unshallow",
        )
    if any((common / "objects/pack").glob("*.promisor")):
        raise RepositoryError(
            "this is a partial clone, in which objects may be missing",
            code="unsupported-repository",
            hint="clone it again without --filter",
        )
    if (common / "info/grafts").exists():
        raise RepositoryError(
            "info/grafts makes the history another than it is",
            code="unsupported-repository",
            hint=f"rm {common / 'info/grafts'}",
        )


def _require_idle(worktree: Path, folder: Path) -> None:
    if not worktree.is_dir():
        raise StateRefused(
            f"the worktree {worktree} is not there",
            code="worktree-missing",
            context={"worktree": str(worktree)},
            hint="git worktree prune forgets worktrees that are gone",
        )
    for name, what in UNDER_WAY.items():
        if (folder / name).exists():
            raise StateRefused(
                f"{what} is in progress in {worktree}",
                code="operation-in-progress",
                context={"worktree": str(worktree)},
                hint="finish or abort it first",
            )
    done = run_git(
        worktree,
        ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"],
        environment={"GIT_DIR": str(folder), "GIT_WORK_TREE": str(worktree)},
    )
    paths = [record[3:] for record in done.stdout.decode("utf-8", "surrogateescape").split("\0") if record]
    if paths:
        raise StateRefused(
            f"there are local changes in {worktree}: {', '.join(paths[:5])}",
            code="worktree-in-the-way",
            context={"worktree": str(worktree), "paths": paths},
            hint="commit them, or git stash, then try again",
        )


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]
