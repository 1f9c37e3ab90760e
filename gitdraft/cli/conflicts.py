"""`conflicts` shows both sides, `resolve` decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft, complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.edits import parse_value
from gitdraft.cli.text import columns, count, escape, faint, shell, status, strong, value
from gitdraft.formats.reports.conflicts import conflict_json, remote_conflict_json, resolve_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.values import JSON, Maybe

if TYPE_CHECKING:
    from gitdraft.model.draft_reports import ResolveReport
    from gitdraft.store.transaction import Plan, Transaction
    from gitdraft.views.effective_view import EffectiveView

INCOMPLETE = 21
SIDES = ("draft", "canonical", "local", "remote")
FILE_SIDES = ("ours", "theirs")


@click.command("conflicts")
@click.argument("draft", required=False, shell_complete=complete_draft)
@click.option(
    "--file",
    "file",
    metavar="[PATH]",
    is_flag=False,
    flag_value="",
    type=click.Path(),
    help="The unmerged files of a git merge, or the one at PATH.",
)
@pass_command_context
def conflicts_command(ctx: CommandContext, draft: str | None, file: str | None) -> None:
    """Show what DRAFT and canonical both changed: the value in the base, in canonical, in the draft. And what was
    changed both here and on the remote: the value that both had, the remote's, the local one. With --file, what git
    merge, rebase, cherry-pick or stash left unmerged: in the base, in ours, in theirs.

    \b
    gitdraft conflicts fix-person
    gitdraft conflicts --file
    """
    if file is not None:
        from gitdraft.cli.unmerged import show_unmerged

        if draft is not None:
            raise click.UsageError("a draft or --file, not both")
        show_unmerged(ctx, file)
        return
    from gitdraft.drafts.resolve import conflicts_of
    from gitdraft.store.remote_tracking import default_remote
    from gitdraft.sync.divergence import remote_conflicts
    from gitdraft.views.effective_view import open_view

    draft_id = ctx.draft_or_current(draft)
    found = conflicts_of(open_view(ctx.store, ctx.store.find_draft(draft_id)))
    remote = default_remote(ctx.store)
    far = remote_conflicts(ctx.store, remote, draft_id) if remote is not None else ()
    document = {
        "draft": draft_id,
        "conflicts": [
            *({"entity": str(entity), **conflict_json(conflict)} for entity, conflict in found),
            *(
                {"entity": str(entity), "with": remote, **remote_conflict_json(conflict)}
                for entity, conflict in far
            ),
        ],
    }
    lines = [*_text(draft_id, found), *_remote_text(draft_id, remote or "", far)]
    ctx.answer("conflicts", document, lines or [f"no conflicts in {strong(draft_id)}"], records="conflicts")


def _remote_text(
    draft_id: str, remote: str, conflicts: Sequence[tuple[EntityRef, Conflict]]
) -> Iterator[str]:
    for entity, conflict in conflicts:
        yield (
            f"{strong(str(entity))}  {escape(conflict.path) or '(whole entity)'}  {status('conflict')} "
            f"{conflict.type} with {escape(remote)}"
        )
        rows = [("base", conflict.base), ("remote", conflict.canonical), ("local", conflict.draft)]
        yield from columns([[faint(side), value(shown)] for side, shown in rows], "  ")
        yield ""
    if conflicts:
        entity, conflict = conflicts[0]
        pointer = f" {shell(conflict.path)}" if conflict.path else ""
        yield faint(
            f"gitdraft resolve {draft_id} {shell(str(entity))}{pointer} --take local   (or --take remote, --value JSON)"
        )


def _text(draft_id: str, conflicts: list[tuple[EntityRef, Conflict]]) -> Iterator[str]:
    if not conflicts:
        return
    for entity, conflict in conflicts:
        yield f"{strong(str(entity))}  {escape(conflict.path) or '(whole entity)'}  {status('conflict')} {conflict.type}"
        yield from columns(
            [
                [faint("base"), value(conflict.base)],
                [faint("canonical"), value(conflict.canonical)],
                [faint("draft"), value(conflict.draft)],
            ],
            "  ",
        )
        if conflict.rename_candidate is not None:
            yield f"  canonical may have renamed it to {escape(conflict.rename_candidate)}"
        if conflict.target is not None:
            yield f"  canonical redirects it to {conflict.target}"
        yield ""
    entity, conflict = conflicts[0]
    pointer = f" {shell(conflict.path)}" if conflict.path else ""
    others = (
        "--retarget, --take canonical" if conflict.target is not None else "--take canonical, --value JSON"
    )
    yield faint(f"gitdraft resolve {draft_id} {shell(str(entity))}{pointer} --take draft   (or {others})")


@click.command("resolve")
@click.argument("draft", required=False, shell_complete=complete_draft)
@click.argument("entity", required=False, shell_complete=complete_entity)
@click.argument("pointer", required=False)
@click.option("--file", "file", metavar="PATH", type=click.Path(), help="An unmerged file of a git merge.")
@click.option(
    "--take",
    type=click.Choice([*SIDES, *FILE_SIDES]),
    help="The side whose value stands; local and remote where it was changed in two clones, ours and theirs of a file.",
)
@click.option("--value", "given", metavar="JSON", help="The value that stands.")
@click.option("--edit", is_flag=True, help="Edit canonical's value in your editor; the result stands.")
@click.option(
    "--retarget",
    is_flag=True,
    help="Move the change to where canonical redirects ENTITY; with --take where the two differ.",
)
@click.option("--allow-invalid", is_flag=True, help="Accept a result that breaks its schema; blocks submit.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would happen.")
@pass_command_context
def resolve_command(
    ctx: CommandContext,
    draft: str | None,
    entity: str | None,
    pointer: str | None,
    file: str | None,
    take: str | None,
    given: str | None,
    *,
    edit: bool,
    retarget: bool,
    allow_invalid: bool,
    dry_run: bool,
) -> None:
    """Resolve the conflict at POINTER of ENTITY, or all conflicts of it. When the last one of DRAFT is resolved
    it moves to canonical's tip, or is merged with the remote's; while some remain the exit code is 21. With --file,
    resolve those at POINTER of an unmerged file, or all of it; when the last one is resolved, the file is as after git
    add.

    \b
    gitdraft resolve fix-person category/Person /label --take draft
    gitdraft resolve fix-person category/Human --retarget
    gitdraft resolve --file categories/Person.json /label --take theirs
    gitdraft resolve fix-person category/Person --take remote
    """
    from gitdraft.drafts.resolve import plan_resolve
    from gitdraft.drafts.retarget import plan_retarget
    from gitdraft.sync.divergence import plan_resolve_divergence
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import find_entity

    if take is not None and take not in (SIDES if file is None else FILE_SIDES):
        raise click.UsageError(f"--take {' or '.join(SIDES if file is None else FILE_SIDES)} is needed here")
    ways = sum((take is not None, given is not None, edit))
    if ways > 1 or (ways == 0 and not retarget):
        raise click.UsageError("one of --take, --value, --edit and --retarget is needed")
    if retarget and (pointer is not None or given is not None or edit):
        raise click.UsageError("--retarget moves the whole change; only --take goes with it")
    if file is not None:
        from gitdraft.cli.unmerged import resolve_unmerged

        if entity is not None or retarget or dry_run or allow_invalid:
            raise click.UsageError("with --file: a POINTER, and one of --take, --value and --edit")
        resolve_unmerged(ctx, file, draft, _answer(take, given))
        return
    if draft is None or entity is None:
        raise click.UsageError("DRAFT and ENTITY are needed, or --file PATH")
    view = open_view(ctx.store, ctx.store.find_draft(draft))
    found = find_entity(view, entity)
    answer = _answer(take, given) if ways else None
    remote = _remote_in_conflict(ctx, view, found, take)

    def plan(transaction: Transaction) -> Plan[ResolveReport]:
        if remote is not None:
            assert answer is not None
            return plan_resolve_divergence(transaction, remote, draft, found, pointer, answer)
        if retarget:
            return plan_retarget(transaction, draft, found, answer, allow_invalid=allow_invalid)
        assert answer is not None
        return plan_resolve(
            transaction,
            draft,
            found,
            pointer,
            answer,
            allow_invalid=allow_invalid,
        )

    report = ctx.write("resolve", plan, dry_run=dry_run)
    lines = [f"resolved {strong(str(e))} {escape(c.path) or '(whole entity)'}" for e, c in report.resolved]
    if report.retargeted is not None:
        lines.append(f"the change is now one of {strong(str(report.retargeted))}")
    if report.moved:
        where = "on canonical's tip" if remote is None else f"merged with {remote}'s"
        lines.append(f"{strong(draft)} is {'' if not dry_run else 'then '}{where}")
    if report.remaining:
        lines.append(f"{count(len(report.remaining), 'conflict')} left: gitdraft conflicts {draft}")
    ctx.answer("resolve", resolve_json(report), lines)
    if report.remaining:
        raise click.exceptions.Exit(INCOMPLETE)


def _remote_in_conflict(
    ctx: CommandContext, view: EffectiveView, entity: EntityRef, take: str | None
) -> str | None:
    """The remote, where it is the conflict with it that is to be answered: ``take`` says so, or a value is given and
    the entity is in conflict with the remote alone."""
    from gitdraft.git.remotes import find_remote
    from gitdraft.store.remote_tracking import default_remote
    from gitdraft.sync.divergence import remote_conflicts

    if take in ("local", "remote"):
        return find_remote(ctx.store.git, ctx.store.canonical_branch)
    judged = view.applied_change(entity)
    if take is not None or (judged is not None and judged.report.conflicts):
        return None
    remote = default_remote(ctx.store)
    if remote is None or view.draft is None:
        return None
    return remote if any(e == entity for e, _ in remote_conflicts(ctx.store, remote, view.draft.id)) else None


def _answer(take: str | None, given: str | None) -> Callable[[Conflict], Maybe]:
    from gitdraft.cli.editor import edit_text
    from gitdraft.documents.parse import parse_json
    from gitdraft.documents.serialise import dump_json
    from gitdraft.drafts.resolve import canonical_side, draft_side
    from gitdraft.model.values import ABSENT

    if take is not None:
        return draft_side if take in ("draft", "local", "theirs") else canonical_side
    if given is not None:
        parsed = parse_value(given)
        return lambda _: parsed
    answers: dict[tuple[str, str], JSON] = {}

    def edited(conflict: Conflict) -> JSON:
        key = (conflict.path, conflict.type)
        if key not in answers:
            shown = conflict.draft if conflict.canonical is ABSENT else conflict.canonical
            answers[key] = parse_json(edit_text(dump_json(shown), "conflict.json"), source=conflict.path)
        return answers[key]

    return edited
