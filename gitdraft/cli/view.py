"""`view`: an entity as canonical, or drafts, have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import ENTITY, IN_DRAFTS
from gitdraft.cli.text import place_text, printable, shell, terminal_width
from gitdraft.errors import GitdraftError
from gitdraft.formats.reports.entities import deleted_document, entity_json, tombstone_member
from gitdraft.model.values import ABSENT

if TYPE_CHECKING:
    from gitdraft.api.views import EntityLookup


@click.command("view")
@ENTITY
@IN_DRAFTS
@click.option("--at", "revision", metavar="REV", help="As canonical had it at this commit.")
@click.option("--no-follow", is_flag=True, help="Show the tombstone of what is redirected or deleted.")
@click.option("--meta", is_flag=True, help="With the change status and, if there are any, the conflicts.")
@pass_command_context
def view_command(
    ctx: CommandContext,
    entity: str,
    drafts: tuple[str, ...],
    revision: str | None,
    *,
    no_follow: bool,
    meta: bool,
) -> None:
    """Print ENTITY as canonical has it, or as a draft would.

    Or as several drafts would, one over another. A redirect is followed, and standard error says so.

    \b
    gitdraft view category/Person --draft fix-person --meta
    gitdraft view category/Person --draft fix-person --draft tidy-up
    """
    if drafts and revision is not None:
        raise click.UsageError("--draft and --at exclude each other")
    named = ctx.repository.find(entity, drafts, revision)
    lookup = named if no_follow else named.follow()
    if lookup.entity != named.entity:
        ctx.note(f"{named.entity} is redirected to {lookup.entity}")
    for draft, conflicts in lookup.left_out():
        places = ", ".join(place_text(conflict) for conflict in conflicts)
        ctx.note(f"left out, in conflict with what lies below: {draft} at {places}")
    is_gone = lookup.is_gone()
    tombstone = lookup.tombstone() if no_follow or (is_gone and ctx.output != "text") else None
    if tombstone is not None:
        record = tombstone_member(tombstone)
        document = entity_json(lookup.show()) | {"tombstone": record}
        ctx.answer("view", document, [printable(record)], always=True)
        return
    if is_gone:
        raise lookup.deletion()
    ctx.answer("view", entity_json(lookup.show()), _view_text(lookup, meta=meta), always=True)
    if not drafts and revision is None and terminal_width() is not None:
        _mention_draft(ctx, entity)


def _mention_draft(ctx: CommandContext, entity: str) -> None:
    """Says to people that what canonical has is shown, where the current draft has it otherwise."""
    current = ctx.repository.worktree.current_draft()
    try:
        if current is not None and ctx.repository.find(entity, (current,)).show().is_changed:
            ctx.note(f"{current} changes it: gitdraft view {shell(entity)} --draft {current}")
    except GitdraftError:  # a draft that cannot be read is reported elsewhere
        return


def _view_text(lookup: EntityLookup, *, meta: bool) -> Iterator[str]:
    view = lookup.show()
    document = view.document if view.deleted is ABSENT else deleted_document(view)
    if document is ABSENT and not meta:
        raise lookup.deletion()
    if not meta:
        yield printable(document)
        return
    record = entity_json(view)
    extra = {
        f"_{name}": record[name]
        for name in ("redirects_to", "renamed_from", "conflicts", "reason")
        if name in record
    }
    members = document if isinstance(document, dict) else {}
    yield printable({"_change_status": view.status.value, **extra, **members})
