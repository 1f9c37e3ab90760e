"""The house keeps its style: words of the field, modules of a size that can be read, no private names in tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.house import (
    MOST_LINES,
    NOUNS_IN_ING,
    ROOT,
    banned_words,
    functions_with_many_parameters,
    modules,
)

MODULES = list(modules(ROOT / "gitdraft"))
ROOMS = sorted({Path(module.name).parts[0] for module in MODULES})


def private_names(tree: ast.AST) -> Iterator[str]:
    """Names with an underscore that are imported from gitdraft."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "gitdraft":
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))


@pytest.mark.sweep(6)
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_the_words_of_the_field(room: str) -> None:
    said = [
        f"{module.name}:{word}"
        for module in MODULES
        if Path(module.name).parts[0] == room
        for word in banned_words(module.tree)
    ]
    assert not said


def test_a_module_is_named_by_a_noun_or_a_verb() -> None:
    names = [Path(module.name).stem for module in MODULES]
    assert not [name for name in names if name.endswith("ing") and name not in NOUNS_IN_ING]


def test_no_module_is_too_long() -> None:
    assert not [f"{module.name}: {module.lines}" for module in MODULES if module.lines > MOST_LINES]


def test_no_function_takes_more_than_six() -> None:
    assert not [
        f"{module.name}: {name}" for module in MODULES for name in functions_with_many_parameters(module.tree)
    ]


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_no_private_name_is_imported(folder: str) -> None:
    assert not [
        f"{module.name}: {name}" for module in modules(ROOT / folder) for name in private_names(module.tree)
    ]


def test_the_words_are_seen_wherever_they_are_bound() -> None:
    source = """
def refuse_all(told, *, made=1):
    \"\"\"It gives way.\"\"\"
    for found in told:
        pass
    with open(found) as there, (here := there):
        return [twin for twin in f"united {here}"]
    match told:
        case [*wanted, {**standing}]:
            return "as you like it anew"
    except_ = occasion = 1
"""
    assert sorted(word.partition(": ")[2] for word in banned_words(ast.parse(source))) == sorted(
        [
            "refuse_all",
            "told",
            "made",
            "found",
            "there",
            "here",
            "twin",
            "wanted",
            "standing",
            "occasion",
            "“gives way”",
            "“united”",
            "“anew”",
        ]
    )


def test_a_class_of_values_costs_nothing_before_its_use() -> None:
    standard = {
        module.name
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if any(alias.name == "dataclass" for alias in node.names)
    }
    assert standard == {"lazy_dataclass.py"}


def test_every_page_of_the_documentation_has_its_place_on_the_site() -> None:
    places = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")]
    assert not [
        page for page in pages if page not in places and not page.startswith("explanation/decisions/0")
    ]
