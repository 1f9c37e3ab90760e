"""`init`, `doctor`, `config`, `completion`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, operation_metadata, pass_command_context
from gitdraft.cli.text import count, escape, faint, strong
from gitdraft.errors import RepositoryError

if TYPE_CHECKING:
    from gitdraft.api.init import InitReport
    from gitdraft.store.transaction import Plan


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--type", "types", metavar="NAME", multiple=True, help="An entity type; can be given again.")
@click.option(
    "--drivers/--no-drivers",
    default=True,
    help="Have git merge and show entity files by gitdraft's rules (default).",
)
@click.option("-n", "--dry-run", is_flag=True, help="Print the gitdraft.yaml that would be written.")
@pass_command_context
def init_command(
    ctx: CommandContext, folder: str | None, types: tuple[str, ...], *, drivers: bool, dry_run: bool
) -> None:
    """Set up gitdraft: a gitdraft.yaml, committed, proposed from the entities that the repository holds; lines of
    .gitattributes for them, and what these need in this clone's configuration. What is there stays. In a folder
    that is no repository, one is made.

    \b
    gitdraft init --dry-run
    gitdraft init vocabulary --type category --type property
    """
    from gitdraft.api.init import plan_init
    from gitdraft.git.drivers import install_drivers
    from gitdraft.git.repository import initialise_repository, open_repository
    from gitdraft.store.repository import open_store
    from gitdraft.store.transaction import write
    from gitdraft.sync.sync import follow_drafts_of_remotes

    start = ctx.folder / folder if folder else ctx.folder
    try:
        git = open_repository(start)
    except RepositoryError as error:
        if error.code != "not-a-repository":
            raise
        if dry_run:
            raise
        git = initialise_repository(start, "main")
    metadata = operation_metadata(git)

    def plan() -> Plan[InitReport]:
        return plan_init(git, metadata, types, drivers=drivers)

    report = plan().report if dry_run else write(git, metadata, "init", plan).report
    configured = drivers and not dry_run and install_drivers(git)
    if not dry_run:
        follow_drafts_of_remotes(open_store(start))
    document = {
        "canonical": report.canonical,
        "written": report.written and not dry_run,
        "configuration": report.configuration,
        "entities": dict(report.entities),
        "unreadable": list(report.unreadable),
        "attributes": report.attributes and not dry_run,
        "drivers": configured,
    }
    if dry_run:
        lines = report.configuration.splitlines()
    else:
        verb = "wrote gitdraft.yaml and committed it" if report.written else "gitdraft.yaml is there already"
        lines = [f"{verb} on {strong(report.canonical)}"]
        lines += [f"  {strong(name)}: {count(n, 'entity', 'entities')}" for name, n in report.entities]
        lines += [f"  not readable: {escape(problem)}" for problem in report.unreadable[:10]]
        if report.attributes or configured:
            where = [".gitattributes"] * report.attributes + ["git config"] * configured
            lines.append(f"git merges entities member by member from now on ({', '.join(where)})")
        lines.append(faint('next: gitdraft new "What it is about"'))
    ctx.answer("init", document, lines)


@click.command("doctor")
@pass_command_context
def doctor_command(ctx: CommandContext) -> None:
    """Look for what is wrong with the repository, and say how to mend it. Exit code 1 when something is.

    \b
    gitdraft doctor
    """
    from gitdraft.api.doctor import diagnose

    findings = diagnose(ctx.store)
    document = {
        "sound": all(finding.is_fine for finding in findings),
        "findings": [
            {
                "check": f.check,
                "fine": f.is_fine,
                "message": f.message,
                **({"hint": f.hint} if f.hint else {}),
            }
            for f in findings
        ],
    }
    lines = []
    for finding in findings:
        symbol = click.style("ok", fg="green") if finding.is_fine else click.style("!!", fg="red")
        lines.append(f"{symbol}  {finding.check}: {escape(finding.message)}")
        if finding.hint:
            lines.append(f"    {click.style('hint:', fg='cyan')} {escape(finding.hint)}")
    ctx.answer("doctor", document, lines, records="findings")
    if not document["sound"]:
        raise click.exceptions.Exit(1)


@click.group("config")
def config_command() -> None:
    """Look at the configuration."""


@config_command.command("show")
@pass_command_context
def config_show(ctx: CommandContext) -> None:
    """Print the configuration that canonical holds, every mistake in it reported.

    \b
    gitdraft config show
    """
    configuration = ctx.store.configuration()
    document = {
        "version": configuration.version,
        "canonical": configuration.canonical,
        "drafts": configuration.drafts,
        "entities": {
            name: {
                "path": kind.path.text,
                "nested": kind.nested,
                **({"schema": kind.schema} if kind.schema else {}),
                **({"id": kind.id_pointer} if kind.id_pointer else {}),
                "references": len(kind.references),
                "lists": len(kind.lists),
            }
            for name, kind in configuration.entities.items()
        },
        "limits": {
            "max_bytes": configuration.limits.max_bytes,
            "max_depth": configuration.limits.max_depth,
        },
        "merge": {"history": configuration.merge_history},
    }
    ctx.answer("config", document, _config_text(ctx))


def _config_text(ctx: CommandContext) -> Iterator[str]:
    from gitdraft.formats.configuration import CONFIGURATION_PATH
    from gitdraft.store.snapshots import file_oid

    snapshot = ctx.store.canonical_or_empty()
    oid = file_oid(snapshot.source, snapshot.tree, CONFIGURATION_PATH)
    yield from (snapshot.source.read_blob(oid).decode().splitlines() if oid else ["# defaults"])


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    gitdraft completion bash > ~/.local/share/bash-completion/completions/gitdraft
    """
    from click.shell_completion import get_completion_class

    from gitdraft.cli.main import cli

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(cli, {}, "gitdraft", "_GITDRAFT_COMPLETE").source())
