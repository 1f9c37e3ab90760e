"""`entity`: deletion and protection on canonical, one commit each."""

from __future__ import annotations

from typing import Any

import click

from gitdraft.cli.canonical import ALLOW_INVALID, DRY_RUN, ENTITY, EXPECT, answer_entity, find_known
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.purge import entity_purge

FORCE = click.option(
    "--force", is_flag=True, help="Even if others name it or redirect to it; the commit lists them."
)
REASON = click.option("--reason", required=True, help="Why; kept for the audit.")


@click.group("entity")
def entity_command() -> None:
    """Delete, erase and protect entities on canonical. Each command is one commit, and one undo.

    \b
    gitdraft entity delete property/deprecated_field --reason "unused since 2024"
    gitdraft delete property/deprecated_field --reason "unused"    (to propose it in a draft instead)
    """


@entity_command.command("delete")
@ENTITY
@REASON
@FORCE
@EXPECT
@DRY_RUN
@pass_command_context
def entity_delete(
    ctx: CommandContext, entity: str, reason: str, *, force: bool, expect: int | None, dry_run: bool
) -> None:
    """Delete ID; its tombstone keeps the content. Refused while others name it.

    \b
    gitdraft entity delete property/deprecated_field --reason "unused since 2024"
    """
    from gitdraft.canonical.delete import plan_delete

    found = find_known(ctx, entity)
    report = ctx.write(
        "entity delete",
        lambda transaction: plan_delete(transaction, found, reason, force=force, expect=expect),
        dry_run=dry_run,
    )
    answer_entity(ctx, "entity-delete", report, dry_run=dry_run)


@entity_command.command("erase")
@ENTITY
@REASON
@FORCE
@EXPECT
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@DRY_RUN
@pass_command_context
def entity_erase(
    ctx: CommandContext,
    entity: str,
    reason: str,
    *,
    force: bool,
    expect: int | None,
    yes: bool,
    dry_run: bool,
) -> None:
    """Erase ID for good. Its content leaves canonical, and no command brings it back. Git's history still holds it: gitdraft
    entity purge takes it out of there too.

    \b
    gitdraft entity erase item/Q6 --reason "personal data" --yes
    """
    from gitdraft.canonical.delete import plan_erase

    found = find_known(ctx, entity)
    if not yes and not dry_run:
        click.confirm(f"Erase {found}? No command brings it back.", abort=True, err=True)
    report = ctx.write(
        "entity erase",
        lambda transaction: plan_erase(transaction, found, reason, force=force, expect=expect),
        dry_run=dry_run,
    )
    ctx.note(
        f"git's history still holds the content of {found}: anyone with a clone can read it; "
        f"gitdraft entity purge {found} --reason REASON rewrites history"
    )
    answer_entity(ctx, "entity-erase", report, dry_run=dry_run)


@entity_command.command("undelete")
@ENTITY
@click.option("--reason", default="", help="Why; kept for the audit.")
@ALLOW_INVALID
@EXPECT
@DRY_RUN
@pass_command_context
def entity_undelete(
    ctx: CommandContext, entity: str, reason: str, *, allow_invalid: bool, expect: int | None, dry_run: bool
) -> None:
    """Bring ID back as it was when it was deleted. An erased entity does not come back.

    \b
    gitdraft entity undelete property/deprecated_field --reason "still in use"
    """
    from gitdraft.canonical.restore import plan_undelete

    found = find_known(ctx, entity)
    report = ctx.write(
        "entity undelete",
        lambda transaction: plan_undelete(
            transaction, found, reason, allow_invalid=allow_invalid, expect=expect
        ),
        dry_run=dry_run,
    )
    answer_entity(ctx, "entity-undelete", report, dry_run=dry_run)


def _protecting(name: str, kind: str, *, lifts: bool, help_text: str, example: str) -> click.Command:
    @click.command(name, help=f"{help_text}\n\n\b\ngitdraft entity {name} {example}")
    @ENTITY
    @REASON
    @EXPECT
    @DRY_RUN
    @pass_command_context
    def command(ctx: CommandContext, entity: str, reason: str, *, expect: int | None, dry_run: bool) -> None:
        from gitdraft.canonical.protect import plan_lift, plan_protect

        found = find_known(ctx, entity)
        plan: Any = plan_lift if lifts else plan_protect
        report = ctx.write(
            f"entity {name}",
            lambda transaction: plan(transaction, found, kind, reason, expect=expect),
            dry_run=dry_run,
        )
        answer_entity(ctx, f"entity-{name}", report, dry_run=dry_run)

    return command


entity_command.add_command(
    _protecting(
        "lock",
        "locked",
        lifts=False,
        help_text="Lock ID. No draft and no command changes it until it is unlocked.",
        example='category/Person --reason "under review"',
    )
)
entity_command.add_command(
    _protecting(
        "unlock",
        "locked",
        lifts=True,
        help_text="Take the lock off ID. gitdraft.yaml may say who may (protect: {unlock: [mail, …]}).",
        example='category/Person --reason "reviewed"',
    )
)
entity_command.add_command(
    _protecting(
        "archive",
        "archived",
        lifts=False,
        help_text="Archive ID. It stays readable and can be named, and takes no more changes.",
        example='module/report-2019 --reason "no longer used"',
    )
)
entity_command.add_command(
    _protecting(
        "unarchive",
        "archived",
        lifts=True,
        help_text="Take ID out of the archive.",
        example='module/report-2019 --reason "used again"',
    )
)
entity_command.add_command(entity_purge)
