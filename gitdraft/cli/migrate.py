"""`migrate`: one transformation of canonical and of every open draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.canonical_report import commit_text
from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.options import CANONICAL_DRY_RUN
from gitdraft.cli.text import columns, count, escape, strong
from gitdraft.errors import InvalidInput
from gitdraft.formats.reports.canonical import migration_json
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.api.reports import MigrationReport

SEVERAL = 20
LARGEST = 1 << 24  # bytes of a patch, a script or a schema


@click.command("migrate")
@click.argument("name")
@click.option(
    "--patch", nargs=2, metavar="QUERY FILE", help="Apply the RFC 6902 patch in FILE to what QUERY matches."
)
@click.option("--script", metavar="FILE", help="Python: def migrate(entity, document): return document")
@click.option(
    "--schema",
    "schemas",
    nargs=2,
    multiple=True,
    metavar="TYPE FILE",
    help="The schema that TYPE has from then on, in the same commit.",
)
@CANONICAL_DRY_RUN
@pass_command_context
def migrate_command(
    ctx: CommandContext,
    name: str,
    patch: tuple[str, str] | None,
    script: str | None,
    schemas: tuple[tuple[str, str], ...],
    *,
    dry_run: bool,
) -> None:
    """Migrate canonical and all open drafts.

    One transformation of entities, as when a schema changes: a patch of those that a query matches, or a Python file that is named
    here. In one operation, which one undo takes back: where it fails anywhere nothing changes. A draft's change is made again on
    what canonical's entity becomes; drafts that cannot be migrated are listed with the reason. -n shows what would happen.

    \b
    gitdraft migrate rename-label --patch type:item rename.json --schema item schema.json -n
    gitdraft migrate split-names --script split_names.py
    """
    if (patch is None) == (script is None):
        raise click.UsageError("--patch QUERY FILE or --script FILE, one of them")
    from gitdraft.api.inputs import parse_patch

    query, file = patch or ("", "")
    report = ctx.repository.canonical.migrate(
        name,
        query=query,
        patch=None if patch is None else parse_patch(read_source(file, LARGEST), file),
        transform=None if script is None else _transform(script),
        schemas={type_name: read_source(path, LARGEST) for type_name, path in schemas},
        dry_run=dry_run,
    )
    lines = _migration_text(ctx, report, dry_run=dry_run)
    ctx.answer("migrate", migration_json(report, dry_run=dry_run), lines)


def _transform(script: str) -> Callable[[str, JSON], JSON]:
    """Returns the function `migrate` of a Python file. Raises InvalidInput (``migration-failed``)."""
    content = read_source(script, LARGEST)
    names: dict[str, object] = {"__name__": "migration", "__file__": script}
    try:
        exec(compile(content, script, "exec"), names)
    except Exception as error:
        raise InvalidInput(f"{script}: {type(error).__name__}: {error}", code="migration-failed") from error
    function = names.get("migrate")
    if not callable(function):
        raise InvalidInput(
            f"{script} has no function migrate",
            code="migration-failed",
            hint="def migrate(entity, document): return document",
        )
    chosen: Callable[[str, JSON], JSON] = function
    return chosen


def _migration_text(ctx: CommandContext, report: MigrationReport, *, dry_run: bool) -> Iterator[str]:
    would = "would change" if dry_run else "changed"
    yield f"{would} {count(len(report.entities), 'entity', 'entities')}, and {count(len(report.drafts), 'draft')}"
    yield from (f"  {strong(str(entity))}" for entity in report.entities[:SEVERAL])
    if len(report.entities) > SEVERAL:
        yield f"  and {len(report.entities) - SEVERAL:,} more"
    yield from columns(
        [
            ["  draft", strong(d.id), f"{count(len(d.violations), 'violation')}" if d.violations else ""]
            for d in report.drafts
        ]
    )
    yield from columns([["  left", strong(left.id), escape(left.reason)] for left in report.left])
    yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run)
