"""`conflicts --file` and `resolve --file`: what git left unmerged in entity files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext
from gitdraft.cli.text import columns, count, escape, faint, shell, status, strong, value
from gitdraft.formats.reports.conflicts import file_conflict_json
from gitdraft.model.merge import Conflict
from gitdraft.model.values import Maybe

if TYPE_CHECKING:
    from gitdraft.git.unmerged import Side
    from gitdraft.model.worktree_reports import UnmergedFile

INCOMPLETE = 21


def show_unmerged(ctx: CommandContext, given: str) -> None:
    """Print the conflicts in the unmerged files, or in the one that was given."""
    from gitdraft.canonical.unmerged_files import path_in_worktree, unmerged_entities
    from gitdraft.git.unmerged import sides

    path = path_in_worktree(ctx.git, ctx.folder, given) if given else None
    unmerged = unmerged_entities(ctx.store, path)
    ours, theirs = sides(ctx.git)
    named = {
        name: {"role": side.role, **({"commit": side.commit} if side.commit else {})}
        for name, side in (("ours", ours), ("theirs", theirs))
    }
    files = [
        {
            "path": file.path,
            **({"entity": str(file.entity)} if file.entity else {}),
            **({"reason": file.reason} if file.reason else {}),
            "conflicts": [file_conflict_json(conflict) for conflict in file.conflicts],
        }
        for file in unmerged
    ]
    ctx.answer(
        "conflicts-file", {**named, "files": files}, _text(ctx, unmerged, (ours, theirs)), records="files"
    )


def resolve_unmerged(
    ctx: CommandContext, given: str, pointer: str | None, answer: Callable[[Conflict], Maybe]
) -> None:
    """Answer conflicts in an unmerged file; exit code 21 while some remain."""
    from gitdraft.canonical.unmerged_files import path_from, path_in_worktree, resolve_file

    report = resolve_file(ctx.store, path_in_worktree(ctx.git, ctx.folder, given), pointer, answer)
    document = {
        "path": report.path,
        "merged": report.merged,
        "resolved": [conflict.path for conflict in report.resolved],
        "remaining": [file_conflict_json(conflict) for conflict in report.remaining],
    }
    shown_path = path_from(ctx.git, ctx.folder, report.path)
    lines = [f"resolved {strong(escape(shown_path))} {_place(conflict)}" for conflict in report.resolved]
    if report.merged:
        lines.append(f"{strong(escape(shown_path))} is merged")
    else:
        left = count(len(report.remaining), "conflict")
        lines.append(f"{left} left: gitdraft conflicts --file {shell(shown_path)}")
    ctx.answer("resolve-file", document, lines)
    if not report.merged:
        raise click.exceptions.Exit(INCOMPLETE)


def _text(ctx: CommandContext, unmerged: Sequence[UnmergedFile], sides: tuple[Side, Side]) -> Iterator[str]:
    from gitdraft.canonical.unmerged_files import path_from

    if not unmerged:
        yield "no unmerged files"
        return
    rows = []
    for name, side in zip(("ours", "theirs"), sides, strict=True):
        subject = ""
        if side.commit is not None:
            subject = f"{side.commit[:7]} {escape(ctx.git.read_commit(side.commit).subject)}"
        rows.append([strong(name), side.role, faint(subject)])
    yield from columns(rows)
    yield ""
    for file in unmerged:
        yield from _file_text(path_from(ctx.git, ctx.folder, file.path), file)
    first = next((file for file in unmerged if file.conflicts), None)
    if first is not None:
        words = [path_from(ctx.git, ctx.folder, first.path), first.conflicts[0].path]
        where = " ".join(shell(word) for word in words if word)
        yield faint(f"gitdraft resolve --file {where} --take ours   (or --take theirs, --value JSON)")


def _file_text(shown_path: str, file: UnmergedFile) -> Iterator[str]:
    name = strong(escape(shown_path))
    if file.reason is not None:
        yield f"{name}  {status('conflict')} by lines: {escape(file.reason)}"
        yield ""
    elif not file.conflicts:
        yield f"{name}  nothing is in conflict: git add {shell(shown_path)}"
        yield ""
    for conflict in file.conflicts:
        yield f"{name}  {_place(conflict)}  {status('conflict')} {conflict.type}"
        values = (("base", conflict.base), ("ours", conflict.canonical), ("theirs", conflict.draft))
        yield from columns([[faint(side), value(thing)] for side, thing in values], "  ")
        yield ""


def _place(conflict: Conflict) -> str:
    return escape(conflict.path) or "(whole entity)"
