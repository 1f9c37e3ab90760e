"""`completion`, and what the shell completes: drafts, entities and places in them. Any trouble means no suggestions, never noise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, open_repository, pass_command_context
from gitdraft.errors import GitdraftError
from gitdraft.model.natural import natural_key
from gitdraft.model.values import ABSENT

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gitdraft.api.repository import Repository
    from gitdraft.model.view_reports import PlaceBelow

MOST = 200


def complete_draft(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Returns the open drafts that start with what was typed."""
    try:
        drafts = _repository(ctx).drafts.ids()
    except GitdraftError:
        return []
    return sorted((draft for draft in drafts if draft.startswith(incomplete)), key=natural_key)[:MOST]


def complete_entity(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the entities that start with what was typed; of very many, how far they go on alike, up to the next slash."""
    from click.shell_completion import CompletionItem

    try:
        every = (str(view.entity) for view in _repository(ctx).entities())
        names = [name for name in every if name.startswith(incomplete)]
    except GitdraftError:
        return []
    if len(names) > MOST:
        heads = (name[len(incomplete) :].partition("/") for name in names)
        names = [*{f"{incomplete}{head}{slash}" for head, slash, _ in heads}]
    return [
        CompletionItem(name, goes_on=name.endswith("/")) for name in sorted(names, key=natural_key)[:MOST]
    ]


def complete_pointer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the pointers that start with what was typed, one level further, each with the value that is there."""
    above = incomplete.rpartition("/")[0]
    return [
        _item(f"{above}/{_escaped(place.token)}", place)
        for place in _places(ctx, above)
        if f"{above}/{_escaped(place.token)}".startswith(incomplete)
    ][:MOST]


def complete_assignment(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns what may stand after the entity of `set`: a pointer, or names of members with their `=`."""
    before = ctx.params.get("changes") or ()
    if (before and not before[0].startswith("/")) or not incomplete.startswith("/"):
        head, dot, _ = incomplete.rpartition(".")
        above = "".join("/" + _escaped(name) for name in head.split(".")) if dot else ""
        names = ((f"{head}{dot}{place.token}=", place) for place in _places(ctx, above))
        return [_item(name, place) for name, place in names if name.startswith(incomplete)][:MOST]
    return [] if before else complete_pointer(ctx, param, incomplete)


def _places(ctx: click.Context, pointer: str) -> list[PlaceBelow]:
    """Returns what is below a pointer of the entity that was typed, in the draft that an edit would go to."""
    try:
        repository = _repository(ctx)
        entity, draft = (
            ctx.params.get("entity"),
            ctx.params.get("draft") or repository.worktree.current_draft(),
        )
        return repository.find(entity, draft).places_below(pointer) if entity else []
    except GitdraftError:
        return []


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def _item(text: str, place: PlaceBelow) -> CompletionItem:
    """Returns a suggestion, described by the value that is there, or by what the schema says."""
    from click.shell_completion import CompletionItem

    from gitdraft.cli.text import shorten, value

    said = shorten(place.description, 60) or "not there yet"
    shown = said if place.value is ABSENT else value(place.value, 60)
    return CompletionItem(
        text, help=shown, goes_on=text.endswith("=") or isinstance(place.value, dict | list)
    )


def _repository(ctx: click.Context) -> Repository:
    call = ctx.find_object(CommandContext)
    return open_repository(Path() if call is None else call.folder)


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_command_context
def completion_command(ctx: CommandContext, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    gitdraft completion bash > ~/.local/share/bash-completion/completions/gitdraft
    """
    from gitdraft.cli.shells import SCRIPTS

    script = SCRIPTS[shell].removesuffix("\n")
    ctx.answer("completion", {"shell": shell, "script": script}, [script], always=True)
