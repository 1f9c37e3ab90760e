"""The kinds of repository that libgit2 does not read right."""

from __future__ import annotations

from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.layout import local_settings
from gitdraft.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class UnreadableKind:
    """Told by a setting of the repository: by this value of it, or by any (``None``)."""

    setting: str
    value: str | None
    reason: str
    way_out: str


UNREADABLE = (
    UnreadableKind(
        "extensions.objectformat",
        "sha256",
        "its objects are named by SHA-256",
        "make a SHA-1 repository: git init --object-format=sha1",
    ),
    UnreadableKind(
        "extensions.refstorage",
        "reftable",
        "its refs are in a reftable",
        "git refs migrate --ref-format=files (git 2.46 and later)",
    ),
)


def require_supported(common: Path) -> None:
    """Raises RepositoryError (``unsupported-repository``) for these kinds, with the way out; ``common`` is the
    git directory that all worktrees share."""
    settings = local_settings(common)
    for unreadable in UNREADABLE:
        value = settings.get(unreadable.setting)
        if value is not None and unreadable.value in (None, value.lower()):
            raise RepositoryError(
                f"this repository cannot be used: {unreadable.reason}",
                code="unsupported-repository",
                hint=unreadable.way_out,
            )
