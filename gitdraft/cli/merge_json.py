"""`merge-json`: the three-way merge of one document, on files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.text import escape, place_text, status, value
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.conflicts import conflict_json, warning_json
from gitdraft.model.merge import RebaseResult
from gitdraft.model.values import ABSENT, JSON

LARGEST = 1 << 26
CONFLICT = 21
DOES_NOT_APPLY = 22


@click.command("merge-json")
@click.option("--base", required=True, metavar="FILE", help="The document that the patch was made against.")
@click.option("--canonical", metavar="FILE", help="The document as it is now; left out: it is gone.")
@click.option("--patch", required=True, metavar="FILE", help="The RFC 6902 patch.")
@click.option("--lists", metavar="FILE", help='How lists merge: {"/items": {"type": "keyed", "key": ["id"]}}')
@click.option("--together", metavar="FILE", help='Members that belong together: [["/version", "/url"]]')
@click.option("--explain", is_flag=True, help="Say what each rule did, place by place, on standard error.")
@pass_command_context
def merge_json_command(
    ctx: CommandContext,
    base: str,
    canonical: str | None,
    patch: str,
    lists: str | None,
    together: str | None,
    explain: bool,
) -> None:
    """Rebase a patch from one document onto another.

    It prints the merged document. Exit code 21 on a conflict, 22 when the patch does not apply to its
    base.

    \b
    gitdraft -o json merge-json --base base.json --canonical now.json --patch patch.json
    gitdraft merge-json --explain --base base.json --canonical now.json --patch patch.json
    """
    from gitdraft import explain_patch

    result, steps = explain_patch(
        _read(base),
        ABSENT if canonical is None else _read(canonical),
        _read(patch),
        None if lists is None else _read(lists),
        None if together is None else _read(together),
    )
    record = _result_json(result)
    if explain:
        record["explained"] = [{"rule": s.rule, "path": s.path, "what": s.what} for s in steps]
    if explain and ctx.output == "text":
        for step in steps:
            click.echo(f"{step.rule:<4} {escape(step.path) or '(root)'}: {escape(step.what)}", err=True)
    if ctx.output == "text" and ctx.verbosity >= 0:
        _print_problems(result)
    ctx.answer("merge-json", record, _result_text(result))
    if result.status != "clean":
        raise click.exceptions.Exit(CONFLICT if result.status == "conflict" else DOES_NOT_APPLY)


def _read(file: str) -> JSON:
    from gitdraft.api.inputs import parse_json_text

    return parse_json_text(read_source(file, LARGEST), file, most=LARGEST)


def _result_json(result: RebaseResult) -> Record:
    return {
        "status": result.status,
        **({} if result.document is ABSENT else {"document": result.document}),
        "patch": list(result.patch),
        "patch_kind": result.patch_kind,
        "conflicts": [conflict_json(conflict) for conflict in result.conflicts],
        "warnings": [warning_json(warning) for warning in result.warnings],
        **({"reason": result.reason} if result.reason else {}),
    }


def _print_problems(result: RebaseResult) -> None:
    for conflict in result.conflicts:
        sides = f"canonical {value(conflict.canonical, 40)}, draft {value(conflict.draft, 40)}"
        click.echo(f"{status('conflict')} {conflict.type} {place_text(conflict)}: {sides}", err=True)
    if result.reason:
        click.echo(f"{status('broken')} {escape(result.reason)}", err=True)


def _result_text(result: RebaseResult) -> Iterator[str]:
    if result.document is not ABSENT:
        yield json.dumps(result.document, ensure_ascii=False, indent=2)
