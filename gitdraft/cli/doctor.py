"""`doctor`: what is wrong with the repository, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import escape
from gitdraft.formats.reports.validation import findings_json

if TYPE_CHECKING:
    from gitdraft.api.reports import Finding

NOT_SOUND = 1


@click.command("doctor")
@pass_command_context
def doctor_command(ctx: CommandContext) -> None:
    """Look for what is wrong, and say how to mend it.

    Exit code 1 when something is wrong.

    \b
    gitdraft doctor
    """
    ctx.mends = True
    findings = ctx.repository.checks.doctor()
    lines = [line for finding in findings for line in _finding_text(finding)]
    ctx.answer("doctor", findings_json(findings), lines, records="findings")
    if not all(finding.is_fine for finding in findings):
        raise click.exceptions.Exit(NOT_SOUND)


def _finding_text(finding: Finding) -> Iterator[str]:
    symbol = click.style("ok", fg="green") if finding.is_fine else click.style("!!", fg="red")
    yield f"{symbol}  {finding.check}: {escape(finding.message)}"
    if finding.hint:
        yield f"    {click.style('hint:', fg='cyan')} {escape(finding.hint)}"
