"""`clone`: a repository with its drafts."""

from __future__ import annotations

import os

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.sync import draft_row, set_up_lines
from gitdraft.cli.text import columns, count, escape, faint, strong
from gitdraft.errors import without_credentials
from gitdraft.formats.reports.sync import sync_json


@click.command("clone")
@click.argument("url")
@click.argument("folder", metavar="[DIR]", required=False)
@pass_command_context
def clone_command(ctx: CommandContext, url: str, folder: str | None) -> None:
    """Clone a repository with its drafts.

    Plain `git fetch` brings them from then on.

    \b
    gitdraft clone https://example.org/vocabulary.git
    """
    from gitdraft.api.session import Identity, local_time
    from gitdraft.api.sync import clone

    name = folder or _folder_name(url)
    start = ctx.folder / name
    report = clone(url, ctx.folder, name, Identity(environment=os.environ), local_time)
    cloned = f"cloned into {strong(escape(str(start)))}"
    if report is None:
        lines = [cloned, faint("it has no gitdraft.yaml yet: gitdraft init")]
        ctx.answer("clone", {"folder": str(start), "initialised": False}, lines)
        return
    document = {"folder": str(start), "initialised": True, **sync_json(report)}
    for notice in report.notices:
        ctx.note(notice)
    number = sum(draft.outcome == "pulled" for draft in report.drafts)
    lines = [f"{cloned} with {count(number, 'draft')}" if number else cloned]
    lines += columns([draft_row(draft) for draft in report.drafts if draft.outcome != "pulled"])
    lines += set_up_lines(report)
    ctx.answer("clone", document, lines, records="drafts")


def _folder_name(url: str) -> str:
    """Returns the folder into which git clones a URL: its last part."""
    path = without_credentials(url).rstrip("/").removesuffix("/.git").removesuffix(".git")
    return path.rpartition("/")[2].rpartition(":")[2]
