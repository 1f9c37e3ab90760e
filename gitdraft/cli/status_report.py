"""What `status` says. `status` alone needs no parsing, so click is not loaded for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.cli.context import CommandContext, document_text
from gitdraft.cli.echo import echo
from gitdraft.cli.rebase_state import rebase_state_text
from gitdraft.cli.text import columns, command, count, escape, faint, status, strong

if TYPE_CHECKING:
    from gitdraft.api.kept_answers import KeptAnswer
    from gitdraft.api.reports import RepositoryStatus, Tracking
    from gitdraft.api.views import CurrentStatus
    from gitdraft.formats.reports import Record
    from gitdraft.model.draft_problems import DraftProblem


def report_status(form: str, kept: KeptAnswer) -> int:
    """Prints the status of the repository around the working directory, as text or as JSON, and keeps it for the next time where
    all of it is known; returns the exit code."""
    ctx = CommandContext(Path())
    current = ctx.run(lambda: ctx.repository.status(reviews=form != "text"))
    answer = document_text(_status_json(current)) if form == "json" else "\n".join(_status_text(current))
    echo(answer)
    if not ctx.has_noted:
        kept.keep(answer, ctx.repository, current)
    return 0


def show_status(ctx: CommandContext) -> None:
    """Prints where the repository stands."""
    current = ctx.repository.status(reviews=ctx.output != "text")
    ctx.answer("status", _status_json(current), _status_text(current))


def overlap_hint(number: int, draft_id: str) -> str:
    """Returns the line that says how many other drafts touch what this one does, and how to see them."""
    verb = "touches" if number == 1 else "touch"
    others = count(number, "other open draft")
    return f"{others} {verb} the same entities: gitdraft overlaps {draft_id}"


def _status_json(current: CurrentStatus) -> Record:
    from gitdraft.formats.reports.drafts import summary_json

    repository, tracking = current.repository, current.tracking
    document: Record = {
        "kind": "gitdraft.status/v1",
        **repository.as_json(),
        "missing": current.missing,
        "current_draft": current.current_draft,
        "checked_out": current.checked_out,
        "drafts": [summary_json(summary) for summary in repository.drafts],
    }
    if tracking is not None:
        document["remote"] = {
            "name": tracking.remote,
            "canonical": tracking.canonical,
            "drafts": dict(_differing(tracking)),
        }
    return {name: value for name, value in document.items() if value is not None}


def _status_text(current: CurrentStatus) -> Iterator[str]:
    repository, draft = current.repository, current.current_draft
    tip = repository.tip[:10] if repository.tip else "no commit yet"
    if current.missing is None:
        yield f"canonical  {strong(repository.canonical)} at {tip}"
    else:
        yield f"canonical  {strong(repository.canonical)} is not here: {escape(current.missing)}"
    yield f"drafts     {count(repository.open, 'open draft')}{_counts_text(repository.counts)}"
    yield f"current    {strong(draft) if draft else faint('none')}"
    if current.checked_out is not None:
        yield f"worktree   {strong(escape(current.checked_out))} is checked out: gitdraft save, gitdraft checkout --canonical"
    if current.tracking is not None:
        yield _remote_text(current.tracking, repository.canonical)
    if draft and repository.overlapping:
        yield f"overlaps   {overlap_hint(repository.overlapping, draft)}"
    for lying in repository.on_canonical:
        from gitdraft.formats.reports.drafts import adopt_offer

        yield adopt_offer(lying, repository.canonical)
    yield from problem_lines(repository.problems)
    if repository.not_looked_at:
        yield faint(
            f"{', '.join(repository.not_looked_at)}: not looked at for what plain git did; gitdraft doctor does"
        )
    yield from _drafts_text(repository, draft)
    if repository.pending:
        yield f"interrupted: {escape(repository.pending)}; the next command that writes finishes it"
    if repository.is_behind:
        yield from ("", "canonical has moved since the last rebase: gitdraft rebase")
    elif not repository.open:
        yield from ("", 'nothing is drafted: gitdraft new "What it is about"')


def _counts_text(counts: Mapping[str, int] | None) -> str:
    """How many drafts do not stand well, by how they stand."""
    others = {} if counts is None else {word: n for word, n in counts.items() if n and word != "clean"}
    return f": {', '.join(f'{n:,} {status(word)}' for word, n in others.items())}" if others else ""


def _drafts_text(repository: RepositoryStatus, current: str | None) -> Iterator[str]:
    """Yields the current draft and those that do not stand well, each with what to do next."""
    from gitdraft.formats.reports.drafts import next_step

    rows = [
        [
            "*" if draft.id == current else " ",
            strong(draft.id),
            rebase_state_text(draft.rebase_state),
            command(next_step(draft) or ""),
            escape((draft.review and draft.review.blocks) or ""),
        ]
        for draft in repository.drafts
        if draft.id == current or draft.rebase_state.status != "clean"
    ]
    if rows:
        yield ""
        yield from columns(rows)


def problem_lines(problems: Iterable[DraftProblem]) -> Iterator[str]:
    """Yields what plain git has done to drafts, and the way out, two lines each."""
    for problem in problems:
        yield f"{status('invalid')}  {strong(problem.draft)} {problem.code}: {escape(problem.message)}"
        yield f"  {faint('hint:')} {escape(problem.hint)}"


def _remote_text(tracking: Tracking, canonical: str) -> str:
    parts = [] if tracking.canonical == "equal" else [f"{canonical} {tracking.canonical}"]
    parts += [
        f"{count(number, 'draft')} {relation}" for relation, number in sorted(_differing(tracking).items())
    ]
    return f"remote     {strong(escape(tracking.remote))}{': ' if parts else ''}{', '.join(parts)}"


def _differing(tracking: Tracking) -> Counter[str]:
    """How many drafts are ahead, behind, …; those that are equal are not counted."""
    return Counter(relation for relation in tracking.drafts.values() if relation != "equal")
