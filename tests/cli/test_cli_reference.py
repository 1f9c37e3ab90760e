"""docs/reference/commands.md is what `--help` says. Run as a script, this file writes it, and what `--help` alone says."""

from __future__ import annotations

from pathlib import Path

import click

import gitdraft.cli
from gitdraft.cli.commands import COMMANDS, cli

PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"
HELP = Path(gitdraft.cli.__file__).with_name("help.txt")
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
            lines += [*section(command, name, top, "###")]
            if isinstance(command, click.Group):
                parent = click.Context(command, info_name=name, parent=top)
                for part in command.commands.values():
                    if not part.hidden:
                        lines += [*section(part, part.name or "", parent, "####")]
    return "\n".join(lines)


def top_help() -> str:
    """What `gitdraft --help` prints on a terminal of 80 columns, as click writes it."""
    context = click.Context(cli, info_name="gitdraft", terminal_width=78, **cli.context_settings)
    return f"{cli.get_help(context)}\n"


def section(command: click.Command, name: str, parent: click.Context, heading: str) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    path = context.command_path.removeprefix("gitdraft ")
    return [f"{heading} {path}", "", "```text", command.get_help(context), "```", ""]


def test_the_page_is_what_help_says() -> None:
    assert PAGE.read_text() == page()


def test_the_help_that_is_known_is_what_click_writes() -> None:
    assert HELP.read_text() == top_help()


def test_every_exit_code_is_on_its_page() -> None:
    from gitdraft import errors

    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and hasattr(kind, "exit_code")
    }
    text = EXIT_CODES.read_text()
    assert all(f"| {code} |" in text for code in codes)


if __name__ == "__main__":
    PAGE.write_text(page())
    HELP.write_text(top_help())
