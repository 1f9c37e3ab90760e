"""Rows of the merge's tables: base, draft and canonical, and what becomes of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.rebase import rebase_patch
from gitdraft.model.merge import RebaseResult

MIRRORED = {"modify/delete": "delete/modify", "delete/modify": "modify/delete"}


@dataclass(frozen=True)
class Row:
    """``merged`` is the JSON text of the clean result, member order and number spelling included;
    ``conflicts`` are `type path`; ``warnings`` are `type path`."""

    base: Any
    draft: Any
    canonical: Any
    merged: str | None = None
    conflicts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    lists: dict[str, Any] | None = None
    together: list[list[str]] | None = None


def stays(
    name: str,
    base: Any,
    draft: Any,
    canonical: Any,
    merged: Any,
    *warnings: str,
    lists: Any = None,
    together: Any = None,
) -> Any:
    """A row whose two sides fit together."""
    row = Row(base, draft, canonical, json.dumps(merged), (), warnings, lists, together)
    return pytest.param(row, id=name.replace(" ", "_"))


def clashes(
    name: str, base: Any, draft: Any, canonical: Any, *conflicts: str, lists: Any = None, together: Any = None
) -> Any:
    """A row whose two sides do not."""
    row = Row(base, draft, canonical, None, conflicts, (), lists, together)
    return pytest.param(row, id=name.replace(" ", "_"))


def check(row: Row) -> None:
    """The row holds, and mirrored it is clean or in conflict at the same paths."""
    declared: Any = {"lists": row.lists, "together": row.together}
    result = rebase_patch(row.base, row.canonical, diff(row.base, row.draft), **declared)
    mirrored = rebase_patch(row.base, row.draft, diff(row.base, row.canonical), **declared)
    assert kinds(result) == sorted(row.conflicts)
    assert kinds(mirrored) == sorted(mirror(conflict) for conflict in row.conflicts)
    if row.merged is None:
        assert result.status == mirrored.status == "conflict"
        return
    assert result.status == mirrored.status == "clean"
    assert json.dumps(result.document) == row.merged
    assert [f"{w.type} {w.path}" for w in result.warnings] == list(row.warnings)
    again = rebase_patch(row.canonical, row.canonical, result.patch, **declared)
    assert identical(again.document, result.document)


def kinds(result: RebaseResult) -> list[str]:
    """The conflicts as `type path`."""
    return sorted(f"{conflict.type} {conflict.path}" for conflict in result.conflicts)


def mirror(conflict: str) -> str:
    kind, _, path = conflict.partition(" ")
    return f"{MIRRORED.get(kind, kind)} {path}"
