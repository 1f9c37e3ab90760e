"""`entity purge`: an entity taken out of all history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import CANONICAL_DRY_RUN, ENTITY_ID
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import columns, count, escape, faint, strong
from gitdraft.errors import StateRefused
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.canonical import rebase_member
from gitdraft.model.entities import EntityRef

if TYPE_CHECKING:
    from gitdraft.api.reports import PurgePlan, PurgeReport

MOST_SHOWN = 10
ELSEWHERE = (
    "The old history is still wherever it was fetched, pushed or saved to:",
    "  other clones    clone again; or git fetch --force --all, git reset --hard to the new branches, then",
    "                  git reflog expire --expire=now --all && git gc --prune=now",
    "  remotes         git push --force --mirror REMOTE, and have the server collect its garbage",
    "  forks, caches, backups, mirrors    keep it until they are purged too",
)


@click.command("purge")
@ENTITY_ID
@click.option("--reason", required=True, help="Why; kept in the record. It must not tell what is purged.")
@click.option(
    "--force", is_flag=True, help="Even if others name it or redirect to it; the record lists them."
)
@click.option("-y", "--yes", is_flag=True, help="Rewrite history; without it nothing is done.")
@CANONICAL_DRY_RUN
@pass_command_context
def entity_purge(
    ctx: CommandContext, entity: str, reason: str, *, force: bool, yes: bool, dry_run: bool
) -> None:
    """Take ID out of all history.

    No object of this repository holds its content afterwards. It cannot be undone, and every commit that
    came after gets another id.

    \b
    gitdraft entity purge item/Q6 --reason "request of 3 May" --dry-run
    gitdraft entity purge item/Q6 --reason "request of 3 May" --yes
    """
    canonical = ctx.repository.canonical
    if dry_run:
        _answer_plan(ctx, canonical.purge_preview(entity, reason, force=force))
        return
    if not yes:
        raise StateRefused(
            f"purging {canonical.name(entity)} rewrites history, and cannot be undone",
            code="not-confirmed",
            hint="--dry-run shows what would go; --yes does it",
        )
    report = canonical.purge(entity, reason, force=force)
    if report.plan is None and report.record.commit is None:
        _answer_unchanged(ctx, report.entity)
    else:
        ctx.answer("entity-purge", _report_json(report), _report_text(report))


def _answer_plan(ctx: CommandContext, plan: PurgePlan) -> None:
    if plan.is_done:
        _answer_unchanged(ctx, plan.entity)
        return
    document = {
        "entity": str(plan.entity),
        "changed": False,
        "paths": list(plan.affected.paths),
        "versions": len(plan.affected.versions),
        "commits": list(plan.affected.changing),
        "rewritten": len(plan.affected.commits),
        "signatures_lost": plan.affected.signed,
        "drafts": list(plan.drafts),
        "refs": list(plan.refs),
    }
    lines = [f"would take {strong(str(plan.entity))} out of history", *_scope_rows(plan)]
    lines += [f"  by force, although {escape(violation.message)}" for violation in plan.forced]
    ctx.answer("entity-purge", document, lines)


def _answer_unchanged(ctx: CommandContext, entity: EntityRef) -> None:
    document = {"entity": str(entity), "changed": False}
    ctx.answer("entity-purge", document, [f"nothing changed: {strong(str(entity))} is purged already"])


def _report_json(report: PurgeReport) -> Record:
    document: Record = {"entity": str(report.entity), "changed": True}
    plan, record = report.plan, report.record
    if plan is not None:
        document |= {
            "paths": list(plan.affected.paths),
            "versions": len(plan.affected.versions),
            "rewritten": report.commits,
            "signatures_lost": plan.affected.signed,
            "drafts": list(plan.drafts),
            "refs": list(plan.refs),
            "also_at": list(report.also_at),
            "verified": list(report.verified),
        }
    if record.commit is not None:
        document["commit"] = record.commit
    if record.forced:
        document["forced"] = [violation.as_json() for violation in record.forced]
    return document | rebase_member(record.rebase)


def _report_text(report: PurgeReport) -> Iterator[str]:
    record = report.record
    yield f"purged {strong(str(report.entity))}"
    if report.plan is not None:
        yield from _scope_rows(report.plan)
        yield "verified:"
        yield from (f"  {escape(line)}" for line in report.verified)
    if report.also_at:
        yield "the same content also lies in these files, which stay:"
        yield from (f"  {escape(path)}" for path in report.also_at)
    if record.commit is not None:
        yield f"the record is commit {record.commit[:10]} of canonical"
    yield from (f"  by force, although {escape(violation.message)}" for violation in record.forced)
    if record.rebase is not None and record.rebase.drafts:
        yield from rebase_text(record.rebase, dry_run=False)
    yield ""
    yield from (faint(line) for line in ELSEWHERE)


def _scope_rows(plan: PurgePlan) -> list[str]:
    affected = plan.affected
    rows = [
        ["files", _shortened_list(affected.paths)],
        ["versions", f"{len(affected.versions):,}, in {count(len(affected.changing), 'commit')}"],
        ["drafts", _shortened_list(plan.drafts) or "none"],
        ["rewritten", count(len(affected.commits), "commit")],
        ["moved", count(len(plan.refs), "ref")],
    ]
    if affected.signed:
        rows.append(["signatures", f"lost from {count(affected.signed, 'commit')}"])
    return columns(rows, indent="  ")


def _shortened_list(names: tuple[str, ...]) -> str:
    more = len(names) - MOST_SHOWN
    shown = ", ".join(escape(name) for name in names[:MOST_SHOWN])
    return f"{shown} and {more:,} more" if more > 0 else shown
