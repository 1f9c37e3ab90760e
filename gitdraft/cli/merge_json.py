"""`merge-json`: the three-way merge of one document, on files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.text import escape, status, value
from gitdraft.formats.reports.conflicts import conflict_json, warning_json
from gitdraft.model.merge import RebaseResult
from gitdraft.model.values import ABSENT

LARGEST = 1 << 26


@click.command("merge-json")
@click.option("--base", required=True, metavar="FILE", help="The document that the patch was made against.")
@click.option("--canonical", metavar="FILE", help="The document as it is now; left out: it is gone.")
@click.option("--patch", required=True, metavar="FILE", help="The RFC 6902 patch.")
@click.option("--lists", metavar="FILE", help='How lists merge: {"/items": {"type": "keyed", "key": ["id"]}}')
@pass_command_context
def merge_json_command(
    ctx: CommandContext, base: str, canonical: str | None, patch: str, lists: str | None
) -> None:
    """Rebase a patch from one document onto another, and print the merged document. Exit code 21 on a
    conflict, 22 when the patch does not apply to its base.

    \b
    gitdraft -o json merge-json --base base.json --canonical now.json --patch patch.json
    """
    from gitdraft.documents.parse import Limits, parse_json
    from gitdraft.documents.rebase import rebase_patch

    limits = Limits(max_bytes=LARGEST, max_depth=200)

    def read(file: str) -> object:
        return parse_json(read_source(file, LARGEST), limits=limits, source=file)

    result = rebase_patch(
        read(base),
        ABSENT if canonical is None else read(canonical),
        read(patch),  # type: ignore[arg-type]  # its form is checked there
        read(lists) if lists is not None else None,  # type: ignore[arg-type]
    )
    document = {
        "status": result.status,
        **({} if result.document is ABSENT else {"document": result.document}),
        "patch": list(result.patch),
        "patch_kind": result.patch_kind,
        "conflicts": [conflict_json(conflict) for conflict in result.conflicts],
        "warnings": [warning_json(warning) for warning in result.warnings],
        **({"reason": result.reason} if result.reason else {}),
    }
    ctx.answer("merge-json", document, _text(ctx, result))
    if result.status != "clean":
        raise click.exceptions.Exit(21 if result.status == "conflict" else 22)


def _text(ctx: CommandContext, result: RebaseResult) -> Iterator[str]:
    for conflict in result.conflicts:
        sides = f"canonical {value(conflict.canonical, 40)}, draft {value(conflict.draft, 40)}"
        click.echo(f"{status('conflict')} {conflict.type} {escape(conflict.path)}: {sides}", err=True)
    if result.reason:
        click.echo(f"{status('broken')} {escape(result.reason)}", err=True)
    if result.document is not ABSENT:
        yield json.dumps(result.document, ensure_ascii=False, indent=2)
