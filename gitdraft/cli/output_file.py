"""A file that a command is asked to write: it appears when it is whole."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

import click

from gitdraft.cli.refusals import OUTPUT_ERRORS, output_failed


@contextmanager
def output_file(target: str | None) -> Iterator[IO[bytes]]:
    """Yields what to write to: the file, compressed where its name ends in `.gz`; or standard output (``None``).

    Raises RepositoryError (``output-failed``) where the disk fails or is full, a usage error for a place that cannot be written;
    then there is no file, or the one of before.
    """
    if target is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = Path(f"{target}.part")
    try:
        with unfinished.open("wb") as file:
            if target.endswith(".gz"):
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as stream:
                    yield cast("IO[bytes]", stream)
            else:
                yield file
        unfinished.replace(target)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        if error.errno in OUTPUT_ERRORS:
            raise output_failed(target, error) from error
        raise click.FileError(target, os.strerror(error.errno or 0)) from error
