"""`redirect`: entities that give way to others, on canonical or, as `redirect ENTITY TARGET`, in a draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import click

from gitdraft.cli.canonical import (
    ALLOW_INVALID,
    DRY_RUN,
    ENTITY,
    EXPECT,
    end_lines,
    find_known,
    find_named,
    rebase_member,
    tell_entity,
)
from gitdraft.cli.completing import complete_entity
from gitdraft.cli.door import Door, pass_door, read_source
from gitdraft.cli.edits import edit_options, run_edits
from gitdraft.cli.text import columns, count, escape, faint, shorten, strong
from gitdraft.errors import GitdraftError

LARGEST_INPUT = 1 << 28
BAR = 40
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
    """Let one entity give way to another: on canonical, or in a draft by redirect ENTITY TARGET --reason REASON.

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
@pass_door
def redirect_propose(
    door: Door, entity: str, target: str, reason: str, *, repoint: bool, **options: Any
) -> None:
    """Propose in a draft that ENTITY gives way to TARGET.

    \b
    gitdraft redirect category/Human category/Person --reason "the same" --draft tidy-up
    """
    from gitdraft.workflow.addressing import find_entity, name_entity
    from gitdraft.workflow.changing import redirect_entity
    from gitdraft.workflow.editing import redirect_edits

    def edits(view: Any) -> Any:
        source, to = find_entity(view, entity), name_entity(view, target)
        return redirect_edits(view, source, to, redirect_entity(to, reason, repoint=repoint))

    run_edits(door, "redirect", edits, f"Redirect {entity} to {target}", options)


@redirect_command.command("create")
@FROM
@TO
@click.option("--reason", required=True, help="Why; kept in the tombstone.")
@REPOINT
@EXPECT
@DRY_RUN
@pass_door
def redirect_create(
    door: Door, source: str, target: str, reason: str, *, repoint: bool, expect: int | None, dry_run: bool
) -> None:
    """Redirect FROM to TO on canonical. FROM's file goes, its tombstone says where to; what redirected to FROM is
    sent on in the same commit.

    \b
    gitdraft redirect create item/Q59431323 item/Q42 --reason "the same person"
    """
    from gitdraft.workflow.redirecting import WantedRedirect, plan_redirect

    wanted = WantedRedirect(find_named(door, source), find_named(door, target), reason)
    report = door.write(
        "redirect create",
        lambda: plan_redirect(door.store, door.occasion, wanted, repoint=repoint, expect=expect),
        dry_run=dry_run,
    )
    _tell(door, "redirect-create", report, dry_run=dry_run)


@redirect_command.command("merge")
@FROM
@TO
@REASON
@click.option("--keep", type=click.Choice(["from", "to"]), help="Whose value stands where they differ.")
@click.option("--retarget", is_flag=True, help="Let the entities that name FROM name TO.")
@click.option("--expect", type=click.IntRange(0), metavar="N", help="Refuse when FROM's revision is not N.")
@click.option("--expect-to", type=click.IntRange(0), metavar="N", help="Refuse when TO's revision is not N.")
@DRY_RUN
@pass_door
def redirect_merge(
    door: Door,
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
    """Merge FROM into TO, then redirect it there. One commit, one undo. Declared lists unite, another
    label becomes an alias where the type says so (merge: {aliases: …} in gitdraft.yaml).

    \b
    gitdraft redirect merge item/Q59431323 item/Q42 --retarget --reason "the same person"
    """
    from gitdraft.workflow.uniting import plan_unite

    one, other = find_named(door, source), find_named(door, target)
    report = door.write(
        "redirect merge",
        lambda: plan_unite(
            door.store,
            door.occasion,
            one,
            other,
            reason,
            keep=keep,
            retarget=retarget,
            expect=expect,
            expect_target=expect_to,
        ),
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
    lines += end_lines(door, report.commit, report.rebase, dry_run=dry_run)
    door.answer("redirect-merge", document, lines)


@redirect_command.command("revert")
@ENTITY
@click.option(
    "--to-revision", type=click.IntRange(1), metavar="N", help="Its content then; the last otherwise."
)
@click.option("--reason", required=True, help="Why; kept for the audit.")
@ALLOW_INVALID
@EXPECT
@DRY_RUN
@pass_door
def redirect_revert(
    door: Door,
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
    from gitdraft.workflow.reverting import plan_revert

    found = find_known(door, entity)
    report = door.write(
        "redirect revert",
        lambda: plan_revert(
            door.store,
            door.occasion,
            found,
            reason,
            to_revision=to_revision,
            allow_invalid=allow_invalid,
            expect=expect,
        ),
        dry_run=dry_run,
    )
    tell_entity(door, "redirect-revert", report, dry_run=dry_run)


@redirect_command.command("batch")
@click.argument("file")
@TYPE
@REASON
@REPOINT
@DRY_RUN
@pass_door
def redirect_batch(
    door: Door, file: str, entity_type: str | None, reason: str, *, repoint: bool, dry_run: bool
) -> None:
    """Make all redirects in FILE, or none. One commit; FILE (`-`: standard input) is CSV or JSON lines with from,
    to and, if there is one, reason; redirects that are there already change nothing.

    \b
    gitdraft redirect batch duplicates.csv --reason "duplicates of 2026" -n
    """
    _batch(door, "batch", file, entity_type, reason, repoint=repoint, dry_run=dry_run)


@redirect_command.command("import")
@click.argument("file")
@TYPE
@REASON
@REPOINT
@DRY_RUN
@pass_door
def redirect_import(
    door: Door, file: str, entity_type: str | None, reason: str, *, repoint: bool, dry_run: bool
) -> None:
    """Take over redirects from elsewhere. FILE (`-`: standard input) is what redirect export wrote, or another system:
    read as batch does, and with by and at of each.

    \b
    gitdraft redirect import redirects.csv
    gitdraft redirect export | gitdraft -C ../other redirect import -
    """
    _batch(door, "import", file, entity_type, reason, repoint=repoint, dry_run=dry_run)


@redirect_command.command("export")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@pass_door
def redirect_export(door: Door, entity_type: str | None, form: str) -> None:
    """Print the redirects as CSV or JSON lines, for redirect import and for others.

    \b
    gitdraft redirect export item --format jsonl > redirects.jsonl
    """
    from gitdraft.formats.redirect_rows import write_csv, write_jsonl
    from gitdraft.workflow.redirect_rows import exported_redirects

    onto = door.store.snapshot()
    rows = exported_redirects(onto, _types(door, entity_type))
    for line in (write_jsonl if form == "jsonl" or door.output == "jsonl" else write_csv)(rows):
        click.echo(line)


@redirect_command.command("list")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option("--to", "target", metavar="ID", shell_complete=complete_entity, help="Only those to ID.")
@pass_door
def redirect_list(door: Door, entity_type: str | None, target: str | None) -> None:
    """List the redirects of canonical.

    \b
    gitdraft redirect list --to item/Q42
    """
    from gitdraft.workflow.redirect_reading import list_redirects

    wanted = None if target is None else find_known(door, target)
    found = list_redirects(door.store.snapshot(), _types(door, entity_type), wanted)
    document = {
        "redirects": [
            {"from": str(s), "to": str(t), "reason": tomb.reason, "by": tomb.by, "at": tomb.at}
            for s, t, tomb in found
        ]
    }
    rows = [
        [
            str(source),
            f"→ {target}",
            faint(tombstone.at[:10]),
            shorten(escape(tombstone.by.partition(" <")[0]), 24),
            faint(shorten(escape(tombstone.reason), 60)),
        ]
        for source, target, tombstone in found
    ]
    door.answer("redirect-list", document, columns(rows) or ["no redirects"], records="redirects", paged=True)


@redirect_command.command("resolve")
@click.argument("entities", metavar="ID...", nargs=-1, required=True, shell_complete=complete_entity)
@pass_door
def redirect_resolve(door: Door, entities: tuple[str, ...]) -> None:
    """Print where each ID leads. One line each: itself, or what it redirects to. For one that is deleted or unknown the
    line is empty, and the exit code says why.

    \b
    gitdraft redirect resolve item/Q59431323 item/Q1
    """
    from gitdraft.workflow.overlaying import open_view
    from gitdraft.workflow.redirect_reading import resolve_redirect

    view = open_view(door.store, None)
    failed: GitdraftError | None = None
    records, lines = [], []
    for entity in entities:
        try:
            end = str(resolve_redirect(view, entity))
            records.append({"entity": entity, "resolved": end})
            lines.append(end)
        except GitdraftError as error:
            failed = failed or error
            records.append({"entity": entity, "code": error.code, "message": error.message})
            lines.append("")
    door.answer("redirect-resolve", {"entities": records}, lines, records="entities")
    if failed is not None:
        raise failed


@redirect_command.command("stats")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option("--most", default=10, show_default=True, help="How many of the most redirected-to entities.")
@pass_door
def redirect_stats(door: Door, entity_type: str | None, most: int) -> None:
    """Count the redirects. How many there are, to which entities most lead, and when they were made.

    \b
    gitdraft redirect stats item
    """
    from gitdraft.workflow.redirect_reading import RedirectSums, list_redirects, sum_redirects

    sums = sum_redirects(list_redirects(door.store.snapshot(), _types(door, entity_type)), most)
    document = {
        "total": sums.total,
        "by_type": dict(sums.by_type),
        "by_month": dict(sums.by_month),
        "most_redirected_to": [{"entity": str(e), "redirects": n} for e, n in sums.most],
    }

    def text(sums: RedirectSums) -> Iterator[str]:
        kinds = ", ".join(f"{number:,} {name}" for name, number in sums.by_type)
        yield f"{strong(count(sums.total, 'redirect'))}" + (f": {kinds}" if kinds else "")
        if sums.most:
            yield ""
            yield faint("most redirected to")
            yield from columns([[str(entity), f"{number:>6,}"] for entity, number in sums.most], "  ")
        if sums.by_month:
            yield ""
            yield faint("by month")
            highest = max(number for _, number in sums.by_month)
            yield from columns(
                [[month, f"{number:>6,}", _bar(number, highest)] for month, number in sums.by_month], "  "
            )

    door.answer("redirect-stats", document, text(sums))


def _batch(
    door: Door,
    command: str,
    file: str,
    entity_type: str | None,
    reason: str,
    *,
    repoint: bool,
    dry_run: bool,
) -> None:
    from gitdraft.formats.redirect_rows import read_rows
    from gitdraft.workflow.redirect_rows import wanted_redirects
    from gitdraft.workflow.redirecting import plan_redirects

    rows = read_rows(read_source(file, LARGEST_INPUT))
    configuration = door.store.snapshot().configuration
    wanted, problems = wanted_redirects(
        configuration, rows, entity_type, reason, takes_over=command == "import"
    )
    report = door.write(
        f"redirect {command}",
        lambda: plan_redirects(
            door.store,
            door.occasion,
            wanted,
            reason=reason,
            repoint=repoint,
            problems=problems,
            progress=door.progress("checking redirects"),
        ),
        dry_run=dry_run,
    )
    _tell(door, f"redirect-{command}", report, dry_run=dry_run)


def _tell(door: Door, command: str, report: Any, *, dry_run: bool) -> None:
    document = {
        "redirects": [_pair(pair) for pair in report.made],
        "flattened": [_pair(pair) for pair in report.flattened],
        "unchanged": [_pair(pair) for pair in report.unchanged],
        **({} if dry_run or report.commit is None else {"commit": report.commit}),
        **rebase_member(report.rebase),
    }
    lines = [f"{strong(str(source))} → {strong(str(target))}" for source, target in report.made[:SHOWN]]
    lines += [f"  {source} → {target}  {faint('taken along')}" for source, target in report.flattened[:SHOWN]]
    sums = [
        f"{len(pairs):,} {word}"
        for pairs, word in (
            (report.made, "would be redirected" if dry_run else "redirected"),
            (report.flattened, "taken along"),
            (report.unchanged, "there already"),
        )
        if pairs
    ]
    if len(report.made) != 1 or report.unchanged:
        lines.append(", ".join(sums) or "no redirects")
    lines += end_lines(door, report.commit, report.rebase, dry_run=dry_run)
    door.answer(command, document, lines)


def _pair(pair: tuple[Any, Any]) -> dict[str, str]:
    return {"from": str(pair[0]), "to": str(pair[1])}


def _types(door: Door, entity_type: str | None) -> tuple[str, ...]:
    from gitdraft.workflow.addressing import known_types

    return known_types(door.store.snapshot().configuration, entity_type)


def _bar(number: int, highest: int) -> str:
    return "█" * max(1 if number else 0, round(BAR * number / highest))
