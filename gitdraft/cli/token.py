"""`token`: who may do what through `gitdraft serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, strong
from gitdraft.formats.reports import Record

if TYPE_CHECKING:
    from gitdraft.api.tokens import IssuedToken
    from gitdraft.model.tokens import Grant, Role

ROLES = ("maintainer", "contributor", "reader")
TOKEN = click.argument("token", metavar="NAME|ID|DRAFT")
EXPIRES = click.option(
    "--expires",
    "days",
    type=click.FloatRange(min=0, min_open=True, max=36500),
    metavar="DAYS",
    help="How long it is good; without it for ever, a capability for 7 days.",
)


@click.group("token")
def token_command() -> None:
    """Make and revoke the tokens of gitdraft serve.

    Only their hashes are kept, beside git and never in it.

    \b
    gitdraft token create "Ann Archivist <ann@example.org>" --role maintainer
    """


@token_command.command("create")
@click.argument("name", required=False)
@click.option("--role", type=click.Choice(ROLES), help="A contributor may read, and start drafts.")
@click.option("--draft", metavar="ID", help="A capability instead: for this draft alone.")
@EXPIRES
@pass_command_context
def token_create(
    ctx: CommandContext, name: str | None, role: Role | None, draft: str | None, days: float | None
) -> None:
    """Make a token called NAME, shown this once.

    What is done with it is done by NAME, which may hold a mail address.

    \b
    gitdraft token create "Ann Archivist <ann@example.org>" --role maintainer
    gitdraft token create wiki.example.org --role contributor --expires 365
    """
    from gitdraft.api.tokens import USUAL_LIFE

    tokens = ctx.repository.tokens
    if draft is not None:
        if name is not None or role is not None:
            raise click.UsageError(
                "--draft excludes NAME and --role: a capability is for a draft, not for somebody"
            )
        issued = tokens.issue_for_draft(draft, _life(days) or USUAL_LIFE)
    elif name is None or role is None:
        raise click.UsageError("NAME and --role are needed, or --draft")
    else:
        issued = tokens.issue(name, role, _life(days))
    _answer_token(ctx, "token-create", issued)


@token_command.command("list")
@click.option(
    "--all", "everything", is_flag=True, help="With the capabilities of drafts, and what is revoked."
)
@pass_command_context
def token_list(ctx: CommandContext, *, everything: bool) -> None:
    """List the tokens that are good.

    Never their secrets, which nobody has.

    \b
    gitdraft token list --all
    """
    grants, now = ctx.repository.tokens.grants(everything=everything), ctx.session.clock().seconds
    document = {"tokens": [_grant_json(grant, now) for grant in grants]}
    rows = [
        [
            strong(escape(grant.name or grant.draft or "")),
            grant.role,
            _state(grant, now),
            faint(grant.id),
        ]
        for grant in grants
    ]
    ctx.answer("token-list", document, columns(rows) or ["no tokens"], records="tokens")


@token_command.command("revoke")
@TOKEN
@pass_command_context
def token_revoke(ctx: CommandContext, token: str) -> None:
    """Let a token open nothing any more.

    One by its name or id, or all capabilities of a draft.

    \b
    gitdraft token revoke wiki.example.org
    """
    grants = ctx.repository.tokens.revoke(token)
    document = {"revoked": [grant.id for grant in grants]}
    ctx.answer("token-revoke", document, [f"revoked {count(len(grants), 'token')}: {strong(escape(token))}"])


@token_command.command("rotate")
@TOKEN
@EXPIRES
@pass_command_context
def token_rotate(ctx: CommandContext, token: str, days: float | None) -> None:
    """Make a new token in place of an old one.

    The old one opens nothing any more. The new one is good for as long as the old one was, from now on.

    \b
    gitdraft token rotate wiki.example.org
    """
    _answer_token(ctx, "token-rotate", ctx.repository.tokens.rotate(token, _life(days)))


def _life(days: float | None) -> int | None:
    """Returns a life in seconds; ``None`` where none was given."""
    from gitdraft.api.tokens import DAY

    return None if days is None else round(days * DAY)


def _answer_token(ctx: CommandContext, command: str, issued: IssuedToken) -> None:
    grant = issued.grant
    record = _grant_json(grant, ctx.session.clock().seconds)
    until = f"until {record['expires_at']}" if "expires_at" in record else "until it is revoked"
    who = escape(grant.name or f"draft {grant.draft}")
    lines = [
        f"{grant.role} token of {strong(who)}, good {until}; it is shown this once:",
        f"  {issued.token}",
    ]
    ctx.answer(command, {**record, "token": issued.token}, lines)


def _grant_json(grant: Grant, now: int) -> Record:
    from gitdraft.model.operations import utc

    times = {"expires_at": grant.expires_at, "revoked_at": grant.revoked_at}
    names = {"name": grant.name, "draft": grant.draft}
    return {
        "id": grant.id,
        "role": grant.role,
        **{name: value for name, value in names.items() if value is not None},
        "created_at": utc(grant.created_at),
        **{name: utc(value) for name, value in times.items() if value is not None},
        "good": grant.is_good(now),
    }


def _state(grant: Grant, now: int) -> str:
    from gitdraft.model.operations import utc

    if grant.revoked_at is not None:
        return f"revoked {utc(grant.revoked_at)[:10]}"
    if grant.expires_at is None:
        return "does not expire"
    return f"{'until' if grant.is_good(now) else 'expired'} {utc(grant.expires_at)}"
