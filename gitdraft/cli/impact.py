"""`impact`: whose inheritance a draft changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT
from gitdraft.cli.text import columns, count, escape, faint, status, strong
from gitdraft.formats.reports.entities import impact_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import ChangeStatus

if TYPE_CHECKING:
    from gitdraft.api.reports import AffectedEntity, InheritanceImpact, MemberChange

SIGNS = {ChangeStatus.ADDED: "+", ChangeStatus.MODIFIED: "~", ChangeStatus.DELETED: "-"}
COLOURS = {"+": "green", "~": "yellow", "-": "red"}
MOST_SHOWN = 5


@click.command("impact")
@DRAFT
@pass_command_context
def impact_command(ctx: CommandContext, draft: str | None) -> None:
    """Show whose effective members DRAFT changes.

    And through whom. Without DRAFT it is the current one.

    \b
    gitdraft impact tidy-up
    gitdraft -v impact tidy-up
    """
    impact = ctx.draft_or_current(draft).impact(progress=ctx.progress("reading entities"))
    most = None if ctx.verbosity > 0 else MOST_SHOWN
    ctx.answer("impact", impact_json(impact), _impact_text(impact, most), records="entities", paged=True)


def _impact_text(impact: InheritanceImpact, most: int | None) -> Iterator[str]:
    draft = strong(impact.draft)
    if not impact.entities:
        yield f"draft {draft} changes no effective members"
        return
    number = len(impact.entities)
    yield f"draft {draft} changes the effective members of {count(number, 'entity', 'entities')}"
    yield ""
    by_entity = {affected.entity: affected for affected in impact.entities}
    rows = [
        [faint(branch) + str(entity), *_affected_cells(by_entity[entity], most)]
        if entity in by_entity
        else [faint(f"{branch}{entity}")]
        for branch, entity in _tree(affected.way for affected in impact.entities)
    ]
    yield from columns(rows)


def _affected_cells(affected: AffectedEntity, most: int | None) -> list[str]:
    own_status = "" if affected.status is ChangeStatus.UNCHANGED else status(affected.status.value)
    shown = [_change_text(change, affected.entity) for change in affected.changes[:most]]
    more = len(affected.changes) - len(shown)
    return [own_status, "  ".join([*shown, *([faint(f"and {more:,} more")] if more else [])])]


def _change_text(change: MemberChange, entity: EntityRef) -> str:
    sign = SIGNS[change.status]
    shown = change.shown
    if change.before is None or change.after is None:
        more = "required" if shown.requirement == "required" else ""
    elif change.before.requirement != change.after.requirement:
        more = f"{change.before.requirement} → {change.after.requirement}"
    else:
        more = "its own" if shown.source == entity else f"from {shown.source}"
    text = f"{sign} {escape(change.name)}" + (f" ({more})" if more else "")
    return click.style(text, fg=COLOURS[sign])


def _tree(paths: Iterable[tuple[EntityRef, ...]]) -> Iterator[tuple[str, EntityRef]]:
    """Yields every entity on the paths once, below the one before it, with the branches that lead to it drawn."""
    below: dict[EntityRef | None, dict[EntityRef, None]] = {}
    for path in paths:
        for above, entity in zip((None, *path), path, strict=False):
            below.setdefault(above, {})[entity] = None
    waiting = _branches(below, None, "")
    while waiting:
        branch, onward, entity = waiting.pop()
        yield branch, entity
        waiting += _branches(below, entity, onward)


def _branches(
    below: Mapping[EntityRef | None, Mapping[EntityRef, None]], above: EntityRef | None, before: str
) -> list[tuple[str, str, EntityRef]]:
    """Returns what hangs below an entity, last first: the branch to it, the indent of its own branches, the entity."""
    entities = list(below.get(above, ()))
    if above is None:
        return [("", "", entity) for entity in reversed(entities)]
    branches = [(f"{before}├─ ", f"{before}│  ", entity) for entity in entities[:-1]]
    branches += [(f"{before}└─ ", f"{before}   ", entity) for entity in entities[-1:]]
    return branches[::-1]
