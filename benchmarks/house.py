"""The measures of gitdraft's own source: sizes of modules, parameters, `Any` where arguments are wired, words.

`python -m benchmarks.house [FOLDER]` prints them; tests/test_house.py holds the limits.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.tables import print_table

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
MOST_PARAMETERS = 6
BANNED_NAMES = frozenset(["found", "told", "made", "wanted", "here", "there", "occasion", "standing", "twin"])
BANNED_PREFIX = "refuse_"
BANNED_PHRASES = ("united", "anew", "all the same", "gives way", "let go", "it is as you have it")
BANNED_PATTERN = re.compile(rf"\b(?:{'|'.join(BANNED_PHRASES)})\b", re.IGNORECASE)
NOUNS_IN_ING = frozenset({"ordering", "outgoing", "remote_tracking", "signing", "string"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A source file, parsed."""

    name: str
    lines: int
    tree: ast.Module


def modules(folder: Path) -> Iterator[Module]:
    """All modules below a folder, named by their path in it, in order."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text()
        yield Module(str(path.relative_to(folder)), text.count("\n"), ast.parse(text))


def bound_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that is bound, with its line: variables, parameters, functions, classes, captures."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.ClassDef(name=name) | ast.MatchStar(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name, node.lineno
            case ast.ExceptHandler(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno
            case _:
                pass


def banned_words(tree: ast.AST) -> Iterator[str]:
    """Names and phrases of the private dialect, as `LINE: WORD`."""
    for name, line in bound_names(tree):
        if name in BANNED_NAMES or name.startswith(BANNED_PREFIX):
            yield f"{line}: {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for match in BANNED_PATTERN.finditer(" ".join(node.value.split())):
                yield f"{node.lineno}: “{match.group()}”"


def functions_with_many_parameters(tree: ast.AST) -> Iterator[str]:
    """Functions that take more than six, `self` and `cls` aside; commands and routes, which have one an option, are
    exempt."""
    for node in ast.walk(tree):
        if not isinstance(node, Function):
            continue
        arguments = node.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        if len(names) - (names[:1] in (["self"], ["cls"])) > MOST_PARAMETERS and not _is_exempt(node):
            yield node.name


def _is_exempt(function: Function) -> bool:
    return any(
        re.search(r"\.(?:command|option|argument|get|post|put|patch|delete)\(", ast.unparse(decorator) + "(")
        for decorator in function.decorator_list
    )


def uses_of_any(tree: ast.AST) -> int:
    """How often `Any` is named, its import aside."""
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))


def measures(folder: Path) -> list[tuple[str, str]]:
    """What the table shows."""
    every = list(modules(folder))
    sizes = sorted(module.lines for module in every)
    largest = max(every, key=lambda module: module.lines)
    names = Counter(name for module in every for name, _ in bound_names(module.tree))
    many = sum(len(list(functions_with_many_parameters(module.tree))) for module in every)
    listed = subprocess.run(
        ["git", "ls-files", folder.name], cwd=folder.parent, capture_output=True, text=True, check=True
    )
    return [
        ("files (git ls-files)", f"{len(listed.stdout.splitlines()):,}"),
        ("modules", f"{len(every):,}"),
        ("lines, median module", f"{median(sizes):,.0f}"),
        ("lines, largest module", f"{largest.lines:,} ({largest.name})"),
        (f"modules of over {MOST_LINES} lines", f"{sum(size > MOST_LINES for size in sizes):,}"),
        ("modules of under 40 lines", f"{sum(size < 40 for size in sizes):,}"),
        (f"functions of over {MOST_PARAMETERS} parameters", f"{many:,}"),
        ("Any in cli/", f"{sum(uses_of_any(m.tree) for m in every if m.name.startswith('cli/')):,}"),
        *((f"bound: {name}", f"{names[name]:,}") for name in sorted(BANNED_NAMES)),
        (
            f"functions {BANNED_PREFIX}*",
            f"{sum(n for name, n in names.items() if name.startswith(BANNED_PREFIX)):,}",
        ),
        ("banned words in all", f"{sum(len(list(banned_words(module.tree))) for module in every):,}"),
    ]


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "gitdraft"
    print_table(str(folder), measures(folder))


if __name__ == "__main__":
    main()
