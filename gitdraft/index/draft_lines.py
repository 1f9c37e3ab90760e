"""What drafts say of themselves, read once for each tip: a list of a hundred thousand reads none of them again."""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.index.database import Index, open_index
from gitdraft.index.draft_line_tables import LineRow, read_lines, write_lines
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import utc
from gitdraft.store.drafts import read_draft, read_header
from gitdraft.store.outside_files import has_foreign_files
from gitdraft.store.repository import Store, closed_ref


def draft_lines(store: Store, *, is_closed: bool = False) -> list[LineRow]:
    """Returns a line for each open draft, or for each closed one, sorted by id."""
    tips = _tips(store, is_closed=is_closed)
    if not tips:
        return []
    with open_index(store.git.common) as index:
        return _lines_of(index, store, tips, is_closed=is_closed)


def catch_up_lines(index: Index, store: Store, *, is_closed: bool) -> None:
    """Updates this index to the drafts as they are."""
    _lines_of(index, store, _tips(store, is_closed=is_closed), is_closed=is_closed)


def _tips(store: Store, *, is_closed: bool) -> dict[str, Oid]:
    return store.closed_drafts() if is_closed else store.open_drafts()


def _lines_of(index: Index, store: Store, tips: Mapping[str, Oid], *, is_closed: bool) -> list[LineRow]:
    known = index.read(lambda connection: read_lines(connection, is_closed=is_closed)) or []
    if len(known) == len(tips) and all(tips.get(row.name) == row.tip for row in known):
        return known
    kept = {row.name: row for row in known if tips.get(row.name) == row.tip}
    new = {
        name: read_line(store, name, closed_ref(name) if is_closed else store.draft_ref(name), tip)
        for name, tip in tips.items()
        if name not in kept
    }
    gone = [row.name for row in known if row.name not in tips]
    index.write(lambda connection: write_lines(connection, new.values(), gone, is_closed=is_closed))
    lines: Mapping[str, LineRow] = kept | new
    return [lines[name] for name in tips]


def read_line(store: Store, draft_id: str, ref: RefName, tip: Oid) -> LineRow:
    """Returns the line of a draft, read from git."""
    try:
        draft = read_draft(store.git, draft_id, ref, tip)
        header = read_header(store.git, draft)
        is_foreign = has_foreign_files(store.git, draft)
        updated_at = utc(store.git.read_commit(tip).committer.seconds)
    except (InvalidInput, RepositoryError) as error:
        return LineRow(draft_id, tip, None, 0, False, None, error.message)
    return LineRow(
        draft_id,
        tip,
        draft.base,
        len(draft.files),
        is_foreign,
        updated_at,
        None,
        header.title,
        header.description,
        header.author,
        header.source,
        header.status.value,
        header.created_at,
        header.created_from,
    )
