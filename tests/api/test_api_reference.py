"""docs/reference/library.md is made from the docstrings. Run as a script, this file writes it again."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import gitdraft
from gitdraft.api import (
    canonical,
    checks,
    conflicts,
    draft,
    drafts,
    hooks,
    index,
    rdf,
    reconciliation,
    repository,
    review,
    session,
    tokens,
    transfer,
    worktree,
)

PAGE = Path(__file__).parents[2] / "docs/reference/library.md"
ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"
PACKAGE = Path(__file__).parents[2] / "gitdraft"
MODULES = (
    repository,
    drafts,
    draft,
    canonical,
    worktree,
    conflicts,
    checks,
    transfer,
    rdf,
    reconciliation,
    hooks,
    index,
    review,
    tokens,
    session,
)
HEAD = """\
# The library

Made from the docstrings of `gitdraft.api`, and tested against them. [Use it as a library](../how-to/use-as-a-library.md) shows
how it is used; [doors](doors.md) says which command and which route is the same.

"""


def page() -> str:
    lines = [HEAD, "## Functions of `gitdraft`\n"]
    for name in gitdraft.__all__:
        function = getattr(gitdraft, name)
        if inspect.isfunction(function):
            lines.append(entry(f"gitdraft.{name}", function))
    for module in MODULES:
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__ and methods(value):
                lines.append(f"## {name}\n\n{prose(value)}\n")
                lines += [entry(member, function) for member, function in methods(value)]
    return "\n".join(lines)


def methods(value: type) -> list[tuple[str, object]]:
    """The public methods and properties of a class, those of its mixins in `gitdraft.api` too."""
    return [
        (name, member.fget if isinstance(member, property) else member)
        for owner in reversed(value.__mro__)
        if owner.__module__.startswith("gitdraft.api")
        for name, member in vars(owner).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
    ]


def entry(name: str, function: object) -> str:
    assert callable(function)
    text = str(inspect.signature(function)).replace("gitdraft.", "")
    text = re.sub(r"\bself(, )?", "", text, count=1).replace("'", "")
    text = re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", text)
    return f"### `{name}`\n\n```python\n{name}{text}\n```\n\n{prose(function)}\n"


def prose(value: object) -> str:
    text = inspect.getdoc(value)
    assert text, f"{value} has a docstring"
    return re.sub(r"``([^`]*)``", r"`\1`", re.sub(r":(?:func|class):`(\w+)`", r"`\1`", text))


def test_the_page_is_made_of_the_docstrings() -> None:
    assert PAGE.read_text() == page(), "python tests/api/test_api_reference.py writes it"


def mentioned(pattern: str) -> list[Any]:
    return sorted(set(re.findall(pattern, ARCHITECTURE.read_text())))


def test_the_files_that_the_architecture_names_are_there() -> None:
    files = [file for file in mentioned(r"`((?:[a-z_]+/)+[a-z_]+\.py)") if not file.startswith("tests/")]
    assert len(files) > 20
    assert [file for file in files if not (PACKAGE / file).exists()] == []


def test_the_functions_that_the_architecture_follows_are_there() -> None:
    steps = list(mentioned(r"`([a-z_/]+\.py): (?:[A-Z]\w+\.)?(\w+)`"))
    assert len(steps) > 8
    for file, name in steps:
        assert re.search(
            rf"^\s*(?:(?:def|class) {name}\b|{name}\b)", (PACKAGE / file).read_text(), re.MULTILINE
        ), name


if __name__ == "__main__":
    PAGE.write_text(page())
