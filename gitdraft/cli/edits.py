"""`patch`, `create`, `edit`, `delete`, `drop`: one commit on the draft each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.options import ENTITY, edit_options
from gitdraft.cli.text import escape, faint, pointer_text, shell, status, strong
from gitdraft.formats.reports.drafts import edit_report_json

if TYPE_CHECKING:
    from gitdraft.api.edits import EditOptions
    from gitdraft.model.assignments import EditedPlace
    from gitdraft.model.reports import EditReport, EntityView


@click.command("patch")
@ENTITY
@click.argument("file")
@edit_options
@pass_command_context
def patch_command(
    ctx: CommandContext, entity: str, file: str, draft: str | None, *, options: EditOptions
) -> None:
    """Apply the RFC 6902 patch in FILE to ENTITY.

    The patch is applied to what the draft has. FILE `-` is standard input.

    \b
    echo '[{"op": "replace", "path": "/label", "value": "Human"}]' | gitdraft patch category/Person -
    """
    from gitdraft.api.inputs import LARGEST_INPUT, parse_patch

    patch = parse_patch(read_source(file, LARGEST_INPUT), _source_name(file))
    answer_edit(ctx, "patch", ctx.draft_or_current(draft).patch(entity, patch, **options), options)


@click.command("create")
@click.argument("entity")
@click.argument("file", required=False)
@edit_options
@pass_command_context
def create_command(
    ctx: CommandContext, entity: str, file: str | None, draft: str | None, *, options: EditOptions
) -> None:
    """Create ENTITY from the JSON document in FILE.

    FILE `-` is standard input; without FILE the document is written in your editor.

    \b
    gitdraft create property/birthPlace birthPlace.json
    gitdraft create property/birthPlace
    """
    from gitdraft.api.inputs import largest_document, parse_entity_document

    store, created = ctx.session.store, ctx.draft_or_current(draft)

    def create(content: bytes, source: str) -> EditReport:
        return created.create(entity, parse_entity_document(store, content, source), **options)

    if file is not None:
        report = create(read_source(file, largest_document(store)), _source_name(file))
    else:
        from gitdraft.cli.editor import Shown, edit_until_accepted

        resume = f"gitdraft create {_named(entity, draft)} "
        shown = Shown(created.blank(entity), _file_name(entity), resume)
        report = edit_until_accepted(ctx, shown, lambda text: create(text, entity))
    answer_edit(ctx, "create", report, options)


@click.command("edit")
@ENTITY
@click.option("--from", "begun", metavar="FILE", help="Begin with this text, one that was kept.")
@edit_options
@pass_command_context
def edit_command(
    ctx: CommandContext, entity: str, begun: str | None, draft: str | None, *, options: EditOptions
) -> None:
    """Edit ENTITY, as the draft has it, in your editor.

    The editor is $VISUAL, $EDITOR, or git's; what it leaves is saved as a minimal patch. A text that is refused opens
    again on a terminal, and is kept in a file otherwise.

    \b
    gitdraft edit category/Person
    """
    from gitdraft.api.inputs import largest_document
    from gitdraft.cli.editor import Shown, edit_until_accepted

    edited_draft = ctx.draft_or_current(draft)
    before = edited_draft.text(entity)
    resume = f"gitdraft edit {_named(entity, draft)} --from "
    kept = None if begun is None else read_source(begun, largest_document(ctx.session.store))
    shown = Shown(before, _file_name(entity), resume, kept)
    report = edit_until_accepted(
        ctx, shown, lambda after: edited_draft.edit(entity, before, after, **options)
    )
    answer_edit(ctx, "edit", report, options)


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
    """Take ENTITY out of the draft.

    It is again as canonical has it.

    \b
    gitdraft drop category/Person
    """
    answer_edit(ctx, "drop", ctx.draft_or_current(draft).drop(entity, **options), options)


def answer_edit(ctx: CommandContext, command: str, report: EditReport, options: EditOptions) -> None:
    """Prints what an edit did."""
    ctx.answer(command, edit_report_json(report), edit_lines(report, options))


def edit_lines(report: EditReport, options: EditOptions) -> list[str]:
    """Returns what an edit did, line by line."""
    would = "would have " if options.get("dry_run") else ""
    former = {view.renamed_from for view in report.changed}
    lines = [
        f"{would}{_done(view)} " + faint(f"in {report.draft}")
        for view in report.changed
        if view.entity not in former
    ] or [f"nothing changed in {strong(report.draft)}: already the same"]
    lines += [_place_text(place) for place in report.places if report.changed or place.reason != "same"]
    if report.replayed and report.changed:
        lines.append(faint(f"{report.draft} was first rebased to canonical's tip"))
    for violation in report.violations:
        lines.append(f"{status('invalid')}  {violation.entity} {violation.pointer}: {violation.message}")
    if report.ignored:
        lines.append(f"left out, no entities: {escape(', '.join(report.ignored))}")
    return lines


def _done(view: EntityView) -> str:
    if view.renamed_from is not None:
        return f"{status('renamed')} {strong(str(view.renamed_from))} to {strong(str(view.entity))}"
    where = "" if view.target is None else f" to {strong(str(view.target))}"
    return f"{status(view.status.value)} {strong(str(view.entity))}{where}"


def _place_text(place: EditedPlace) -> str:
    reasons = {"same": "is that already", "present": "is there already", "missing": "has no such element"}
    where = pointer_text(place.pointer)
    if place.reason is not None:
        return f"  unchanged: {where} {reasons[place.reason]}"
    near = "" if place.near is None else f" (did you mean {escape(place.near)}?)"
    return f"  {status(place.action)} {where}{near}"


def _file_name(entity: str) -> str:
    return f"{entity.replace('/', '-')}.json"


def _named(entity: str, draft: str | None) -> str:
    """Returns the words that name the entity again, in the draft that was named."""
    return shell(entity) + ("" if draft is None else f" --draft {shell(draft)}")


def _source_name(file: str) -> str:
    return "standard input" if file == "-" else file
