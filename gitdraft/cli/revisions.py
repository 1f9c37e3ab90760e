"""`revision` and `blame`: what happened to an entity, and who set what it says."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitdraft.cli.canonical import ENTITY, find_known
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.history import diff_lines, patch_lines
from gitdraft.cli.text import columns, escape, faint, printable, shorten, strong, value
from gitdraft.formats.reports.entities import envelope_json, revision_json
from gitdraft.model.reports import EntityDiff
from gitdraft.model.revisions import Envelope, Revision

HASH = 10  # digits shown of a content hash, as of a commit


@click.group("revision")
def revision_command() -> None:
    """Look at the revisions of an entity: the commits of canonical that changed it, counted from the first.

    \b
    gitdraft revision list category/Person
    gitdraft revision diff category/Person 3 7
    """


@revision_command.command("list")
@ENTITY
@click.option(
    "-n", "--limit", type=click.IntRange(0), default=50, show_default=True, help="How many; 0 for all."
)
@pass_command_context
def revision_list(ctx: CommandContext, entity: str, limit: int) -> None:
    """List the revisions of ID, newest first, with their commits and the hash of their content.

    \b
    gitdraft revision list category/Person -n 10
    """
    from gitdraft.views.revisions import revision_hashes, revisions

    found = find_known(ctx, entity)
    known = revisions(ctx.store, found)
    canonical = ctx.store.snapshot()
    latest = known[-limit:][::-1]
    shown = list(zip(latest, revision_hashes(canonical, found, latest), strict=True))
    document = {
        "entity": str(found),
        "total": len(known),
        "revisions": [
            revision_json(r) | ({} if digest is None else {"content_hash": digest}) for r, digest in shown
        ],
    }
    lines = columns([_row(r, digest) for r, digest in shown])
    if len(shown) < len(known):
        lines.append(faint(f"{len(known) - len(shown):,} older; -n 0 lists all"))
    ctx.answer("revision-list", document, lines, records="revisions", paged=True)


@revision_command.command("show")
@ENTITY
@click.argument("number", metavar="[N]", type=click.IntRange(1), required=False)
@pass_command_context
def revision_show(ctx: CommandContext, entity: str, number: int | None) -> None:
    """Print revision N of ID, or the latest, as JSON: who made it, when, how, and the entity as it left it.

    \b
    gitdraft revision show category/Person 3
    """
    from gitdraft.views.revisions import envelope, find_revision, revisions

    found = find_known(ctx, entity)
    known = revisions(ctx.store, found)
    revision = find_revision(known, found, len(known) if number is None else number)
    shown = envelope_json(envelope(ctx.store.snapshot(), found, revision))
    document = {"entity": str(found), "commit": revision.commit, "revision": shown}
    ctx.answer("revision-show", document, [printable(shown)])


@revision_command.command("diff")
@ENTITY
@click.argument("old", metavar="N", type=click.IntRange(1))
@click.argument("new", metavar="M", type=click.IntRange(1))
@click.option("--patch", "as_patch", is_flag=True, help="As RFC 6902 operations instead of lines.")
@pass_command_context
def revision_diff(ctx: CommandContext, entity: str, old: int, new: int, *, as_patch: bool) -> None:
    """Show what became of ID's file from revision N to revision M. A deletion or a redirect leaves no file.

    \b
    gitdraft revision diff category/Person 3 7
    gitdraft -o json revision diff category/Person 3 7
    """
    from gitdraft.views.revisions import envelope, find_revision, revision_diff, revisions

    found = find_known(ctx, entity)
    known = revisions(ctx.store, found)
    sides = find_revision(known, found, old), find_revision(known, found, new)
    canonical = ctx.store.snapshot()
    diff = revision_diff(canonical, found, *sides)
    document = {
        "entity": str(found),
        "from": revision_json(sides[0]),
        "to": revision_json(sides[1]),
        "path": diff.path,
        "patch": list(diff.patch),
    }
    gone = [envelope(canonical, found, side) for side in dict.fromkeys(sides) if side.content is None]
    ctx.answer("revision-diff", document, _diff_text(diff, gone, as_patch=as_patch), paged=True)


def _diff_text(diff: EntityDiff, gone: list[Envelope], *, as_patch: bool) -> Iterator[str]:
    for envelope in gone:
        what = f"a redirect to {envelope.redirects_to}" if envelope.redirects_to else "a deletion"
        yield faint(f"revision {envelope.revision.number} is {escape(what)}: there is no file")
    lines = list(patch_lines([diff]) if as_patch else diff_lines([diff]))
    if diff.before == diff.after:
        lines = [] if gone else ["the same content"]
    yield from lines


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


@click.command("blame")
@ENTITY
@pass_command_context
def blame_command(ctx: CommandContext, entity: str) -> None:
    """Show who last set each value of ID as canonical has it: the revision, its commit, its author, the draft.

    \b
    gitdraft blame category/Person
    """
    from gitdraft.views.blame import blame

    found = find_known(ctx, entity)
    places = blame(ctx.store, found)
    document = {
        "entity": str(found),
        "places": [
            {"path": place.path, "value": place.value, **revision_json(place.revision)} for place in places
        ],
    }
    rows = [
        [
            strong(f"{place.revision.number:>4}"),
            click.style(place.revision.commit[:10], fg="yellow"),
            faint(place.revision.at[:10]),
            shorten(escape(place.revision.by.name), 24),
            faint(escape(place.revision.draft or "-")),
            escape(place.path or "(root)"),
            value(place.value, 60),
        ]
        for place in places
    ]
    ctx.answer("blame", document, columns(rows), records="places", paged=True)
