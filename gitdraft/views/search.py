"""The entities that a query matches, on canonical or as drafts have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gitdraft.documents.equality import equivalent
from gitdraft.documents.parse import read_document
from gitdraft.errors import InvalidInput
from gitdraft.index.names import folded, label_of
from gitdraft.index.search import searched_rows, text_of
from gitdraft.index.search_tables import SearchRow
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.progress import Progress, silent
from gitdraft.model.queries import Condition, Match, Member, OfType, Query, Term, Word
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.store.references import places
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import known_types


def search(
    view: EffectiveView, query: Query, entity_type: str | None = None, progress: Progress = silent
) -> Iterator[Match]:
    """Yields the live entities of the view that match, sorted by type and key. Raises NotFound for an unknown type.

    Canonical's are looked up in the index; what the view's drafts change is read.
    """
    types = _types(view, query, entity_type)
    changed = {entity for entity in view.changed() if entity.type in types}
    own = [
        _Drafted(entity, state.document)
        for entity in changed
        if isinstance(state := view.state(entity), Live)
    ]
    documents = {drafted.entity: drafted.document for drafted in own}
    canonical = searched_rows(view.canonical, types, _parts(query), progress)
    rows: Iterable[SearchRow] = (row for row in canonical if row.entity not in changed)
    if own:
        rows = sorted([*rows, *(drafted.row() for drafted in own)], key=lambda row: row.entity)
    for row in rows:
        if _matches(view, query, row, documents.get(row.entity, ABSENT)):
            yield Match(row.entity, row.label)


class _Drafted(NamedTuple):
    """A live entity as a draft has it."""

    entity: EntityRef
    document: JSON

    def row(self) -> SearchRow:
        """Returns what the index would hold of it."""
        text = text_of(self.entity, self.document)
        return SearchRow(self.entity, None, text, label_of(self.document))


def _types(view: EffectiveView, query: Query, entity_type: str | None) -> tuple[str, ...]:
    types = known_types(view.canonical.configuration, entity_type)
    for condition, is_negated in query:
        if isinstance(condition, OfType):
            (named,) = known_types(view.canonical.configuration, condition.name)
            types = tuple(name for name in types if (name == named) != is_negated)
    return types


def _parts(query: Query) -> Iterator[str]:
    """Yields what the texts of every match hold: the words, and the values that can only be texts."""
    for condition, is_negated in query:
        if is_negated:
            continue
        if isinstance(condition, Word):
            yield folded(condition.text)
        elif isinstance(condition, Member) and condition.value is ABSENT:
            yield folded(condition.text or "")


def _matches(view: EffectiveView, query: Query, row: SearchRow, document: Maybe) -> bool:
    """Whether all terms hold; the document is read where it is asked for and not given."""
    if document is ABSENT and any(isinstance(term.condition, Member) for term in query):
        document = _document(view, row)
    return all(_holds(term, row, document) for term in query)


def _holds(term: Term, row: SearchRow, document: Maybe) -> bool:
    return _is_so(term.condition, row, document) != term.is_negated


def _is_so(condition: Condition, row: SearchRow, document: Maybe) -> bool:
    match condition:
        case Word(text=text):
            return folded(text) in row.text
        case OfType(name=name):
            return row.entity.type == name
        case Member(tokens=tokens):
            if document is ABSENT:
                return False
            return any(_is_value(condition, value) for _, value in places(document, tokens))


def _is_value(condition: Member, value: JSON) -> bool:
    if condition.text is None or value == condition.text:
        return True
    return condition.value is not ABSENT and equivalent(value, condition.value)


def _document(view: EffectiveView, row: SearchRow) -> Maybe:
    assert row.blob is not None
    canonical = view.canonical
    try:
        return read_document(
            canonical.source.read_blob(row.blob),
            limits=canonical.configuration.limits,
            source=str(row.entity),
        )
    except InvalidInput:
        return ABSENT
