"""`init`: gitdraft set up in a repository."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, is_at_terminal, pass_command_context
from gitdraft.cli.text import count, escape, faint, strong

if TYPE_CHECKING:
    from gitdraft.api.reports import Initialised, InitReport, RdfStyle
    from gitdraft.formats.reports import Record

MOST_SHOWN = 10  # files that are not readable


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option(
    "--type",
    "types",
    metavar="NAME[=FOLDER]",
    multiple=True,
    help="An entity type, or what a folder holds; can be given again.",
)
@click.option(
    "--skip", metavar="FOLDER", multiple=True, help="A folder that holds no entities; can be given again."
)
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
@click.option(
    "--rdf",
    type=click.Choice(["skos", "owl"]),
    help="Propose for each type a JSON-LD context, by which it is linked data.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Print the gitdraft.yaml that would be written.")
@pass_command_context
def init_command(
    ctx: CommandContext,
    folder: str | None,
    types: tuple[str, ...],
    skip: tuple[str, ...],
    *,
    drivers: bool,
    diff: bool | None,
    rdf: RdfStyle | None,
    dry_run: bool,
) -> None:
    """Set gitdraft up in a repository.

    It commits a gitdraft.yaml, proposed from the entities that the repository holds, and lines of .gitattributes for
    them, and puts what these need into this clone's configuration. What is there stays. In a folder that is no
    repository, one is made.

    \b
    gitdraft init --dry-run
    gitdraft init --type app=bucket --skip tests
    gitdraft init vocabulary --type category --type property
    gitdraft init --diff
    gitdraft init --rdf skos
    """
    if diff and not drivers:
        raise click.UsageError("--diff is one of the drivers that --no-drivers leaves out")
    from gitdraft.api.init import InitOptions, initialise
    from gitdraft.api.session import Identity, local_time

    start = ctx.folder / folder if folder else ctx.folder
    options = InitOptions(types, drivers, dry_run, diff, skip, rdf)
    initialised = initialise(
        start, Identity(environment=os.environ, may_prompt=is_at_terminal()), local_time, options
    )
    report = initialised.report
    for notice in initialised.notices:
        ctx.note(notice)
    document = {
        "canonical": report.canonical,
        "written": report.written and not dry_run,
        "configuration": report.configuration,
        "entities": dict(report.entities),
        "unreadable": list(report.unreadable),
        "attributes": report.attributes and not dry_run,
        "drivers": initialised.drivers,
        **({"contexts": dict(report.contexts)} if rdf else {}),
        **_proposal_json(report),
    }
    if dry_run:
        contexts = [
            line
            for path, text in report.contexts.items()
            for line in (f"# {path}:", *(f"# {part}" for part in text.splitlines()))
        ]
        lines: Iterable[str] = [*report.configuration.splitlines(), *contexts, *_findings(report, "# ")]
    else:
        lines = _init_text(initialised, diff=diff)
    ctx.answer("init", document, lines)


def _proposal_json(report: InitReport) -> Record:
    record: Record = {
        "complaints": [
            {"rule": complaint.rule, "violations": complaint.violations, "first": complaint.first.as_json()}
            for complaint in report.complaints
        ]
    }
    if report.proposal is not None:
        record["types"] = [
            {"type": each.name, "folder": each.folder, "files": each.files, "reasons": list(each.reasons)}
            for each in report.proposal.types
        ]
        record["skipped"] = [
            {"folder": each.folder, "files": each.files, "reason": each.reason}
            for each in report.proposal.skipped
        ]
    return record


def _findings(report: InitReport, before: str) -> Iterator[str]:
    """Yields which entities there are and why their types are as they are, which folders were passed over, and what the first
    validation will find."""
    proposal = report.proposal
    reasons = {} if proposal is None else {each.name: each for each in proposal.types}
    for name, number in report.entities:
        where = f" in {escape(reasons[name].folder)}/" if name in reasons else ""
        yield f"{before}{strong(name)}: {count(number, 'entity', 'entities')}{where}"
        why = reasons[name].reasons if name in reasons else ()
        yield from (f"{before}  {escape(reason)}" for reason in why)
    for passed in () if proposal is None else proposal.skipped:
        why_not = f"{count(passed.files, 'JSON file')}, {passed.reason}"
        yield f"{before}no entities in {escape(passed.folder)}/ ({why_not})"
    yield from (f"{before}not readable: {escape(problem)}" for problem in report.unreadable[:MOST_SHOWN])
    for complaint in report.complaints:
        example = f"{complaint.first.entity} {complaint.first.pointer}".rstrip()
        violations = count(complaint.violations, "violation")
        yield f"{before}gitdraft validate --canonical will find {violations} of {complaint.rule}: {escape(example)}"
    if report.complaints:
        yield f"{before}(rules: {{RULE: warning}} in gitdraft.yaml lets what breaks a rule pass)"


def _init_text(initialised: Initialised, *, diff: bool | None) -> Iterator[str]:
    report = initialised.report
    written = "wrote gitdraft.yaml and committed it" if report.written else "gitdraft.yaml is there already"
    if report.contexts and not report.written:
        written = "gitdraft.yaml says now what entities are as linked data, committed"
    yield f"{written} on {strong(report.canonical)}"
    yield from _findings(report, "  ")
    for path in report.contexts:
        yield f"wrote {strong(path)}: put your own addresses in place of https://example.org/"
    places = [".gitattributes"] * report.attributes + ["git config"] * initialised.drivers
    if places:
        yield f"git merges entities member by member from now on ({', '.join(places)})"
    if diff is not None:
        yield f"git diff shows {'a line a pointer' if diff else 'entities as they are written'}"
    yield faint('next: gitdraft new "What it is about"')
