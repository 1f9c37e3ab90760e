"""`pr`: pull requests of drafts on a forge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT
from gitdraft.cli.text import columns, escape, faint, strong
from gitdraft.errors import GitdraftError
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.pull_requests import pull_status_json, synced_json
from gitdraft.lazy_dataclass import replace
from gitdraft.model.pull_requests import METHODS

if TYPE_CHECKING:
    from gitdraft.api.pull_requests import PullRequests, SyncedPulls
    from gitdraft.model.pull_requests import MergeMethod, PullReport, PullStatus

DRAFTS = click.argument("drafts", nargs=-1, shell_complete=complete_draft)
WAIT = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait where the forge takes no more requests (120).",
)
LABEL = click.option("--label", "labels", multiple=True, metavar="NAME", help="A label to give it.")


@click.group("pr")
def pr_command() -> None:
    """Pull requests of drafts on GitHub, GitLab, Gitea or Forgejo.

    The forge is that of the remote which canonical follows, or what gitdraft.forge.* in git's configuration says. The token is
    GITDRAFT_FORGE_TOKEN, GH_TOKEN, GITLAB_TOKEN or GITEA_TOKEN, else what git's credential helper has. Needs the extra `forge`.

    \b
    gitdraft pr open fix-person
    """


@pr_command.command("open")
@DRAFTS
@LABEL
@WAIT
@pass_command_context
def open_command(
    ctx: CommandContext, drafts: tuple[str, ...], labels: tuple[str, ...], wait: float | None
) -> None:
    """Open the pull requests of DRAFTS, or update them.

    Without DRAFTS it is the current one. That of a draft which is not submitted is opened as a draft. What others
    committed on its branch is taken in first.

    \b
    gitdraft pr open fix-person --label ontology
    """
    answer_synced(ctx, "pr-open", pull_requests(ctx, wait).open(_named(ctx, drafts), labels))


@pr_command.command("sync")
@DRAFTS
@click.option("--all", "everything", is_flag=True, help="All drafts that have a pull request.")
@click.option("--adopt", is_flag=True, help="Take over a branch that gitdraft did not make.")
@WAIT
@pass_command_context
def sync_command(
    ctx: CommandContext, drafts: tuple[str, ...], wait: float | None, *, everything: bool, adopt: bool
) -> None:
    """Bring DRAFTS and their pull requests together.

    Commits, comments and verdicts come in, the draft goes out, and what was merged, closed or reopened on one side is so
    on the other. Without DRAFTS it is the current one. Exit code 1 where one is in conflict, or its branch has what a draft
    cannot hold.

    \b
    gitdraft pr sync --all
    """
    if everything and drafts:
        raise click.UsageError("name drafts, or --all")
    named = None if everything else _named(ctx, drafts)
    answer_synced(ctx, "pr-sync", pull_requests(ctx, wait).sync(named, adopt=adopt))


@pr_command.command("status")
@DRAFTS
@WAIT
@pass_command_context
def status_command(ctx: CommandContext, drafts: tuple[str, ...], wait: float | None) -> None:
    """Show how the pull requests of DRAFTS stand.

    Without DRAFTS it is those of all open drafts.

    \b
    gitdraft pr status
    """
    statuses = pull_requests(ctx, wait).status(drafts)
    document = {"pull_requests": [pull_status_json(status) for status in statuses]}
    ctx.answer(
        "pr-status", document, columns([_status_row(status) for status in statuses]), records="pull_requests"
    )


@pr_command.command("view")
@DRAFTS
@WAIT
@pass_command_context
def view_command(ctx: CommandContext, drafts: tuple[str, ...], wait: float | None) -> None:
    """Print the addresses of the pull requests of DRAFTS.

    Without DRAFTS it is that of the current one.

    \b
    gitdraft pr view fix-person
    """
    from gitdraft.api.pull_requests import require_pull

    statuses = [require_pull(status) for status in pull_requests(ctx, wait).status(_named(ctx, drafts))]
    document = {"pull_requests": [pull_status_json(status) for status in statuses]}
    urls = [escape(status.pull.url) for status in statuses if status.pull is not None]
    ctx.answer("pr-view", document, urls, records="pull_requests", always=True)


@pr_command.command("merge")
@DRAFT
@click.option("--method", type=click.Choice(METHODS), default="squash", show_default=True, help="How.")
@click.option("--auto", is_flag=True, help="Once the forge's checks allow it.")
@WAIT
@pass_command_context
def merge_command(
    ctx: CommandContext, draft: str | None, method: MergeMethod, wait: float | None, *, auto: bool
) -> None:
    """Have the forge merge a submitted DRAFT.

    It merges the head that the draft holds; with commits there that are not taken in yet it is refused.

    \b
    gitdraft pr merge fix-person
    """
    name = ctx.draft_or_current(draft).id
    answer_synced(ctx, "pr-merge", pull_requests(ctx, wait).merge(name, method, auto=auto))


@pr_command.command("close")
@DRAFTS
@WAIT
@pass_command_context
def close_command(ctx: CommandContext, drafts: tuple[str, ...], wait: float | None) -> None:
    """Close the pull requests of DRAFTS, which stay as they are.

    \b
    gitdraft pr close fix-person
    """
    reports = pull_requests(ctx, wait).close(_named(ctx, drafts))
    ctx.answer("pr-close", synced_json(reports), pulls_text(reports), records="pull_requests")


def pull_requests(ctx: CommandContext, wait: float | None) -> PullRequests:
    """Returns the pull requests of the repository, with the patience that was asked for."""
    known = ctx.repository.drafts.pull_requests
    return known if wait is None else replace(known, wait=wait)


def answer_synced(
    ctx: CommandContext, command: str, synced: SyncedPulls, document: Record | None = None
) -> None:
    """Prints what became of pull requests, beside what the ``document`` has. Exits with 1 where somebody has to look at one."""
    refusal = synced.canonical.refusal
    if refusal is not None:
        ctx.note(
            f"{refusal.message}; judged by the remote's tip{f'; {refusal.hint}' if refusal.hint else ''}"
        )
    document = {**(document or {}), **synced_json(synced.pulls, synced.canonical)}
    ctx.answer(command, document, pulls_text(synced.pulls), records="pull_requests")
    if not all(pull.is_clean for pull in synced.pulls):
        raise click.exceptions.Exit(1)


def bring_along(ctx: CommandContext, draft_id: str) -> None:
    """Has a draft's pull request follow what was just done to the draft, where it has one; where the forge does not answer, the
    next `pr sync` does it."""
    known = ctx.repository.drafts.pull_requests
    if draft_id not in known.recorded():
        return
    try:
        for report in replace(known, wait=0).sync([draft_id]).pulls:
            if report.done:
                ctx.note(f"pull request: {', '.join(report.done)}")
    except GitdraftError as error:
        ctx.note(f"its pull request stays as it is: {error.message}; gitdraft pr sync {draft_id}")


def _named(ctx: CommandContext, drafts: Sequence[str]) -> Sequence[str]:
    return drafts or [ctx.draft_or_current(None).id]


def pulls_text(reports: Iterable[PullReport]) -> Iterator[str]:
    """Yields a row for each draft, and what a person has to look at."""
    rows: list[list[str]] = []
    more: list[str] = []
    for report in reports:
        number = "" if report.pull is None else f"#{report.pull.number}"
        url = "" if report.url is None else faint(escape(report.url))
        rows.append([strong(report.draft), _coloured(report), number, url])
        for problem in report.problems:
            places = f": {escape(', '.join(problem.places[:5]))}" if problem.places else ""
            more.append(f"{report.draft}: {escape(problem.message)}{places}")
    yield from columns(rows)
    yield from more


def _coloured(report: PullReport) -> str:
    colour = "red" if not report.is_clean else "green" if report.done else None
    return click.style(report.outcome, fg=colour)


def _status_row(status: PullStatus) -> list[str]:
    if status.pull is None:
        return [strong(status.draft), "none"]
    checks = ", ".join(f"{escape(name)} {state}" for name, state in status.checks.items())
    number = f"#{status.pull.number}"
    return [strong(status.draft), status.pull.state, number, escape(status.pull.url), checks]
