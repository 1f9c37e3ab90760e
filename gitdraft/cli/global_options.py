"""The options that stand before or after any command: -C, -o, -q, -v, --no-color."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gitdraft.cli.context import CommandContext

OUTPUTS = ("text", "json", "jsonl")
Callback = Callable[[click.Context, click.Parameter, Any], None]


def global_options(*, hidden: bool) -> list[click.Option]:
    """Returns the options, each of which changes the context of the call where it stands; ``hidden`` ones are not part of a
    command's help."""

    def option(*names: str, callback: Callback, **attributes: object) -> click.Option:
        return click.Option(
            [f"global_{names[-1].lstrip('-').replace('-', '_')}", *names],
            callback=callback,
            expose_value=False,
            hidden=hidden,
            **attributes,  # type: ignore[arg-type]  # as click takes them
        )

    return [
        option("-C", callback=_enter, metavar="DIR", help="Run as if started in DIR."),
        option(
            "-o",
            "--output",
            callback=_output,
            type=click.Choice(OUTPUTS),
            help="Text for people, one JSON document, or one JSON record a line.",
        ),
        option("-q", "--quiet", callback=_quiet, is_flag=True, help="Print errors only."),
        option(
            "-v",
            "--verbose",
            callback=_verbose,
            count=True,
            help="Say more; twice shows the traceback of an unexpected error.",
        ),
        option(
            "--no-color",
            callback=_no_color,
            is_flag=True,
            help="No colours (also NO_COLOR in the environment).",
        ),
    ]


def with_global_options(command: click.Command) -> click.Command:
    """Returns the command, which takes the options now, and the commands below it. In a list of commands it is its first
    line, whole."""
    if not any(param.name == "global_output" for param in command.params):
        command.params.extend(global_options(hidden=True))
        command.short_help = command.short_help or (command.help or "").strip().partition("\n")[0]
        if isinstance(command, click.Group):
            for below in command.commands.values():
                with_global_options(below)
    return command


def call_context(ctx: click.Context) -> CommandContext:
    """Returns the context of this call, made where the first option of it is read."""
    root = ctx.find_root()
    if not isinstance(root.obj, CommandContext):
        root.obj = CommandContext(Path())
    call: CommandContext = root.obj
    ctx.obj = ctx.obj or call
    return call


def _enter(ctx: click.Context, _: click.Parameter, folder: str | None) -> None:
    if folder:
        call = call_context(ctx)
        call.folder = call.folder / folder


def _output(ctx: click.Context, _: click.Parameter, output: str | None) -> None:
    if output:
        call_context(ctx).output = output


def _quiet(ctx: click.Context, _: click.Parameter, quiet: bool) -> None:  # click passes it so
    if quiet:
        call_context(ctx).verbosity = -1


def _verbose(ctx: click.Context, _: click.Parameter, verbose: int) -> None:
    call = call_context(ctx)
    if verbose and call.verbosity >= 0:
        call.verbosity += verbose


def _no_color(ctx: click.Context, _: click.Parameter, no_color: bool) -> None:  # click passes it so
    if no_color or os.environ.get("NO_COLOR"):
        ctx.color = False
