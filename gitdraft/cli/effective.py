"""`effective`: the members that an entity has and inherits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import ENTITY, IN_DRAFT
from gitdraft.cli.text import columns, count, escape, faint, status, strong
from gitdraft.formats.reports.entities import effective_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import ChangeStatus

if TYPE_CHECKING:
    from gitdraft.api.reports import EffectiveMembers, MemberChange


@click.command("effective")
@ENTITY
@IN_DRAFT
@pass_command_context
def effective_command(ctx: CommandContext, entity: str, draft: str | None) -> None:
    """List the members that ENTITY has and inherits.

    Each with whether it is required, and from whom it comes. The nearest parent wins.

    \b
    gitdraft effective category/Person
    gitdraft effective category/Person --draft tidy-up
    """
    named = ctx.repository.find(entity, draft)
    members = named.members(progress=ctx.progress("reading entities"))
    if members.entity != named.entity:
        ctx.note(f"{named.entity} is redirected to {members.entity}")
    ctx.answer("effective", effective_json(members), _effective_text(members), records="members", paged=True)


def _effective_text(members: EffectiveMembers) -> Iterator[str]:
    if not members.members:
        yield f"{strong(str(members.entity))} has no members"
    yield from columns([_row(change, members.entity) for change in members.members])
    notes = [
        *(
            f"{redirect.entity} names {redirect.parent}, which is redirected to {redirect.target}"
            for redirect in members.redirects
        ),
        *(
            f"{lost.entity} names {lost.parent}, which gives nothing: {status(lost.reason)}"
            for lost in members.lost
        ),
        *("the parents lead in a circle: " + " → ".join(map(str, path)) for path in members.cycles),
    ]
    if notes:
        yield ""
        yield from notes


def _row(change: MemberChange, entity: EntityRef) -> list[str]:
    shown = change.shown
    requirement = shown.requirement if shown.requirement == "required" else faint(shown.requirement)
    source = faint("its own") if shown.source == entity else str(shown.source)
    steps = faint(count(shown.depth, "step")) if shown.depth > 1 else ""
    row = [escape(change.name), requirement, source, steps]
    if change.status is ChangeStatus.UNCHANGED:
        return row
    return [*row, f"{status(change.status.value)}{_before_text(change)}"]


def _before_text(change: MemberChange) -> str:
    if change.before is None or change.after is None:
        return ""
    was: list[str] = []
    if change.before.requirement != change.after.requirement:
        was.append(change.before.requirement)
    if change.before.source != change.after.source:
        was.append(f"from {change.before.source}")
    return f", was {' '.join(was)}"
