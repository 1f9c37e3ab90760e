"""`overlaps`: drafts that touch the same entity, and which of them would be in conflict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, shorten, status, strong

if TYPE_CHECKING:
    from gitdraft.model.overlaps import Overlap, Pair

NO = 1
WIDTH = 60
WHOLE = "(whole entity)"


@click.command("overlaps")
@click.argument("draft", required=False, shell_complete=complete_draft)
@click.option("--exit-code", is_flag=True, help="Exit code 1 when two drafts would be in conflict.")
@pass_command_context
def overlaps_command(ctx: CommandContext, draft: str | None, *, exit_code: bool) -> None:
    """Show which open drafts touch the same entity, and which of them would be in conflict if both were merged. With
    DRAFT, those that it has to do with.

    \b
    gitdraft overlaps
    gitdraft overlaps fix-person --exit-code
    """
    from gitdraft.drafts.overlaps import find_overlaps
    from gitdraft.formats.reports.drafts import overlaps_json

    overlaps = list(find_overlaps(ctx.store, draft, progress=ctx.progress("comparing entities")))
    pairs = [pair for overlap in overlaps for pair in overlap.pairs]
    in_conflict = sum(bool(pair.conflicts) for pair in pairs)
    lines = _text(overlaps, draft, len(pairs), in_conflict)
    ctx.answer("overlaps", overlaps_json(overlaps, draft), lines, records="entities", paged=True)
    if exit_code and in_conflict:
        raise click.exceptions.Exit(NO)


def overlap_hint(number: int, draft_id: str) -> str:
    """That other drafts touch what this one does, and how to see them."""
    verb = "touches" if number == 1 else "touch"
    others = count(number, "other open draft")
    return f"{others} {verb} the same entities: gitdraft overlaps {draft_id}"


def _text(overlaps: list[Overlap], draft: str | None, pairs: int, in_conflict: int) -> Iterator[str]:
    if not overlaps:
        whose = (
            "no two open drafts touch"
            if draft is None
            else f"no other open draft touches what {draft} does in"
        )
        yield f"{whose} the same entity"
        return
    for overlap in overlaps:
        yield strong(str(overlap.entity))
        rows = [[strong(t.draft), _where(t.kind, t.pointers), _state_of(t.status)] for t in overlap.touches]
        yield from columns(rows, "  ")
        yield from columns([_pair_row(pair) for pair in overlap.pairs], "  ")
        if overlap.left_out:
            yield faint(f"  {count(overlap.left_out, 'more draft')} not compared: gitdraft overlaps DRAFT")
        yield ""
    entities = count(len(overlaps), "entity", "entities")
    yield f"{entities}, {count(pairs, 'pair')} of drafts: {pairs - in_conflict:,} merge cleanly, {in_conflict:,} conflict"


def _where(change_kind: str, pointers: tuple[str, ...]) -> str:
    return {"delete": "deletes it", "create": "creates it", "redirect": "redirects it"}.get(
        change_kind
    ) or _joined(pointers)


def _state_of(state: str) -> str:
    return (
        ""
        if state == "clean"
        else f"{status(state)} with canonical"
        if state == "conflict"
        else status(state)
    )


def _pair_row(pair: Pair) -> list[str]:
    both = f"{pair.first} + {pair.second}"
    if not pair.conflicts:
        return [both, faint("merge cleanly")]
    at = _joined(tuple(dict.fromkeys(conflict.path for conflict in pair.conflicts)))
    first = "" if pair.merged_first is None else f" once {pair.merged_first} is merged"
    return [both, f"{status('conflict')} at {at}{first}"]


def _joined(pointers: tuple[str, ...]) -> str:
    return shorten(", ".join(escape(pointer) or WHOLE for pointer in pointers), WIDTH)
