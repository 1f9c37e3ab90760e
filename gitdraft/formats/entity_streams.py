"""Entities one after the other, as JSON lines or as one JSON array: read and written without holding them all."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

from gitdraft.documents.serialise import dump_compact
from gitdraft.errors import InvalidInput
from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 16  # bytes
SPACE = regex(r"[ \t\r\n]*")


class Row(NamedTuple):
    """One row: its line, or which of the elements or files it is (from 1), its JSON or why there is none, and how many
    bytes or files were read by then; the line of an element, the path of a file."""

    number: int
    content: bytes | InvalidInput
    done: int
    line: int | None = None
    path: str | None = None

    @property
    def where(self) -> str:
        """Where to look for it, beside its number."""
        return f"line {self.line:,}: " if self.line is not None else ""


def read_stream(stream: BinaryIO, most: int) -> Iterator[Row]:
    """Yields the rows of a file: the elements of an array where it starts with `[`, else its lines, empty ones left out. A
    row of more than ``most`` bytes is none."""
    head = b""
    while not (start := head.removeprefix(BOM).lstrip()) and (more := stream.read(CHUNK)):
        head += more
    if start[:1] == b"[":
        return _Elements(stream, head, most).rows()
    return _lines(stream, head, most)


def write_lines(documents: Iterable[JSON]) -> Iterator[str]:
    """Yields a line of JSON for each document."""
    return map(dump_compact, documents)


def write_array(documents: Iterable[JSON]) -> Iterator[str]:
    """Yields the lines of one JSON array, a document a line."""
    before = "["
    for document in documents:
        yield before
        before = dump_compact(document) + ","
    yield from ("[]",) if before == "[" else (before[:-1], "]")


def addressed(entity: EntityRef, document: JSON) -> JSON:
    """Returns an entity with its address, for readers who cannot take it from the document."""
    return {"entity": str(entity), "document": document}


def _lines(stream: BinaryIO, head: bytes, most: int) -> Iterator[Row]:
    done = 0
    for number, line in enumerate(_split(stream, head, most), 1):
        done += len(line)
        content = line.removeprefix(BOM) if number == 1 else line
        if len(content) > most:
            yield Row(number, _too_long(most), done)
        elif content and not content.isspace():
            yield Row(number, content, done)


def _split(stream: BinaryIO, head: bytes, most: int) -> Iterator[bytes]:
    """Yields the lines; of one that is too long no more than is needed to see that."""
    *whole, rest = head.split(b"\n")
    yield from (line + b"\n" for line in whole)
    first = rest + stream.readline(most)
    for line in chain((first,) if first else (), iter(lambda: stream.readline(most + 2), b"")):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(CHUNK)):
            pass


class _Elements:
    """The elements of an array, found by the parser's own ends, a piece of the file at a time."""

    def __init__(self, stream: BinaryIO, head: bytes, most: int) -> None:
        self.stream, self.most = stream, most
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.done = len(head)
        self.text, self.at, self.line, self.number = "", 0, 1, 0
        self.pending = head.removeprefix(BOM)
        self.chunk = CHUNK

    def rows(self) -> Iterator[Row]:
        """Yields the rows up to the first mistake, behind which no element's start is known."""
        try:
            self.skip("[")
            if self.next_character() == "]":
                self.skip("]")
            else:
                yield self.element()
                while self.next_character() == ",":
                    self.skip(",")
                    yield self.element()
                self.skip("]")
            if self.next_character():
                raise self.wrong(self.at, "expected nothing after the array")
        except InvalidInput as error:
            yield Row(self.number + 1, error, self.done, error.context.get("line", self.line))

    def element(self) -> Row:
        """Returns the element that starts at the next character."""
        self.next_character()
        while True:
            try:
                end = SPLITTER.raw_decode(self.text, self.at)[1]
                if end < len(self.text) or not self.fill():
                    break
            except json.JSONDecodeError as error:
                if len(self.text) - self.at > self.most or not self.fill():
                    raise self.wrong(error.pos, error.msg) from None
            except RecursionError:
                raise self.wrong(self.at, "nested too deep") from None
        line, content = self.line, self.text[self.at : end]
        self.line += content.count("\n")
        self.at = end
        self.number += 1
        encoded = content.encode()
        return Row(
            self.number, encoded if len(encoded) <= self.most else _too_long(self.most), self.done, line
        )

    def skip(self, character: str) -> None:
        """Moves past the next character, which has to be this one."""
        if self.next_character() != character:
            raise self.wrong(self.at, f"expected '{character}'")
        self.at += 1

    def next_character(self) -> str:
        """Returns the next character that is no space; empty at the end."""
        while True:
            match = SPACE.match(self.text, self.at)
            assert match is not None
            self.line += match[0].count("\n")
            self.at = match.end()
            if self.at < len(self.text) or not self.fill():
                return self.text[self.at : self.at + 1]

    def fill(self) -> bool:
        """Reads on. Returns whether there was more. A piece is as long as the text that waits for it, so a long element is
        not parsed again and again."""
        raw = self.pending or self.stream.read(max(CHUNK, len(self.text) - self.at))
        if not self.pending:
            self.done += len(raw)
        self.pending = b""
        self.text, self.at = self.text[self.at :], 0
        try:
            self.text += self.decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise InvalidInput(f"not UTF-8: {error.reason}", context={"line": self.line}) from None
        return bool(raw)

    def wrong(self, at: int, why: str) -> InvalidInput:
        """Returns the error about what stands at ``at``."""
        line = self.line + self.text.count("\n", self.at, at)
        return InvalidInput(f"not JSON, and what follows was not read: {why}", context={"line": line})


def _nothing(_: str) -> None:
    """Numbers are not looked at where only the end of an element is wanted."""


SPLITTER = json.JSONDecoder(parse_int=_nothing, parse_float=_nothing, parse_constant=_nothing)


def _too_long(most: int) -> InvalidInput:
    return InvalidInput(f"longer than {most:,} bytes", code="too-large")
