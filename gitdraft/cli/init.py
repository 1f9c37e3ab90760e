"""`init`: gitdraft set up in a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, is_at_terminal, pass_command_context
from gitdraft.cli.text import count, escape, faint, strong

if TYPE_CHECKING:
    from gitdraft.api.reports import Initialised

MOST_SHOWN = 10  # files that are not readable


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--type", "types", metavar="NAME", multiple=True, help="An entity type; can be given again.")
@click.option(
    "--drivers/--no-drivers",
    default=True,
    help="Have git merge entity files by gitdraft's rules (default).",
)
@click.option(
    "--diff/--no-diff",
    default=None,
    help="Have git diff and git log -p show a line a pointer; such a patch cannot be applied.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Print the gitdraft.yaml that would be written.")
@pass_command_context
def init_command(
    ctx: CommandContext,
    folder: str | None,
    types: tuple[str, ...],
    *,
    drivers: bool,
    diff: bool | None,
    dry_run: bool,
) -> None:
    """Set up gitdraft: a gitdraft.yaml, committed, proposed from the entities that the repository holds; lines of
    .gitattributes for them, and what these need in this clone's configuration. What is there stays. In a folder
    that is no repository, one is made.

    \b
    gitdraft init --dry-run
    gitdraft init vocabulary --type category --type property
    gitdraft init --diff
    """
    if diff and not drivers:
        raise click.UsageError("--diff is one of the drivers that --no-drivers leaves out")
    from gitdraft.api.init import InitOptions, initialise
    from gitdraft.api.session import Identity, local_time

    start = ctx.folder / folder if folder else ctx.folder
    options = InitOptions(types, drivers, dry_run, diff)
    initialised = initialise(
        start, Identity(environment=os.environ, may_prompt=is_at_terminal()), local_time, options
    )
    report = initialised.report
    document = {
        "canonical": report.canonical,
        "written": report.written and not dry_run,
        "configuration": report.configuration,
        "entities": dict(report.entities),
        "unreadable": list(report.unreadable),
        "attributes": report.attributes and not dry_run,
        "drivers": initialised.drivers,
    }
    ctx.answer(
        "init", document, report.configuration.splitlines() if dry_run else _init_text(initialised, diff=diff)
    )


def _init_text(initialised: Initialised, *, diff: bool | None) -> Iterator[str]:
    report = initialised.report
    written = "wrote gitdraft.yaml and committed it" if report.written else "gitdraft.yaml is there already"
    yield f"{written} on {strong(report.canonical)}"
    for name, number in report.entities:
        yield f"  {strong(name)}: {count(number, 'entity', 'entities')}"
    yield from (f"  not readable: {escape(problem)}" for problem in report.unreadable[:MOST_SHOWN])
    places = [".gitattributes"] * report.attributes + ["git config"] * initialised.drivers
    if places:
        yield f"git merges entities member by member from now on ({', '.join(places)})"
    if diff is not None:
        yield f"git diff shows {'a line a pointer' if diff else 'entities as they are written'}"
    yield faint('next: gitdraft new "What it is about"')
