"""`view` and `ls`: entities as canonical, or a draft, has them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from gitdraft.cli.completing import complete_draft, complete_entity
from gitdraft.cli.door import Door, pass_door
from gitdraft.cli.reports import entity_json
from gitdraft.cli.text import columns, faint, status
from gitdraft.errors import NotFound, StateRefused
from gitdraft.model.reports import ChangeStatus, EntityView
from gitdraft.model.values import ABSENT

DRAFT = click.option(
    "-d", "--draft", metavar="ID", shell_complete=complete_draft, help="As this draft would have it."
)


@click.command("view")
@click.argument("entity", shell_complete=complete_entity)
@DRAFT
@click.option("--at", "revision", metavar="REV", help="As canonical had it at this commit.")
@click.option("--no-follow", is_flag=True, help="Show a redirect instead of its target.")
@click.option("--meta", is_flag=True, help="With the change status and, if there are any, the conflicts.")
@pass_door
def view_command(
    door: Door, entity: str, draft: str | None, revision: str | None, *, no_follow: bool, meta: bool
) -> None:
    """Print ENTITY as canonical has it, or as a draft would.

    \b
    gitdraft view category/Person --draft fix-person --meta
    """
    from gitdraft.workflow.addressing import find_entity
    from gitdraft.workflow.overlaying import open_view, view_at

    if draft is not None and revision is not None:
        raise click.UsageError("--draft and --at exclude each other")
    if revision is not None:
        view = view_at(door.store, revision)
    else:
        view = open_view(door.store, None if draft is None else door.store.find_draft(draft))
    seen = view.show(find_entity(view, entity))
    if seen.target is not None and not no_follow:
        door.note(f"{seen.entity} is redirected to {seen.target}")
        seen = view.show(seen.target)
    record = entity_json(seen)
    if door.output == "text":
        for line in _view_text(seen, meta=meta):
            click.echo(line)
    else:
        door.answer("view", record, [])


def _view_text(seen: EntityView, *, meta: bool) -> Iterator[str]:
    if seen.document is ABSENT and not meta:
        if seen.target is not None:
            yield json.dumps({"redirects_to": seen.target.key}, ensure_ascii=False)
            return
        raise StateRefused(
            f"'{seen.entity}' is deleted",
            code="entity-deleted",
            context={"entity": str(seen.entity)},
            hint="--meta shows its status",
        )
    document = {} if seen.document is ABSENT else seen.document
    if not meta:
        yield _printable(document)
        return
    record = entity_json(seen)
    extra = {name: record[name] for name in ("redirects_to", "conflicts", "reason") if name in record}
    yield _printable(
        {"_change_status": seen.status.value, **{f"_{k}": v for k, v in extra.items()}, **document}
    )


def _printable(document: object) -> str:
    """The document as JSON in which nothing moves a terminal's cursor: control characters escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return "\n".join(
        "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line) for line in text.split("\n")
    )


@click.command("ls")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@DRAFT
@click.option("--changed", is_flag=True, help="Only what the draft changes.")
@pass_door
def ls_command(door: Door, entity_type: str | None, draft: str | None, *, changed: bool) -> None:
    """List the entities with their change status; those that the draft deletes too.

    \b
    gitdraft ls category --draft fix-person --changed
    """
    from gitdraft.workflow.overlaying import open_view

    view = open_view(door.store, None if draft is None else door.store.find_draft(draft))
    kinds = view.onto.configuration.entities
    if entity_type is not None and entity_type not in kinds:
        raise NotFound(
            f"unknown entity type '{entity_type}'",
            context={"type": entity_type, "types": list(kinds)},
            hint=f"the types are {', '.join(kinds)}",
        )
    found = [
        (entity, change)
        for entity, change in view.entities(None if entity_type is None else (entity_type,))
        if not changed or change is not ChangeStatus.UNCHANGED
    ]
    document = {
        "entities": [
            {"entity": str(e), "type": e.type, "key": e.key, "_change_status": c.value} for e, c in found
        ]
    }
    if draft is None:
        lines = [str(entity) for entity, _ in found]
    else:
        lines = columns(
            [[str(e), faint(c.value) if c is ChangeStatus.UNCHANGED else status(c.value)] for e, c in found]
        )
    door.answer("ls", document, lines, records="entities")
