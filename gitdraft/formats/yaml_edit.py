"""Edits of a YAML file that keep everything else as it is: comments, order, quotes."""

from __future__ import annotations

import json

import yaml

from gitdraft.formats.strict_yaml import LOADER, Path


def replace_scalar(content: bytes, path: Path, text: str) -> bytes:
    """The file (one that ``parse_yaml`` reads) with ``text`` as the scalar at ``path``, quoted where it has to be or
    where the old one was."""
    source = content.decode()
    node = yaml.compose(source, Loader=LOADER)
    in_braces = False
    for name in path:
        assert isinstance(node, yaml.MappingNode)
        in_braces = in_braces or bool(node.flow_style)
        node = next(value for key, value in node.value if key.value == name)
    assert isinstance(node, yaml.ScalarNode)
    is_plain = not node.style and not in_braces and text[:1].isalnum()
    written = text if is_plain else json.dumps(text, ensure_ascii=False)
    lines = source.splitlines(keepends=True)
    start, end = (
        sum(map(len, lines[: mark.line])) + mark.column for mark in (node.start_mark, node.end_mark)
    )
    if source[start:end].endswith("\n"):  # a block of lines
        written += "\n"
    return (source[:start] + written + source[end:]).encode()
