"""`serve`: the HTTP service on one repository."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import EXPIRES
from gitdraft.cli.text import faint, strong
from gitdraft.errors import InvalidInput, RepositoryError

if TYPE_CHECKING:
    from socket import socket

    from gitdraft.server.run import Front
    from gitdraft.server.settings import Settings

SECRET = "GITDRAFT_WEBHOOK_SECRET"  # never an option: everybody on the host may read a command line


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0: a free one.")
@click.option(
    "--url",
    envvar="GITDRAFT_URL",
    metavar="URL",
    help="Where people reach it, behind a proxy (GITDRAFT_URL).",
)
@EXPIRES
@click.option("--public", is_flag=True, help="Let everybody read canonical, without a token.")
@click.option(
    "--origin", "origins", multiple=True, metavar="ORIGIN", help="A web page's origin that may call (CORS)."
)
@click.option(
    "--rate",
    type=click.IntRange(0),
    default=600,
    show_default=True,
    metavar="N",
    help="Requests a minute, of an address and of a token; 0: no bound.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1024),
    default=16 << 20,
    show_default=True,
    metavar="BYTES",
    help="The largest body.",
)
@click.option(
    "--max-changes",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    metavar="N",
    help="The most changes of one import.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a request may take.",
)
@click.option(
    "--proxy", "proxies", multiple=True, metavar="ADDRESS", help="A proxy whose X-Forwarded-For is believed."
)
@click.option(
    "--connections",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="Connections at once, of an address that is no proxy.",
)
@click.option("--tls-cert", metavar="FILE", help="The certificate (PEM), for HTTPS without a proxy.")
@click.option("--tls-key", metavar="FILE", help="Its key (PEM).")
@pass_command_context
def serve_command(
    ctx: CommandContext,
    host: str,
    port: int,
    url: str | None,
    days: float,
    origins: tuple[str, ...],
    rate: int,
    max_body: int,
    max_changes: int,
    timeout: float,
    proxies: tuple[str, ...],
    connections: int,
    tls_cert: str | None,
    tls_key: str | None,
    *,
    public: bool,
) -> None:
    """Serve this repository over HTTP until it is stopped.

    What is being written then is finished. The command line can be used at the same time. Other hosts reach it
    through a --proxy that speaks HTTPS, or with --tls-cert and --tls-key. Webhooks are received where
    GITDRAFT_WEBHOOK_SECRET is set. Needs the extra `serve`.

    \b
    gitdraft token create "Ann <ann@example.org>" --role maintainer
    gitdraft serve --url https://drafts.example.org
    """
    _check_front(host, proxies, tls_cert, tls_key)
    secret = _webhook_secret()
    _check_installed()
    from gitdraft.api.sockets import open_socket
    from gitdraft.api.tokens import DAY
    from gitdraft.api.transfer import push_bounds
    from gitdraft.server.run import Front
    from gitdraft.server.settings import MOST_HELD, Settings

    folder = ctx.session.store.git.path
    ctx.session.metadata()  # raises when git does not know whom the service is
    listening = open_socket(host, port)
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if tls_cert is None else "https"
    address = f"{scheme}://{shown}:{listening.getsockname()[1]}"
    settings = Settings(
        folder,
        url or address,
        round(days * DAY),
        public,
        origins,
        push_bounds(max_body, max_changes),
        rate,
        timeout,
        most_held=max(MOST_HELD, 4 * max_body),
        webhook_secret=secret,
    )
    _run(ctx, settings, listening, address, Front(proxies, connections, tls_cert, tls_key))


def _check_front(host: str, proxies: tuple[str, ...], certificate: str | None, key: str | None) -> None:
    """Raises click's UsageError where tokens would go over the network as they are."""
    if (certificate is None) != (key is None):
        raise click.UsageError("--tls-cert and --tls-key go together")
    for file in (certificate, key):
        if file is not None and not Path(file).is_file():
            raise click.UsageError(f"there is no file {file}")
    if not _is_loopback(host) and not proxies and certificate is None:
        raise click.UsageError(
            f"--host {host} can be reached by others: name the --proxy in front of it, or give --tls-cert and --tls-key"
        )


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _webhook_secret() -> str | None:
    """Returns the secret of the webhooks; none where there is none. Raises InvalidInput for one of blanks, which anybody
    guesses."""
    secret = os.environ.get(SECRET, "")
    if secret and not secret.strip():
        raise InvalidInput(f"{SECRET} is blank", context={"variable": SECRET}, hint=f"unset {SECRET}")
    return secret or None


def _check_installed() -> None:
    try:
        import_module("gitdraft.server.app")
    except ModuleNotFoundError as error:
        raise RepositoryError(
            f"{error.name} is not installed",
            code="not-installed",
            hint="pip install '.[serve]' in a clone of gitdraft",
        ) from error


def _run(ctx: CommandContext, settings: Settings, listening: socket, address: str, front: Front) -> None:
    from gitdraft.server.app import make_app
    from gitdraft.server.logs import log_to
    from gitdraft.server.run import run

    log = log_to(sys.stderr)
    lines = [
        f"serving {ctx.repository.canonical_branch} of {settings.folder} at {strong(address)}",
        faint("Ctrl-C ends it"),
    ]
    run(
        make_app(settings, log),
        listening,
        front,
        log,
        lambda: ctx.answer("serve", {"url": address}, lines),
    )
