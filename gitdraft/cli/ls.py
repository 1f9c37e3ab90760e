"""`ls`: the entities that canonical, or drafts, have."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import IN_DRAFTS
from gitdraft.cli.text import columns, escape, faint, place_text, status
from gitdraft.formats.reports.entities import entity_line_json
from gitdraft.model.natural import natural_entity_key, natural_key
from gitdraft.model.reports import EntityView


@click.command("ls")
@click.argument("listed", metavar="[TYPE[/PREFIX]]", required=False)
@IN_DRAFTS
@click.option(
    "--where",
    "conditions",
    metavar="QUERY",
    multiple=True,
    help="Only what matches, as in `search`: /pointer=value.",
)
@click.option("--changed", is_flag=True, help="Only what the drafts, or the current one, change.")
@click.option("--tombstones", is_flag=True, help="With what canonical redirects or has deleted.")
@pass_command_context
def ls_command(
    ctx: CommandContext,
    listed: str | None,
    drafts: tuple[str, ...],
    conditions: tuple[str, ...],
    *,
    changed: bool,
    tombstones: bool,
) -> None:
    """List the entities with their change status.

    Those that the draft deletes too. What canonical redirects or has deleted is left out unless it is
    asked for; what was erased is never listed.

    \b
    gitdraft ls category --draft fix-person --changed
    gitdraft ls category/Per --where /parents/*=Agent
    gitdraft ls --tombstones
    """
    if changed and not drafts:
        drafts = (ctx.draft_or_current(None).id,)
    entity_type, _, prefix = (listed or "").partition("/")
    where = " ".join(conditions) if conditions else None
    chosen = ctx.repository.entities(entity_type or None, drafts, prefix=prefix, where=where)
    views = [view for view in chosen if not changed or view.is_changed]
    gone = ctx.repository.tombstones(entity_type or None) if tombstones else []
    gone = [(entity, state) for entity, state in gone if entity.key.startswith(prefix)]
    records = [
        *map(entity_line_json, views),
        *(
            {"entity": str(entity), "type": entity.type, "key": entity.key, "tombstone": state}
            for entity, state in gone
        ),
    ]
    records.sort(key=lambda record: (str(record["type"]), natural_key(str(record["key"]))))
    document = {"entities": records}
    if drafts or tombstones:
        rows = {view.entity: _row(view, drafts) for view in views}
        rows |= {entity: [str(entity), status(state)] for entity, state in gone}
        lines = columns([rows[entity] for entity in sorted(rows, key=natural_entity_key)])
    else:
        lines = [str(entity) for entity in sorted((view.entity for view in views), key=natural_entity_key)]
    if where and not lines:
        from gitdraft.cli.search import no_match

        lines = no_match(where)
    ctx.answer("ls", document, lines, records="entities")


def _row(view: EntityView, drafts: tuple[str, ...]) -> list[str]:
    if not view.is_changed:
        return [str(view.entity), faint(view.status.value) if drafts else ""]
    places = ", ".join(place_text(conflict) for conflict in view.conflicts)
    name = str(view.entity) if view.target is None else f"{view.entity} to {view.target}"
    fate = status("conflict") if view.conflicts else status("broken") if view.reason else ""
    return [name, status(view.status.value), fate, faint(places or escape(view.reason or ""))]
