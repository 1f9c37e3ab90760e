"""`push`, `pull`, `sync`: drafts across clones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, pointer_text, strong
from gitdraft.formats.reports.sync import sync_json

if TYPE_CHECKING:
    from gitdraft.api.reports import DraftSync, SyncReport
    from gitdraft.model.violations import Violation

OUTCOMES = {
    "equal": ("=", None),
    "pulled": ("↓", "green"),
    "pushed": ("↑", "green"),
    "merged": ("⇅", "green"),
    "deleted": ("−", "yellow"),
    "kept": ("!", "yellow"),
    "conflict": ("✗", "red"),
    "refused": ("✗", "red"),
    "broken": ("✗", "red"),
}
MOST_LISTED = 20
SPELLED_OUT = ("conflict", "refused", "broken", "merged", "deleted")

REMOTE = click.option("--remote", metavar="NAME", help="Another remote than canonical's (or origin).")
DRY_RUN = click.option(
    "-n", "--dry-run", is_flag=True, help="Fetch, say what would happen, and move nothing here or there."
)


@click.command("push")
@click.argument("drafts", nargs=-1, shell_complete=complete_draft)
@REMOTE
@DRY_RUN
@pass_command_context
def push_command(ctx: CommandContext, drafts: tuple[str, ...], remote: str | None, *, dry_run: bool) -> None:
    """Give canonical's commits and all drafts, or DRAFTS, away.

    They go to the remote. What somebody else changed there is never overwritten. Exit code 1 when
    something stayed behind.

    \b
    gitdraft push
    gitdraft push fix-person
    """
    report = ctx.repository.push(drafts, remote, dry_run=dry_run)
    _answer_sync(ctx, "push", report, dry_run=dry_run)


@click.command("pull")
@REMOTE
@DRY_RUN
@pass_command_context
def pull_command(ctx: CommandContext, remote: str | None, *, dry_run: bool) -> None:
    """Take what the remote has.

    Canonical goes forward, drafts that both sides changed are merged, and the open ones are rebased, all
    in one operation. Exit code 1 when a draft could not be merged, or what came breaks canonical: it is
    followed nevertheless, and reported.

    \b
    gitdraft pull
    gitdraft pull -n
    """
    ctx.mends = True
    _answer_sync(ctx, "pull", ctx.repository.pull(remote, dry_run=dry_run), dry_run=dry_run)


@click.command("sync")
@REMOTE
@DRY_RUN
@pass_command_context
def sync_command(ctx: CommandContext, remote: str | None, *, dry_run: bool) -> None:
    """Pull, then push: afterwards both sides have the same.

    Exit code 1 when something could not be merged.

    \b
    gitdraft sync
    """
    ctx.mends = True
    _answer_sync(ctx, "sync", ctx.repository.sync(remote, dry_run=dry_run), dry_run=dry_run)


def _answer_sync(ctx: CommandContext, command: str, report: SyncReport, *, dry_run: bool) -> None:
    for line in report.push.said if report.push else ():
        ctx.note(f"{report.remote}: {line}")
    ctx.answer(command, sync_json(report), _sync_text(report, dry_run=dry_run), records="drafts")
    if not report.is_clean:
        raise click.exceptions.Exit(1)


def set_up_lines(report: SyncReport) -> Iterator[str]:
    """Yields what this clone's configuration got."""
    if "drafts" in report.set_up:
        yield "git fetch brings the drafts from now on (git config)"
    if "drivers" in report.set_up:
        yield "git merges entities member by member from now on (git config)"


def _nothing_to_do(report: SyncReport) -> str:
    """Returns what is known where nothing had to travel: of the direction that was looked at."""
    if report.push is None:
        return f"{report.remote} has nothing that is not here"
    if not report.pulls:
        return f"{report.remote} has all that is here"
    return f"{report.remote} and this repository have the same"


def _sync_text(report: SyncReport, *, dry_run: bool) -> Iterator[str]:
    rows: list[list[str]] = []
    canonical = report.push.canonical if report.push else None
    pulled = sum(pull.commits for pull in report.pulls)
    if pulled:
        rows.append([click.style("↓", fg="green"), strong("canonical"), count(pulled, "commit")])
    if canonical is not None:
        symbol = click.style("↑", fg="green") if canonical.reason is None else click.style("✗", fg="red")
        reason = [] if canonical.reason is None else [escape(canonical.reason)]
        rows.append([symbol, strong("canonical"), count(canonical.commits, "commit"), *reason])
    rows += [draft_row(draft) for draft in report.drafts]
    yield from columns(rows)
    yield from _rebase_text(report)
    yield from violation_lines(report.violations)
    yield from set_up_lines(report)
    conflicts = [draft.id for draft in report.drafts if draft.conflicts]
    if conflicts:
        yield ""
        yield f"to resolve them: gitdraft conflicts {conflicts[0]}"
    if not rows:
        yield faint(f"= {_nothing_to_do(report)}")
    elif dry_run:
        yield faint("nothing was moved")


def violation_lines(violations: Sequence[Violation]) -> list[str]:
    """Returns what the remote's commits break on canonical, one a line; nothing where they break nothing."""
    if not violations:
        return []
    rows = [
        [
            strong(escape(str(violation.entity) if violation.entity.type else violation.entity.key)),
            pointer_text(violation.pointer),
            faint(violation.rule),
            escape(violation.message),
        ]
        for violation in violations[:MOST_LISTED]
    ]
    more = len(violations) - len(rows)
    return [
        f"canonical has {count(len(violations), 'violation')} that it had not before:",
        *columns(rows, "  "),
        *([f"  … and {more:,} more"] if more else []),
        "mend them in another commit; gitdraft validate --canonical lists what is wrong",
    ]


def draft_row(draft: DraftSync) -> list[str]:
    """Returns what became of one draft, as columns."""
    symbol, colour = OUTCOMES[draft.outcome]
    parts: list[str] = [draft.outcome] if draft.outcome in SPELLED_OUT else []
    if draft.commits and not parts:
        parts = [count(draft.commits, "commit")]
    if draft.conflicts:
        places = ", ".join(f"{entity} {conflict.path}".rstrip() for entity, conflict in draft.conflicts[:3])
        parts.append(escape(places) + (" …" if len(draft.conflicts) > 3 else ""))
    elif draft.entities:
        names = ", ".join(map(str, draft.entities[:3]))
        parts.append(escape(names) + (" …" if len(draft.entities) > 3 else ""))
    if draft.reason:
        parts.append(escape(draft.reason))
    return [click.style(symbol, fg=colour), strong(escape(draft.id)), "  ".join(parts)]


def _rebase_text(report: SyncReport) -> Iterator[str]:
    """How the open drafts fared, where canonical moved or a draft did."""
    rebase = report.pulls[-1].rebase if report.pulls else None
    if rebase is None or not (report.pulls[-1].commits or rebase.counts.rebased):
        return
    counts = rebase.counts
    if counts.rebased:
        yield faint(f"{count(counts.rebased, 'draft')} rebased")
    left = {
        "in conflict": counts.conflict,
        "invalid": counts.invalid,
        "broken": counts.broken,
        "not judged in time": counts.unknown,
    }
    for state, number in left.items():
        if number:
            yield f"{count(number, 'draft')} {state} with canonical: gitdraft rebase shows it"
