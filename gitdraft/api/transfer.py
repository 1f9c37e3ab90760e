"""In and out: entities, redirects and pushes of a MediaWiki taken in, entities and redirects given out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypedDict, Unpack

from gitdraft.api.rdf import (
    RdfChange,
    RdfExport,
    RdfOptions,
    SssomExport,
    export_rdf,
    export_sssom,
    rdf_change,
)
from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.model.canonical_reports import ImportReport, RedirectReport
    from gitdraft.transfer.export_table import TableExport
    from gitdraft.transfer.import_mediawiki import Bounds
    from gitdraft.transfer.import_mediawiki import ImportReport as MediaWikiReport
    from gitdraft.transfer.sources import EntitySource
    from gitdraft.views.effective_view import EffectiveView


class ImportOptions(TypedDict, total=False):
    """``entity_type`` is that of rows without an address, ``key`` where in them the key is (RFC 6901). ``skip_invalid``
    leaves bad rows out, without ``references`` rows may name entities that are not there."""

    entity_type: str | None
    key: str | None
    reason: str
    skip_invalid: bool
    references: bool
    dry_run: bool
    progress: Progress


class RedirectImportOptions(TypedDict, total=False):
    """``entity_type`` is that of keys that stand alone; ``takes_over`` keeps by and at of each row."""

    entity_type: str | None
    reason: str
    repoint: bool
    takes_over: bool
    dry_run: bool
    progress: Progress


def open_source(file: str, stdin: BinaryIO) -> EntitySource:
    """Returns the rows of a file or folder by its name; `-` is ``stdin``. Raises NotFound."""
    from gitdraft.transfer.sources import open_source

    return open_source(file, stdin)


def rows_of(values: Sequence[JSON]) -> EntitySource:
    """Returns JSON values as the rows of a file."""
    from io import BytesIO

    from gitdraft.formats.entity_streams import write_array
    from gitdraft.transfer.sources import FileSource

    return FileSource(BytesIO("\n".join(write_array(values)).encode()))


def push_bounds(most_bytes: int | None = None, most_changes: int | None = None) -> Bounds:
    """Returns how much one push of a MediaWiki may be: what is usual, or at most so much."""
    from gitdraft.transfer.import_mediawiki import Bounds

    usual = Bounds()
    return Bounds(
        usual.bytes if most_bytes is None else most_bytes,
        usual.changes if most_changes is None else most_changes,
    )


@dataclass(frozen=True, slots=True)
class Export:
    """Entities of some types as they are given out. ``in_conflict`` are those given as canonical has them, since the
    draft's change cannot be replayed onto it."""

    view: EffectiveView
    types: tuple[str, ...]
    in_conflict: tuple[EntityRef, ...]

    def lines(self, form: Literal["jsonl", "json"] = "jsonl") -> Iterator[str]:
        """Yields a line an entity, or one JSON array line by line. Raises InvalidInput for a file that is no
        document."""
        from gitdraft.formats.entity_streams import write_array, write_lines
        from gitdraft.transfer.export import documents, effective_files

        write = write_array if form == "json" else write_lines
        return write(documents(self.view, self.types, effective_files(self.view, self.types)))

    def write_folder(self, folder: Path, *, progress: Progress = silent) -> int:
        """Writes the entities as `TYPE/KEY.json` below a new or empty folder; returns how many. Raises AlreadyExists
        where something is in it."""
        from gitdraft.transfer.export import effective_files, write_folder

        return write_folder(folder, effective_files(self.view, self.types), progress)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is taken in from elsewhere, and given out."""

    session: Session

    def import_entities(self, source: EntitySource, **options: Unpack[ImportOptions]) -> ImportReport:
        """Makes canonical's entities what the rows say, in one commit; those that they do not name stay.

        Raises InvalidInput (``invalid-rows``) with every bad row listed, unless ``skip_invalid``.
        """
        from gitdraft.transfer.import_entities import ImportRequest, plan_import, stage_import
        from gitdraft.transfer.rows import Naming

        progress = options.get("progress", silent)
        dry_run = options.get("dry_run", False)
        request = ImportRequest(
            source,
            Naming(options.get("entity_type"), options.get("key")),
            options.get("skip_invalid", False),
            options.get("references", True),
            options.get("reason", ""),
        )
        staged = stage_import(self.session.store, request, progress, dry_run=dry_run)
        if dry_run:
            return staged.report
        return self.session.run(
            "import entities", lambda transaction: plan_import(transaction, staged, progress)
        )

    def import_mediawiki(
        self,
        content: bytes,
        *,
        idempotency_key: str | None = None,
        pusher: str = "",
        bounds: Bounds | None = None,
        dry_run: bool = False,
    ) -> MediaWikiReport:
        """Makes a draft of what a MediaWiki pushes, all of it or, with the mistakes listed, nothing. The same key, from
        the same ``pusher`` and with the same content, gives the same draft, and no second one."""
        from gitdraft.transfer.import_mediawiki import import_id, plan_mediawiki_import

        within = push_bounds() if bounds is None else bounds
        return self.session.run(
            "import mediawiki",
            lambda transaction: plan_mediawiki_import(
                transaction, content, import_id(transaction.metadata, idempotency_key, pusher), within
            ),
            dry_run=dry_run,
        )

    def import_redirects(self, content: bytes, **options: Unpack[RedirectImportOptions]) -> RedirectReport:
        """Makes all redirects in CSV or JSON lines, or none, as one commit; redirects that are there already change
        nothing. Raises InvalidInput (``invalid-rows``)."""
        from gitdraft.canonical.redirect import plan_redirects
        from gitdraft.formats.redirect_rows import read_rows
        from gitdraft.transfer.redirects import redirect_requests

        takes_over, reason = options.get("takes_over", False), options.get("reason", "")
        requests, problems = redirect_requests(
            self.session.store.snapshot().configuration,
            read_rows(content),
            options.get("entity_type"),
            reason,
            takes_over=takes_over,
        )
        return self.session.run(
            "redirect import" if takes_over else "redirect batch",
            lambda transaction: plan_redirects(
                transaction,
                requests,
                reason=reason,
                repoint=options.get("repoint", False),
                problems=problems,
                progress=options.get("progress", silent),
            ),
            dry_run=options.get("dry_run", False),
        )

    def export_entities(self, entity_type: str | None = None, draft: str | None = None) -> Export:
        """Returns canonical's entities, all or of a type, or those that a draft would make, ready to be written."""
        from gitdraft.api.views import open_effective
        from gitdraft.transfer.export import in_conflict
        from gitdraft.views.entity_names import known_types

        view = open_effective(self.session.store, draft)
        types = known_types(view.canonical.configuration, entity_type)
        return Export(view, types, tuple(in_conflict(view, types)))

    def export_table(
        self,
        entity_type: str,
        *,
        columns: Sequence[str] = (),
        at: str | None = None,
        redirects: bool = False,
        deleted: bool = False,
    ) -> TableExport:
        """Returns the entities of a type, at canonical's tip or at the commit ``at``, as a table, ready to be written: a row an entity, with
        what is redirected or deleted where that is asked for; a column a pointer of ``columns``, or what the schema declares and
        entities have. Raises NotFound for an unknown type."""
        from gitdraft.api.views import open_effective
        from gitdraft.transfer.export_table import TableExport, TableOptions
        from gitdraft.views.entity_names import known_types

        canonical = open_effective(self.session.store, at=at).canonical
        (name,) = known_types(canonical.configuration, entity_type)
        return TableExport(canonical, name, TableOptions(tuple(columns), redirects, deleted))

    def export_redirects(
        self, entity_type: str | None = None, form: Literal["csv", "jsonl"] = "csv"
    ) -> Iterator[str]:
        """Yields the redirects as lines of CSV or JSON lines."""
        from gitdraft.formats.redirect_rows import write_csv, write_jsonl
        from gitdraft.transfer.redirects import exported_redirects
        from gitdraft.views.entity_names import known_types

        canonical = self.session.store.snapshot()
        rows = exported_redirects(canonical, known_types(canonical.configuration, entity_type))
        return (write_jsonl if form == "jsonl" else write_csv)(rows)

    def export_rdf(self, names: Sequence[str] = (), **options: Unpack[RdfOptions]) -> RdfExport:
        """Returns the entities of the types, and the entities, that are named, or all, ready to be written as RDF.

        Raises NotFound, InvalidInput (``no-rdf-mapping``).
        """
        return export_rdf(self.session, names, **options)

    def rdf_change(
        self, names: Sequence[str] = (), since: str | None = None, **options: Unpack[RdfOptions]
    ) -> RdfChange:
        """Returns what turns the triples of canonical at the commit ``since`` into those of the export; without ``since``,
        what the drafts would change. Raises as ``export_rdf`` does."""
        return rdf_change(self.session, names, since, **options)

    def export_sssom(self, types: Sequence[str] = (), at: str | None = None) -> SssomExport:
        """Returns the redirects, and the mappings that types declare, ready to be written as SSSOM/TSV. Raises NotFound for an
        unknown type."""
        return export_sssom(self.session, types, at)
