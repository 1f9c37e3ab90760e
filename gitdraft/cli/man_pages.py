"""Man pages made from the commands, one for each, as git has them: `man gitdraft-set`. The wheel installs them (hatch_build.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

EXAMPLE = "\b"  # click's mark of a paragraph that keeps its lines
SEE_ALSO = "git(1), gitdraft(1)"
EXIT_STATUS = (
    ("0", "done"),
    ("1", "the answer is no: something was found, or left behind"),
    ("2", "wrong usage"),
    ("20-23", "what came in is not valid, in conflict, does not apply, or breaks a rule"),
    ("40-43", "not found, there already, refused by state, moved meanwhile"),
    ("50", "the repository, the disk or the remote"),
    ("130", "interrupted"),
)


def man_pages() -> dict[str, str]:
    """Returns the pages by file name: `gitdraft.1` and one for each command."""
    from gitdraft.cli.commands import cli

    top = click.Context(cli, info_name="gitdraft", **cli.context_settings)
    pages = {"gitdraft.1": _page(cli, top)}
    for name in cli.list_commands(top):
        command = cli.get_command(top, name)
        assert command is not None
        pages[f"gitdraft-{name}.1"] = _page(command, click.Context(command, info_name=name, parent=top))
    return pages


def write_man_pages(folder: Path) -> list[Path]:
    """Writes the pages into a folder, and returns their files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, text in man_pages().items():
        file = folder / name
        file.write_text(text, "utf-8")
        files.append(file)
    return files


def _page(command: click.Command, context: click.Context) -> str:
    title = context.command_path.replace(" ", "-")
    lines = [f'.TH "{_escaped(title.upper())}" "1" "" "gitdraft" "gitdraft"', ".nh", ".ad l"]
    lines += [".SH NAME", f"{_escaped(title)} \\- {_escaped(_first_sentence(command))}"]
    lines += [".SH SYNOPSIS", *_synopsis(command, context), ".SH DESCRIPTION", *_description(command)]
    lines += _options(command, context)
    if isinstance(command, click.Group):
        lines += _below(command, context)
    lines += [".SH EXIT STATUS"]
    for code, meaning in EXIT_STATUS:
        lines += [".TP", f".B {_escaped(code)}", _escaped(meaning)]
    return "\n".join([*lines, ".SH SEE ALSO", SEE_ALSO]) + "\n"


def _below(group: click.Group, context: click.Context) -> Iterator[str]:
    """Yields the commands of a group: those of `gitdraft` by name, as each has a page, others whole."""
    yield ".SH COMMANDS"
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if context.parent is None:
            yield from (".TP", f".B gitdraft-{_escaped(name)}(1)", _escaped(_first_sentence(command)))
            continue
        yield f".SS {_escaped(inner.command_path)}"
        yield from _synopsis(command, inner)
        yield from (".PP", *_description(command))
        yield from _options(command, inner, heading=".PP")


def _synopsis(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f".B {_escaped(context.command_path)}"
    yield _escaped(" ".join(command.collect_usage_pieces(context)))


def _description(command: click.Command) -> Iterator[str]:
    for number, paragraph in enumerate(cleandoc(command.help or "").split("\n\n")):
        if number:
            yield ".PP"
        if paragraph.startswith(EXAMPLE):
            yield from (".nf", ".RS 4", *map(_escaped, paragraph.splitlines()[1:]), ".RE", ".fi")
        else:
            yield _escaped(" ".join(paragraph.split()))


def _options(command: click.Command, context: click.Context, heading: str = ".SH OPTIONS") -> Iterator[str]:
    options = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    records = [option.get_help_record(context) for option in options]
    shown = [record for record in records if record is not None]
    if shown:
        yield heading
    for names, help_text in shown:
        yield from (".TP", f".B {_escaped(names)}", _escaped(" ".join(help_text.split())))


def _first_sentence(command: click.Command) -> str:
    return (command.help or "").strip().partition("\n")[0].rstrip(".")


def _escaped(text: str) -> str:
    """Returns the text as roff prints it: no line of it is a request, hyphens can be searched for and copied."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", escaped)
