"""`resolve`: whose value stands where two have changed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.text import count, pointer_text, strong
from gitdraft.formats.reports.conflicts import resolve_json
from gitdraft.model.merge import Conflict
from gitdraft.model.values import ABSENT, JSON

if TYPE_CHECKING:
    from gitdraft.api.conflicts import Answer, Resolution, Side
    from gitdraft.api.reports import ResolveReport

INCOMPLETE = 21
SIDES = ("draft", "canonical", "local", "remote")
FILE_SIDES = ("ours", "theirs")


@click.command("resolve")
@DRAFT
@click.argument("entity", required=False, shell_complete=complete_entity)
@click.argument("pointer", required=False)
@click.option("--file", "file", metavar="PATH", type=click.Path(), help="An unmerged file of a git merge.")
@click.option(
    "--take",
    type=click.Choice([*SIDES, *FILE_SIDES]),
    help="The side whose value stands; local and remote where it was changed in two clones, ours and theirs of a file.",
)
@click.option("--value", "value", metavar="JSON", help="The value that stands.")
@click.option("--edit", is_flag=True, help="Edit canonical's value in your editor; the result stands.")
@click.option(
    "--retarget",
    is_flag=True,
    help="Move the change to where canonical redirects ENTITY, or renamed it; with --take where the two differ.",
)
@click.option("--allow-invalid", is_flag=True, help="Accept a result that breaks its schema; blocks submit.")
@DRY_RUN
@pass_command_context
def resolve_command(
    ctx: CommandContext,
    draft: str | None,
    entity: str | None,
    pointer: str | None,
    file: str | None,
    take: Side | None,
    value: str | None,
    *,
    edit: bool,
    retarget: bool,
    allow_invalid: bool,
    dry_run: bool,
) -> None:
    """Resolve the conflict at POINTER of ENTITY, or all conflicts of it. When the last one of DRAFT is resolved
    it moves to canonical's tip, or is merged with the remote's; while some remain the exit code is 21. With --file,
    resolve those at POINTER of an unmerged file, or all of it; when the last one is resolved, the file is as after git
    add.

    \b
    gitdraft resolve fix-person category/Person /label --take draft
    gitdraft resolve fix-person category/Human --retarget
    gitdraft resolve --file categories/Person.json /label --take theirs
    gitdraft resolve fix-person category/Person --take remote
    """
    from gitdraft.api.conflicts import ResolveOptions

    resolution = _resolution(take, value, edit=edit)
    _check_usage(resolution, pointer, retarget=retarget, sides=SIDES if file is None else FILE_SIDES)
    if file is not None:
        from gitdraft.cli.conflicts_file import resolve_unmerged

        if entity is not None or retarget or dry_run or allow_invalid:
            raise click.UsageError("with --file: a POINTER, and one of --take, --value and --edit")
        resolve_unmerged(ctx, file, draft, resolution)
        return
    if draft is None or entity is None:
        raise click.UsageError("DRAFT and ENTITY are needed, or --file PATH")
    report = ctx.draft_or_current(draft).resolve(
        entity,
        pointer,
        take=resolution.take,
        value=resolution.value,
        choose=resolution.choose,
        options=ResolveOptions(retarget, allow_invalid, dry_run),
    )
    ctx.answer("resolve", resolve_json(report), _resolve_text(report, dry_run=dry_run))
    if report.remaining:
        raise click.exceptions.Exit(INCOMPLETE)


def _resolution(take: Side | None, value: str | None, *, edit: bool) -> Resolution:
    from gitdraft.api.conflicts import Resolution
    from gitdraft.api.inputs import parse_value

    return Resolution(
        take, ABSENT if value is None else parse_value(value), _editor_answer() if edit else None
    )


def _check_usage(
    resolution: Resolution, pointer: str | None, *, retarget: bool, sides: tuple[str, ...]
) -> None:
    if resolution.take is not None and resolution.take not in sides:
        raise click.UsageError(f"--take {' or '.join(sides)} is needed here")
    own_values = sum((resolution.value is not ABSENT, resolution.choose is not None))
    answers = own_values + (resolution.take is not None)
    if answers > 1 or (answers == 0 and not retarget):
        raise click.UsageError("one of --take, --value, --edit and --retarget is needed")
    if retarget and (pointer is not None or own_values):
        raise click.UsageError("--retarget moves the whole change; only --take goes with it")


def _resolve_text(report: ResolveReport, *, dry_run: bool) -> Iterator[str]:
    for entity, conflict in report.resolved:
        yield f"resolved {strong(str(entity))} {pointer_text(conflict.path)}"
    if report.retargeted is not None:
        yield f"the change is now one of {strong(str(report.retargeted))}"
    if report.moved:
        where = "on canonical's tip" if report.remote is None else f"merged with {report.remote}'s"
        yield f"{strong(report.draft)} is {'then ' if dry_run else ''}{where}"
    if report.remaining:
        yield f"{count(len(report.remaining), 'conflict')} left: gitdraft conflicts {report.draft}"


def _editor_answer() -> Answer:
    """Returns the answer that the user gives in the editor, asked once a conflict."""
    from gitdraft.api.inputs import format_value, parse_json_text
    from gitdraft.cli.editor import edit_text

    answers: dict[tuple[str, str], JSON] = {}

    def answer(conflict: Conflict) -> JSON:
        key = (conflict.path, conflict.type)
        if key not in answers:
            shown = conflict.draft if conflict.canonical is ABSENT else conflict.canonical
            edited = edit_text(format_value(shown), "conflict.json")
            answers[key] = parse_json_text(edited, conflict.path)
        return answers[key]

    return answer
