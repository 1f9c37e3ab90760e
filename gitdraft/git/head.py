"""What is checked out: the branch, and the commit, that HEAD is at."""

from __future__ import annotations

from gitdraft.errors import RepositoryError
from gitdraft.git.ref_files import SYMBOLIC, is_oid, packed_refs, read_loose
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid, RefName

LINKS_AT_MOST = 5  # from one symbolic ref to another, as git follows them


def head_branch(git: GitRepository) -> RefName | None:
    """Returns the full name of the branch that is checked out, born or not; ``None`` when HEAD is detached.

    Raises RepositoryError (``damaged-repository``) when HEAD is neither.
    """
    text = _head(git)
    return RefName(text.removeprefix(SYMBOLIC).strip()) if text.startswith(SYMBOLIC) else None


def head_commit(git: GitRepository) -> Oid | None:
    """Returns the commit that HEAD is at, ``None`` before the first one."""
    try:
        text: str | None = _head(git)
        for _ in range(LINKS_AT_MOST):
            if text is None or is_oid(text):
                break
            name = text.removeprefix(SYMBOLIC).strip()
            text = read_loose(git.common / name) or packed_refs(git.common).get(name)
    except RepositoryError:
        return None
    return Oid(text) if text is not None and is_oid(text) else None


def _head(git: GitRepository) -> str:
    reason = "there is none"
    try:
        text = read_loose(git.path / "HEAD")
        if text is not None:
            return text
    except RepositoryError as error:
        reason = error.message
    raise RepositoryError(
        f"HEAD cannot be read: {reason}",
        code="damaged-repository",
        hint="git symbolic-ref HEAD refs/heads/main",
    )
