"""`release create|list|diff` and `changelog`: versions of canonical, and what lies between two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, status, strong

if TYPE_CHECKING:
    from gitdraft.model.releases import Changelog, ReleaseReport

SEVERAL = 20
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["md", "html", "json"]),
    default="md",
    show_default=True,
    help="Markdown, a page, or as -o json.",
)


@click.group("release")
def release_command() -> None:
    """Releases of canonical: make, list, compare.

    \b
    gitdraft release create --advice
    """


@release_command.command("create")
@click.argument("version", required=False)
@click.option("--advice", is_flag=True, help="Tell what the step means, and make nothing.")
@click.option("--sign", is_flag=True, help="Sign the tag, as git is configured to.")
@click.option("-n", "--dry-run", is_flag=True, help="Check what would be made, and make nothing.")
@pass_command_context
def release_create(
    ctx: CommandContext, version: str | None, *, advice: bool, sign: bool, dry_run: bool
) -> None:
    """Make an annotated tag of canonical.

    Its message says what the step from the last release means to those who use the entities: breaking, additive or
    cosmetic. Without VERSION it is the one that the step asks for. gitdraft.yaml says how releases are called (`release: {tag,
    scheme}`). `gitdraft undo` takes it back until it is pushed: git push origin TAG.

    \b
    gitdraft release create --advice
    gitdraft release create 1.4.0
    """
    from gitdraft.formats.reports.releases import release_report_json

    is_made = not (advice or dry_run)
    report = ctx.repository.releases.create(version, sign=sign, dry_run=not is_made)
    ctx.answer("release-create", release_report_json(report), _report_lines(report, is_made=is_made))


@release_command.command("list")
@pass_command_context
def release_list(ctx: CommandContext) -> None:
    """List the releases of canonical, the oldest first.

    \b
    gitdraft release list
    """
    from gitdraft.formats.reports.releases import release_json

    known = ctx.repository.releases.all()
    rows = [
        [
            strong(escape(r.version)),
            click.style(r.commit[:10], fg="yellow"),
            faint(r.at[:10]),
            faint(escape(r.by)),
        ]
        for r in known
    ]
    lines = columns(rows) or ["no releases: gitdraft release create makes one"]
    ctx.answer(
        "release-list", {"releases": [release_json(r) for r in known]}, lines, records="releases", paged=True
    )


@release_command.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@pass_command_context
def release_diff(ctx: CommandContext, before: str, after: str) -> None:
    """Show what changed from release A to release B.

    Either may be a version, a tag or a revision.

    \b
    gitdraft release diff 1.3.0 1.4.0
    """
    _answer(ctx, "release-diff", ctx.repository.releases.changelog(before, after), "md")


@click.command("changelog")
@click.argument("states", metavar="[A..B]", required=False, default="")
@FORMAT
@pass_command_context
def changelog_command(ctx: CommandContext, states: str, form: str) -> None:
    """Write the changelog from one state to another.

    A and B are versions, tags or revisions; without A it begins at the last release, without B it ends at canonical. It has
    the net changes of the entities, by module and type, and whom they are owed to.

    \b
    gitdraft changelog
    gitdraft changelog 1.3.0..1.4.0 --format html > changes.html
    """
    before, dots, after = states.partition("..")
    if not dots and states:
        raise click.UsageError("name two states, as A..B")
    _answer(ctx, "changelog", ctx.repository.releases.changelog(before, after.removeprefix(".")), form)


def _answer(ctx: CommandContext, name: str, log: Changelog, form: str) -> None:
    from gitdraft.formats.reports.releases import changelog_html, changelog_json, changelog_markdown

    if form == "json":
        ctx.output = "json"
    write = changelog_html if form == "html" else changelog_markdown
    ctx.answer(name, changelog_json(log), map(escape, write(log)), records="changes", paged=True)


def _report_lines(report: ReleaseReport, *, is_made: bool) -> Iterator[str]:
    log = report.changelog
    since = "" if report.previous is None else f" since {escape(report.previous.version)}"
    meaning = (
        "nothing changed"
        if log.impact is None
        else f"{count(len(log.changes), 'entity', 'entities')} changed, {log.impact}"
    )
    yield f"{meaning}{since}"
    rows = [
        [status(change.impact or "none"), change.kind, strong(str(change.entity))]
        for change in log.changes[:SEVERAL]
    ]
    yield from columns(rows)
    if len(log.changes) > SEVERAL:
        yield faint(f"and {len(log.changes) - SEVERAL:,} more: gitdraft changelog has all")
    if is_made:
        yield f"made {strong(escape(report.tag))} of {report.commit[:10]}"
        yield faint(f"git push origin {escape(report.tag)} publishes it")
    else:
        yield f"it would be {strong(escape(report.version))}: gitdraft release create {escape(report.version)}"
