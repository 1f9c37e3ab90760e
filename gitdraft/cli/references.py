"""`references`: whom an entity names, and who names it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, escape, faint, status, strong
from gitdraft.cli.views import DRAFT
from gitdraft.model.view_reports import References


@click.command("references")
@click.argument("entity", shell_complete=complete_entity)
@DRAFT
@pass_command_context
def references_command(ctx: CommandContext, entity: str, draft: str | None) -> None:
    """Show whom ENTITY names and who names it, redirects to it, or would by an open draft.

    \b
    gitdraft references category/Person
    gitdraft references property/name --draft tidy-up
    """
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import find_entity
    from gitdraft.views.references import references_of

    view = open_view(ctx.store, None if draft is None else ctx.store.find_draft(draft))
    references = references_of(ctx.store, view, find_entity(view, entity))
    document = {
        "entity": str(references.entity),
        "names": [{"entity": str(e), "path": at, "status": how} for e, at, how in references.names],
        "named_by": [{"entity": str(e), "path": at} for e, at in references.named_by],
        "redirects": [str(source) for source in references.redirects],
        "drafts": [
            {"draft": name, "entity": str(e), "path": at, "change": how}
            for name, e, at, how in references.drafts
        ],
    }
    ctx.answer("references", document, _text(references), paged=True)


def _text(references: References) -> Iterator[str]:
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
