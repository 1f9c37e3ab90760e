"""`view` and `ls`: entities as canonical, or a draft, has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft, complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, faint, printable, status
from gitdraft.formats.reports.entities import entity_json
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.reports import EntityView
from gitdraft.model.values import ABSENT

if TYPE_CHECKING:
    from gitdraft.model.entities import EntityRef
    from gitdraft.views.effective_view import EffectiveView

DRAFT = click.option(
    "-d", "--draft", metavar="ID", shell_complete=complete_draft, help="As this draft would have it."
)
DRAFTS = click.option(
    "-d",
    "--draft",
    "drafts",
    metavar="ID",
    multiple=True,
    shell_complete=complete_draft,
    help="As this draft would have it; given more than once, each draft over those before it.",
)


@click.command("view")
@click.argument("entity", shell_complete=complete_entity)
@DRAFTS
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
    """Print ENTITY as canonical has it, or as a draft would, or several drafts one over another. A redirect is
    followed, and standard error says so.

    \b
    gitdraft view category/Person --draft fix-person --meta
    gitdraft view category/Person --draft fix-person --draft tidy-up
    """
    from gitdraft.drafts.diff import tombstone_in
    from gitdraft.formats.tombstones import tombstone_json
    from gitdraft.views.effective_view import view_at
    from gitdraft.views.entity_names import find_entity
    from gitdraft.views.redirects import follow

    if drafts and revision is not None:
        raise click.UsageError("--draft and --at exclude each other")
    view = _overlaid(ctx, drafts) if revision is None else view_at(ctx.store, revision)
    seen = view.show(find_entity(view, entity))
    found = tombstone_in(view, seen.entity) if no_follow else None
    # one that a draft proposes is not made yet, by nobody at no time
    tombstone = None if found is None else {n: v for n, v in tombstone_json(found).items() if v != ""}
    if seen.target is not None and not no_follow:
        end = follow(view, seen.entity)
        ctx.note(f"{seen.entity} is redirected to {end}")
        seen = view.show(end)
    _note_conflicting_layers(ctx, view, seen.entity)
    if ctx.output != "text":
        extra = {} if tombstone is None else {"tombstone": tombstone}
        ctx.answer("view", entity_json(seen) | extra, [])
    elif tombstone is not None:
        click.echo(printable(tombstone))
    else:
        for line in _view_text(view, seen, meta=meta):
            click.echo(line)


def _overlaid(ctx: CommandContext, drafts: tuple[str, ...]) -> EffectiveView:
    from gitdraft.views.effective_view import open_overlay

    return open_overlay(ctx.store, [ctx.store.find_draft(draft) for draft in dict.fromkeys(drafts)])


def _note_conflicting_layers(ctx: CommandContext, view: EffectiveView, entity: EntityRef) -> None:
    """Which of several drafts is in conflict with what lies below it."""
    for layer in view.layers():
        judged = layer.applied_change(entity)
        if view.lower is not None and layer.draft is not None and judged and judged.report.conflicts:
            places = ", ".join(conflict.path or "(whole entity)" for conflict in judged.report.conflicts)
            ctx.note(f"left out, in conflict with what lies below: {layer.draft.id} at {places}")


def _view_text(view: EffectiveView, seen: EntityView, *, meta: bool) -> Iterator[str]:
    from gitdraft.views.guards import entity_deleted

    if seen.document is ABSENT and not meta:
        raise entity_deleted(seen.entity, view.canonical.tombstone(seen.entity))
    document = {} if seen.document is ABSENT else seen.document
    if not meta:
        yield printable(document)
        return
    record = entity_json(seen)
    extra = {name: record[name] for name in ("redirects_to", "conflicts", "reason") if name in record}
    yield printable(
        {"_change_status": seen.status.value, **{f"_{k}": v for k, v in extra.items()}, **document}
    )


@click.command("ls")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@DRAFTS
@click.option("--changed", is_flag=True, help="Only what the drafts change.")
@click.option("--tombstones", is_flag=True, help="With what canonical redirects or has deleted.")
@pass_command_context
def ls_command(
    ctx: CommandContext, entity_type: str | None, drafts: tuple[str, ...], *, changed: bool, tombstones: bool
) -> None:
    """List the entities with their change status; those that the draft deletes too. What canonical redirects or has
    deleted is left out unless it is asked for; what was erased is never listed.

    \b
    gitdraft ls category --draft fix-person --changed
    gitdraft ls --tombstones
    """
    from gitdraft.views.entity_names import known_types
    from gitdraft.views.redirects import list_tombstones

    view = _overlaid(ctx, drafts)
    types = known_types(view.canonical.configuration, entity_type)
    entities = [
        (entity, change.value)
        for entity, change in view.entities(types)
        if not changed or change is not ChangeStatus.UNCHANGED
    ]
    gone = list_tombstones(view.canonical, types) if tombstones else []
    records = [
        {"entity": str(e), "type": e.type, "key": e.key, name: word}
        for name, rows in (("_change_status", entities), ("tombstone", gone))
        for e, word in rows
    ]
    document = {"entities": sorted(records, key=lambda record: (record["type"], record["key"]))}
    if not drafts and not tombstones:
        lines = [str(entity) for entity, _ in entities]
    else:
        rows = sorted([*entities, *gone])
        quiet = ChangeStatus.UNCHANGED.value
        lines = columns(
            [[str(e), faint(word if drafts else "") if word == quiet else status(word)] for e, word in rows]
        )
    ctx.answer("ls", document, lines, records="entities")
