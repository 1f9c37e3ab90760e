"""`validate`: all that is wrong, with entity, pointer, rule and message; what a draft means to others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, pointer_text, status, strong
from gitdraft.errors import NotFound
from gitdraft.lazy_dataclass import replace

if TYPE_CHECKING:
    from gitdraft.api.draft import Draft
    from gitdraft.api.reports import CheckReport, Classification
    from gitdraft.formats.reports import Record
    from gitdraft.model.impacts import Reason

NOT_SOUND = 1


@click.command("validate")
@click.argument("target", metavar="[DRAFT|REV..REV]", required=False, shell_complete=complete_draft)
@click.option("--canonical", is_flag=True, help="Check every entity of canonical.")
@click.option(
    "--impact", is_flag=True, help="Tell instead what the draft means to those who use the entities."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "sarif", "github"]),
    default="text",
    help="For CI: a SARIF 2.1.0 log, or annotations of GitHub Actions.",
)
@click.option(
    "--shapes",
    type=click.Path(exists=True, dir_okay=False, readable=True),
    metavar="FILE",
    help="Check SHACL shapes too, on the entities as linked data.",
)
@click.option("--record", is_flag=True, help="A sound draft becomes `validated`, an unsound one `draft`.")
@pass_command_context
def validate_command(
    ctx: CommandContext,
    target: str | None,
    *,
    canonical: bool,
    impact: bool,
    form: str,
    shapes: str | None,
    record: bool,
) -> None:
    """Check a draft, all of canonical, or a step of commits.

    The step from one commit to another is checked for what it can have made wrong. Exit code 1 when
    something is. Nothing is written, but with --record the draft's status.

    With --impact: is the draft breaking, additive or cosmetic, which step of a semantic version does it ask for, and
    why?

    \b
    gitdraft validate fix-person
    gitdraft validate fix-person --record
    gitdraft validate fix-person --impact
    gitdraft validate --canonical
    gitdraft validate main~5..main --format github
    gitdraft validate --canonical --shapes shapes.ttl
    """
    _check_usage(ctx, target, canonical=canonical, impact=impact, form=form)
    if record and (canonical or impact or _is_range(target)):
        raise click.UsageError("--record is about a DRAFT")
    if shapes is not None and (record or impact or _is_range(target)):
        raise click.UsageError("--shapes takes no --record, --impact or REV..REV")
    if impact:
        _classify(ctx, ctx.draft_or_current(target))
        return
    checks, progress = ctx.repository.checks, ctx.progress("validating")
    if canonical:
        report = checks.canonical(progress=progress)
    elif _is_range(target):
        report = checks.step(target or "", progress=progress)
    else:
        report = _check_draft(ctx, _draft_of(ctx, target), record=record)
    if shapes is not None:
        draft = None if canonical else ctx.draft_or_current(target).id
        content = Path(shapes).read_bytes()
        broken = checks.shapes(content, shapes, draft, progress=progress)
        report = replace(report, violations=(*report.violations, *broken))
    _answer_report(ctx, report, form)
    if not report.is_sound:
        raise click.exceptions.Exit(NOT_SOUND)


def _check_usage(
    ctx: CommandContext, target: str | None, *, canonical: bool, impact: bool, form: str
) -> None:
    if canonical and target is not None:
        raise click.UsageError("--canonical takes no DRAFT")
    if impact and (canonical or _is_range(target) or form != "text"):
        raise click.UsageError("--impact is about a DRAFT and takes no --canonical, REV..REV or --format")
    if form != "text" and ctx.output != "text":
        raise click.UsageError(f"--format {form} and -o {ctx.output} exclude each other")


def _is_range(target: str | None) -> bool:
    return target is not None and ".." in target


def _draft_of(ctx: CommandContext, target: str | None) -> Draft:
    """Returns the draft that was named, else the current one; where there is neither, the hint names canonical too."""
    try:
        return ctx.draft_or_current(target)
    except NotFound as error:
        if error.code == "no-current-draft":
            error.hint = "gitdraft validate --canonical, or gitdraft validate DRAFT"
        raise


def _check_draft(ctx: CommandContext, draft: Draft, *, record: bool) -> CheckReport:
    from gitdraft.api.checks import CheckReport

    report = draft.validate(record=record)
    view = ctx.repository.checks.draft(draft.id)
    return CheckReport(draft.id, report.violations, report.checked, view, report.status)


def _answer_report(ctx: CommandContext, report: CheckReport, form: str) -> None:
    match form:
        case "sarif":
            from importlib.metadata import version

            from gitdraft.formats.reports.ci import sarif_log

            log = sarif_log(report.located(), version=version("gitdraft"))
            click.echo(json.dumps(log, ensure_ascii=False, indent=2))
        case "github":
            from gitdraft.formats.reports.ci import annotation

            for violation, location in report.located():
                click.echo(annotation(violation, location))
        case _:
            ctx.answer("validate", _report_json(report), _report_text(report), records="violations")


def _report_json(report: CheckReport) -> Record:
    return {
        "target": report.target,
        "checked": report.checked,
        "valid": report.is_sound,
        **({} if report.draft_status is None else {"status": report.draft_status.value}),
        "violations": [violation.as_json() for violation in report.violations],
    }


def _report_text(report: CheckReport) -> list[str]:
    errors = sum(violation.severity == "error" for violation in report.violations)
    warnings = len(report.violations) - errors
    rows = [
        [
            *([status(violation.severity)] if warnings else []),
            strong(escape(str(violation.entity) if violation.entity.type else violation.entity.key)),
            pointer_text(violation.pointer),
            faint(violation.rule),
            escape(violation.message),
        ]
        for violation in report.violations
    ]
    verdict = status("invalid") if errors else click.style("sound", fg="green")
    counts = [count(errors, "violation")] if errors else []
    counts += [count(warnings, "warning")] if warnings else []
    entities = count(report.checked, "entity", "entities")
    end = f"{' and '.join(counts)} in {entities}" if counts else f"{entities} checked"
    return [*columns(rows), f"{report.target}: {verdict}, {end}"]


def _classify(ctx: CommandContext, draft: Draft) -> None:
    classification = draft.classify()
    document = {"target": draft.id, **classification.as_json()}
    ctx.answer("validate", document, _impact_text(draft.id, classification), records="reasons")


def _impact_text(draft_id: str, classification: Classification) -> Iterator[str]:
    yield from columns([_reason_row(reason) for reason in classification.reasons])
    for entity in classification.unjudged:
        yield f"{entity} is not judged: canonical and the draft do not fit together there"
    if classification.impact is None:
        yield f"{draft_id}: nothing changes, no new version is needed"
    else:
        reasons = count(len(classification.reasons), "change")
        impact = status(classification.impact)
        yield f"{draft_id}: {impact}, {reasons}; a {strong(classification.step)} version"


def _reason_row(reason: Reason) -> list[str]:
    entity = strong(escape(str(reason.entity)))
    return [status(reason.impact), entity, pointer_text(reason.pointer), escape(reason.message)]
