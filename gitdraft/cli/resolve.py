"""`resolve`: whose value stands where two have changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_entity, complete_pointer
from gitdraft.cli.context import CommandContext, pass_command_context, read_value
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.text import count, place_text, shell, strong
from gitdraft.errors import PolicyViolation
from gitdraft.formats.reports.conflicts import resolve_json
from gitdraft.model.merge import Conflict
from gitdraft.model.values import ABSENT, JSON

if TYPE_CHECKING:
    from gitdraft.api.conflicts import Resolution, Side
    from gitdraft.api.reports import ResolveReport

INCOMPLETE = 21
NAME = "conflict.json"  # of the file in the editor
SIDES = ("draft", "canonical", "local", "remote")
FILE_SIDES = ("ours", "theirs")


@click.command("resolve")
@DRAFT
@click.argument("entity", required=False, shell_complete=complete_entity)
@click.argument("pointer", required=False, shell_complete=complete_pointer)
@click.option("--file", "file", metavar="PATH", type=click.Path(), help="An unmerged file of a git merge.")
@click.option(
    "--take",
    type=click.Choice([*SIDES, *FILE_SIDES]),
    help="The side whose value stands; local and remote where it was changed in two clones, ours and theirs of a file.",
)
@click.option("--value", "value", metavar="JSON|@FILE|-", help="The value that stands.")
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
    """Resolve the conflict at POINTER of ENTITY, or all of it.

    Without DRAFT, and with ENTITY as TYPE/KEY, in the current draft. When the last one of DRAFT is resolved it moves to canonical's tip, or is merged with the remote's;
    while some remain the exit code is 21. With --file, resolve those at POINTER of an unmerged file, or
    all of it; when the last one is resolved, the file is as after git add.

    \b
    gitdraft resolve fix-person category/Person /label --take draft
    gitdraft resolve fix-person category/Thesis --retarget
    gitdraft resolve --file categories/Person.json /label --take theirs
    gitdraft resolve fix-person category/Person --take remote
    """
    from gitdraft.api.conflicts import ResolveOptions

    resolution = _resolution(ctx, take, value, edit=edit)
    _check_usage(resolution, pointer, retarget=retarget, sides=SIDES if file is None else FILE_SIDES)
    if file is not None:
        from gitdraft.cli.conflicts_file import resolve_unmerged

        if entity is not None or retarget or dry_run or allow_invalid:
            raise click.UsageError("with --file: a POINTER, and one of --take, --value and --edit")
        if isinstance(resolution.choose, EditorAnswers):
            resolution.choose.resume = f"gitdraft resolve --file {shell(file)} {shell(draft or '')} --value @"
        resolve_unmerged(ctx, file, draft, resolution)
        return
    if (
        draft is not None and "/" in draft and pointer is None
    ):  # no id has one: ENTITY [POINTER] of the current draft
        draft, entity, pointer = None, draft, entity
    if entity is None:
        raise click.UsageError("ENTITY is needed, or --file PATH")
    named = ctx.draft_or_current(draft)

    def act(dry_run: bool, /) -> ResolveReport:
        return named.resolve(
            entity,
            pointer,
            take=resolution.take,
            value=resolution.value,
            choose=resolution.choose,
            options=ResolveOptions(retarget, allow_invalid, dry_run),
        )

    if isinstance(resolution.choose, EditorAnswers):
        words = " ".join(shell(word) for word in (named.id, entity, pointer) if word)
        report = resolution.choose.resolve(act, f"gitdraft resolve {words} --value @", dry_run=dry_run)
    else:
        report = act(dry_run)
    ctx.answer("resolve", resolve_json(report), _resolve_text(report, dry_run=dry_run))
    if report.remaining:
        raise click.exceptions.Exit(INCOMPLETE)


def _resolution(ctx: CommandContext, take: Side | None, value: str | None, *, edit: bool) -> Resolution:
    from gitdraft.api.conflicts import Resolution
    from gitdraft.api.inputs import parse_value

    given = ABSENT if value is None else parse_value(read_value(value))
    return Resolution(take, given, EditorAnswers(ctx) if edit else None)


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
        yield f"resolved {strong(str(entity))} {place_text(conflict)}"
    if report.retargeted is not None:
        yield f"the change is now one of {strong(str(report.retargeted))}"
    if report.moved:
        where = "on canonical's tip" if report.remote is None else f"merged with {report.remote}'s"
        yield f"{strong(report.draft)} is {'then ' if dry_run else ''}{where}"
    if report.remaining:
        yield f"{count(len(report.remaining), 'conflict')} left: gitdraft conflicts {report.draft}"


class EditorAnswers:
    """The answers that the user gives in the editor, each asked once; what is refused is shown again, or kept in a file."""

    def __init__(self, ctx: CommandContext) -> None:
        self.ctx = ctx
        self.resume = "cat "
        self.texts: dict[tuple[str, str], bytes] = {}

    def __call__(self, conflict: Conflict) -> JSON:
        """Returns the answer to a conflict."""
        from gitdraft.api.inputs import format_value, parse_json_text
        from gitdraft.cli.editor import Shown, edit_until_accepted

        key = (conflict.path, conflict.type)

        def accept(text: bytes) -> JSON:
            value = parse_json_text(text, conflict.path)
            self.texts[key] = text
            return value

        if key in self.texts:
            return accept(self.texts[key])
        text = format_value(conflict.draft if conflict.canonical is ABSENT else conflict.canonical)
        return edit_until_accepted(self.ctx, Shown(text, NAME, self.resume), accept)

    def resolve(self, act: Callable[[bool], ResolveReport], resume: str, *, dry_run: bool) -> ResolveReport:
        """Returns the report of ``act``, which takes whether it is a dry run: the answers are asked for in one, so that
        nobody waits for an editor, until it accepts what they make. Raises InvalidInput (``text-kept``) where the user
        gives up."""
        from gitdraft.cli.editor import Shown, is_interactive, kept, open_editor, with_note

        self.resume = resume
        while True:
            try:
                report = act(True)
                break
            except PolicyViolation as error:
                before = dict(self.texts)
                for key, text in before.items() if is_interactive() else ():
                    shown = Shown(text, NAME, resume)
                    self.texts[key] = open_editor(self.ctx, shown, with_note(error, text))
                if self.texts == before:
                    refusals = [
                        kept(self.ctx, Shown(text, NAME, resume), text, error) for text in before.values()
                    ]
                    raise refusals[-1] from error
        if dry_run:
            return report
        try:
            return act(False)
        except BaseException:
            for text in self.texts.values():
                self.ctx.note(f"your text is kept in {self.ctx.repository.worktree.keep_unsaved(NAME, text)}")
            raise
