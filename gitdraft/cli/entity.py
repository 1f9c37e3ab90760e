"""`entity`: deletion and protection on canonical, one commit each."""

from __future__ import annotations

import click

from gitdraft.cli.canonical_report import answer_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.entity_purge import entity_purge
from gitdraft.cli.entity_rename import entity_rename
from gitdraft.cli.options import ALLOW_INVALID, CANONICAL_DRY_RUN, ENTITY_ID, EXPECT
from gitdraft.model.revisions import Expected

FORCE = click.option(
    "--force", is_flag=True, help="Even if others name it or redirect to it; the commit lists them."
)
REASON = click.option("--reason", required=True, help="Why; kept for the audit.")


@click.group("entity")
def entity_command() -> None:
    """Delete, erase and protect entities on canonical.

    Each command is one commit, and one undo.

    \b
    gitdraft entity delete property/deprecated_field --reason "unused since 2024"
    gitdraft delete property/deprecated_field --reason "unused"    (to propose it in a draft instead)
    """


@entity_command.command("delete")
@ENTITY_ID
@REASON
@FORCE
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_delete(
    ctx: CommandContext, entity: str, reason: str, *, force: bool, expect: Expected | None, dry_run: bool
) -> None:
    """Delete ID; its tombstone keeps the content.

    Refused while others name it.

    \b
    gitdraft entity delete property/deprecated_field --reason "unused since 2024"
    """
    canonical = ctx.repository.canonical
    report = canonical.delete(entity, reason, force=force, expect=expect, dry_run=dry_run)
    answer_entity(ctx, "entity-delete", report, dry_run=dry_run)


@entity_command.command("erase")
@ENTITY_ID
@REASON
@FORCE
@EXPECT
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@CANONICAL_DRY_RUN
@pass_command_context
def entity_erase(
    ctx: CommandContext,
    entity: str,
    reason: str,
    *,
    force: bool,
    expect: Expected | None,
    yes: bool,
    dry_run: bool,
) -> None:
    """Erase ID: its content leaves canonical.

    No command shows it then. Until it is pushed, gitdraft undo OPERATION --restore-erased takes that
    back. Git's history still holds it: gitdraft entity purge takes it out of there too.

    \b
    gitdraft entity erase item/Q6 --reason "personal data" --yes
    """
    canonical = ctx.repository.canonical
    if not yes and not dry_run:
        named = canonical.find(entity)
        click.confirm(f"Erase {named}? Once it is pushed, no command brings it back.", abort=True, err=True)
    report = canonical.erase(entity, reason, force=force, expect=expect, dry_run=dry_run)
    ctx.note(
        f"git's history still holds the content of {report.entity}: anyone with a clone can read it; "
        f"gitdraft entity purge {report.entity} --reason REASON rewrites history"
    )
    answer_entity(ctx, "entity-erase", report, dry_run=dry_run)


@entity_command.command("undelete")
@ENTITY_ID
@click.option("--reason", default="", help="Why; kept for the audit.")
@ALLOW_INVALID
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_undelete(
    ctx: CommandContext,
    entity: str,
    reason: str,
    *,
    allow_invalid: bool,
    expect: Expected | None,
    dry_run: bool,
) -> None:
    """Bring ID back as it was when it was deleted.

    An erased entity does not come back.

    \b
    gitdraft entity undelete property/deprecated_field --reason "still in use"
    """
    canonical = ctx.repository.canonical
    report = canonical.undelete(entity, reason, allow_invalid=allow_invalid, expect=expect, dry_run=dry_run)
    answer_entity(ctx, "entity-undelete", report, dry_run=dry_run)


@entity_command.command("lock")
@ENTITY_ID
@REASON
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_lock(
    ctx: CommandContext, entity: str, reason: str, *, expect: Expected | None, dry_run: bool
) -> None:
    """Lock ID: nothing changes it until it is unlocked.

    That holds for drafts and for commands on canonical.

    \b
    gitdraft entity lock category/Person --reason "under review"
    """
    report = ctx.repository.canonical.lock(entity, reason, expect=expect, dry_run=dry_run)
    answer_entity(ctx, "entity-lock", report, dry_run=dry_run)


@entity_command.command("unlock")
@ENTITY_ID
@REASON
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_unlock(
    ctx: CommandContext, entity: str, reason: str, *, expect: Expected | None, dry_run: bool
) -> None:
    """Take the lock off ID.

    gitdraft.yaml may say who may (protect: {unlock: [mail, …]}).

    \b
    gitdraft entity unlock category/Person --reason "reviewed"
    """
    report = ctx.repository.canonical.unlock(entity, reason, expect=expect, dry_run=dry_run)
    answer_entity(ctx, "entity-unlock", report, dry_run=dry_run)


@entity_command.command("archive")
@ENTITY_ID
@REASON
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_archive(
    ctx: CommandContext, entity: str, reason: str, *, expect: Expected | None, dry_run: bool
) -> None:
    """Archive ID: it stays readable, and takes no changes.

    Others can still name it.

    \b
    gitdraft entity archive module/project-report --reason "no longer used"
    """
    report = ctx.repository.canonical.archive(entity, reason, expect=expect, dry_run=dry_run)
    answer_entity(ctx, "entity-archive", report, dry_run=dry_run)


@entity_command.command("unarchive")
@ENTITY_ID
@REASON
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_unarchive(
    ctx: CommandContext, entity: str, reason: str, *, expect: Expected | None, dry_run: bool
) -> None:
    """Take ID out of the archive.

    \b
    gitdraft entity unarchive module/project-report --reason "used again"
    """
    report = ctx.repository.canonical.unarchive(entity, reason, expect=expect, dry_run=dry_run)
    answer_entity(ctx, "entity-unarchive", report, dry_run=dry_run)


entity_command.add_command(entity_rename)
entity_command.add_command(entity_purge)
