"""`validate`: all that is wrong, with entity, pointer, rule and message."""

from __future__ import annotations

from collections.abc import Iterable

import click

from gitdraft.cli.completing import complete_draft
from gitdraft.cli.door import Door, pass_door
from gitdraft.cli.text import columns, count, escape, faint, status, strong
from gitdraft.model.violations import Violation


@click.command("validate")
@click.argument("target", metavar="[DRAFT|REV..REV]", required=False, shell_complete=complete_draft)
@click.option("--canonical", is_flag=True, help="Check every entity of canonical.")
@click.option("-n", "--dry-run", is_flag=True, help="Do not record that the draft is validated.")
@pass_door
def validate_command(door: Door, target: str | None, *, canonical: bool, dry_run: bool) -> None:
    """Check a draft, all of canonical, or the entities that changed between two commits. Exit code 1 when
    something is wrong; a draft that is sound becomes `validated`.

    \b
    gitdraft validate fix-person
    gitdraft validate --canonical
    gitdraft validate main~5..main
    """
    from gitdraft.workflow.checking import validate_canonical, validate_range
    from gitdraft.workflow.lifecycle import plan_validate

    if canonical and target is not None:
        raise click.UsageError("--canonical takes no DRAFT")
    if canonical:
        checked = validate_canonical(door.store, door.progress("validating"))
        _tell(door, door.store.canonical, checked.violations, checked.count)
    elif target is not None and ".." in target:
        old, _, new = target.partition("..")
        checked = validate_range(door.store, old, new.removeprefix(".") or door.store.canonical)
        _tell(door, target, checked.violations, checked.count)
    else:
        draft_id = door.draft_or_current(target)
        report = door.write(
            "validate", lambda: plan_validate(door.store, door.occasion, draft_id), dry_run=dry_run
        )
        _tell(door, draft_id, report.violations, report.checked, report.status.value)


def _tell(
    door: Door, what: str, violations: Iterable[Violation], checked: int, draft_status: str | None = None
) -> None:
    found = list(violations)
    document = {
        "target": what,
        "checked": checked,
        "valid": not found,
        **({"status": draft_status} if draft_status else {}),
        "violations": [violation.as_json() for violation in found],
    }
    lines = columns(
        [
            [strong(str(v.entity)), escape(v.pointer) or "(whole entity)", faint(v.rule), escape(v.message)]
            for v in found
        ]
    )
    told = count(checked, "entity", "entities")
    if found:
        lines.append(f"{what}: {status('invalid')}, {count(len(found), 'violation')} in {told}")
    else:
        lines.append(f"{what}: {click.style('sound', fg='green')}, {told} checked")
    door.answer("validate", document, lines, records="violations")
    if found:
        raise click.exceptions.Exit(1)
