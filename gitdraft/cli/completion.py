"""`completion`, and what the shell completes: drafts and entities. Any trouble means no suggestions, never noise."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitdraft.errors import GitdraftError

if TYPE_CHECKING:
    from gitdraft.api.repository import Repository

MOST = 200


def complete_draft(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Returns the open drafts that start with what was typed."""
    try:
        drafts = _repository(ctx).drafts.ids()
    except GitdraftError:
        return []
    return [draft for draft in drafts if draft.startswith(incomplete)][:MOST]


def complete_entity(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Returns the entities that start with what was typed."""
    try:
        names = (str(entity) for entity, _ in _repository(ctx).entities())
        return list(islice((name for name in names if name.startswith(incomplete)), MOST))
    except GitdraftError:
        return []


def _repository(ctx: click.Context) -> Repository:
    from gitdraft.cli.context import open_repository

    return open_repository(Path(ctx.find_root().params.get("folder") or "."))


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    gitdraft completion bash > ~/.local/share/bash-completion/completions/gitdraft
    """
    from click.shell_completion import get_completion_class

    from gitdraft.cli.main import cli

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(cli, {}, "gitdraft", "_GITDRAFT_COMPLETE").source())
