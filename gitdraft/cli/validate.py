"""`validate`: all that is wrong, with entity, pointer, rule and message; what a draft means to others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, status, strong
from gitdraft.formats.reports import Record
from gitdraft.model.impacts import Reason
from gitdraft.model.violations import Location, Violation


@dataclass(frozen=True)
class CheckResult:
    """What was wrong in ``what``: in how many entities that were ``checked``, where each stands, and the status of the
    draft, if it is one."""

    what: str
    violations: Sequence[Violation]
    checked: int
    place: Callable[[Violation], Location]
    draft_status: str | None = None

    @property
    def errors(self) -> int:
        """How many block."""
        return sum(violation.severity == "error" for violation in self.violations)


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
@click.option("-n", "--dry-run", is_flag=True, help="Do not record that the draft is validated.")
@pass_command_context
def validate_command(
    ctx: CommandContext, target: str | None, *, canonical: bool, impact: bool, form: str, dry_run: bool
) -> None:
    """Check a draft, all of canonical, or what the step from one commit to another can have made wrong. Exit code 1
    when something is; a draft that is sound becomes `validated`.

    With --impact: is the draft breaking, additive or cosmetic, which step of a semantic version does it ask for, and
    why?

    \b
    gitdraft validate fix-person
    gitdraft validate fix-person --impact
    gitdraft validate --canonical
    gitdraft validate main~5..main --format github
    """
    if canonical and target is not None:
        raise click.UsageError("--canonical takes no DRAFT")
    is_range = target is not None and ".." in target
    if impact and (canonical or is_range or form != "text"):
        raise click.UsageError("--impact is about a DRAFT and takes no --canonical, REV..REV or --format")
    if form != "text" and ctx.output != "text":
        raise click.UsageError(f"--format {form} and -o {ctx.output} exclude each other")
    if impact:
        _classify(ctx, ctx.draft_or_current(target))
        return
    if canonical or is_range:
        result = _check_commits(ctx, target)
    else:
        result = _check_draft(ctx, ctx.draft_or_current(target), dry_run=dry_run)
    _print(ctx, result, form)
    if result.errors:
        raise click.exceptions.Exit(1)


def _check_commits(ctx: CommandContext, target: str | None) -> CheckResult:
    from gitdraft.validation.commits import validate_canonical, validate_range
    from gitdraft.validation.locations import locate_in_view

    progress = ctx.progress("validating")
    if target is None:
        checked = validate_canonical(ctx.store, progress, with_warnings=True)
    else:
        old, _, new = target.partition("..")
        new = new.removeprefix(".") or ctx.store.canonical_branch
        checked = validate_range(ctx.store, old, new, progress, with_warnings=True)
    return CheckResult(
        target or ctx.store.canonical_branch,
        checked.violations,
        checked.count,
        lambda violation: locate_in_view(checked.view, violation),
    )


def _check_draft(ctx: CommandContext, draft_id: str, *, dry_run: bool) -> CheckResult:
    from gitdraft.drafts.lifecycle import plan_validate
    from gitdraft.validation.locations import locate_in_view
    from gitdraft.views.effective_view import open_view

    report = ctx.write(
        "validate",
        lambda transaction: plan_validate(transaction, draft_id),
        dry_run=dry_run,
    )
    view = open_view(ctx.store, ctx.store.find_draft(draft_id))
    return CheckResult(
        draft_id,
        report.violations,
        report.checked,
        lambda violation: locate_in_view(view, violation),
        report.status.value,
    )


def _print(ctx: CommandContext, result: CheckResult, form: str) -> None:
    match form:
        case "sarif":
            from importlib.metadata import version

            from gitdraft.formats.reports.ci import sarif_log

            located = [(violation, result.place(violation)) for violation in result.violations]
            log = sarif_log(located, version=version("gitdraft"))
            click.echo(json.dumps(log, ensure_ascii=False, indent=2))
        case "github":
            from gitdraft.formats.reports.ci import annotation

            for violation in result.violations:
                click.echo(annotation(violation, result.place(violation)))
        case _:
            ctx.answer("validate", _document(result), _lines(result), records="violations")


def _document(result: CheckResult) -> Record:
    return {
        "target": result.what,
        "checked": result.checked,
        "valid": not result.errors,
        **({"status": result.draft_status} if result.draft_status else {}),
        "violations": [violation.as_json() for violation in result.violations],
    }


def _lines(result: CheckResult) -> list[str]:
    warnings = len(result.violations) - result.errors
    rows = [
        [
            *([status(v.severity)] if warnings else []),
            strong(escape(str(v.entity) if v.entity.type else v.entity.key)),
            escape(v.pointer) or "(whole entity)",
            faint(v.rule),
            escape(v.message),
        ]
        for v in result.violations
    ]
    verdict = status("invalid") if result.errors else click.style("sound", fg="green")
    counts = [count(result.errors, "violation")] if result.errors else []
    counts += [count(warnings, "warning")] if warnings else []
    entities = count(result.checked, "entity", "entities")
    end = f"{' and '.join(counts)} in {entities}" if counts else f"{entities} checked"
    return [*columns(rows), f"{result.what}: {verdict}, {end}"]


def _classify(ctx: CommandContext, draft_id: str) -> None:
    from gitdraft.drafts.impact import classify
    from gitdraft.views.effective_view import open_view

    classification = classify(open_view(ctx.store, ctx.store.find_draft(draft_id)))
    document = {
        "target": draft_id,
        "impact": classification.impact,
        "step": classification.step,
        "reasons": [reason.as_json() for reason in classification.reasons],
        "unjudged": [str(entity) for entity in classification.unjudged],
    }
    lines = columns([_row(reason) for reason in classification.reasons])
    lines += [
        f"{entity} is not judged: canonical and the draft do not fit together there"
        for entity in map(str, classification.unjudged)
    ]
    if classification.impact is None:
        lines.append(f"{draft_id}: nothing changes, no new version is needed")
    else:
        reasons = count(len(classification.reasons), "change")
        lines.append(
            f"{draft_id}: {status(classification.impact)}, {reasons}; a {strong(classification.step)} version"
        )
    ctx.answer("validate", document, lines, records="reasons")


def _row(reason: Reason) -> list[str]:
    where = escape(reason.pointer) or "(whole entity)"
    return [status(reason.impact), strong(escape(str(reason.entity))), where, escape(reason.message)]
