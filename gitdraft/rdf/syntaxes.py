"""RDF in its syntaxes: N-Triples, N-Quads and RDF Patch by ourselves, the others by pyoxigraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import IO, Literal, TypeAlias, get_args

from gitdraft.errors import RepositoryError
from gitdraft.rdf.subjects import Mapped
from gitdraft.rdf.terms import join_lines

Syntax: TypeAlias = Literal["nt", "ttl", "jsonld", "rdfxml", "nq"]
SYNTAXES: tuple[Syntax, ...] = get_args(Syntax)
MEDIA_TYPES: dict[Syntax, str] = {
    "nt": "application/n-triples",
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml; charset=utf-8",
    "nq": "application/n-quads",
}


def write(items: Iterable[Mapped], form: Syntax, stream: IO[bytes], prefixes: dict[str, str]) -> None:
    """Writes the triples to a stream, entity by entity. A blank node in RDF/XML has a letter before a label that starts with a
    digit.

    Raises RepositoryError (``not-installed``) where pyoxigraph is needed and not there, InvalidInput (``not-in-rdfxml``)
    naming the entity and what RDF/XML cannot say of it.
    """
    if form == "nt":
        for item in items:
            stream.write(join_lines(item.triples))
        return
    if form == "nq":
        for item in items:
            stream.write(join_lines(f"{line[:-1]}{item.document} ." for line in item.triples))
        return
    require_pyoxigraph()
    from gitdraft.rdf.oxigraph import serialise

    serialise(items, form, stream, prefixes)


def checked(items: Iterable[Mapped]) -> Iterator[Mapped]:
    """Returns the same, each after pyoxigraph has parsed every line of it. Raises RepositoryError (``not-installed``),
    InvalidInput (``not-rdf``) for a line that it refuses."""
    require_pyoxigraph()
    from gitdraft.rdf.oxigraph import check

    return check(items)


def write_patch(removed: Iterable[str], added: Iterable[str], stream: IO[bytes]) -> None:
    """Writes a change as RDF Patch (https://afs.github.io/rdf-delta/rdf-patch.html): one transaction."""
    stream.write(b"TX .\n")
    stream.write(join_lines(f"D {line}" for line in removed))
    stream.write(join_lines(f"A {line}" for line in added))
    stream.write(b"TC .\n")


def require_pyoxigraph() -> None:
    """Raises RepositoryError (``not-installed``) where pyoxigraph is not there."""
    try:
        import_module("pyoxigraph")
    except ModuleNotFoundError as error:
        raise RepositoryError(
            "pyoxigraph is not installed; without it there are N-Triples, N-Quads and RDF Patch",
            code="not-installed",
            hint="pip install '.[rdf]' in a clone of gitdraft",
        ) from error


def require_pyshacl() -> None:
    """Raises RepositoryError (``not-installed``) where pyshacl is not there."""
    try:
        import_module("pyshacl")
        import_module("pyoxigraph")
    except ModuleNotFoundError as error:
        raise RepositoryError(
            f"{error.name} is not installed; shapes are checked with it",
            code="not-installed",
            hint="pip install '.[shacl]' in a clone of gitdraft",
        ) from error
