"""`help`: what `--help` says, for those who ask so."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context


def complete_command(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Returns the commands that start with what was typed."""
    from gitdraft.cli.commands import cli

    command: click.Command | None = cli
    for word in ctx.params.get("words") or ():
        command = command.get_command(ctx, word) if isinstance(command, click.Group) else None
    names = command.list_commands(ctx) if isinstance(command, click.Group) else []
    return [name for name in names if name.startswith(incomplete)]


@click.command("help")
@click.argument("words", metavar="[COMMAND]...", nargs=-1, shell_complete=complete_command)
@pass_command_context
def help_command(ctx: CommandContext, words: tuple[str, ...]) -> None:
    """Say what COMMAND does, as its --help does.

    \b
    gitdraft help redirect merge
    """
    from gitdraft.cli.commands import cli

    command: click.Command = cli
    context = click.Context(cli, info_name="gitdraft", **cli.context_settings)
    for word in words:
        below = command.resolve_command(context, [word])[1] if isinstance(command, click.Group) else None
        if below is None:
            raise click.UsageError(f"'{context.command_path}' has no command '{word}'")
        command, context = below, click.Context(below, info_name=word, parent=context)
    text = command.get_help(context)
    ctx.answer("help", {"command": context.command_path, "help": text}, text.splitlines(), paged=True)
