"""`ls`: the entities that canonical, or drafts, have."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import ENTITY_TYPE, IN_DRAFTS
from gitdraft.cli.text import columns, faint, status
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import ChangeStatus

UNCHANGED = ChangeStatus.UNCHANGED.value


@click.command("ls")
@ENTITY_TYPE
@IN_DRAFTS
@click.option("--changed", is_flag=True, help="Only what the drafts change.")
@click.option("--tombstones", is_flag=True, help="With what canonical redirects or has deleted.")
@pass_command_context
def ls_command(
    ctx: CommandContext, entity_type: str | None, drafts: tuple[str, ...], *, changed: bool, tombstones: bool
) -> None:
    """List the entities with their change status.

    Those that the draft deletes too. What canonical redirects or has deleted is left out unless it is
    asked for; what was erased is never listed.

    \b
    gitdraft ls category --draft fix-person --changed
    gitdraft ls --tombstones
    """
    entities = [
        (entity, change.value)
        for entity, change in ctx.repository.entities(entity_type, drafts)
        if not changed or change is not ChangeStatus.UNCHANGED
    ]
    gone = ctx.repository.tombstones(entity_type) if tombstones else []
    records = [
        {"entity": str(entity), "type": entity.type, "key": entity.key, member: state}
        for member, rows in (("_change_status", entities), ("tombstone", gone))
        for entity, state in rows
    ]
    document = {"entities": sorted(records, key=lambda record: (record["type"], record["key"]))}
    if drafts or tombstones:
        lines = columns([_row(entity, state, drafts) for entity, state in sorted([*entities, *gone])])
    else:
        lines = [str(entity) for entity, _ in entities]
    ctx.answer("ls", document, lines, records="entities")


def _row(entity: EntityRef, state: str, drafts: tuple[str, ...]) -> list[str]:
    if state == UNCHANGED:
        return [str(entity), faint(state) if drafts else ""]
    return [str(entity), status(state)]
