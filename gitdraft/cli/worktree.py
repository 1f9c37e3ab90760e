"""`checkout` puts the worktree on a draft, `save` turns what was edited or committed there into patches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.edits import answer_edit
from gitdraft.cli.options import CHECK_ONLY, DRAFT
from gitdraft.cli.text import count, faint, strong
from gitdraft.formats.reports.drafts import checkout_json

if TYPE_CHECKING:
    from gitdraft.api.reports import CheckoutReport


@click.command("checkout")
@DRAFT
@click.option("--canonical", is_flag=True, help="Go back to canonical's branch.")
@click.option("--force", is_flag=True, help="Throw away edits and commits that are not saved.")
@pass_command_context
def checkout_command(ctx: CommandContext, draft: str | None, *, canonical: bool, force: bool) -> None:
    """Put the worktree on DRAFT, to be edited with any editor.

    It is one commit on canonical's tip, HEAD detached.

    `git status` and `git diff` show your own edits alone; what you commit there, `gitdraft save` takes too.

    \b
    gitdraft checkout fix-person
    $EDITOR categories/Person.json
    gitdraft save -m "Clarify the description"
    gitdraft checkout --canonical
    """
    if canonical and draft is not None:
        raise click.UsageError("--canonical takes no DRAFT")
    chosen = None if canonical else ctx.draft_or_current(draft).id
    report = ctx.repository.worktree.checkout(chosen, force=force)
    ctx.answer("checkout", checkout_json(report), _checkout_text(report))


def _checkout_text(report: CheckoutReport) -> Iterator[str]:
    if report.left is not None:
        yield f"left behind: {report.left[:10]} (git cherry-pick takes it up)"
    if report.draft is None:
        yield f"{count(len(report.restored), 'file')} as canonical has them"
        return
    yield f"{count(len(report.written), 'file')} as {strong(report.draft)} has them"
    if report.in_conflict:
        yield f"in conflict, as canonical has them: {', '.join(report.in_conflict)}"
    yield faint("edit the entity files, then: gitdraft save; gitdraft checkout --canonical goes back")


@click.command("save")
@click.option("-d", "--draft", metavar="ID", shell_complete=complete_draft, help="The draft to save into.")
@click.option(
    "-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message; the reason of deletions."
)
@click.option(
    "--from",
    "revision",
    metavar="REV",
    help="Take in what was committed with plain git on a draft's branch, on any other, or in a commit.",
)
@click.option("--no-renames", is_flag=True, help="Take a file that was moved as one deleted and one created.")
@click.option("--allow-invalid", is_flag=True, help="Save a result that breaks its schema; blocks submit.")
@CHECK_ONLY
@pass_command_context
def save_command(
    ctx: CommandContext,
    draft: str | None,
    message: str | None,
    revision: str | None,
    *,
    no_renames: bool,
    allow_invalid: bool,
    dry_run: bool,
) -> None:
    """Save the entity files that were edited as patches.

    They are minimal patches of the draft, of files that were edited, or committed on a draft's checkout;
    with --from of those that were edited and committed with plain git elsewhere, or in a forge's web
    editor. A file that was moved (`git mv`) renames its entity, as `gitdraft entity rename` does.

    \b
    gitdraft save -m "Clarify the description"
    gitdraft save --from draft/fix-person
    """
    repository, why = ctx.repository, read_message(message)
    renames = not no_renames
    if revision is None:
        report = repository.worktree.save(
            draft, why, renames=renames, allow_invalid=allow_invalid, dry_run=dry_run
        )
    else:
        report = ctx.draft_or_current(draft or repository.drafts.id_of_branch(revision)).save_from(
            revision, why, renames=renames, allow_invalid=allow_invalid, dry_run=dry_run
        )
    answer_edit(ctx, "save", report, {"dry_run": dry_run})
