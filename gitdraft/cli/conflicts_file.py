"""`conflicts --file` and `resolve --file`: what git left unmerged in entity files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext
from gitdraft.cli.text import (
    columns,
    count,
    escape,
    faint,
    place_text,
    shell,
    status,
    strong,
    value,
)
from gitdraft.formats.reports.conflicts import file_resolve_json, unmerged_file_json

if TYPE_CHECKING:
    from gitdraft.api.conflicts import Resolution
    from gitdraft.api.reports import FileResolveReport, UnmergedFile
    from gitdraft.api.worktree import UnmergedFiles
    from gitdraft.formats.reports import Record

INCOMPLETE = 21


def show_unmerged(ctx: CommandContext, file: str) -> None:
    """Prints the conflicts in the unmerged files, or in the one that was named (not empty)."""
    worktree = ctx.repository.worktree
    unmerged = worktree.unmerged(worktree.path_of(file, ctx.folder) if file else None)
    ctx.answer("conflicts-file", _unmerged_json(unmerged), _unmerged_text(ctx, unmerged), records="files")


def resolve_unmerged(ctx: CommandContext, file: str, pointer: str | None, resolution: Resolution) -> None:
    """Resolves conflicts in an unmerged file; exit code 21 while some remain."""
    worktree = ctx.repository.worktree
    report = worktree.resolve_file(
        worktree.path_of(file, ctx.folder),
        pointer,
        take=resolution.take,
        value=resolution.value,
        choose=resolution.choose,
    )
    name = worktree.name_of(report.path, ctx.folder)
    ctx.answer("resolve-file", file_resolve_json(report), _resolved_text(report, name))
    if not report.merged:
        raise click.exceptions.Exit(INCOMPLETE)


def _resolved_text(report: FileResolveReport, name: str) -> Iterator[str]:
    for conflict in report.resolved:
        yield f"resolved {strong(escape(name))} {place_text(conflict)}"
    if report.merged:
        yield f"{strong(escape(name))} is merged"
    else:
        left = count(len(report.remaining), "conflict")
        yield f"{left} left: gitdraft conflicts --file {shell(name)}"


def _unmerged_json(unmerged: UnmergedFiles) -> Record:
    return {
        **{
            name: {"role": side.role, **({"commit": side.commit} if side.commit else {})}
            for name, side in (("ours", unmerged.ours), ("theirs", unmerged.theirs))
        },
        "files": [unmerged_file_json(file) for file in unmerged.files],
    }


def _unmerged_text(ctx: CommandContext, unmerged: UnmergedFiles) -> Iterator[str]:
    if not unmerged.files:
        yield "no unmerged files"
        return
    worktree = ctx.repository.worktree
    rows = []
    for name, side in (("ours", unmerged.ours), ("theirs", unmerged.theirs)):
        subject = ""
        if side.commit is not None:
            subject = f"{side.commit[:7]} {escape(ctx.repository.subject_of(side.commit))}"
        rows.append([strong(name), side.role, faint(subject)])
    yield from columns(rows)
    yield ""
    for file in unmerged.files:
        yield from _file_text(worktree.name_of(file.path, ctx.folder), file)
    first = next((file for file in unmerged.files if file.conflicts), None)
    if first is not None:
        words = [worktree.name_of(first.path, ctx.folder), first.conflicts[0].pointers[0]]
        where = " ".join(shell(word) for word in words if word)
        yield faint(f"gitdraft resolve --file {where} --take ours")
        yield faint("  or --take theirs, --value JSON")


def _file_text(path: str, file: UnmergedFile) -> Iterator[str]:
    name = strong(escape(path))
    if file.reason is not None:
        yield f"{name}  {status('conflict')} by lines: {escape(file.reason)}"
        yield ""
    elif not file.conflicts:
        yield f"{name}  nothing is in conflict: git add {shell(path)}"
        yield ""
    for conflict in file.conflicts:
        yield f"{name}  {place_text(conflict)}  {status('conflict')} {conflict.type}"
        values = (("base", conflict.base), ("ours", conflict.canonical), ("theirs", conflict.draft))
        yield from columns([[faint(side), value(document)] for side, document in values], "  ")
        yield ""
