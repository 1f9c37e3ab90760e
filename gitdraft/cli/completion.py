"""What the shell completes: drafts and entities. Any trouble means no suggestions, never noise."""

from __future__ import annotations

from pathlib import Path

import click

from gitdraft.errors import GitdraftError

MOST = 200


def complete_draft(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The open drafts that start so."""
    from gitdraft.store.repository import open_store

    try:
        drafts = open_store(Path(ctx.find_root().params.get("folder") or ".")).open_drafts()
    except GitdraftError:
        return []
    return [draft for draft in drafts if draft.startswith(incomplete)][:MOST]


def complete_entity(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The entities that start so."""
    from gitdraft.store.repository import open_store

    try:
        snapshot = open_store(Path(ctx.find_root().params.get("folder") or ".")).snapshot()
        names = (str(entity) for entity, _ in snapshot.entities())
        return [
            name for name, _ in zip((n for n in names if n.startswith(incomplete)), range(MOST), strict=False)
        ]
    except GitdraftError:
        return []
