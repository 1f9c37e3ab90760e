"""`snapshots push|verify|restore`: the revisions of canonical as objects in S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import CHECK_ONLY
from gitdraft.cli.text import count, escape, faint, status

if TYPE_CHECKING:
    from gitdraft.model.copies import SnapshotReport

MOST_SHOWN = 20
NO = 1
URL = click.argument("url", metavar="s3://BUCKET/PREFIX")
ENDPOINT = click.option(
    "--endpoint-url", metavar="URL", help="A server other than Amazon's [default: AWS_ENDPOINT_URL]."
)


@click.group("snapshots")
def snapshots_command() -> None:
    """Keep every revision of canonical in object storage.

    Credentials and region are the usual AWS_* variables. Needs the extra `s3`.

    \b
    gitdraft snapshots push s3://bucket/prefix
    """


@snapshots_command.command("push")
@URL
@ENDPOINT
@click.option("--prune", is_flag=True, help="Delete what git does not have, as after a purge.")
@pass_command_context
def snapshots_push(ctx: CommandContext, url: str, endpoint_url: str | None, *, prune: bool) -> None:
    """Write the revisions that are not there yet.

    Each is an object that is never written over. Exit code 1 where one has other bytes than git's revision.

    \b
    gitdraft snapshots push s3://bucket/prefix
    gitdraft snapshots push s3://bucket --endpoint-url http://127.0.0.1:8333
    """
    progress = ctx.progress("writing snapshots")
    _answer(
        ctx, "push", ctx.repository.copies.push_snapshots(url, endpoint_url, prune=prune, progress=progress)
    )


@snapshots_command.command("verify")
@URL
@ENDPOINT
@pass_command_context
def snapshots_verify(ctx: CommandContext, url: str, endpoint_url: str | None) -> None:
    """Hold every snapshot against git.

    Exit code 1 where one is missing, has other bytes, or is of no revision that git has.

    \b
    gitdraft snapshots verify s3://bucket/prefix
    """
    progress = ctx.progress("reading snapshots")
    _answer(ctx, "verify", ctx.repository.copies.verify_snapshots(url, endpoint_url, progress=progress))


@snapshots_command.command("restore")
@URL
@ENDPOINT
@CHECK_ONLY
@pass_command_context
def snapshots_restore(ctx: CommandContext, url: str, endpoint_url: str | None, *, dry_run: bool) -> None:
    """Make canonical what the latest snapshots say.

    One commit for the contents, one for the redirects. What was deleted stays so; history before is not made again.

    \b
    gitdraft snapshots restore s3://bucket/prefix -n
    """
    progress = ctx.progress("reading snapshots")
    report = ctx.repository.copies.restore_snapshots(url, endpoint_url, dry_run=dry_run, progress=progress)
    entities, redirects = count(report.entities, "entity", "entities"), count(report.redirects, "redirect")
    verb = "would restore" if dry_run else "restored"
    line = f"{verb} {entities} and {redirects}; {report.gone:,} are deleted"
    ctx.answer("snapshots-restore", report._asdict(), [line])


def _answer(ctx: CommandContext, name: str, report: SnapshotReport) -> None:
    document = {**report._asdict(), "problems": [problem._asdict() for problem in report.problems]}
    ctx.answer(f"snapshots-{name}", document, _lines(report), records="problems")
    if report.problems:
        raise click.exceptions.Exit(NO)


def _lines(report: SnapshotReport) -> Iterator[str]:
    done = {"written": report.written, "replaced": report.replaced, "deleted": report.deleted}
    said = ", ".join(f"{number:,} {what}" for what, number in done.items() if number)
    yield count(report.revisions, "revision") + (f": {said}" if said else "")
    for problem in report.problems[:MOST_SHOWN]:
        yield f"{status('invalid')} {problem.code} {escape(problem.key)}"
    if len(report.problems) > MOST_SHOWN:
        yield faint(f"and {len(report.problems) - MOST_SHOWN:,} more")
    for revision in report.unreadable[:MOST_SHOWN]:
        yield faint(f"no snapshot, its file is no document: {escape(revision)}")
