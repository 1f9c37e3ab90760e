"""`references`: whom an entity names, and who names it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_context
from gitdraft.cli.text import columns, escape, faint, status, strong
from gitdraft.cli.views import DRAFT
from gitdraft.views.references import References


@click.command("references")
@click.argument("entity", shell_complete=complete_entity)
@DRAFT
@pass_context
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
    found = references_of(ctx.store, view, find_entity(view, entity))
    document = {
        "entity": str(found.entity),
        "names": [{"entity": str(e), "path": at, "status": how} for e, at, how in found.names],
        "named_by": [{"entity": str(e), "path": at} for e, at in found.named_by],
        "redirects": [str(source) for source in found.redirects],
        "drafts": [
            {"draft": name, "entity": str(e), "path": at, "change": how} for name, e, at, how in found.drafts
        ],
    }
    ctx.answer("references", document, _text(found), paged=True)


def _text(found: References) -> Iterator[str]:
    entity = strong(str(found.entity))
    sections = (
        (f"{entity} names", [[str(e), faint(escape(at)), _told(how)] for e, at, how in found.names]),
        (f"{entity} is named by", [[str(e), faint(escape(at))] for e, at in found.named_by]),
        (f"{entity} is what these redirect to", [[str(source)] for source in found.redirects]),
        (
            "in drafts",
            [[name, how, str(e), faint(escape(at))] for name, e, at, how in found.drafts],
        ),
    )
    told = [(title, rows) for title, rows in sections if rows]
    if not told:
        yield f"{entity} names nothing, and nothing names it"
    for number, (title, rows) in enumerate(told):
        if number:
            yield ""
        yield title
        yield from columns(rows, "  ")


def _told(found: str) -> str:
    return "" if found == "live" else status(found)
