"""Sources of an import, which can be read more than once: a file, standard input, a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

from gitdraft.errors import InvalidInput, NotFound
from gitdraft.formats.entity_streams import Row, read_stream
from gitdraft.lazy_dataclass import dataclass


class EntitySource(Protocol):
    """Rows to import. ``size`` is the ``done`` of the last row, for the progress."""

    @property
    def size(self) -> int: ...
    def rows(self, most: int) -> Iterator[Row]: ...


@dataclass(frozen=True)
class FileSource:
    """An open file that can be read again from its beginning."""

    stream: BinaryIO

    @cached_property
    def size(self) -> int:
        """The size in bytes."""
        return self.stream.seek(0, os.SEEK_END)

    def rows(self, most: int) -> Iterator[Row]:
        """Yields the JSON lines, or the elements of a JSON array. A row of more than ``most`` bytes is an error."""
        self.stream.seek(0)
        return read_stream(self.stream, most)


@dataclass(frozen=True)
class FolderSource:
    """The JSON files below a folder, sorted. Names that start with `_` or `.`, and links, are skipped."""

    root: Path

    @cached_property
    def size(self) -> int:
        """The number of files."""
        return sum(1 for _ in _files(self.root, ""))

    def rows(self, most: int) -> Iterator[Row]:
        """Yields a row for each file."""
        for number, path in enumerate(_files(self.root, ""), 1):
            content: bytes | InvalidInput
            try:
                with (self.root / path).open("rb") as stream:
                    content = stream.read(most + 1)
            except OSError as error:
                content = InvalidInput(f"{path}: {error.strerror}")
            yield Row(number, content, number, path=path)


def open_source(file: str, stdin: BinaryIO) -> EntitySource:
    """Opens a file or folder by its name; `-` is ``stdin``. A stream that can be read only once is copied to a temporary
    file. Raises NotFound."""
    if file == "-":
        return FileSource(_seekable(stdin))
    path = Path(file)
    if path.is_dir():
        return FolderSource(path)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise NotFound(f"'{file}' cannot be read: {error.strerror}", context={"file": file}) from None
    return FileSource(stream if stream.seekable() else _seekable(stream))


def _seekable(stream: BinaryIO) -> BinaryIO:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 (deleted when the last reference goes)
    shutil.copyfileobj(stream, spool)
    return spool


def _files(root: Path, below: str) -> Iterator[str]:
    entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
    for entry in entries:
        path = f"{below}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _files(root, f"{path}/")
        elif (
            entry.is_file(follow_symlinks=False)
            and entry.name.endswith(".json")
            and not entry.name.startswith(("_", "."))
        ):
            yield path
