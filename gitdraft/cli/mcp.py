"""`mcp`: agents propose, over the Model Context Protocol."""

from __future__ import annotations

from importlib import import_module

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import faint, strong
from gitdraft.errors import RepositoryError


@click.command("mcp")
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    type=click.Choice(["merge", "delete", "purge"]),
    help="Add this tool too; not there otherwise.",
)
@click.option(
    "--http",
    "port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Over HTTP on 127.0.0.1; 0: a free one.",
)
@click.option(
    "--origin", "origins", multiple=True, metavar="ORIGIN", help="A web page's origin that may call."
)
@pass_command_context
def mcp_command(
    ctx: CommandContext, allowed: tuple[str, ...], port: int | None, origins: tuple[str, ...]
) -> None:
    """Let agents propose, over the Model Context Protocol.

    On standard input and output, for one client that starts it; with --http for clients on this machine that
    have a token (gitdraft token create). Agents search, read, start drafts, change and submit them, and comment; people merge. Their
    commits say `Gitdraft-Agent`. Needs the extra `mcp`.

    \b
    gitdraft -C my-vocabulary mcp
    gitdraft mcp --http 8643 --allow merge
    """
    if origins and port is None:
        raise click.UsageError("--origin goes with --http")
    try:
        import_module("gitdraft.mcp.server")
    except ModuleNotFoundError as error:
        raise RepositoryError(
            f"{error.name} is not installed",
            code="not-installed",
            hint="pip install '.[mcp]' in a clone of gitdraft",
        ) from error
    from gitdraft.api.sockets import open_socket
    from gitdraft.mcp.server import serve_http, serve_stdio

    folder = ctx.session.store.git.path
    ctx.session.metadata()  # raises when git does not know who acts
    if port is None:
        serve_stdio(folder, allowed)
        return
    listening = open_socket("127.0.0.1", port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
    lines = [
        f"serving {ctx.repository.canonical_branch} to agents at {strong(address)}",
        faint("Ctrl-C ends it"),
    ]
    ctx.answer("mcp", {"url": address}, lines)
    serve_http(folder, allowed, listening, origins)
