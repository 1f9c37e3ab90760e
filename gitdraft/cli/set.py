"""`set` and `unset`: one value, or several, put where a pointer or a name says; one commit on the draft."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_assignment, complete_pointer
from gitdraft.cli.context import CommandContext, pass_command_context, read_value
from gitdraft.cli.edits import answer_edit
from gitdraft.cli.options import ENTITY, edit_options
from gitdraft.cli.text import shell
from gitdraft.errors import InvalidInput
from gitdraft.lazy_regex import regex
from gitdraft.model.assignments import Assignment, Operator, ValueForm

if TYPE_CHECKING:
    from gitdraft.api.edits import EditOptions

NEGATIVE = regex(r"-(\.?[0-9]|Infinity)")
NAMED = regex(r"(.+?)(\+=|-=|=)(.*)", re.DOTALL)


class ValueCommand(click.Command):
    """A command whose last argument is a value: a negative number is one, and no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts what begins as a negative number behind `--`, unless it is what an option takes."""
        end = args.index("--") if "--" in args else len(args)
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        taking = {name for option in options if not (option.is_flag or option.count) for name in option.opts}
        numbers = [
            index for index in range(end) if NEGATIVE.match(args[index]) and args[index - 1] not in taking
        ]
        if numbers:
            others = [word for index, word in enumerate(args[:end]) if index not in numbers]
            args = [*others, "--", *(args[index] for index in numbers), *args[end + 1 :]]
        return super().parse_args(ctx, args)


@click.command("set", cls=ValueCommand)
@ENTITY
@click.argument(
    "changes",
    metavar="POINTER VALUE | NAME=VALUE...",
    nargs=-1,
    required=True,
    shell_complete=complete_assignment,
)
@click.option("--json", "as_json", is_flag=True, help="Take each VALUE as JSON.")
@click.option("--string", "as_string", is_flag=True, help="Take each VALUE as the text it is.")
@edit_options
@pass_command_context
def set_command(
    ctx: CommandContext,
    entity: str,
    changes: tuple[str, ...],
    draft: str | None,
    *,
    as_json: bool,
    as_string: bool,
    options: EditOptions,
) -> None:
    """Put values into ENTITY, by pointer or by name.

    A POINTER is empty or begins with `/`. A NAME is a member's, dotted where it lies in another one; NAME+=VALUE adds an
    element to a list, NAME-=VALUE takes one out. VALUE keeps the kind that the schema, or the present value, has: where
    only text fits, or stands now, it is the text as typed; elsewhere it is JSON, or text where it is none. A VALUE `-`
    is standard input, @FILE the content of a file.

    \b
    gitdraft set category/Person /label Human
    gitdraft set category/Person label=Human keywords+=person address.city=Rome
    gitdraft set category/Person /required_properties/- birthDate
    """
    if as_json and as_string:
        raise click.UsageError("--json and --string exclude one another")
    form: ValueForm = "json" if as_json else "string" if as_string else "fitting"
    assignments = assignments_of(changes, form)
    answer_edit(ctx, "set", ctx.draft_or_current(draft).assign(entity, assignments, **options), options)


@click.command("unset")
@ENTITY
@click.argument("pointer", shell_complete=complete_pointer)
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


def is_pointer(text: str) -> bool:
    """Returns whether an argument of `set` is a pointer; else it is NAME=VALUE."""
    return text == "" or text.startswith("/")


def assignments_of(changes: tuple[str, ...], form: ValueForm) -> list[Assignment]:
    """Returns what the arguments of `set` ask for: POINTER and VALUE, or NAME=VALUE each. Raises InvalidInput for what is neither."""
    first = changes[0]
    if is_pointer(first):
        if len(changes) != 2:
            raise click.UsageError(
                f"POINTER '{first}' takes one VALUE; several places are set by NAME=VALUE NAME=VALUE"
            )
        return [Assignment(first, "=", _typed(changes[1], form), form, is_pointer=True)]
    parts = [NAMED.fullmatch(change) for change in changes]
    read = [part for part in parts if part is not None]
    if len(read) < len(parts):
        wrong = changes[parts.index(None)]
        is_two_words = wrong == first and len(changes) == 2
        raise InvalidInput(
            f"'{wrong}' is no NAME=VALUE, and no POINTER: expected a leading '/'",
            context={"path": wrong},
            hint=f"did you mean {shell(f'{wrong}={changes[1]}')}?" if is_two_words else None,
        )
    if form != "string" and sum(part[3] == "-" for part in read) > 1:
        raise click.UsageError("standard input can be read once")
    return [_assignment(part, form) for part in read]


def _assignment(part: re.Match[str], form: ValueForm) -> Assignment:
    name, written, value = part.groups()
    operators: dict[str, Operator] = {"=": "=", "+=": "+=", "-=": "-="}
    return Assignment(name, operators[written], _typed(value, form), form)


def _typed(value: str, form: ValueForm) -> str:
    return value if form == "string" else read_value(value)
