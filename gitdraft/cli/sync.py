"""`push`, `pull`, `sync`, `clone`: drafts across clones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, operation_metadata, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, strong
from gitdraft.formats.reports.sync import sync_json

if TYPE_CHECKING:
    from gitdraft.model.sync_reports import DraftSync, SyncReport

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
    """Give canonical's new commits and all drafts, or only DRAFTS, to the remote. What somebody else changed there
    is never overwritten. Exit code 1 when something stayed behind.

    \b
    gitdraft push
    gitdraft push fix-person
    """
    from gitdraft.sync.sync import push_drafts

    _answer(ctx, "push", push_drafts(ctx.store, drafts, remote, dry_run=dry_run), dry_run=dry_run)


@click.command("pull")
@REMOTE
@DRY_RUN
@pass_command_context
def pull_command(ctx: CommandContext, remote: str | None, *, dry_run: bool) -> None:
    """Take what the remote has: canonical goes forward, drafts that both sides changed are merged, and the open
    ones are rebased, all in one operation. Exit code 1 when a draft could not be merged.

    \b
    gitdraft pull
    gitdraft pull -n
    """
    from gitdraft.sync.sync import pull

    report = pull(ctx.store, lambda: operation_metadata(ctx.git), remote, dry_run=dry_run)
    _answer(ctx, "pull", report, dry_run=dry_run)


@click.command("sync")
@REMOTE
@DRY_RUN
@pass_command_context
def sync_command(ctx: CommandContext, remote: str | None, *, dry_run: bool) -> None:
    """Pull, then push: afterwards both sides have the same. Exit code 1 when something could not be
    merged.

    \b
    gitdraft sync
    """
    from gitdraft.sync.sync import preview_sync, sync

    run = preview_sync if dry_run else sync
    _answer(ctx, "sync", run(ctx.store, lambda: operation_metadata(ctx.git), remote), dry_run=dry_run)


@click.command("clone")
@click.argument("url")
@click.argument("folder", metavar="[DIR]", required=False)
@pass_command_context
def clone_command(ctx: CommandContext, url: str, folder: str | None) -> None:
    """Clone a repository with its drafts; plain `git fetch` brings them from then on.

    \b
    gitdraft clone https://example.org/vocabulary.git
    """
    from gitdraft.sync.sync import clone

    name = (
        folder
        or url.rstrip("/").removesuffix("/.git").removesuffix(".git").rpartition("/")[2].rpartition(":")[2]
    )
    start = ctx.folder / name
    report = clone(url, ctx.folder, name, lambda store: operation_metadata(store.git))
    if report is None:
        hint = [
            f"cloned into {strong(escape(str(start)))}",
            faint("it has no gitdraft.yaml yet: gitdraft init"),
        ]
        ctx.answer("clone", {"folder": str(start), "initialised": False}, hint)
        return
    document = {"folder": str(start), "initialised": True, **sync_json(report)}
    number = sum(draft.outcome == "pulled" for draft in report.drafts)
    with_drafts = f" with {count(number, 'draft')}" if number else ""
    lines = [f"cloned into {strong(escape(str(start)))}{with_drafts}"]
    lines += columns([_row(draft) for draft in report.drafts if draft.outcome != "pulled"])
    ctx.answer("clone", document, lines, records="drafts")


def _answer(ctx: CommandContext, command: str, report: SyncReport, *, dry_run: bool) -> None:
    for notice in report.notices:
        ctx.note(notice)
    for line in report.push.said if report.push else ():
        ctx.note(f"{report.remote}: {line}")
    ctx.answer(command, sync_json(report), _text(report, dry_run=dry_run), records="drafts")
    if not report.is_clean:
        raise click.exceptions.Exit(1)


def _text(report: SyncReport, *, dry_run: bool) -> Iterator[str]:
    rows: list[list[str]] = []
    canonical = report.push.canonical if report.push else None
    pulled = sum(pull.commits for pull in report.pulls)
    if pulled:
        rows.append([click.style("↓", fg="green"), strong("canonical"), count(pulled, "commit")])
    if canonical is not None:
        symbol = click.style("↑", fg="green") if canonical.reason is None else click.style("✗", fg="red")
        reason = [] if canonical.reason is None else [escape(canonical.reason)]
        rows.append([symbol, strong("canonical"), count(canonical.commits, "commit"), *reason])
    rows += [_row(draft) for draft in report.drafts]
    yield from columns(rows)
    yield from _rebase_text(report)
    conflicts = [draft.id for draft in report.drafts if draft.conflicts]
    if conflicts:
        yield ""
        yield f"to resolve them: gitdraft conflicts {conflicts[0]}"
    if not rows:
        yield faint(f"= {report.remote} and this repository have the same")
    elif dry_run:
        yield faint("nothing was moved")


def _row(draft: DraftSync) -> list[str]:
    symbol, colour = OUTCOMES[draft.outcome]
    what: list[str] = [draft.outcome] if draft.outcome in SPELLED_OUT else []
    if draft.commits and not what:
        what = [count(draft.commits, "commit")]
    if draft.conflicts:
        places = ", ".join(f"{entity} {conflict.path}".rstrip() for entity, conflict in draft.conflicts[:3])
        what.append(escape(places) + (" …" if len(draft.conflicts) > 3 else ""))
    elif draft.entities:
        names = ", ".join(map(str, draft.entities[:3]))
        what.append(escape(names) + (" …" if len(draft.entities) > 3 else ""))
    if draft.reason:
        what.append(escape(draft.reason))
    return [click.style(symbol, fg=colour), strong(escape(draft.id)), "  ".join(what)]


def _rebase_text(report: SyncReport) -> Iterator[str]:
    """How the open drafts fared, where canonical moved or a draft did."""
    rebase = report.pulls[-1].rebase if report.pulls else None
    if rebase is None or not (report.pulls[-1].commits or rebase.counts.rebased):
        return
    counts = rebase.counts
    if counts.rebased:
        yield faint(f"{count(counts.rebased, 'draft')} rebased")
    left = {"in conflict": counts.conflict, "invalid": counts.invalid, "broken": counts.broken}
    for what, number in left.items():
        if number:
            yield f"{count(number, 'draft')} {what} with canonical: gitdraft rebase shows it"
