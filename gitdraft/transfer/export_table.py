"""Entities of one type as a table: a row an entity, a column a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Literal, TypeAlias

from gitdraft.documents.pointers import Tokens, get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.tables.cells import AnyKinds, encode
from gitdraft.formats.tables.columns import COMMIT, ENTITY, STATE, TARGET, Column, column_of
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.outcomes import Live
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.store.redirects import tombstones
from gitdraft.store.snapshots import Snapshot
from gitdraft.validation.schema_places import SchemaPlaces, schema_places

TableForm: TypeAlias = Literal["parquet", "csv", "tsv", "xlsx"]
DEEPEST = 4  # objects in objects whose members the schema declares
Row: TypeAlias = tuple[tuple[str, ...], list[Maybe]]


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What a table has: ``columns`` are pointers (empty: what the schema declares and the entities have), and the entities that are
    redirected or deleted where they are asked for."""

    columns: tuple[str, ...] = ()
    redirects: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class TableExport:
    """The entities of a type in canonical at a commit, ready to be written."""

    canonical: Snapshot
    type_name: str
    options: TableOptions

    def columns(self) -> list[tuple[Column, AnyKinds]]:
        """Returns the places that are columns, with the kinds that may stand there. Raises InvalidInput for what is no pointer."""
        schema = schema_places(self.canonical, self.type_name)
        if self.options.columns:
            asked = list(dict.fromkeys(map(parse_pointer, self.options.columns)))
            if () in asked:
                raise InvalidInput("a column is a place in an entity", context={"path": ""})
        else:
            asked = self._usual(schema)
        return [(column_of(tokens), None if schema is None else schema.kinds(tokens)) for tokens in asked]

    def write(self, form: TableForm, stream: IO[bytes]) -> None:
        """Writes the table. Raises RepositoryError (``not-installed``), InvalidInput (``too-large``) for what the form cannot hold."""
        columns = self.columns()
        fixed = [ENTITY, COMMIT, *([STATE, TARGET] if self._has_states() else [])]
        rows = self._rows([column for column, _ in columns])
        if form == "parquet":
            from gitdraft.formats.tables.parquet import write_parquet

            write_parquet(fixed, columns, rows, stream)
            return
        names = [*fixed, *(column.name for column, _ in columns)]
        texts = (self._texts(row, columns) for row in rows)
        if form == "xlsx":
            from gitdraft.formats.tables.workbook import write_workbook

            write_workbook(names, texts, stream)
            return
        from gitdraft.formats.tables.text import write_text

        write_text(names, texts, stream, "\t" if form == "tsv" else ",")

    def _has_states(self) -> bool:
        return self.options.redirects or self.options.deleted

    def _texts(self, row: Row, columns: Iterable[tuple[Column, AnyKinds]]) -> list[str]:
        fixed, values = row
        return [*fixed, *(encode(v, kinds) for v, (_, kinds) in zip(values, columns, strict=True))]

    def _rows(self, columns: Sequence[Column]) -> Iterator[Row]:
        commit, has_states = self.canonical.commit, self._has_states()
        for entity, _ in self.canonical.entities((self.type_name,)):
            state = self.canonical.state(entity)
            document: JSON = state.document if isinstance(state, Live) else None
            fixed = (str(entity), commit, *(("live", "") if has_states else ()))
            yield fixed, [get(document, column.tokens) for column in columns]
        for entity, tombstone in tombstones(self.canonical, self.type_name) if has_states else ():
            is_redirect = isinstance(tombstone, RedirectTombstone)
            if not (self.options.redirects if is_redirect else self.options.deleted):
                continue
            target = (
                f"{entity.type}/{tombstone.redirects_to}" if isinstance(tombstone, RedirectTombstone) else ""
            )
            word = "redirected" if is_redirect else "deleted"
            yield (str(entity), commit, word, target), [ABSENT] * len(columns)

    def _usual(self, schema: SchemaPlaces | None) -> list[Tokens]:
        """Returns the members that the schema declares, those of objects of which it declares some by themselves, and the other
        members that entities have."""
        places: dict[Tokens, None] = {}
        if schema is not None:
            places.update(dict.fromkeys(_declared(schema, (), DEEPEST)))
        known = {tokens[0] for tokens in places}
        for entity, _ in self.canonical.entities((self.type_name,)):
            state = self.canonical.state(entity)
            if isinstance(state, Live) and isinstance(state.document, dict):
                places.update((((name,), None)) for name in state.document if name not in known)
        return list(places)


def _declared(schema: SchemaPlaces, above: Tokens, depth: int) -> Iterator[Tokens]:
    for name in schema.members(above):
        tokens = (*above, name)
        kinds = schema.kinds(tokens)
        is_object = kinds is not None and kinds <= {"object", "null"} and "object" in kinds
        inner = list(_declared(schema, tokens, depth - 1)) if is_object and depth > 1 else []
        yield from inner or [tokens]
