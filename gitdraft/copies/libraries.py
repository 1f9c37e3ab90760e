"""What extras bring, missed with a word on how to get it; and servers that do not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from gitdraft.errors import RepositoryError


def require_library(name: str, extra: str) -> None:
    """Raises RepositoryError (``not-installed``) where a library of an extra is not there."""
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        raise RepositoryError(
            f"{error.name} is not installed",
            code="not-installed",
            hint=f"pip install '.[{extra}]' in a clone of gitdraft",
        ) from error


def unreachable(target: str, error: Exception) -> RepositoryError:
    """Returns the error of a server that does not answer, or refuses, in its own words."""
    said = " ".join(str(error).split()) or type(error).__name__
    return RepositoryError(
        f"{target}: {said}",
        code="target-unreachable",
        context={"target": target},
        hint="what has arrived stays: the same command goes on from there",
    )


@contextmanager
def translated(target: str, kind: type[Exception]) -> Iterator[None]:
    """Has a library's errors, within a `with`, be RepositoryError (``target-unreachable``)."""
    try:
        yield
    except kind as error:
        raise unreachable(target, error) from error
