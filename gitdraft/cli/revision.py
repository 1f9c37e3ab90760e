"""`revision`: what happened to an entity, commit by commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.diff import diff_lines, patch_lines
from gitdraft.cli.options import ENTITY_ID, revision
from gitdraft.cli.text import columns, escape, faint, printable, shorten, strong
from gitdraft.formats.reports.entities import envelope_json, revision_json

if TYPE_CHECKING:
    from gitdraft.api.reports import RevisionDiff
    from gitdraft.model.revisions import Revision

HASH = 10  # digits shown of a content hash, as of a commit


@click.group("revision")
def revision_command() -> None:
    """Look at the revisions of an entity.

    They are the commits of canonical that changed it, counted from the first.

    \b
    gitdraft revision list category/Person
    gitdraft revision diff category/Person 3 7
    """


@revision_command.command("list")
@ENTITY_ID
@click.option(
    "-n", "--limit", type=click.IntRange(0), default=50, show_default=True, help="How many; 0 for all."
)
@pass_command_context
def revision_list(ctx: CommandContext, entity: str, limit: int) -> None:
    """List the revisions of ID, newest first.

    With their commits and the hash of their content.

    \b
    gitdraft revision list category/Person -n 10
    """
    history = ctx.repository.canonical.history(entity, limit or None)
    document = {
        "entity": str(history.entity),
        "total": history.total,
        "revisions": [
            revision_json(hashed.revision)
            | ({} if hashed.content_hash is None else {"content_hash": hashed.content_hash})
            for hashed in history.revisions
        ],
    }
    lines = columns([_row(hashed.revision, hashed.content_hash) for hashed in history.revisions])
    if len(history.revisions) < history.total:
        lines.append(faint(f"{history.total - len(history.revisions):,} older; -n 0 lists all"))
    ctx.answer("revision-list", document, lines, records="revisions", paged=True)


@revision_command.command("show")
@ENTITY_ID
@click.argument("number", metavar="[N]", type=revision, required=False)
@pass_command_context
def revision_show(ctx: CommandContext, entity: str, number: str | None) -> None:
    """Print revision N of ID, or the latest, as JSON.

    Who made it, when, how, and the entity as it left it.

    \b
    gitdraft revision show category/Person 3
    """
    shown = ctx.repository.canonical.revision(entity, number)
    envelope = envelope_json(shown.envelope)
    document = {
        "entity": str(shown.entity),
        "commit": shown.envelope.revision.commit,
        "revision": envelope,
    }
    ctx.answer("revision-show", document, [printable(envelope)])


@revision_command.command("diff")
@ENTITY_ID
@click.argument("old", metavar="N", type=revision)
@click.argument("new", metavar="M", type=revision)
@click.option("--patch", "as_patch", is_flag=True, help="As RFC 6902 operations instead of lines.")
@pass_command_context
def revision_diff(ctx: CommandContext, entity: str, old: str, new: str, *, as_patch: bool) -> None:
    """Show what became of ID from revision N to M.

    A deletion or a redirect leaves no file.

    \b
    gitdraft revision diff category/Person 3 7
    gitdraft -o json revision diff category/Person 3 7
    """
    change = ctx.repository.canonical.revision_diff(entity, old, new)
    ctx.answer("revision-diff", change.as_json(), _diff_text(change, as_patch=as_patch), paged=True)


def _diff_text(change: RevisionDiff, *, as_patch: bool) -> Iterator[str]:
    sides = (change.old,) if change.old.revision == change.new.revision else (change.old, change.new)
    gone = [envelope for envelope in sides if envelope.revision.content is None]
    for envelope in gone:
        what = f"a redirect to {envelope.redirects_to}" if envelope.redirects_to else "a deletion"
        yield faint(f"revision {envelope.revision.number} is {escape(what)}: there is no file")
    if change.diff.before != change.diff.after:
        yield from patch_lines([change.diff]) if as_patch else diff_lines([change.diff])
    elif not gone:
        yield "the same content"


def _row(revision: Revision, digest: str | None) -> list[str]:
    return [
        strong(f"{revision.number:>4}"),
        click.style(revision.commit[:10], fg="yellow"),
        faint(revision.at[:16].replace("T", " ")),
        shorten(escape(revision.by.name), 24),
        revision.edit_type,
        faint("-" if digest is None else digest.removeprefix("sha256:")[:HASH]),
        "" if revision.draft is None else faint(escape(f"draft {revision.draft}")),
    ]
