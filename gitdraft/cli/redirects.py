"""`redirect`: one entity redirected to another, on canonical or, as `redirect ENTITY TARGET`, in a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from gitdraft.cli.canonical import (
    ALLOW_INVALID,
    DRY_RUN,
    ENTITY,
    EXPECT,
    answer_entity,
    commit_lines,
    find_known,
    find_named,
    rebase_member,
)
from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.edits import EditOptions, edit_options, run_edits
from gitdraft.cli.redirect_views import redirect_export, redirect_list, redirect_resolve, redirect_stats
from gitdraft.cli.text import count, escape, faint, strong
from gitdraft.model.entities import EntityRef

if TYPE_CHECKING:
    from gitdraft.drafts.edit import Edit
    from gitdraft.model.canonical_reports import RedirectReport
    from gitdraft.views.effective_view import EffectiveView

LARGEST_INPUT = 1 << 28
SHOWN = 20

FROM = click.argument("source", metavar="FROM", shell_complete=complete_entity)
TO = click.argument("target", metavar="TO", shell_complete=complete_entity)
REASON = click.option("--reason", default="", help="Why; kept in the tombstone.")
REPOINT = click.option("--repoint", is_flag=True, help="Send what redirects elsewhere to the new target.")
TYPE = click.option("--type", "entity_type", metavar="TYPE", help="The type of keys that stand alone.")


class RedirectGroup(click.Group):
    """`redirect create …` and its like; anything else is `redirect ENTITY TARGET`, a change of a draft."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["propose", *args]
        return super().parse_args(ctx, args)


@click.group("redirect", cls=RedirectGroup)
def redirect_command() -> None:
    """Redirect one entity to another: on canonical, or in a draft by redirect ENTITY TARGET --reason REASON.

    \b
    gitdraft redirect category/Human category/Person --reason "the same"    (in the current draft)
    gitdraft redirect create category/Human category/Person --reason "the same"
    """


@redirect_command.command("propose", hidden=True)
@click.argument("entity", shell_complete=complete_entity)
@click.argument("target", shell_complete=complete_entity)
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@REPOINT
@edit_options
@pass_command_context
def redirect_propose(
    ctx: CommandContext, entity: str, target: str, reason: str, *, repoint: bool, options: EditOptions
) -> None:
    """Propose in a draft that ENTITY is redirected to TARGET.

    \b
    gitdraft redirect category/Human category/Person --reason "the same" --draft tidy-up
    """
    from gitdraft.drafts.edit import redirect_edits
    from gitdraft.drafts.edit_functions import redirect_entity
    from gitdraft.views.entity_names import find_entity, name_entity

    def edits(view: EffectiveView) -> list[Edit]:
        source, to = find_entity(view, entity), name_entity(view, target)
        return redirect_edits(view, source, to, redirect_entity(to, reason, repoint=repoint))

    run_edits(ctx, "redirect", edits, f"Redirect {entity} to {target}", options)


@redirect_command.command("create")
@FROM
@TO
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@REPOINT
@EXPECT
@DRY_RUN
@pass_command_context
def redirect_create(
    ctx: CommandContext,
    source: str,
    target: str,
    reason: str,
    *,
    repoint: bool,
    expect: int | None,
    dry_run: bool,
) -> None:
    """Redirect FROM to TO on canonical. FROM's file goes, its tombstone says where to; what redirected to FROM is
    redirected to TO in the same commit.

    \b
    gitdraft redirect create item/Q59431323 item/Q42 --reason "the same person"
    """
    from gitdraft.canonical.redirect import RedirectRequest, plan_redirect

    redirect = RedirectRequest(find_named(ctx, source), find_named(ctx, target), reason)
    report = ctx.write(
        "redirect create",
        lambda transaction: plan_redirect(transaction, redirect, repoint=repoint, expect=expect),
        dry_run=dry_run,
    )
    _answer_redirects(ctx, "redirect-create", report, dry_run=dry_run)


@redirect_command.command("merge")
@FROM
@TO
@REASON
@click.option("--keep", type=click.Choice(["from", "to"]), help="Whose value stands where they differ.")
@click.option("--retarget", is_flag=True, help="Let the entities that name FROM name TO.")
@click.option("--expect", type=click.IntRange(0), metavar="N", help="Refuse when FROM's revision is not N.")
@click.option("--expect-to", type=click.IntRange(0), metavar="N", help="Refuse when TO's revision is not N.")
@DRY_RUN
@pass_command_context
def redirect_merge(
    ctx: CommandContext,
    source: str,
    target: str,
    reason: str,
    keep: Literal["from", "to"] | None,
    *,
    retarget: bool,
    expect: int | None,
    expect_to: int | None,
    dry_run: bool,
) -> None:
    """Merge FROM into TO, then redirect it there. One commit, one undo. Declared lists merge, another
    label becomes an alias where the type says so (merge: {aliases: …} in gitdraft.yaml).

    \b
    gitdraft redirect merge item/Q59431323 item/Q42 --retarget --reason "the same person"
    """
    from gitdraft.canonical.merge_entities import MergeEntitiesOptions, plan_merge_entities

    one, other = find_named(ctx, source), find_named(ctx, target)
    options = MergeEntitiesOptions(reason, keep, retarget, expect, expect_to)
    report = ctx.write(
        "redirect merge",
        lambda transaction: plan_merge_entities(transaction, one, other, options),
        dry_run=dry_run,
    )
    document = {
        "source": str(report.source),
        "target": str(report.target),
        "aliases": list(report.aliases),
        "retargeted": [str(entity) for entity in report.retargeted],
        "flattened": [_pair(pair) for pair in report.flattened],
        **({} if dry_run else {"commit": report.commit}),
        **rebase_member(report.rebase),
    }
    verb = "would be merged" if dry_run else "merged"
    lines = [f"{verb}: {strong(str(report.source))} into {strong(str(report.target))}"]
    lines += [f"  kept as an alias: {escape(pointer)}" for pointer in report.aliases]
    lines += [f"  {from_} → {to}" for from_, to in report.flattened]
    if report.retargeted:
        names = ", ".join(map(str, report.retargeted[:5])) + (" …" if len(report.retargeted) > 5 else "")
        lines.append(
            f"  {count(len(report.retargeted), 'entity', 'entities')} now name {report.target}: {names}"
        )
    lines += commit_lines(ctx, report.commit, report.rebase, dry_run=dry_run)
    ctx.answer("redirect-merge", document, lines)


@redirect_command.command("revert")
@ENTITY
@click.option(
    "--to-revision", type=click.IntRange(1), metavar="N", help="Its content then; the last otherwise."
)
@click.option("--reason", required=True, help="Why; kept for the audit.")
@ALLOW_INVALID
@EXPECT
@DRY_RUN
@pass_command_context
def redirect_revert(
    ctx: CommandContext,
    entity: str,
    to_revision: int | None,
    reason: str,
    *,
    allow_invalid: bool,
    expect: int | None,
    dry_run: bool,
) -> None:
    """Bring a redirected entity back, with the content it had before.

    \b
    gitdraft redirect revert item/Q59431323 --reason "two people after all"
    """
    from gitdraft.canonical.restore import plan_revert

    found = find_known(ctx, entity)
    report = ctx.write(
        "redirect revert",
        lambda transaction: plan_revert(
            transaction,
            found,
            reason,
            to_revision=to_revision,
            allow_invalid=allow_invalid,
            expect=expect,
        ),
        dry_run=dry_run,
    )
    answer_entity(ctx, "redirect-revert", report, dry_run=dry_run)


@redirect_command.command("batch")
@click.argument("file")
@TYPE
@REASON
@REPOINT
@DRY_RUN
@pass_command_context
def redirect_batch(
    ctx: CommandContext, file: str, entity_type: str | None, reason: str, *, repoint: bool, dry_run: bool
) -> None:
    """Make all redirects in FILE, or none. One commit; FILE (`-`: standard input) is CSV or JSON lines with from,
    to and, if there is one, reason; redirects that are there already change nothing.

    \b
    gitdraft redirect batch duplicates.csv --reason "duplicates of 2026" -n
    """
    _batch(ctx, "batch", file, entity_type, reason, repoint=repoint, dry_run=dry_run)


@redirect_command.command("import")
@click.argument("file")
@TYPE
@REASON
@REPOINT
@DRY_RUN
@pass_command_context
def redirect_import(
    ctx: CommandContext, file: str, entity_type: str | None, reason: str, *, repoint: bool, dry_run: bool
) -> None:
    """Take over redirects from elsewhere. FILE (`-`: standard input) is what redirect export wrote, or another system:
    read as batch does, and with by and at of each.

    \b
    gitdraft redirect import redirects.csv
    gitdraft redirect export | gitdraft -C ../other redirect import -
    """
    _batch(ctx, "import", file, entity_type, reason, repoint=repoint, dry_run=dry_run)


def _batch(
    ctx: CommandContext,
    command: str,
    file: str,
    entity_type: str | None,
    reason: str,
    *,
    repoint: bool,
    dry_run: bool,
) -> None:
    from gitdraft.canonical.redirect import plan_redirects
    from gitdraft.formats.redirect_rows import read_rows
    from gitdraft.transfer.redirects import redirect_requests

    rows = read_rows(read_source(file, LARGEST_INPUT))
    configuration = ctx.store.snapshot().configuration
    requests, problems = redirect_requests(
        configuration, rows, entity_type, reason, takes_over=command == "import"
    )
    report = ctx.write(
        f"redirect {command}",
        lambda transaction: plan_redirects(
            transaction,
            requests,
            reason=reason,
            repoint=repoint,
            problems=problems,
            progress=ctx.progress("checking redirects"),
        ),
        dry_run=dry_run,
    )
    _answer_redirects(ctx, f"redirect-{command}", report, dry_run=dry_run)


def _answer_redirects(ctx: CommandContext, command: str, report: RedirectReport, *, dry_run: bool) -> None:
    document = {
        "redirects": [_pair(pair) for pair in report.created],
        "flattened": [_pair(pair) for pair in report.flattened],
        "unchanged": [_pair(pair) for pair in report.unchanged],
        **({} if dry_run or report.commit is None else {"commit": report.commit}),
        **rebase_member(report.rebase),
    }
    lines = [f"{strong(str(source))} → {strong(str(target))}" for source, target in report.created[:SHOWN]]
    lines += [f"  {source} → {target}  {faint('taken along')}" for source, target in report.flattened[:SHOWN]]
    sums = [
        f"{len(pairs):,} {word}"
        for pairs, word in (
            (report.created, "would be redirected" if dry_run else "redirected"),
            (report.flattened, "taken along"),
            (report.unchanged, "there already"),
        )
        if pairs
    ]
    if len(report.created) != 1 or report.unchanged:
        lines.append(", ".join(sums) or "no redirects")
    lines += commit_lines(ctx, report.commit, report.rebase, dry_run=dry_run)
    ctx.answer(command, document, lines)


def _pair(pair: tuple[EntityRef, EntityRef]) -> dict[str, str]:
    return {"from": str(pair[0]), "to": str(pair[1])}


for command in (redirect_export, redirect_list, redirect_resolve, redirect_stats):
    redirect_command.add_command(command)
