"""`references`: whom an entity names, and who names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import ENTITY, IN_DRAFT
from gitdraft.cli.text import columns, escape, faint, status, strong
from gitdraft.formats.reports.entities import references_json

if TYPE_CHECKING:
    from gitdraft.api.reports import References


@click.command("references")
@ENTITY
@IN_DRAFT
@pass_command_context
def references_command(ctx: CommandContext, entity: str, draft: str | None) -> None:
    """Show whom ENTITY names, and who names it.

    Who redirects to it too, and who would by an open draft.

    \b
    gitdraft references category/Person
    gitdraft references property/name --draft tidy-up
    """
    references = ctx.repository.references(entity, draft)
    ctx.answer("references", references_json(references), _references_text(references), paged=True)


def _references_text(references: References) -> Iterator[str]:
    entity = strong(str(references.entity))
    sections = (
        (
            f"{entity} names",
            [[str(e), faint(escape(at)), _state_text(how)] for e, at, how in references.names],
        ),
        (f"{entity} is named by", [[str(e), faint(escape(at))] for e, at in references.named_by]),
        (f"{entity} is what these redirect to", [[str(source)] for source in references.redirects]),
        (
            "in drafts",
            [[name, how, str(e), faint(escape(at))] for name, e, at, how in references.drafts],
        ),
    )
    filled = [(title, rows) for title, rows in sections if rows]
    if not filled:
        yield f"{entity} names nothing, and nothing names it"
    for number, (title, rows) in enumerate(filled):
        if number:
            yield ""
        yield title
        yield from columns(rows, "  ")


def _state_text(state: str) -> str:
    return "" if state == "live" else status(state)
