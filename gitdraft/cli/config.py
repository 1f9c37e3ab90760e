"""`config`: what gitdraft.yaml says."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context


@click.group("config")
def config_command() -> None:
    """Look at the configuration.

    \b
    gitdraft config show
    """


@config_command.command("show")
@pass_command_context
def config_show(ctx: CommandContext) -> None:
    """Print canonical's configuration, every mistake reported.

    \b
    gitdraft config show
    """
    from gitdraft.formats.reports.configuration import configuration_json

    text = ctx.repository.configuration_text()
    lines = ["# defaults"] if text is None else text.splitlines()
    ctx.answer("config", configuration_json(ctx.repository.configuration), lines)
