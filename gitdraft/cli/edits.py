"""`set`, `unset`, `patch`, `create`, `edit`, `delete`, `drop`: one commit on the draft each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft, complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context, read_message, read_source
from gitdraft.cli.text import faint, status, strong
from gitdraft.errors import InvalidInput
from gitdraft.formats.reports.drafts import edit_report_json
from gitdraft.model.reports import EditReport
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.drafts.edit import Edit
    from gitdraft.drafts.edit_functions import EditFunction
    from gitdraft.views.effective_view import EffectiveView

LARGEST_INPUT = 1 << 24


@dataclass(frozen=True, slots=True)
class EditOptions:
    """The options that every edit has."""

    draft: str | None
    message: str | None
    allow_invalid: bool
    expect: int | None
    dry_run: bool


_EDIT_OPTIONS = (
    click.option(
        "-d",
        "--draft",
        metavar="ID",
        shell_complete=complete_draft,
        help="The draft to edit; the current one otherwise.",
    ),
    click.option("-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message."),
    click.option(
        "--allow-invalid", is_flag=True, help="Save a result that breaks its schema; blocks submit."
    ),
    click.option(
        "--expect",
        type=click.IntRange(0),
        metavar="N",
        help="Refuse when the entity's revision on canonical is not N (0: it is not there).",
    ),
    click.option("-n", "--dry-run", is_flag=True, help="Check it, and change nothing."),
)


def edit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that every edit has; the command takes them as one argument, ``options``."""

    @wraps(command)
    def run(
        *arguments: object,
        draft: str | None,
        message: str | None,
        allow_invalid: bool,
        expect: int | None,
        dry_run: bool,
        **others: object,
    ) -> None:
        command(*arguments, options=EditOptions(draft, message, allow_invalid, expect, dry_run), **others)

    decorated: Callable[..., None] = run
    for option in reversed(_EDIT_OPTIONS):
        decorated = option(decorated)
    return decorated


ENTITY = click.argument("entity", shell_complete=complete_entity)


@click.command("set")
@ENTITY
@click.argument("pointer")
@click.argument("value")
@click.option("--string", is_flag=True, help="Take VALUE as text even if it is JSON.")
@edit_options
@pass_command_context
def set_command(
    ctx: CommandContext, entity: str, pointer: str, value: str, *, string: bool, options: EditOptions
) -> None:
    """Put VALUE at POINTER of ENTITY. VALUE is JSON; what is not JSON is taken as text.

    \b
    gitdraft set category/Person /label Human
    gitdraft set category/Person /required_properties/- '"birthDate"'
    """
    from gitdraft.drafts.edit_functions import set_value

    thing = value if string else parse_value(value)
    run_edit(ctx, "set", entity, lambda: set_value(pointer, thing), f"Set {{entity}} {pointer}", options)


@click.command("unset")
@ENTITY
@click.argument("pointer")
@edit_options
@pass_command_context
def unset_command(ctx: CommandContext, entity: str, pointer: str, *, options: EditOptions) -> None:
    """Remove what is at POINTER of ENTITY.

    \b
    gitdraft unset category/Person /deprecated
    """
    from gitdraft.drafts.edit_functions import unset_value

    run_edit(ctx, "unset", entity, lambda: unset_value(pointer), f"Unset {{entity}} {pointer}", options)


@click.command("patch")
@ENTITY
@click.argument("file")
@edit_options
@pass_command_context
def patch_command(ctx: CommandContext, entity: str, file: str, *, options: EditOptions) -> None:
    """Apply the RFC 6902 patch in FILE (`-`: standard input) to ENTITY as the draft has it.

    \b
    echo '[{"op": "replace", "path": "/label", "value": "Human"}]' | gitdraft patch category/Person -
    """
    from gitdraft.documents.parse import Limits, parse_json
    from gitdraft.drafts.edit_functions import patch_entity

    content = read_source(file, LARGEST_INPUT)
    value = parse_json(content, limits=Limits(max_bytes=LARGEST_INPUT), source=_name(file))
    run_edit(ctx, "patch", entity, lambda: patch_entity(value), "Patch {entity}", options)


@click.command("create")
@click.argument("entity")
@click.argument("file")
@edit_options
@pass_command_context
def create_command(ctx: CommandContext, entity: str, file: str, *, options: EditOptions) -> None:
    """Create ENTITY from the JSON document in FILE (`-`: standard input).

    \b
    gitdraft create property/birthPlace birthPlace.json
    """
    from gitdraft.documents.parse import parse_document
    from gitdraft.drafts.edit_functions import create_entity

    limits = ctx.store.snapshot().configuration.limits
    document = parse_document(read_source(file, limits.max_bytes), limits=limits, source=_name(file))
    run_edit(ctx, "create", entity, lambda: create_entity(document), "Create {entity}", options, creates=True)


@click.command("edit")
@ENTITY
@edit_options
@pass_command_context
def edit_command(ctx: CommandContext, entity: str, *, options: EditOptions) -> None:
    """Edit ENTITY, as the draft has it, in your editor ($VISUAL, $EDITOR); saved as a minimal patch.

    \b
    gitdraft edit category/Person
    """
    from gitdraft.cli.editor import edit_text
    from gitdraft.documents.parse import parse_document
    from gitdraft.drafts.edit import effective_text
    from gitdraft.drafts.edit_functions import edit_document
    from gitdraft.views.entity_names import find_entity

    draft_id = ctx.draft_or_current(options.draft)
    before = effective_text(ctx.store, draft_id, lambda view: find_entity(view, entity))
    after = edit_text(before, f"{entity.replace('/', '-')}.json")
    limits = ctx.store.snapshot().configuration.limits
    old, new = (parse_document(text, limits=limits, source=entity) for text in (before, after))
    run_edit(ctx, "edit", entity, lambda: edit_document(old, new), "Edit {entity}", options)


@click.command("delete")
@ENTITY
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@edit_options
@pass_command_context
def delete_command(ctx: CommandContext, entity: str, reason: str, *, options: EditOptions) -> None:
    """Propose that ENTITY goes.

    \b
    gitdraft delete property/deprecated_field --reason "unused since 2024"
    """
    from gitdraft.drafts.edit_functions import delete_entity

    run_edit(ctx, "delete", entity, lambda: delete_entity(reason), "Delete {entity}", options)


@click.command("drop")
@ENTITY
@edit_options
@pass_command_context
def drop_command(ctx: CommandContext, entity: str, *, options: EditOptions) -> None:
    """Take ENTITY out of the draft: it is again as canonical has it.

    \b
    gitdraft drop category/Person
    """
    from gitdraft.drafts.edit_functions import drop_change

    run_edit(ctx, "drop", entity, drop_change, "Drop {entity}", options, resolves_conflict=True)


def parse_value(text: str) -> JSON:
    """The JSON value in a command's argument; what does not look like JSON is text. Raises InvalidInput for what
    looks like JSON and is not."""
    from gitdraft.documents.parse import parse_json

    try:
        return parse_json(text.encode("utf-8", "surrogateescape"), source="VALUE")
    except InvalidInput:
        if text.lstrip()[:1] in tuple('{["') or text.strip() in ("NaN", "Infinity", "-Infinity"):
            raise
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "strict")


def run_edit(
    ctx: CommandContext,
    command: str,
    entity: str,
    make: Callable[[], EditFunction],
    message: str,
    options: EditOptions,
    *,
    creates: bool = False,
    resolves_conflict: bool = False,
) -> None:
    """Makes one edit of one entity and prints what it did."""
    from gitdraft.drafts.edit import Edit
    from gitdraft.views.entity_names import find_entity, parse_entity

    change = make()

    def edits(view: EffectiveView) -> list[Edit]:
        if creates:
            return [Edit(parse_entity(view.canonical.configuration, entity), change, resolves_conflict)]
        return [Edit(find_entity(view, entity), change, resolves_conflict)]

    run_edits(ctx, command, edits, message.format(entity=entity), options)


def run_edits(
    ctx: CommandContext,
    command: str,
    edits: Callable[[EffectiveView], list[Edit]],
    message: str,
    options: EditOptions,
) -> None:
    """Makes the edits that ``edits`` returns for the effective view and prints what they did."""
    from gitdraft.drafts.edit import EditChecks, plan_edits

    draft_id = ctx.draft_or_current(options.draft)
    text = read_message(options.message) or message
    report = ctx.write(
        command,
        lambda transaction: plan_edits(
            transaction,
            draft_id,
            edits,
            text,
            EditChecks(options.allow_invalid, options.expect),
        ),
        dry_run=options.dry_run,
    )
    answer_edit(ctx, command, report, dry_run=options.dry_run)


def answer_edit(ctx: CommandContext, command: str, report: EditReport, *, dry_run: bool) -> None:
    """Prints what an edit did."""
    lines = [
        f"{'would be ' if dry_run else ''}{status(view.status.value)} {strong(str(view.entity))} "
        + faint(f"in {report.draft}")
        for view in report.changed
    ] or [f"nothing changed in {strong(report.draft)}: already the same"]
    if report.replayed and report.changed:
        lines.append(faint(f"{report.draft} was first rebased to canonical's tip"))
    for violation in report.violations:
        lines.append(f"{status('invalid')}  {violation.entity} {violation.pointer}: {violation.message}")
    ctx.answer(command, edit_report_json(report), lines)


def _name(file: str) -> str:
    return "standard input" if file == "-" else file
