"""Strict YAML: one document, no tags, anchors, aliases or duplicate keys, and a line for everything.

Plain words that YAML 1.1 reads as something else (`no`, dates, 0777, 12:30) keep their kind, so where text is
expected they are reported instead of taken for text.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from gitdraft.errors import InvalidInput
from gitdraft.formats.yaml_document import Foreign, Path, YamlDocument
from gitdraft.lazy_regex import regex

LARGEST = 256 * 1024
DEEPEST = 20

PLAIN_FLOAT = regex(r"(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, and not everywhere


def parse_yaml(content: bytes, *, source: str) -> YamlDocument:
    """Returns the document; an empty one is an empty mapping. Raises InvalidInput with the line."""
    if len(content) > LARGEST:
        raise InvalidInput(f"{source} is larger than {LARGEST // 1024} KiB", context={"source": source})
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise yaml_error(source, line, "not UTF-8") from error
    if text.startswith("\ufeff") or "\0" in text:
        raise yaml_error(source, 1, "expected UTF-8 without a byte order mark")
    lines: dict[Path, int] = {}
    try:
        _check_events(text, source)
        node = yaml.compose(text, Loader=LOADER)
        value = {} if node is None else _value(node, (), lines, source)
    except yaml.MarkedYAMLError as error:
        position = error.problem_mark or error.context_mark
        raise yaml_error(
            source, (position.line if position else 0) + 1, error.problem or "not YAML"
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise yaml_error(source, 1, str(error).splitlines()[0][:200]) from error
    return YamlDocument(value, lines)


def replace_scalar(content: bytes, path: Path, text: str) -> bytes:
    """Returns the file (one that ``parse_yaml`` reads) with ``text`` as the scalar at ``path``, quoted where it has to be or
    where the old one was. Everything else stays: comments, order, quotes."""
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
        sum(map(len, lines[: position.line])) + position.column
        for position in (node.start_mark, node.end_mark)
    )
    if source[start:end].endswith("\n"):  # a block of lines
        written += "\n"
    return (source[:start] + written + source[end:]).encode()


def yaml_error(source: str, line: int, problem: str) -> InvalidInput:
    """Returns the error for one mistake in a YAML file."""
    return InvalidInput(
        f"{source}, line {line}: {problem}",
        context={"source": source, "problems": [{"line": line, "path": "", "message": problem}]},
    )


def _check_events(text: str, source: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = (event.start_mark.line if event.start_mark else 0) + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml_error(source, line, "anchors and aliases are not allowed")
        if tag := getattr(event, "tag", None):
            raise yaml_error(source, line, f"tags are not allowed: {tag}")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if event.version or event.tags:
                raise yaml_error(source, line, "directives are not allowed")
        if documents > 1:
            raise yaml_error(source, line, "a second document, expected one")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise yaml_error(source, line, f"nested deeper than {DEEPEST} levels")


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], source: str) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        members: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag != "tag:yaml.org,2002:str":
                raise yaml_error(source, line, "a key that is no text; put it in quotes")
            key = key_node.value
            if key in members:
                raise yaml_error(source, line, f"duplicate key '{key}'")
            _check_surrogates(key, source, line)
            members[key] = _value(value_node, (*path, key), lines, source)
            lines[(*path, key)] = line
        return members
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), lines, source) for index, item in enumerate(node.value)]
    _check_surrogates(node.value, source, lines[path])
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    tag = node.tag.rpartition(":")[2]
    if tag == "str":
        return node.value
    if tag == "null":
        return None
    if tag == "int" and node.value.isdecimal() and (node.value == "0" or node.value[0] != "0"):
        return int(node.value)
    if tag == "float" and PLAIN_FLOAT.fullmatch(node.value):
        return float(node.value)
    if tag == "bool" and node.value in ("true", "false"):
        return node.value == "true"
    return Foreign(node.value)


def _check_surrogates(text: str, source: str, line: int) -> None:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise yaml_error(source, line, "a lone surrogate, which is no text")
