"""`diff` and `log`: what a draft changes, and what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import unified_diff

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, escape, faint, shorten
from gitdraft.model.operations import utc
from gitdraft.model.reports import EntityDiff


@click.command("diff")
@click.argument("draft", required=False, shell_complete=complete_draft)
@click.option("--patch", "as_patch", is_flag=True, help="As RFC 6902 operations instead of lines.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there are changes.")
@pass_command_context
def diff_command(ctx: CommandContext, draft: str | None, *, as_patch: bool, exit_code: bool) -> None:
    """Show what merging DRAFT would change in the entity files.

    \b
    gitdraft diff fix-person --patch
    """
    from gitdraft.drafts.diff import draft_diff

    draft_id = ctx.draft_or_current(draft)
    changes = draft_diff(ctx.store, draft_id)
    document = {
        "draft": draft_id,
        "changes": [
            {
                "entity": str(d.entity),
                "_change_status": d.status.value,
                "path": d.path,
                "patch": list(d.patch),
            }
            for d in changes
        ],
    }
    lines = patch_lines(changes) if as_patch else diff_lines(changes)
    ctx.answer("diff", document, lines, records="changes", paged=True)
    if exit_code and changes:
        raise click.exceptions.Exit(1)


def diff_lines(changes: Iterable[EntityDiff]) -> Iterator[str]:
    """The differences of the files, line by line as git shows them."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for change in changes:
        sides = [
            (side or b"").decode("utf-8", "replace").splitlines() for side in (change.before, change.after)
        ]
        names = [f"a/{change.path}", f"b/{change.path}"]
        if change.before is None:
            names[0] = "/dev/null"
        if change.after is None:
            names[1] = "/dev/null"
        for line in unified_diff(sides[0], sides[1], names[0], names[1], lineterm=""):
            shown = escape(line)
            if line.startswith(("+++", "---")):
                yield click.style(shown, bold=True)
            else:
                yield click.style(shown, fg=colours.get(line[:1]))


def patch_lines(changes: Iterable[EntityDiff]) -> Iterator[str]:
    """The differences as RFC 6902 operations, one a line."""
    for change in changes:
        yield click.style(f"{change.entity}  {change.status.value}", bold=True)
        for op in change.patch:
            yield "  " + escape(json.dumps(op, ensure_ascii=False))


@click.command("log")
@click.argument("name", metavar="[DRAFT|ENTITY]", required=False, shell_complete=complete_draft)
@click.option("-n", "--limit", default=50, show_default=True, help="How many, newest first; 0 for all.")
@pass_command_context
def log_command(ctx: CommandContext, name: str | None, limit: int) -> None:
    """Show the commits of a draft, or those of canonical that changed an entity.

    \b
    gitdraft log fix-person
    gitdraft log category/Person
    """
    from gitdraft.drafts.diff import log_of

    commits = log_of(ctx.store, name if name is not None else ctx.draft_or_current(None), limit or None)
    document = {
        "commits": [
            {
                "commit": commit.oid,
                "author": f"{commit.author.name} <{commit.author.email}>",
                "at": utc(commit.author.seconds),
                "subject": commit.subject,
            }
            for commit in commits
        ]
    }
    rows = [
        [
            click.style(commit.oid[:10], fg="yellow"),
            faint(utc(commit.author.seconds)[:16].replace("T", " ")),
            shorten(escape(commit.author.name), 24),
            escape(commit.subject),
        ]
        for commit in commits
    ]
    ctx.answer("log", document, columns(rows) or ["no commits"], records="commits", paged=True)
