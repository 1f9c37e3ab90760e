"""`redirect`: one entity redirected to another, on canonical or, as `redirect ENTITY TARGET`, in a draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import click

from gitdraft.cli.canonical_report import answer_entity, commit_text
from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.edits import answer_edit
from gitdraft.cli.options import (
    ALLOW_INVALID,
    CANONICAL_DRY_RUN,
    ENTITY_ID,
    EXPECT,
    edit_options,
    revision_or_none,
)
from gitdraft.cli.redirect_list import redirect_export, redirect_list, redirect_resolve, redirect_stats
from gitdraft.cli.text import count, escape, faint, strong
from gitdraft.formats.reports.canonical import merge_entities_json, redirects_json

if TYPE_CHECKING:
    from gitdraft.api.edits import EditOptions
    from gitdraft.api.reports import MergeEntitiesReport, RedirectReport
    from gitdraft.api.transfer import RedirectImportOptions
    from gitdraft.model.revisions import Expected

LARGEST_INPUT = 1 << 28
MOST_SHOWN = 20

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
    """Redirect one entity to another.

    On canonical, or in a draft by redirect ENTITY TARGET --reason REASON.

    \b
    gitdraft redirect category/Thesis category/Publication --reason "a kind of it"    (in the current draft)
    gitdraft redirect create category/Thesis category/Publication --reason "a kind of it"
    """


@redirect_command.command("propose", hidden=True)
@click.argument("entity", shell_complete=complete_entity)
@click.argument("target", shell_complete=complete_entity)
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@REPOINT
@edit_options
@pass_command_context
def redirect_propose(
    ctx: CommandContext,
    entity: str,
    target: str,
    reason: str,
    draft: str | None,
    *,
    repoint: bool,
    options: EditOptions,
) -> None:
    """Propose in a draft that ENTITY is redirected to TARGET.

    \b
    gitdraft redirect category/Thesis category/Publication --reason "a kind of it" --draft tidy-up
    """
    edited = ctx.draft_or_current(draft)
    report = edited.redirect(entity, target, reason, repoint=repoint, **options)
    answer_edit(ctx, "redirect", report, options)


@redirect_command.command("create")
@FROM
@TO
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@REPOINT
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def redirect_create(
    ctx: CommandContext,
    source: str,
    target: str,
    reason: str,
    *,
    repoint: bool,
    expect: Expected | None,
    dry_run: bool,
) -> None:
    """Redirect FROM to TO on canonical.

    FROM's file goes, its tombstone says where to; what redirected to FROM is redirected to TO in the same
    commit.

    \b
    gitdraft redirect create item/Q59431323 item/Q42 --reason "the same person"
    """
    report = ctx.repository.canonical.redirect(
        source, target, reason, repoint=repoint, expect=expect, dry_run=dry_run
    )
    _answer_redirects(ctx, "redirect-create", report, dry_run=dry_run)


@redirect_command.command("merge")
@FROM
@TO
@REASON
@click.option("--keep", type=click.Choice(["from", "to"]), help="Whose value stands where they differ.")
@click.option("--retarget", is_flag=True, help="Let the entities that name FROM name TO.")
@click.option(
    "--expect",
    type=revision_or_none,
    metavar="REVISION",
    help="Refuse when FROM's revision is another (3-1a2b3c4d5e6f, or 3).",
)
@click.option(
    "--expect-to",
    type=revision_or_none,
    metavar="REVISION",
    help="Refuse when TO's revision is another (3-1a2b3c4d5e6f, or 3).",
)
@CANONICAL_DRY_RUN
@pass_command_context
def redirect_merge(
    ctx: CommandContext,
    source: str,
    target: str,
    reason: str,
    keep: Literal["from", "to"] | None,
    *,
    retarget: bool,
    expect: Expected | None,
    expect_to: Expected | None,
    dry_run: bool,
) -> None:
    """Merge FROM into TO, then redirect it there.

    One commit, one undo. Declared lists merge, another label becomes an alias where the type says so
    (merge: {aliases: …} in gitdraft.yaml).

    \b
    gitdraft redirect merge item/Q59431323 item/Q42 --retarget --reason "the same person"
    """
    report = ctx.repository.canonical.merge(
        source,
        target,
        reason,
        keep=keep,
        retarget=retarget,
        expect=expect,
        expect_target=expect_to,
        dry_run=dry_run,
    )
    lines = _merge_text(ctx, report, dry_run=dry_run)
    ctx.answer("redirect-merge", merge_entities_json(report, dry_run=dry_run), lines)


@redirect_command.command("revert")
@ENTITY_ID
@click.option(
    "--to-revision", type=click.IntRange(1), metavar="N", help="Its content then; the last otherwise."
)
@click.option("--reason", required=True, help="Why; kept for the audit.")
@ALLOW_INVALID
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def redirect_revert(
    ctx: CommandContext,
    entity: str,
    to_revision: int | None,
    reason: str,
    *,
    allow_invalid: bool,
    expect: Expected | None,
    dry_run: bool,
) -> None:
    """Bring a redirected entity back.

    It has the content it had before.

    \b
    gitdraft redirect revert item/Q59431323 --reason "two people after all"
    """
    report = ctx.repository.canonical.revert(
        entity,
        reason,
        to_revision=to_revision,
        allow_invalid=allow_invalid,
        expect=expect,
        dry_run=dry_run,
    )
    answer_entity(ctx, "redirect-revert", report, dry_run=dry_run)


@redirect_command.command("batch")
@click.argument("file")
@TYPE
@REASON
@REPOINT
@CANONICAL_DRY_RUN
@pass_command_context
def redirect_batch(
    ctx: CommandContext, file: str, entity_type: str | None, reason: str, *, repoint: bool, dry_run: bool
) -> None:
    """Make all redirects in FILE, or none.

    One commit. FILE is CSV or JSON lines with from, to and, if there is one, reason; `-` is standard
    input. Redirects that are there already change nothing.

    \b
    gitdraft redirect batch duplicates.csv --reason "duplicates of 2026" -n
    """
    options: RedirectImportOptions = {
        "entity_type": entity_type,
        "reason": reason,
        "repoint": repoint,
        "takes_over": False,
        "dry_run": dry_run,
    }
    _import(ctx, "redirect-batch", file, options)


@redirect_command.command("import")
@click.argument("file")
@TYPE
@REASON
@REPOINT
@CANONICAL_DRY_RUN
@pass_command_context
def redirect_import(
    ctx: CommandContext, file: str, entity_type: str | None, reason: str, *, repoint: bool, dry_run: bool
) -> None:
    """Take over redirects from elsewhere.

    FILE is what redirect export wrote, or another system: read as batch does, and with by and at of each;
    `-` is standard input.

    \b
    gitdraft redirect import redirects.csv
    gitdraft redirect export | gitdraft -C ../other redirect import -
    """
    options: RedirectImportOptions = {
        "entity_type": entity_type,
        "reason": reason,
        "repoint": repoint,
        "takes_over": True,
        "dry_run": dry_run,
    }
    _import(ctx, "redirect-import", file, options)


def _import(ctx: CommandContext, command: str, file: str, options: RedirectImportOptions) -> None:
    options["progress"] = ctx.progress("checking redirects")
    content = read_source(file, LARGEST_INPUT)
    report = ctx.repository.transfer.import_redirects(content, **options)
    _answer_redirects(ctx, command, report, dry_run=options["dry_run"])


def _answer_redirects(ctx: CommandContext, command: str, report: RedirectReport, *, dry_run: bool) -> None:
    lines = _redirects_text(ctx, report, dry_run=dry_run)
    ctx.answer(command, redirects_json(report, dry_run=dry_run), lines)


def _redirects_text(ctx: CommandContext, report: RedirectReport, *, dry_run: bool) -> Iterator[str]:
    for source, target in report.created[:MOST_SHOWN]:
        yield f"{strong(str(source))} → {strong(str(target))}"
    for source, target in report.flattened[:MOST_SHOWN]:
        yield f"  {source} → {target}  {faint('taken along')}"
    counted = (
        (report.created, "would be redirected" if dry_run else "redirected"),
        (report.flattened, "taken along"),
        (report.unchanged, "there already"),
    )
    if len(report.created) != 1 or report.unchanged:
        yield ", ".join(f"{len(pairs):,} {word}" for pairs, word in counted if pairs) or "no redirects"
    yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run)


def _merge_text(ctx: CommandContext, report: MergeEntitiesReport, *, dry_run: bool) -> Iterator[str]:
    merged = "would be merged" if dry_run else "merged"
    yield f"{merged}: {strong(str(report.source))} into {strong(str(report.target))}"
    yield from (f"  kept as an alias: {escape(pointer)}" for pointer in report.aliases)
    yield from (f"  {source} → {target}" for source, target in report.flattened)
    if report.retargeted:
        names = ", ".join(map(str, report.retargeted[:5])) + (" …" if len(report.retargeted) > 5 else "")
        entities = count(len(report.retargeted), "entity", "entities")
        yield f"  {entities} now name {report.target}: {names}"
    yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run)


for command in (redirect_export, redirect_list, redirect_resolve, redirect_stats):
    redirect_command.add_command(command)
