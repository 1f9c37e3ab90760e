"""`overlaps`: drafts that touch the same entity, and which of them would be in conflict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT
from gitdraft.cli.text import columns, count, faint, pointer_text, shorten, status, strong

if TYPE_CHECKING:
    from gitdraft.api.reports import Overlap, Pair
    from gitdraft.model.overlaps import Touch, ValueClash

NO = 1
WIDTH = 60


@click.command("overlaps")
@DRAFT
@click.option("--exit-code", is_flag=True, help="Exit code 1 when two drafts would be in conflict.")
@pass_command_context
def overlaps_command(ctx: CommandContext, draft: str | None, *, exit_code: bool) -> None:
    """Show which open drafts touch the same entity.

    And which of them would be in conflict if both were merged. With DRAFT, those that it has to do with.

    \b
    gitdraft overlaps
    gitdraft overlaps fix-person --exit-code
    """
    from gitdraft.formats.reports.drafts import overlaps_json

    overlaps = list(ctx.repository.overlaps(draft, progress=ctx.progress("comparing entities")))
    pairs = [pair for overlap in overlaps for pair in overlap.pairs]
    in_conflict = sum(bool(pair.conflicts) for pair in pairs)
    clashes = sum(len(overlap.clashes) for overlap in overlaps)
    lines = _overlaps_text(overlaps, draft, len(pairs), in_conflict)
    ctx.answer("overlaps", overlaps_json(overlaps, draft), lines, records="entities", paged=True)
    if exit_code and (in_conflict or clashes):
        raise click.exceptions.Exit(NO)


def _overlaps_text(overlaps: list[Overlap], draft: str | None, pairs: int, in_conflict: int) -> Iterator[str]:
    if not overlaps:
        if draft is None:
            yield "no two open drafts touch the same entity"
        else:
            yield f"no other open draft touches what {draft} does in the same entity"
        return
    for overlap in overlaps:
        yield strong(str(overlap.entity))
        rows = [
            [strong(touch.draft), _touch_text(touch), _state_text(touch.status)] for touch in overlap.touches
        ]
        yield from columns(rows, "  ")
        yield from columns([_pair_row(pair) for pair in overlap.pairs], "  ")
        yield from columns([_clash_row(clash) for clash in overlap.clashes], "  ")
        if overlap.left_out:
            yield faint(f"  {count(overlap.left_out, 'more draft')} not compared: gitdraft overlaps DRAFT")
        yield ""
    entities = count(len(overlaps), "entity", "entities")
    yield f"{entities}, {count(pairs, 'pair')} of drafts: {pairs - in_conflict:,} merge cleanly, {in_conflict:,} conflict"


def _touch_text(touch: Touch) -> str:
    actions = {"delete": "deletes it", "create": "creates it", "redirect": "redirects it"}
    return actions.get(touch.kind) or _joined(touch.pointers)


def _state_text(state: str) -> str:
    if state == "clean":
        return ""
    return f"{status(state)} with canonical" if state == "conflict" else status(state)


def _pair_row(pair: Pair) -> list[str]:
    both = f"{pair.first} + {pair.second}"
    if not pair.conflicts:
        return [both, faint("merge cleanly")]
    at = _joined(tuple(dict.fromkeys(conflict.place for conflict in pair.conflicts)))
    first = "" if pair.merged_first is None else f" once {pair.merged_first} is merged"
    return [both, f"{status('conflict')} at {at}{first}"]


def _clash_row(clash: ValueClash) -> list[str]:
    both = f"{clash.draft} + {clash.other_draft}"
    where = pointer_text(clash.pointer)
    return [both, f"{status('conflict')} at {where}: {clash.other_entity} gets the same value"]


def _joined(pointers: tuple[str, ...]) -> str:
    return shorten(", ".join(pointer_text(pointer) for pointer in pointers), WIDTH)
