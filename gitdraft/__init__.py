"""Drafts of JSON entities in git, rebased by a true three-way merge when canonical moves.

The public names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as mypy has it: `typing` takes longer to load than all of this

if TYPE_CHECKING:
    from typing import Any

    from gitdraft.api.draft import Draft
    from gitdraft.api.repository import Repository, open  # noqa: A004
    from gitdraft.documents.diff import diff
    from gitdraft.documents.patch import apply_patch
    from gitdraft.documents.rebase import explain_patch, rebase_patch
    from gitdraft.errors import (
        AlreadyExists,
        ConflictError,
        GitdraftError,
        InvalidInput,
        Moved,
        NotFound,
        PatchDoesNotApply,
        PolicyViolation,
        RepositoryError,
        StateRefused,
    )
    from gitdraft.model.entities import EntityRef
    from gitdraft.model.merge import Conflict, RebaseResult, Resolution
    from gitdraft.model.operations import Actor
    from gitdraft.model.reports import RebaseReport
    from gitdraft.model.values import ABSENT

_HOME = {
    "ABSENT": "model.values",
    "Actor": "model.operations",
    "AlreadyExists": "errors",
    "Conflict": "model.merge",
    "ConflictError": "errors",
    "Draft": "api.draft",
    "EntityRef": "model.entities",
    "GitdraftError": "errors",
    "InvalidInput": "errors",
    "Moved": "errors",
    "NotFound": "errors",
    "PatchDoesNotApply": "errors",
    "PolicyViolation": "errors",
    "RebaseReport": "model.reports",
    "RebaseResult": "model.merge",
    "Repository": "api.repository",
    "RepositoryError": "errors",
    "Resolution": "model.merge",
    "StateRefused": "errors",
    "apply_patch": "documents.patch",
    "diff": "documents.diff",
    "explain_patch": "documents.rebase",
    "open": "api.repository",
    "rebase_patch": "documents.rebase",
}

__all__ = [
    "ABSENT",
    "Actor",
    "AlreadyExists",
    "Conflict",
    "ConflictError",
    "Draft",
    "EntityRef",
    "GitdraftError",
    "InvalidInput",
    "Moved",
    "NotFound",
    "PatchDoesNotApply",
    "PolicyViolation",
    "RebaseReport",
    "RebaseResult",
    "Repository",
    "RepositoryError",
    "Resolution",
    "StateRefused",
    "apply_patch",
    "diff",
    "explain_patch",
    "open",
    "rebase_patch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'gitdraft' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"gitdraft.{_HOME[name]}"), name)
    globals()[name] = value
    return value
