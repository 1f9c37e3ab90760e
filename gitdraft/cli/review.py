"""`comment`, `approve`, `request-changes`: what people say of a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.text import escape, faint, shell, status, strong
from gitdraft.model.reviews import Comment, JudgedReview, Review, moment

if TYPE_CHECKING:
    from gitdraft.api.draft import Draft
    from gitdraft.model.reviews import Remarks

Result = TypeVar("Result")

TEXT = click.option("-m", "--message", metavar="TEXT|@FILE|-", help="The text; your editor otherwise.")
OF = click.option(
    "--of", metavar="HASH", help="The change_hash that was looked at; refuse where it is another."
)


class Place(NamedTuple):
    """What is commented on: a draft, or an entity of it, or a place in that."""

    draft: Draft
    entity: str | None
    pointer: str | None

    @property
    def words(self) -> str:
        """The arguments that name it."""
        named = (self.draft.id, self.entity, self.pointer)
        return " ".join(shell(word) for word in named if word is not None)


@click.command("comment")
@click.argument("place", nargs=-1, metavar="[DRAFT] [ENTITY [POINTER]]", shell_complete=complete_draft)
@TEXT
@click.option("--reply-to", metavar="ID", help="The comment that this one answers.")
@DRY_RUN
@pass_command_context
def comment_command(
    ctx: CommandContext, place: Sequence[str], message: str | None, reply_to: str | None, *, dry_run: bool
) -> None:
    """Comment on a draft, an entity of it, or a place in one.

    Without DRAFT it is the current one. Comments are kept in the draft's branch, open or closed, are never edited, and
    change neither its changes nor its status. `gitdraft show` lists them.

    \b
    gitdraft comment fix-person -m "Who says so?"
    gitdraft comment fix-person category/Person /label -m "Human is better"
    """
    from gitdraft.formats.reports.reviews import comment_json

    at = _place(ctx, place)
    comment = _with_text(
        ctx,
        message,
        f"Write the comment on {at.words} above.",
        f"gitdraft comment {at.words} -m @",
        lambda text: at.draft.comment(text, at.entity, at.pointer, reply_to=reply_to, dry_run=dry_run),
    )
    would = "would comment" if dry_run else "commented"
    where = "" if comment.entity is None else f" {escape(comment.entity)} {escape(comment.pointer or '')}"
    ctx.answer(
        "comment",
        {"draft": at.draft.id, **comment_json(comment)},
        [f"{would} on {strong(at.draft.id)}{where.rstrip()}: {faint(comment.id)}"],
    )


@click.command("approve")
@DRAFT
@click.option("-m", "--message", metavar="TEXT|@FILE|-", help="What there is to say.")
@OF
@DRY_RUN
@pass_command_context
def approve_command(
    ctx: CommandContext, draft: str | None, message: str | None, of: str | None, *, dry_run: bool
) -> None:
    """Approve the changes of DRAFT as they are now.

    It holds until the changes are others; a rebase that leaves them as they are keeps it. What merging needs is said by
    `review` in gitdraft.yaml; the author's own approval does not count.

    \b
    gitdraft approve fix-person
    """
    reviewed = ctx.draft_or_current(draft)
    review = reviewed.approve(read_message(message), of=of, dry_run=dry_run)
    _answer(ctx, reviewed, review, dry_run=dry_run)


@click.command("request-changes")
@DRAFT
@TEXT
@OF
@DRY_RUN
@pass_command_context
def request_changes_command(
    ctx: CommandContext, draft: str | None, message: str | None, of: str | None, *, dry_run: bool
) -> None:
    """Ask for other changes than DRAFT has now.

    Where merging needs approvals, it keeps the draft from being merged until its changes are others, or you approve.

    \b
    gitdraft request-changes fix-person -m "The label is right as it is"
    """
    reviewed = ctx.draft_or_current(draft)
    looked_at = of or reviewed.review().change_hash
    review = _with_text(
        ctx,
        message,
        f"Write above what {reviewed.id} should change.",
        f"gitdraft request-changes {reviewed.id} -m @",
        lambda text: reviewed.request_changes(text, of=looked_at, dry_run=dry_run),
    )
    _answer(ctx, reviewed, review, dry_run=dry_run)


def _answer(ctx: CommandContext, draft: Draft, review: Review, *, dry_run: bool) -> None:
    from gitdraft.formats.reports.reviews import review_json, review_members

    state = draft.review()
    done, would = ("approved", "would approve")
    if review.verdict == "request-changes":
        done, would = ("asked for changes of", "would ask for changes of")
    lines = [f"{would if dry_run else done} {strong(draft.id)}"]
    if not dry_run:
        judged = next((j for j in state.reviews if j.review.id == review.id), None)
        if state.needed and judged is not None and not judged.counts:
            lines.append("it does not count: merging asks for somebody else's")
        if state.blocks is not None:
            lines.append(faint(f"it may not be merged yet: {escape(state.blocks)}"))
    document = {"draft": draft.id, **review_json(review), **review_members(state)}
    ctx.answer(review.verdict, document, lines)


def _with_text(
    ctx: CommandContext, message: str | None, purpose: str, resume: str, say: Callable[[str], Result]
) -> Result:
    """Returns what ``say`` makes of the text that was given, or that the user writes in the editor."""
    text = read_message(message)
    if text is not None:
        return say(text)
    from gitdraft.cli.editor import edit_message

    return edit_message(ctx, "", purpose, resume, say)


def _place(ctx: CommandContext, words: Sequence[str]) -> Place:
    """Returns what the arguments name. One word is a draft where there is one of that id, else an entity of the current
    draft; of two, the second is a pointer where it begins like one."""
    rest = list(words)
    if len(rest) > 3 or (rest and rest[0].startswith("/")):
        raise click.UsageError("expected [DRAFT] [ENTITY [POINTER]]")
    is_pointer_last = len(rest) == 2 and (not rest[1] or rest[1].startswith("/"))
    named = None
    if len(rest) == 3 or (len(rest) == 2 and not is_pointer_last) or (rest and _is_draft(ctx, rest)):
        named = rest.pop(0)
    return Place(ctx.draft_or_current(named), *[*rest, None, None][:2])


def _is_draft(ctx: CommandContext, words: Sequence[str]) -> bool:
    return len(words) == 1 and "/" not in words[0] and _is_known(ctx, words[0])


def _is_known(ctx: CommandContext, draft_id: str) -> bool:
    from gitdraft.errors import InvalidInput, NotFound

    try:
        ctx.repository.drafts.get(draft_id)
    except (InvalidInput, NotFound):
        return ctx.repository.worktree.current_draft() is None
    return True


def remark_lines(remarks: Remarks, reviews: Iterable[JudgedReview]) -> Iterator[str]:
    """Yields the comments and the verdicts on a draft, the oldest first, and what among them cannot be read."""
    said: list[Comment | JudgedReview] = [*remarks.comments, *reviews]
    said.sort(key=lambda remark: moment(remark.review if isinstance(remark, JudgedReview) else remark))
    for remark in said:
        if isinstance(remark, JudgedReview):
            yield from _lines(_verdict_text(remark), remark.review, remark.review.text)
        else:
            where = " ".join(word for word in (remark.entity, remark.pointer) if word)
            yield from _lines(escape(where), remark, remark.text)
    for file in remarks.unreadable:
        yield f"{status('invalid')}  {escape(file.path)}: {escape(file.reason)}"


def _lines(head: str, remark: Comment | Review, text: str | None) -> Iterator[str]:
    answered = f" in answer to {remark.reply_to}" if isinstance(remark, Comment) and remark.reply_to else ""
    yield f"{head}{'  ' * bool(head)}{faint(f'{escape(remark.by)}, {remark.at}  {remark.id}{answered}')}"
    yield from (f"  {escape(line)}" for line in (text or "").splitlines())


def _verdict_text(judged: JudgedReview) -> str:
    word = "approved" if judged.review.verdict == "approve" else "asks for changes"
    if not judged.holds:
        return f"{word}, of other changes than now"
    return strong(word) if judged.counts else word
