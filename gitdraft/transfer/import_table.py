"""A table that was edited, taken back: a draft at the commit that it was made of, of the cells that were edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from gitdraft.canonical.redirect import require_no_bad_rows
from gitdraft.documents.diff import diff
from gitdraft.documents.pointers import Tokens, get
from gitdraft.drafts.create import NewDraft, plan_draft
from gitdraft.errors import AlreadyExists, GitdraftError, InvalidInput, NotFound, StateRefused
from gitdraft.formats.tables.cells import decode, is_same
from gitdraft.formats.tables.columns import (
    COMMIT,
    ENTITY,
    RESERVED,
    STATE,
    Cell,
    Column,
    Table,
    TableRow,
    invalid,
    place_of_column,
)
from gitdraft.git.history import is_ancestor
from gitdraft.git.known_refs import resolve_commit
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Change, Update
from gitdraft.model.draft_reports import NewReport, TableEdit
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.rebase.judgement import remember_invalid
from gitdraft.store.drafts import read_draft
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.schema_places import SchemaPlaces, schema_places
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import parse_entity

PARQUET, WORKBOOK = b"PAR1", b"PK\x03\x04"


def read_table(stream: IO[bytes]) -> Table:
    """Reads a table, of the form that its first bytes say. Raises InvalidInput (``invalid-table``) with line and column, RepositoryError
    (``not-installed``)."""
    begin = stream.read(4)
    stream.seek(0)
    if begin == PARQUET:
        from gitdraft.formats.tables.parquet import read_parquet

        return read_parquet(stream)
    if begin == WORKBOOK:
        from gitdraft.formats.tables.workbook import read_workbook

        return read_workbook(stream)
    from gitdraft.formats.tables.text import read_text

    return read_text(stream.read())


def plan_new_of_table(
    transaction: Transaction, new_draft: NewDraft, table: Table, *, allow_invalid: bool = False
) -> Plan[NewReport]:
    """Plans a draft, at the commit that the table was made of, of the cells that say something else than that commit. A row or a column that
    is not in the table is left alone.

    Raises InvalidInput (``invalid-table``, ``invalid-rows`` listing every cell that means nothing), NotFound for a commit that
    canonical does not have, StateRefused (``empty-draft``) where nothing was edited, PolicyViolation unless ``allow_invalid``.
    """
    base = _base(transaction, table)
    reader = _Reader(base, [place_of_column(name) for name in table.columns if name not in RESERVED])
    edits: list[TableEdit] = []
    changes: dict[EntityRef, Change] = {}
    problems: list[tuple[int, GitdraftError]] = []
    seen: set[EntityRef] = set()
    for row in table.rows:
        try:
            entity = reader.entity(row)
            if entity in seen:
                raise AlreadyExists(f"'{entity}' is in an earlier row", context={"entity": str(entity)})
            seen.add(entity)
            edited = list(reader.edits(row, entity))
        except GitdraftError as error:
            problems.append((row.line, error))
            continue
        if edited:
            document = base.document(entity)
            changes[entity] = Update(entity, diff(document, _edited(document, edited)))
            edits += [edit for edit, _ in edited]
    require_no_bad_rows(problems)
    if not changes:
        raise StateRefused("nothing in the table was edited", code="empty-draft")
    plan = plan_draft(transaction, new_draft, base, changes)
    report, ref = plan.report, transaction.store.draft_ref(plan.report.id)
    view = EffectiveView(
        transaction.buffer, base, read_draft(transaction.buffer, report.id, ref, report.tip), base
    )
    violations = Validator(base).judge_draft(view)
    require_no_violations(violations, allow_invalid=allow_invalid)
    if violations:
        remember_invalid(transaction, report.id, report.tip)
    return replace(plan, report=replace(report, violations=violations, edits=tuple(edits)))


def _base(transaction: Transaction, table: Table) -> Snapshot:
    """Returns canonical at the commit that all rows name. Raises InvalidInput, NotFound."""
    commits = {str(row.cells[COMMIT].value): row for row in table.rows}
    if not commits:
        raise StateRefused("the table has no rows", code="empty-draft")
    if len(commits) > 1:
        row = list(commits.values())[1]
        raise invalid("the rows are of several commits", row.line, row.cells[COMMIT].number)
    (name, row), *_ = commits.items()
    store, canonical = transaction.store, transaction.canonical
    try:
        commit = resolve_commit(store.git, name) if len(name) == len(canonical.commit) else None
    except NotFound:
        commit = None
    if commit is None or not is_ancestor(store.git, commit, canonical.commit):
        raise NotFound(
            f"{store.canonical_branch} has no commit '{name}'",
            context={"revision": name, "line": row.line, "column": row.cells[COMMIT].number},
        )
    return take_snapshot(transaction.buffer, commit, canonical.configuration)


class _Reader:
    """What the cells of a table mean at one commit."""

    def __init__(self, base: Snapshot, columns: Iterable[Column]) -> None:
        self.base = base
        self.columns = sorted(columns, key=lambda column: len(column.tokens))
        self._schemas: dict[str, SchemaPlaces | None] = {}

    def entity(self, row: TableRow) -> EntityRef:
        """Returns the entity of a row. Raises InvalidInput, NotFound for one that is not there at that commit."""
        cell = row.cells[ENTITY]
        if not cell.value:
            raise _at(
                row,
                cell,
                ENTITY,
                InvalidInput(f"{ENTITY} is empty: a new entity is made with gitdraft create"),
            )
        entity = parse_entity(self.base.configuration, str(cell.value))
        if not isinstance(self.base.state(entity), Live) and not self._is_gone(row):
            raise NotFound(
                f"unknown entity '{entity}'",
                context={"entity": str(entity), "line": row.line, "column": cell.number},
                hint=f"gitdraft create {entity} FILE makes it",
            )
        return entity

    def edits(self, row: TableRow, entity: EntityRef) -> Iterator[tuple[TableEdit, Tokens]]:
        """Yields the cells that say something else than the entity. Raises InvalidInput for one that means nothing there."""
        state = self.base.state(entity)
        document: Maybe = state.document if isinstance(state, Live) else ABSENT
        for column in self.columns:
            cell = row.cells[column.name]
            now = ABSENT if document is ABSENT else get(document, column.tokens)
            try:
                value = decode(cell, now, self._kinds(entity.type, column.tokens))
                if not is_same(now, value) and document is ABSENT:
                    raise InvalidInput(f"'{entity}' is not live, so nothing of it is edited")
                if not is_same(now, value):
                    _require_place(document, column.tokens, value)
            except InvalidInput as error:
                raise _at(row, cell, column.name, error) from None
            if not is_same(now, value):
                yield TableEdit(entity, column.name, now, value), column.tokens

    def _is_gone(self, row: TableRow) -> bool:
        return STATE in row.cells and row.cells[STATE].value in ("redirected", "deleted")

    def _kinds(self, type_name: str, tokens: Tokens) -> frozenset[str] | None:
        if type_name not in self._schemas:
            self._schemas[type_name] = schema_places(self.base, type_name)
        schema = self._schemas[type_name]
        return None if schema is None else schema.kinds(tokens)


def _at(row: TableRow, cell: Cell, name: str, error: InvalidInput) -> InvalidInput:
    return InvalidInput(
        f"column {cell.number} ({name}): {error.message}",
        context={"line": row.line, "column": cell.number, "name": name},
    )


def _require_place(document: Maybe, tokens: Tokens, value: Maybe) -> None:
    """Raises InvalidInput for a place that no value can be put at, or taken from: below a value that is no object."""
    for end in range(len(tokens)):
        above = ABSENT if document is ABSENT else get(document, tokens[:end])
        if above is ABSENT:
            return
        is_element = isinstance(above, list) and end == len(tokens) - 1
        if is_element and (value is ABSENT or get(above, tokens[end:]) is ABSENT):
            raise InvalidInput(
                "a column neither adds nor removes an element of a list: edit the list as a whole"
            )
        if not isinstance(above, dict | list):
            raise InvalidInput("what is above it is no object")


def _edited(document: JSON, edited: Iterable[tuple[TableEdit, Tokens]]) -> JSON:
    for edit, tokens in edited:
        document = _put(document, tokens, edit.after)
    return document


def _put(document: JSON, tokens: Tokens, value: Maybe) -> JSON:
    """Returns the document with a value at a place, or without it; objects on the way are made."""
    name, rest = tokens[0], tokens[1:]
    if isinstance(document, list):
        index = int(name)
        inner = _put(document[index], rest, value) if rest else value
        assert inner is not ABSENT
        return [*document[:index], inner, *document[index + 1 :]]
    members = dict(document) if isinstance(document, dict) else {}
    if rest:
        if value is not ABSENT or name in members:
            members[name] = _put(members.get(name, {}), rest, value)
    elif value is ABSENT:
        members.pop(name, None)
    else:
        members[name] = value
    return members
