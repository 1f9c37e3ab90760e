"""A purge as a test runs it, and what there is to see of a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from sandbox import Sandbox

from gitdraft.api.session import Session
from gitdraft.model.entities import EntityRef
from gitdraft.purge.purge import PurgeReport, purge

UNUSED = EntityRef("property", "unused")
SECRET = "Jane Roe, 12 Sycamore Close"


def run_purge(
    sandbox: Sandbox, entity: EntityRef = UNUSED, reason: str = "on request", **options: Any
) -> PurgeReport:
    store = sandbox.library.store
    return purge(store, Session(store).metadata(), entity, reason, **options)


def objects(sandbox: Sandbox) -> bytes:
    done = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"],
        cwd=sandbox.path,
        capture_output=True,
        check=True,
    )
    return done.stdout


def state(sandbox: Sandbox) -> tuple[dict[str, str], str, dict[Path, bytes], str]:
    """Refs, HEAD, worktree and index: what a refusal must leave as they were."""
    files = {
        path: path.read_bytes()
        for path in sorted(sandbox.path.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(sandbox.path).parts
    }
    return sandbox.refs(), sandbox.git("rev-parse", "HEAD"), files, sandbox.git("ls-files", "--stage")
