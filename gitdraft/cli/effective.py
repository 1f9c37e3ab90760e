"""`effective` and `impact`: what an entity inherits, and whose inheritance a draft changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import click

from gitdraft.cli.completion import complete_draft, complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, status, strong
from gitdraft.cli.views import DRAFT
from gitdraft.documents.inheritance import AffectedEntity, EffectiveMembers, InheritanceImpact, MemberChange
from gitdraft.formats.reports.entities import member_change_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import ChangeStatus

SIGNS = {ChangeStatus.ADDED: "+", ChangeStatus.MODIFIED: "~", ChangeStatus.DELETED: "-"}
COLOURS = {"+": "green", "~": "yellow", "-": "red"}
MOST_SHOWN = 5


@click.command("effective")
@click.argument("entity", shell_complete=complete_entity)
@DRAFT
@pass_command_context
def effective_command(ctx: CommandContext, entity: str, draft: str | None) -> None:
    """List the members that ENTITY has and inherits: which, required or optional, from whom. The nearest parent wins.

    \b
    gitdraft effective category/Person
    gitdraft effective category/Person --draft tidy-up
    """
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import find_entity
    from gitdraft.views.inheritance import effective_members

    view = open_view(ctx.store, None if draft is None else ctx.store.find_draft(draft))
    entity_ref = find_entity(view, entity)
    members = effective_members(view, entity_ref, ctx.progress("reading entities"))
    if members.entity != entity_ref:
        ctx.note(f"{entity_ref} is redirected to {members.entity}")
    document = {
        "entity": str(members.entity),
        "members": [member_change_json(change) for change in members.members],
        "redirects": [
            {"entity": str(sent.entity), "parent": str(sent.parent), "target": str(sent.target)}
            for sent in members.redirects
        ],
        "lost_parents": [
            {"entity": str(lost.entity), "parent": str(lost.parent), "reason": lost.reason}
            for lost in members.lost
        ],
        "cycles": [[str(step) for step in way] for way in members.cycles],
    }
    ctx.answer("effective", document, _effective_text(members), records="members", paged=True)


@click.command("impact")
@click.argument("draft", required=False, shell_complete=complete_draft)
@pass_command_context
def impact_command(ctx: CommandContext, draft: str | None) -> None:
    """Show the entities whose effective members DRAFT (by default the current one) changes, and through whom.

    \b
    gitdraft impact tidy-up
    gitdraft -v impact tidy-up
    """
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.inheritance import inheritance_impact

    view = open_view(ctx.store, ctx.store.find_draft(ctx.draft_or_current(draft)))
    impact = inheritance_impact(view, ctx.progress("reading entities"))
    document = {
        "draft": impact.draft,
        "entities": [
            {
                "entity": str(affected.entity),
                "_change_status": affected.status.value,
                "through": [str(step) for step in affected.way[:-1]],
                "members": [member_change_json(change) for change in affected.changes],
            }
            for affected in impact.entities
        ],
    }
    most = None if ctx.verbosity > 0 else MOST_SHOWN
    ctx.answer("impact", document, _impact_text(impact, most), records="entities", paged=True)


def _effective_text(members: EffectiveMembers) -> Iterator[str]:
    if not members.members:
        yield f"{strong(str(members.entity))} has no members"
    yield from columns([_row(change, members.entity) for change in members.members])
    notes = [
        *(
            f"{redirect.entity} names {redirect.parent}, which is redirected to {redirect.target}"
            for redirect in members.redirects
        ),
        *(
            f"{lost.entity} names {lost.parent}, which gives nothing: {status(lost.reason)}"
            for lost in members.lost
        ),
        *("the parents lead in a circle: " + " → ".join(map(str, way)) for way in members.cycles),
    ]
    if notes:
        yield ""
        yield from notes


def _row(change: MemberChange, entity: EntityRef) -> list[str]:
    shown = change.shown
    requirement = shown.requirement if shown.requirement == "required" else faint(shown.requirement)
    source = faint("its own") if shown.source == entity else str(shown.source)
    steps = faint(count(shown.depth, "step")) if shown.depth > 1 else ""
    row = [escape(change.name), requirement, source, steps]
    if change.status is ChangeStatus.UNCHANGED:
        return row
    return [*row, f"{status(change.status.value)}{_before_text(change)}"]


def _before_text(change: MemberChange) -> str:
    if change.before is None or change.after is None:
        return ""
    was: list[str] = []
    if change.before.requirement != change.after.requirement:
        was.append(change.before.requirement)
    if change.before.source != change.after.source:
        was.append(f"from {change.before.source}")
    return f", was {' '.join(was)}"


def _impact_text(impact: InheritanceImpact, most: int | None) -> Iterator[str]:
    draft = strong(impact.draft)
    if not impact.entities:
        yield f"draft {draft} changes no effective members"
        return
    number = len(impact.entities)
    yield f"draft {draft} changes the effective members of {count(number, 'entity', 'entities')}"
    yield ""
    affected = {affected_entity.entity: affected_entity for affected_entity in impact.entities}
    rows = []
    for branch, entity in _tree(affected_entity.way for affected_entity in impact.entities):
        affected_entity = affected.get(entity)
        if affected_entity is None:
            rows.append([faint(f"{branch}{entity}")])
            continue
        itself = (
            "" if affected_entity.status is ChangeStatus.UNCHANGED else status(affected_entity.status.value)
        )
        rows.append([faint(branch) + str(entity), itself, _changes_text(affected_entity, most)])
    yield from columns(rows)


def _changes_text(one: AffectedEntity, most: int | None) -> str:
    shown = [_change_text(change, one.entity) for change in one.changes[:most]]
    more = len(one.changes) - len(shown)
    return "  ".join([*shown, *([faint(f"and {more:,} more")] if more else [])])


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


def _tree(ways: Iterable[tuple[EntityRef, ...]]) -> Iterator[tuple[str, EntityRef]]:
    """Every entity on the ways once, below the one before it, with the branches that lead to it drawn."""
    below: dict[EntityRef | None, dict[EntityRef, None]] = {}
    for way in ways:
        for above, entity in zip((None, *way), way, strict=False):
            below.setdefault(above, {})[entity] = None
    waiting = _branches(below, None, "")
    while waiting:
        branch, onward, entity = waiting.pop()
        yield branch, entity
        waiting += _branches(below, entity, onward)


def _branches(
    below: Mapping[EntityRef | None, Mapping[EntityRef, None]], above: EntityRef | None, before: str
) -> list[tuple[str, str, EntityRef]]:
    """What hangs below an entity, last first: the branch to it, what stands before its own branches."""
    entities = list(below.get(above, ()))
    if above is None:
        return [("", "", entity) for entity in reversed(entities)]
    branches = [(f"{before}├─ ", f"{before}│  ", entity) for entity in entities[:-1]]
    branches += [(f"{before}└─ ", f"{before}   ", entity) for entity in entities[-1:]]
    return branches[::-1]
