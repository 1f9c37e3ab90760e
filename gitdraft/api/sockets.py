"""Where a service listens."""

from __future__ import annotations

import socket

from gitdraft.errors import RepositoryError


def open_socket(host: str, port: int) -> socket.socket:
    """Returns a socket that listens; with port 0 on any free one. Raises RepositoryError (``cannot-listen``)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise RepositoryError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}",
            code="cannot-listen",
            hint="--port 0 takes a free one",
        ) from error
