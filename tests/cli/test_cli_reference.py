"""docs/reference/commands.md is what `--help` says. GITDRAFT_WRITE=1 writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gitdraft.cli.main import COMMANDS, cli

PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"
EXIT_CODES = Path(__file__).parents[2] / "docs/reference/exit-codes.md"


def page() -> str:
    lines = ["# Commands", "", "As `gitdraft COMMAND --help` prints them.", ""]
    top = click.Context(
        cli, info_name="gitdraft", max_content_width=100, terminal_width=100, **cli.context_settings
    )
    for title, names in COMMANDS.items():
        lines += [f"## {title.capitalize()}", ""]
        for name in names:
            command = cli.get_command(top, name)
            assert command is not None
            context = click.Context(
                command, info_name=name, parent=top, max_content_width=100, terminal_width=100
            )
            lines += [f"### {name}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def test_the_page_is_what_help_says() -> None:
    if os.environ.get("GITDRAFT_WRITE"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


def test_every_exit_code_is_on_its_page() -> None:
    from gitdraft import errors

    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and hasattr(kind, "exit_code")
    }
    text = EXIT_CODES.read_text()
    assert all(f"| {code} |" in text for code in codes)
