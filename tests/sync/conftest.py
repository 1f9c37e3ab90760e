"""A server, and clones of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from clones import Clone, Server, clone_of, serve, start
from sandbox import Sandbox


@pytest.fixture
def server(sandbox: Sandbox, tmp_path: Path) -> Server:
    return serve(sandbox, tmp_path)


@pytest.fixture
def ann(server: Server, tmp_path: Path) -> Clone:
    return clone_of(server, tmp_path, "Ann")


@pytest.fixture
def ben(server: Server, tmp_path: Path) -> Clone:
    return clone_of(server, tmp_path, "Ben")


@pytest.fixture
def shared(ann: Clone, ben: Clone) -> tuple[Clone, Clone]:
    """A draft that both clones have."""
    start(ann)
    ann.sync()
    ben.sync()
    return ann, ben
