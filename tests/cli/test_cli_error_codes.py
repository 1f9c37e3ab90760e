"""docs/reference/errors.md lists the code of every error that gitdraft raises, as the code raises it.

The codes, classes and context members are collected from the sources. Run as a script, this file writes the page again
and keeps the meanings; a code that has none gets an empty one, which the test refuses.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gitdraft import errors
from gitdraft.errors import GitdraftError

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/errors.md"
ROW = re.compile(
    r"\| `(?P<code>[a-z/-]+)` \| (?P<meaning>.*?) \| (?P<exit>.*?) \| (?P<http>.*?) \| (?P<context>.*?) \|"
)
ROOMS = {"sockets.py": "cli"}  # where the commands `serve` and `mcp` listen
DOORS = ("cli", "mcp", "watch", "hooks", "drivers")  # what they raise never reaches HTTP
COMPUTED = {
    "f'entity-{protection.kind}'": ("entity-locked", "entity-archived"),
    "'missing-field' if missing else 'invalid-value'": ("missing-field", "invalid-value"),
    "first['code']": ("missing-field", "invalid-value"),
}
PASSED_ON = {"code", "error.code"}  # a parameter: its value is collected where it is passed
CLASSES: dict[str, type[GitdraftError]] = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, GitdraftError) and value is not GitdraftError
}


@dataclass
class Code:
    """Where a code comes from: the classes with it, the statuses that the server gives itself, its context."""

    classes: set[type[GitdraftError]] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    context: set[str] = field(default_factory=set)
    rooms: set[str] = field(default_factory=set)


@cache
def collect() -> dict[str, Code]:
    """Returns every code of the sources."""
    trees = {file: ast.parse(file.read_text()) for file in sorted((ROOT / "gitdraft").rglob("*.py"))}
    helpers = {name: helper for tree in trees.values() for name, helper in _helpers(tree)}
    codes: defaultdict[str, Code] = defaultdict(Code)
    for error_class in CLASSES.values():
        codes[error_class.default_code].classes.add(error_class)
    codes["method-not-allowed"].statuses.add(405)  # from a table by status, server/app.py
    codes["method-not-allowed"].rooms.add("server")
    for file, tree in trees.items():
        for code, source in _codes(tree, helpers):
            codes[code].classes |= source.classes
            codes[code].statuses |= source.statuses
            codes[code].context |= source.context
            codes[code].rooms.add(ROOMS.get(file.name) or file.relative_to(ROOT / "gitdraft").parts[0])
    return dict(codes)


def _helpers(tree: ast.Module) -> Iterator[tuple[str, Code]]:
    """Yields the functions that make an error with the code that they are given, with its class and context."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            arguments = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _name(call) in CLASSES and "code" in arguments:
                    yield function.name, Code({CLASSES[_name(call)]}, context=_context(call))


def _codes(tree: ast.Module, helpers: dict[str, Code]) -> Iterator[tuple[str, Code]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _codes_of_call(node, helpers)
        elif isinstance(node, ast.FunctionDef):
            yield from _codes_of_function(node, helpers)


def _codes_of_call(call: ast.Call, helpers: dict[str, Code]) -> Iterator[tuple[str, Code]]:
    name, value = _name(call), next((k.value for k in call.keywords if k.arg == "code"), None)
    if name in ("plain_answer", "answer_beside_routes"):
        status, named, *_ = [part for part in call.args if getattr(part, "id", "") != "scope"]
        if isinstance(status, ast.Constant):
            yield ast.literal_eval(named), Code(statuses={ast.literal_eval(status)}, context=_context(call))
        return
    classes = {CLASSES[name]} if name in CLASSES else set()
    helper = helpers.get(name) if not classes else None
    source = Code(classes | (helper.classes if helper else set()))
    source.context = _context(call) | (helper.context if helper else set())
    if source.classes or value is not None:
        for code in _values(value, classes):
            yield code, source


def _codes_of_function(function: ast.FunctionDef, helpers: dict[str, Code]) -> Iterator[tuple[str, Code]]:
    """Yields the codes that a function has as a default, or in a variable ``code``."""
    classes = {
        CLASSES[_name(call)]
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _name(call) in CLASSES and _passes_code_on(call)
    }
    if not classes:
        return
    defaults = function.args.defaults
    named = (
        dict(zip([a.arg for a in function.args.args][-len(defaults) :], defaults, strict=False))
        if defaults
        else {}
    )
    named |= {a.arg: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if d}
    values = [named["code"]] if "code" in named else []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                values += _assigned_codes(target, node.value)
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value, Code(classes)


def _assigned_codes(target: ast.expr, value: ast.expr) -> list[ast.expr]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return [
            v
            for t, v in zip(target.elts, value.elts, strict=True)
            if isinstance(t, ast.Name) and t.id == "code"
        ]
    return [value] if isinstance(target, ast.Name) and target.id == "code" else []


def _values(value: ast.expr | None, classes: set[type[GitdraftError]]) -> tuple[str, ...]:
    """Returns the codes that an argument may have; without one, the default of the class that is called."""
    if value is None:
        return tuple(error_class.default_code for error_class in classes)
    if isinstance(value, ast.Constant):
        return (value.value,) if isinstance(value.value, str) else ()
    text = ast.unparse(value)
    assert text in COMPUTED or text in PASSED_ON, (
        f"a code that cannot be collected: {text}; list it in COMPUTED"
    )
    return COMPUTED.get(text, ())


def _context(call: ast.Call) -> set[str]:
    """Returns the members of the context that a call writes out."""
    value = next((k.value for k in call.keywords if k.arg == "context"), None)
    members = value.keys if isinstance(value, ast.Dict) else ()
    return {str(member.value) for member in members if isinstance(member, ast.Constant)}


def _passes_code_on(call: ast.Call) -> bool:
    return any(k.arg == "code" and isinstance(k.value, ast.Name) for k in call.keywords)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def exit_statuses(code: Code) -> str:
    """Returns the exit status of a code; none where the service alone raises it."""
    if code.rooms == {"server"}:
        return "–"
    return ", ".join(sorted({str(error_class.exit_code) for error_class in code.classes}))


def http_statuses(name: str, code: Code) -> str:
    """Returns the HTTP status of a code; none where a command alone raises it."""
    from gitdraft.server.error_handlers import status_of

    if code.rooms and code.rooms <= set(DOORS):
        return "–"
    statuses = code.statuses | {status_of(error_class("", code=name)) for error_class in code.classes}
    return ", ".join(map(str, sorted(statuses)))


def read_page() -> dict[str, re.Match[str]]:
    return {row["code"]: row for line in PAGE.read_text().splitlines() if (row := ROW.fullmatch(line))}


def written() -> str:
    """Returns the page with the rows of the sources, and the meanings and context members that it has."""
    head = PAGE.read_text().partition("| code |")[0] if PAGE.exists() else ""
    rows, codes = read_page() if PAGE.exists() else {}, collect()
    lines = ["| code | meaning | exit | HTTP | context |", "|---|---|---|---|---|"]
    for name in sorted(codes):
        row, code = rows.get(name), codes[name]
        members = code.context | (set(re.findall(r"`([a-z_]+)`", row["context"])) if row else set())
        context = ", ".join(f"`{member}`" for member in sorted(members)) or "–"
        meaning = row["meaning"] if row else ""
        lines.append(
            f"| `{name}` | {meaning} | {exit_statuses(code)} | {http_statuses(name, code)} | {context} |"
        )
    return head + "\n".join(lines) + "\n"


def test_the_page_has_every_code_and_no_other() -> None:
    assert list(read_page()) == sorted(collect())


def test_every_code_has_its_meaning_exit_status_and_http_status() -> None:
    rows = read_page()
    for name, code in collect().items():
        row = rows[name]
        assert row["meaning"], name
        assert (row["exit"], row["http"]) == (exit_statuses(code), http_statuses(name, code)), name


def test_the_context_members_of_every_code_are_on_the_page() -> None:
    rows = read_page()
    for name, code in collect().items():
        assert code.context <= set(re.findall(r"`([a-z_]+)`", rows[name]["context"])), name


if __name__ == "__main__":
    PAGE.write_text(written())
