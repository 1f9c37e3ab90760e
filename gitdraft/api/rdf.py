"""Entities given out as linked data: an export, one entity, the difference of two exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import IO, TYPE_CHECKING, Literal, TypedDict, Unpack

from gitdraft.api.session import Session
from gitdraft.api.views import EntityLookup, OneOrMore, open_effective
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.rdf.export import Exporter, Selection
    from gitdraft.rdf.sssom import MappingSet
    from gitdraft.rdf.subjects import Mapped, Mistake
    from gitdraft.rdf.syntaxes import Syntax


class RdfOptions(TypedDict, total=False):
    """What an export shows: canonical at its tip, at the commit ``at``, or with drafts over it; all statements (``full``) or
    the best values alone (``truthy``); with ``effective`` entities have what they inherit."""

    draft: OneOrMore
    at: str | None
    flavour: Literal["full", "truthy", "simple"]
    effective: bool


@dataclass(slots=True)
class RdfExport:
    """Entities as RDF, ready to be written. ``mistakes`` are what could not be said, as far as it was written."""

    exporter: Exporter
    selection: Selection
    mistakes: list[Mistake]

    def items(self, *, check: bool = False, progress: Progress = silent) -> Iterator[Mapped]:
        """Yields the entities with their triples, sorted by type and key; with ``check`` pyoxigraph parses every line."""
        from gitdraft.rdf.syntaxes import checked

        items = self.exporter.all(self.selection, progress)
        for item in checked(items) if check else items:
            self.mistakes += item.mistakes
            yield item

    def notes(self) -> list[str]:
        """Returns what there is to know of what was written, one sentence each: members that a context does not know."""
        return self.exporter.notes()

    def write(
        self, stream: IO[bytes], form: Syntax = "nt", *, check: bool = False, progress: Progress = silent
    ) -> None:
        """Writes the entities to a stream, one after another; two exports of one commit are equal byte by byte.

        Raises RepositoryError (``not-installed``) for a syntax that needs pyoxigraph, InvalidInput (``not-in-rdfxml``,
        ``not-rdf``) naming the entity.
        """
        from gitdraft.rdf.syntaxes import write

        write(self.items(check=check, progress=progress), form, stream, self.exporter.prefixes)


def export_rdf(session: Session, names: Sequence[str] = (), **options: Unpack[RdfOptions]) -> RdfExport:
    """Returns the entities of the types, and the entities, that are named, or all, ready to be written as RDF.

    Raises NotFound, InvalidInput (``no-rdf-mapping``).
    """
    from gitdraft.rdf.export import select

    exporter = open_rdf(session, **options)
    return RdfExport(exporter, select(exporter, names), [])


@dataclass(frozen=True, slots=True)
class RdfChange:
    """The triples that a change takes away and those that it brings, sorted, as lines of N-Triples."""

    removed: tuple[str, ...]
    added: tuple[str, ...]

    def write_patch(self, stream: IO[bytes]) -> None:
        """Writes the change as RDF Patch."""
        from gitdraft.rdf.syntaxes import write_patch

        write_patch(self.removed, self.added, stream)

    def write_lines(self, removed: IO[bytes], added: IO[bytes]) -> None:
        """Writes both as N-Triples."""
        from gitdraft.rdf.terms import join_lines

        removed.write(join_lines(self.removed))
        added.write(join_lines(self.added))


def rdf_change(
    session: Session, names: Sequence[str] = (), since: str | None = None, **options: Unpack[RdfOptions]
) -> RdfChange:
    """Returns what turns the triples of canonical at the commit ``since`` into those of the export; without ``since``, what
    the drafts would change.

    Raises NotFound, InvalidInput (``no-rdf-mapping``).
    """
    from gitdraft.rdf.difference import compare
    from gitdraft.rdf.export import select

    new = open_rdf(session, **options)
    old = open_rdf(
        session,
        at=since,
        flavour=options.get("flavour", "full"),
        effective=options.get("effective", False),
    )
    return RdfChange(*compare(old, new, select(new, names)))


@dataclass(frozen=True, slots=True)
class SssomExport:
    """The redirects and declared mappings of canonical, ready to be written. ``mistakes`` are values that are no mapping."""

    mapping_set: MappingSet

    @property
    def mistakes(self) -> list[Mistake]:
        """What is no mapping, with entity and pointer."""
        return self.mapping_set.mistakes

    def lines(self) -> Iterator[str]:
        """Yields the lines of an SSSOM/TSV file, a row a mapping."""
        return self.mapping_set.lines()


def export_sssom(session: Session, names: Sequence[str] = (), at: str | None = None) -> SssomExport:
    """Returns the mappings of entities of the types that are named, or of all. Raises NotFound for an unknown type."""
    from gitdraft.rdf.sssom import mapping_set
    from gitdraft.views.entity_names import known_types

    canonical = open_effective(session.store, at=at).canonical
    named = (known for name in names for known in known_types(canonical.configuration, name))
    types = tuple(dict.fromkeys(named)) or known_types(canonical.configuration, None)
    return SssomExport(mapping_set(canonical, types))


@dataclass(frozen=True, slots=True)
class LinkedData:
    """Canonical's entities, one at a time, as the web reads them."""

    session: Session

    def find(self, name: str) -> EntityLookup:
        """Returns the entity of a Wikibase with this id, or the one that a name means. Raises NotFound, InvalidInput
        (``no-rdf-mapping``)."""
        from gitdraft.rdf.entity_data import find_wikibase_entity

        exporter = open_rdf(self.session)
        return EntityLookup(self.session.store, find_wikibase_entity(exporter, name), exporter.view)

    def read(
        self,
        lookup: EntityLookup,
        form: Syntax,
        flavour: Literal["full", "truthy", "simple"] = "full",
        *,
        is_dump: bool = False,
        effective: bool = False,
    ) -> bytes:
        """Returns an entity in a syntax, with who is redirected to it; of a redirect where it leads, with what is there. With
        ``is_dump`` neither those nor that; with ``effective`` what the entity inherits. Raises as ``RdfExport.write`` does."""
        from gitdraft.rdf.entity_data import entity_data
        from gitdraft.rdf.syntaxes import write

        exporter = open_rdf(self.session, flavour=flavour, effective=effective)
        stream = BytesIO()
        write([entity_data(exporter, lookup.entity, is_dump=is_dump)], form, stream, exporter.prefixes)
        return stream.getvalue()

    def describe(self, address: str) -> bytes:
        """Returns what the data of a service at an address are, as VoID in N-Triples."""
        from gitdraft.rdf.terms import join_lines
        from gitdraft.rdf.void import describe

        return join_lines(describe(open_rdf(self.session), address))


def open_rdf(session: Session, **options: Unpack[RdfOptions]) -> Exporter:
    """Returns what exports canonical, or drafts over it. Raises NotFound, InvalidInput (``no-rdf-mapping``)."""
    from gitdraft.rdf.export import open_exporter

    view = open_effective(session.store, options.get("draft"), options.get("at"))
    flavour = options.get("flavour", "full")
    return open_exporter(session.store, view, flavour, is_effective=options.get("effective", False))
