"""The lines of .gitattributes that give the entity files to gitdraft's drivers."""

from __future__ import annotations

import re

from gitdraft.formats.configuration import Configuration
from gitdraft.formats.paths import PathTemplate
from gitdraft.lazy_regex import regex

ATTRIBUTES_PATH = ".gitattributes"
COMMENT = "# entities: git merges them member by member and shows what changed by pointer"
WILD = regex(r"([*?\[\]\\])")


def with_drivers(content: bytes, configuration: Configuration) -> bytes:
    """Returns the file with a line for each type that it says nothing of; the content itself when there is none."""
    missing = [
        line for line in driver_lines(configuration) if _pattern(line.encode()) not in _decided(content)
    ]
    if not missing:
        return content
    lines = content.removesuffix(b"\n") + b"\n" if content else b""
    return lines + "".join(f"{line}\n" for line in (COMMENT, *missing)).encode()


def driven_types(content: bytes, configuration: Configuration) -> list[str]:
    """Returns the types whose files the file gives to gitdraft's driver by their own pattern."""
    given = {
        _pattern(line.strip()) for line in content.splitlines() if re.search(rb"\smerge=gitdraft(\s|$)", line)
    }
    lines = zip(configuration.entities, driver_lines(configuration), strict=True)
    return [name for name, line in lines if _pattern(line.encode()) in given]


def driver_lines(configuration: Configuration) -> list[str]:
    """Returns a line for each type: `categories/*.json merge=gitdraft diff=gitdraft`."""
    return [
        f"{_glob(entity_type.path)} merge=gitdraft diff=gitdraft"
        for entity_type in configuration.entities.values()
    ]


def _decided(content: bytes) -> frozenset[bytes]:
    """Returns the patterns for which the file says how to merge, whatever it says."""
    lines = (line.strip() for line in content.splitlines())
    return frozenset(_pattern(line) for line in lines if re.search(rb"\s[-!]?merge(=|\s|$)", line))


def _pattern(line: bytes) -> bytes:
    """Returns the pattern that a line starts with; one in quotes may hold spaces."""
    match = re.match(rb'"(?:[^"\\]|\\.)*"|\S*', line)
    return match[0].removeprefix(b"/") if match else b""


def _glob(template: PathTemplate) -> str:
    """Returns the pattern of a type's files, as gitattributes(5) has it: anchored, and in quotes where it holds spaces."""
    folder = _literal(template.folder) + "/"
    below = "**/" if template.fanout or template.nested else ""
    pattern = f"{folder}{below}*{_literal(template.suffix)}"
    if pattern.startswith(("#", "!", '"')):
        pattern = f"/{pattern}"
    if not re.search(r'[\s"]', pattern):
        return pattern
    quoted = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _literal(text: str) -> str:
    return WILD.sub(r"\\\1", text)
