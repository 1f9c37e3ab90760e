"""The paths that a merge of git's left unmerged, and what is being merged."""

from __future__ import annotations

from pathlib import Path

from gitdraft.git.commands import run_git
from gitdraft.git.head import head_commit
from gitdraft.git.layout import pointer
from gitdraft.git.ref_files import is_oid
from gitdraft.git.repository import GitRepository
from gitdraft.git.worktree_files import run_locking
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid

FILES = ("100644", "100755")

Stages = tuple[Oid | None, Oid | None, Oid | None]
"""The blobs of an unmerged path: base, ours, theirs; ``None`` where there is no such file."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a merge: what it is, and its commit where there is one."""

    role: str
    commit: Oid | None


def unmerged_files(git: GitRepository) -> dict[str, Stages]:
    """Returns the unmerged paths of this worktree; one at which a side has a link or a submodule is left out."""
    if git.worktree is None:
        return {}
    done = run_git(git.worktree, ["ls-files", "--unmerged", "-z"], environment=_environment(git))
    stages: dict[str, list[Oid | None]] = {}
    others = set()
    for record in done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        entry, _, path = record.partition("\t")
        mode, oid, stage = entry.split(" ")
        stages.setdefault(path, [None, None, None])[int(stage) - 1] = Oid(oid)
        if mode not in FILES:
            others.add(path)
    return {path: (oids[0], oids[1], oids[2]) for path, oids in stages.items() if path not in others}


def half_deleted_files(git: GitRepository, index: Path | None) -> list[str]:
    """Returns the paths that a side of a merge has deleted and the other has changed, and that nobody has answered for, though
    ``index`` (what `git commit -a` makes beside git's own) is about to be committed; sorted.

    git leaves the changed file in the worktree, without markers, so that `-a` takes it. `git add`, `git rm` and `gitdraft
    resolve --file` take the path out of git's own index.
    """
    if index is None or index.resolve() == (git.path / "index").resolve():
        return []
    stages = unmerged_files(git).items()
    return sorted(path for path, (_, ours, theirs) in stages if (ours is None) != (theirs is None))


def mark_merged(git: GitRepository, path: str) -> None:
    """Records the file as it is in the worktree, or that there is none, as the outcome of the merge. The caller holds the
    writers' lock; raises RepositoryError where git or the disk refuses."""
    run_locking(git, ["add", "--", path], locks=("index.lock",))


def sides(git: GitRepository) -> tuple[Side, Side]:
    """Returns what ours and theirs are; git swaps them in a rebase."""
    ours = head_commit(git)
    if (git.path / "rebase-merge").is_dir() or (git.path / "rebase-apply").is_dir():
        replayed = _commit(git, "REBASE_HEAD")
        return Side("what is rebased onto", ours), Side("the commit that is replayed", replayed)
    own = Side("the branch that you are on", ours)
    for name, role in (
        ("MERGE_HEAD", "the branch that is merged in"),
        ("CHERRY_PICK_HEAD", "the commit that is picked"),
        ("REVERT_HEAD", "without the commit that is reverted"),
    ):
        commit = _commit(git, name)
        if commit is not None:
            return own, Side(role, commit)
    return own, Side("what is brought in", None)


def _commit(git: GitRepository, name: str) -> Oid | None:
    oid = (pointer(git.path / name) or "").partition("\n")[0].strip()
    return Oid(oid) if is_oid(oid) else None


def _environment(git: GitRepository) -> dict[str, str]:
    return {"GIT_DIR": str(git.path), "GIT_WORK_TREE": str(git.worktree)}
