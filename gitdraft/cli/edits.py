"""`set`, `unset`, `patch`, `create`, `edit`, `delete`, `drop`: one commit on the draft each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.options import ENTITY, edit_options
from gitdraft.cli.text import escape, faint, status, strong
from gitdraft.formats.reports.drafts import edit_report_json

if TYPE_CHECKING:
    from gitdraft.api.edits import EditOptions
    from gitdraft.model.reports import EditReport


@click.command("set")
@ENTITY
@click.argument("pointer")
@click.argument("value")
@click.option("--string", is_flag=True, help="Take VALUE as text even if it is JSON.")
@edit_options
@pass_command_context
def set_command(
    ctx: CommandContext,
    entity: str,
    pointer: str,
    value: str,
    draft: str | None,
    *,
    string: bool,
    options: EditOptions,
) -> None:
    """Put VALUE at POINTER of ENTITY. VALUE is JSON; what is not JSON is taken as text.

    \b
    gitdraft set category/Person /label Human
    gitdraft set category/Person /required_properties/- '"birthDate"'
    """
    from gitdraft.api.inputs import parse_value

    parsed = value if string else parse_value(value)
    answer_edit(ctx, "set", ctx.draft_or_current(draft).set(entity, pointer, parsed, **options), options)


@click.command("unset")
@ENTITY
@click.argument("pointer")
@edit_options
@pass_command_context
def unset_command(
    ctx: CommandContext, entity: str, pointer: str, draft: str | None, *, options: EditOptions
) -> None:
    """Remove what is at POINTER of ENTITY.

    \b
    gitdraft unset category/Person /deprecated
    """
    answer_edit(ctx, "unset", ctx.draft_or_current(draft).unset(entity, pointer, **options), options)


@click.command("patch")
@ENTITY
@click.argument("file")
@edit_options
@pass_command_context
def patch_command(
    ctx: CommandContext, entity: str, file: str, draft: str | None, *, options: EditOptions
) -> None:
    """Apply the RFC 6902 patch in FILE (`-`: standard input) to ENTITY as the draft has it.

    \b
    echo '[{"op": "replace", "path": "/label", "value": "Human"}]' | gitdraft patch category/Person -
    """
    from gitdraft.api.inputs import LARGEST_INPUT, parse_patch

    patch = parse_patch(read_source(file, LARGEST_INPUT), _source_name(file))
    answer_edit(ctx, "patch", ctx.draft_or_current(draft).patch(entity, patch, **options), options)


@click.command("create")
@click.argument("entity")
@click.argument("file")
@edit_options
@pass_command_context
def create_command(
    ctx: CommandContext, entity: str, file: str, draft: str | None, *, options: EditOptions
) -> None:
    """Create ENTITY from the JSON document in FILE (`-`: standard input).

    \b
    gitdraft create property/birthPlace birthPlace.json
    """
    from gitdraft.api.inputs import largest_document, parse_entity_document

    store = ctx.session.store
    document = parse_entity_document(store, read_source(file, largest_document(store)), _source_name(file))
    answer_edit(ctx, "create", ctx.draft_or_current(draft).create(entity, document, **options), options)


@click.command("edit")
@ENTITY
@edit_options
@pass_command_context
def edit_command(ctx: CommandContext, entity: str, draft: str | None, *, options: EditOptions) -> None:
    """Edit ENTITY, as the draft has it, in your editor ($VISUAL, $EDITOR); saved as a minimal patch.

    \b
    gitdraft edit category/Person
    """
    from gitdraft.cli.editor import edit_text

    edited_draft = ctx.draft_or_current(draft)
    before = edited_draft.text(entity)
    after = edit_text(before, f"{entity.replace('/', '-')}.json")
    answer_edit(ctx, "edit", edited_draft.edit(entity, before, after, **options), options)


@click.command("delete")
@ENTITY
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@edit_options
@pass_command_context
def delete_command(
    ctx: CommandContext, entity: str, reason: str, draft: str | None, *, options: EditOptions
) -> None:
    """Propose that ENTITY goes.

    \b
    gitdraft delete property/deprecated_field --reason "unused since 2024"
    """
    answer_edit(ctx, "delete", ctx.draft_or_current(draft).delete(entity, reason, **options), options)


@click.command("drop")
@ENTITY
@edit_options
@pass_command_context
def drop_command(ctx: CommandContext, entity: str, draft: str | None, *, options: EditOptions) -> None:
    """Take ENTITY out of the draft: it is again as canonical has it.

    \b
    gitdraft drop category/Person
    """
    answer_edit(ctx, "drop", ctx.draft_or_current(draft).drop(entity, **options), options)


def answer_edit(ctx: CommandContext, command: str, report: EditReport, options: EditOptions) -> None:
    """Prints what an edit did."""
    would = "would be " if options.get("dry_run") else ""
    lines = [
        f"{would}{status(view.status.value)} {strong(str(view.entity))} " + faint(f"in {report.draft}")
        for view in report.changed
    ] or [f"nothing changed in {strong(report.draft)}: already the same"]
    if report.replayed and report.changed:
        lines.append(faint(f"{report.draft} was first rebased to canonical's tip"))
    for violation in report.violations:
        lines.append(f"{status('invalid')}  {violation.entity} {violation.pointer}: {violation.message}")
    if report.ignored:
        lines.append(f"left out, no entities: {escape(', '.join(report.ignored))}")
    ctx.answer(command, edit_report_json(report), lines)


def _source_name(file: str) -> str:
    return "standard input" if file == "-" else file
