"""`new`, `list`, `show`, `switch`, `status`: making drafts and looking at them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.overlaps import overlap_hint
from gitdraft.cli.text import columns, count, escape, faint, shorten, status, strong

if TYPE_CHECKING:
    from gitdraft.model.reports import DraftSummary
    from gitdraft.rebase.stack import ParentState

STATUSES = ("draft", "validated", "submitted", "merged", "rejected", "withdrawn")
FAR = {
    "ahead": "ahead of",
    "behind": "behind",
    "diverged": "diverged from",
    "deleted here": "deleted here, not yet on",
    "deleted there": "deleted on",
}


@click.command("new")
@click.argument("title", required=False)
@click.option("--id", "draft_id", metavar="ID", help="The draft's id; made from the title otherwise.")
@click.option("-m", "--message", metavar="TEXT|@FILE|-", help="A description of the draft.")
@click.option("--from", "revision", metavar="REV", help="Make it of the entity files that REV changed.")
@click.option(
    "--from-file",
    "file",
    metavar="FILE",
    help="Make it of the changes in FILE (`-`: standard input), all or none; JSON lines, see the example.",
)
@click.option("--onto", metavar="DRAFT", shell_complete=complete_draft, help="Start it on top of this draft.")
@click.option("--source", default="cli", help="Where the draft comes from (kept in draft.json).")
@click.option("--allow-invalid", is_flag=True, help="Accept results that break their schema; blocks submit.")
@click.option("--no-switch", is_flag=True, help="Do not make it the current draft.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would happen.")
@pass_command_context
def new_command(
    ctx: CommandContext,
    title: str | None,
    draft_id: str | None,
    message: str | None,
    revision: str | None,
    file: str | None,
    onto: str | None,
    source: str,
    *,
    allow_invalid: bool,
    no_switch: bool,
    dry_run: bool,
) -> None:
    """Start a draft on canonical's tip, or on top of another draft, and make it the current one.

    \b
    gitdraft new "Fix the label of Person" --id fix-person
    gitdraft new "And what follows from it" --onto fix-person
    gitdraft new --from feature-branch
    gitdraft new "Spring cleaning" --from-file changes.jsonl
      {"entity": "item/Q1", "patch": [{"op": "replace", "path": "/label", "value": "One"}]}
      {"entity": "item/Q2", "create": {"id": "Q2"}}
      {"entity": "item/Q3", "delete": "unused"}
      {"entity": "item/Q4", "redirect": "item/Q1", "reason": "the same"}
    """
    from gitdraft.drafts.create import NewDraft, plan_new, plan_new_from, plan_new_onto, subject_of
    from gitdraft.store.worktree_state import set_current_draft

    if title is None and revision is None:
        raise click.UsageError("a draft needs a TITLE, or --from REV")
    if sum(given is not None for given in (revision, file, onto)) > 1:
        raise click.UsageError("--from, --from-file and --onto exclude one another")
    title = title if title is not None else subject_of(ctx.store, revision or "")
    wanted = NewDraft(title, draft_id, read_message(message) or "", source)
    if onto is not None:
        report = ctx.write(
            "new",
            lambda transaction: plan_new_onto(transaction, wanted, onto),
            dry_run=dry_run,
        )
    elif file is not None:
        from gitdraft.transfer.import_changes import plan_new_of_rows, read_changes
        from gitdraft.transfer.sources import open_source

        found = read_changes(ctx.store, open_source(file, sys.stdin.buffer))
        report = ctx.write(
            "new",
            lambda transaction: plan_new_of_rows(
                transaction,
                wanted,
                found,
                allow_invalid=allow_invalid,
                progress=ctx.progress("checking changes"),
            ),
            dry_run=dry_run,
        )
    elif revision is None:
        report = ctx.write(
            "new",
            lambda transaction: plan_new(transaction, wanted),
            dry_run=dry_run,
        )
    else:
        report = ctx.write(
            "new",
            lambda transaction: plan_new_from(transaction, wanted, revision, allow_invalid=allow_invalid),
            dry_run=dry_run,
        )
    if not (no_switch or dry_run):
        set_current_draft(ctx.store, report.id)
    if report.ignored:
        ctx.note(f"not entities, left out: {', '.join(report.ignored[:10])}")
    document = {
        "id": report.id,
        "branch": ctx.store.draft_ref(report.id).removeprefix("refs/heads/"),
        "base": report.base,
        "tip": report.tip,
        **({} if onto is None else {"onto": onto}),
        "entities": [str(entity) for entity in report.entities],
        "ignored": list(report.ignored),
        "violations": [violation.as_json() for violation in report.violations],
    }
    changes = f" with {count(len(report.entities), 'change')}" if report.entities else ""
    would = "would start" if dry_run else "started"
    ctx.answer("new", document, [f"{would} draft {strong(report.id)}{changes} on {onto or report.base[:10]}"])


@click.command("list")
@click.option("--status", "wanted", type=click.Choice([*STATUSES, "open"]), default="open", show_default=True)
@pass_command_context
def list_command(ctx: CommandContext, wanted: str) -> None:
    """List the drafts, the open ones unless a status is given.

    \b
    gitdraft list --status merged
    """
    from gitdraft.formats.reports.drafts import summary_json
    from gitdraft.model.drafts import DraftStatus
    from gitdraft.store.remote_tracking import default_remote, relations
    from gitdraft.store.worktree_state import current_draft
    from gitdraft.views.summaries import summarise_drafts

    found = summarise_drafts(ctx.store, None if wanted == "open" else DraftStatus(wanted))
    current = current_draft(ctx.store)
    remote = default_remote(ctx.store)
    far = relations(ctx.store, remote) if remote is not None else {}
    records = [summary_json(s) | ({"remote": far[s.id]} if s.id in far else {}) for s in found]
    ctx.answer("list", {"drafts": records}, _list_text(found, current, wanted, far), records="drafts")


def _list_text(
    found: list[DraftSummary], current: str | None, wanted: str, far: Mapping[str, str]
) -> Iterator[str]:
    if not found:
        yield f"no {wanted} drafts"
        yield faint('start one: gitdraft new "What it is about"')
        return
    rows = []
    for summary in found:
        mark = "*" if summary.id == current else " "
        if summary.header is None:
            rows.append([mark, strong(summary.id), status("broken"), "", escape(summary.reason or "")])
            continue
        header = summary.header
        rows.append(
            [
                mark,
                strong(summary.id),
                status(header.status.value),
                count(summary.changes, "change"),
                shorten(escape(header.title), 48),
                faint(header.created_at[:10]),
                *([] if far.get(summary.id, "equal") == "equal" else [far[summary.id]]),
            ]
        )
    yield from columns(rows)


@click.command("show")
@click.argument("draft", required=False, shell_complete=complete_draft)
@pass_command_context
def show_command(ctx: CommandContext, draft: str | None) -> None:
    """Show a draft: what it says of itself, its changes, how they stand on canonical's tip.

    \b
    gitdraft show fix-person
    """
    from gitdraft.formats.drafts import history_json
    from gitdraft.formats.reports.drafts import change_json, header_json
    from gitdraft.rebase.stack import parent_state
    from gitdraft.store.remote_tracking import default_remote, relations
    from gitdraft.sync.divergence import remote_conflicts
    from gitdraft.views.summaries import draft_details

    seen = draft_details(ctx.store, ctx.draft_or_current(draft))
    remote = default_remote(ctx.store)
    far = relations(ctx.store, remote).get(seen.draft.id) if remote is not None else None
    onto = parent_state(ctx.store, seen.draft)
    torn = remote_conflicts(ctx.store, remote, seen.draft.id) if remote and far == "diverged" else ()
    document = {
        "id": seen.draft.id,
        "base": seen.draft.base,
        "tip": seen.draft.tip,
        **header_json(seen.header),
        "history": history_json(seen.header),
        "rebase": seen.status,
        **({"onto": {"draft": onto.parent, "status": _told(onto), "behind": onto.is_behind}} if onto else {}),
        **({"remote": {"name": remote, "draft": far, "conflicts": len(torn)}} if far else {}),
        "changes": [
            {
                **change_json(change),
                "_change_status": seen.view.show(change.entity).status.value,
            }
            for change in seen.changes
        ],
    }
    lines = [
        f"{strong(seen.draft.id)}  {status(seen.header.status.value)}  {escape(seen.header.title)}",
        faint(
            f"by {escape(seen.header.author)} on {seen.header.created_at}, based on {seen.draft.base[:10]}"
        ),
        *([faint(f"on top of {onto.parent}, which is {_told(onto)}")] if onto else []),
        *(
            [f"{onto.parent} was edited since: gitdraft rebase {seen.draft.id}"]
            if onto and onto.is_behind
            else []
        ),
        *(["", escape(seen.header.description)] if seen.header.description else []),
        "",
        *columns(
            [
                [
                    status(seen.view.show(change.entity).status.value),
                    str(change.entity),
                    *([] if change.status == "clean" else [status(change.status)]),
                ]
                for change in seen.changes
            ],
            "  ",
        ),
        *([] if seen.changes else [faint("  no changes yet")]),
    ]
    if far is not None and far != "equal":
        lines += ["", f"{FAR[far]} {escape(remote or '')}: gitdraft sync"]
    if torn:
        lines += [f"in conflict with {escape(remote or '')} in {count(len(torn), 'place')}"]
    if seen.status != "clean" or torn:
        lines += ["", f"to resolve them: gitdraft conflicts {seen.draft.id}"]
    ctx.answer("show", document, lines)


def _told(onto: ParentState) -> str:
    return "gone" if onto.status is None else onto.status.value


@click.command("switch")
@click.argument("draft", shell_complete=complete_draft)
@pass_command_context
def switch_command(ctx: CommandContext, draft: str) -> None:
    """Make DRAFT the one that edits go to. The worktree is left alone; `gitdraft checkout` writes to it.

    \b
    gitdraft switch fix-person
    """
    from gitdraft.store.worktree_state import set_current_draft

    found = ctx.store.find_draft(draft)
    set_current_draft(ctx.store, found.id)
    ctx.answer("switch", {"id": found.id}, [f"edits now go to {strong(found.id)}"])


@click.command("status")
@pass_command_context
def status_command(ctx: CommandContext) -> None:
    """Say where canonical and the drafts stand, and what to do next.

    \b
    gitdraft status
    """
    from gitdraft.store.remote_tracking import canonical_relation, default_remote, relations
    from gitdraft.store.worktree_state import current_draft
    from gitdraft.views.status import repository_status

    current = current_draft(ctx.store)
    seen = repository_status(ctx.store, current)
    remote = default_remote(ctx.store)
    far = relations(ctx.store, remote) if remote is not None else {}
    tally = Counter(found for found in far.values() if found != "equal")
    whole = canonical_relation(ctx.store, remote) if remote is not None else None
    behind = seen.tip is not None and seen.rebased != seen.tip and seen.open > 0
    document = {
        "canonical": seen.canonical,
        "tip": seen.tip,
        "rebased": seen.rebased,
        "current_draft": current,
        "open": seen.open,
        "rebase_needed": behind,
        "interrupted": seen.pending,
        "overlapping": seen.overlapping,
        "remote": {"name": remote, "canonical": whole, "drafts": dict(tally)} if remote else None,
    }
    tip = seen.tip[:10] if seen.tip else "no commit yet"
    lines = [
        f"canonical  {strong(seen.canonical)} at {tip}",
        f"drafts     {count(seen.open, 'open draft')}",
        f"current    {strong(current) if current else faint('none')}",
    ]
    if remote is not None:
        parts = [] if whole == "equal" else [f"{seen.canonical} {whole}"]
        parts += [f"{count(number, 'draft')} {word}" for word, number in sorted(tally.items())]
        lines.append(f"remote     {strong(escape(remote))}{': ' if parts else ''}{', '.join(parts)}")
    if current and seen.overlapping:
        lines.append(f"overlaps   {overlap_hint(seen.overlapping, current)}")
    if seen.pending:
        lines.append(f"interrupted: {escape(seen.pending)}; the next command that writes finishes it")
    if behind:
        lines += ["", "canonical has moved since the last rebase: gitdraft rebase"]
    elif not seen.open:
        lines += ["", 'nothing is drafted: gitdraft new "What it is about"']
    ctx.answer("status", {k: v for k, v in document.items() if v is not None}, lines)
