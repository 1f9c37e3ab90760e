"""Arguments and options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft, complete_entity
from gitdraft.cli.context import read_message

if TYPE_CHECKING:
    from gitdraft.api.edits import EditOptions
    from gitdraft.model.revisions import Expected


def revision(text: str) -> str:
    """Returns the text of a revision: number and commit (`3-1a2b3c4d5e6f`), or a bare number. Fails as click does."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}(-[0-9a-f]{12,40})?", text):
        raise click.BadParameter(
            f"'{text}' is no revision: a number, or number and commit as in 3-1a2b3c4d5e6f"
        )
    return text


def revision_or_none(text: str) -> str:
    """Returns what ``revision`` does, or `0` for none."""
    return text if text == "0" else revision(text)


DRAFT = click.argument("draft", required=False, shell_complete=complete_draft)
ENTITY = click.argument("entity", shell_complete=complete_entity)
ENTITY_ID = click.argument("entity", metavar="ID", shell_complete=complete_entity)
ENTITY_TYPE = click.argument("entity_type", metavar="[TYPE]", required=False)

IN_DRAFT = click.option(
    "-d", "--draft", metavar="ID", shell_complete=complete_draft, help="As this draft would have it."
)
IN_DRAFTS = click.option(
    "-d",
    "--draft",
    "drafts",
    metavar="ID",
    multiple=True,
    shell_complete=complete_draft,
    help="As this draft would have it; given more than once, each draft over those before it.",
)
MESSAGE = click.option("-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message.")
EDIT_MESSAGE = click.option("-e", "--edit", is_flag=True, help="Write the message in your editor.")
DRY_RUN = click.option("-n", "--dry-run", is_flag=True, help="Say what would happen.")
CHECK_ONLY = click.option("-n", "--dry-run", is_flag=True, help="Check it, and change nothing.")

# of commands that commit on canonical
CANONICAL_DRY_RUN = click.option(
    "-n", "--dry-run", is_flag=True, help="Check it, say what would happen, change nothing."
)
EXPECT = click.option(
    "--expect",
    type=revision_or_none,
    metavar="REVISION",
    help="Refuse when ID's revision on canonical is another (3-1a2b3c4d5e6f, or 3).",
)
ALLOW_INVALID = click.option(
    "--allow-invalid", is_flag=True, help="Even if it breaks its schema or a reference by now."
)

# of what opens a draft to whoever has a link
EXPIRES = click.option(
    "--expires",
    "days",
    type=click.FloatRange(min=0, min_open=True, max=3650),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="How long the capability is good.",
)

_EDIT_OPTIONS = (
    click.option(
        "-d",
        "--draft",
        metavar="ID",
        shell_complete=complete_draft,
        help="The draft to edit; the current one otherwise.",
    ),
    MESSAGE,
    click.option(
        "--allow-invalid", is_flag=True, help="Save a result that breaks its schema; blocks submit."
    ),
    click.option(
        "--expect",
        type=revision_or_none,
        metavar="REVISION",
        help="Refuse when the entity's revision on canonical is another (3-1a2b3c4d5e6f, or 3; 0: it is not there).",
    ),
    CHECK_ONLY,
)


def edit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that every edit has; the command takes the ``draft`` and the rest as one value, ``options``."""

    @wraps(command)
    def run(
        *arguments: object,
        draft: str | None,
        message: str | None,
        allow_invalid: bool,
        expect: Expected | None,
        dry_run: bool,
        **others: object,
    ) -> None:
        options: EditOptions = {
            "message": read_message(message),
            "allow_invalid": allow_invalid,
            "expect": expect,
            "dry_run": dry_run,
        }
        command(*arguments, draft=draft, options=options, **others)

    decorated: Callable[..., None] = run
    for option in reversed(_EDIT_OPTIONS):
        decorated = option(decorated)
    return decorated
