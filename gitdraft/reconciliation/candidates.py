"""Who may be meant by a name: looked up in the index, ranked by name and values."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter

from gitdraft.documents.equality import equivalent
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.index.names import folded, names_of, plain
from gitdraft.index.redirects import redirect_targets
from gitdraft.index.search import named_rows, searched_rows
from gitdraft.index.search_tables import SearchRow
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.reconciliation import AskedProperty, Candidate, Cell, EntityValue, NameQuery
from gitdraft.model.values import JSON
from gitdraft.reconciliation.properties import Reading, tokens_of
from gitdraft.reconciliation.similarity import OF_ALIAS, OF_PLAIN, name_score, similarity
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import known_types

MOST_LOOKED_UP = 100  # entities with a name that holds the one asked for, and as many that are called alike
MOST_READ = 50  # of them whose values are compared, and who are answered
MOST_HOLDERS = 500  # entities that hold a value somewhere, where no name is asked for
OF_PROPERTY = 0.4  # what a property weighs beside the name
LEAST = 0.3  # what is less like the name is no candidate
CERTAIN = OF_PLAIN * OF_ALIAS  # it is called so
OF_OTHER_TYPE = 0.9


def reconcile(view: EffectiveView, queries: Mapping[str, NameQuery]) -> dict[str, list[Candidate]]:
    """Returns the candidates of each query, the best first.

    Raises InvalidInput naming a query that asks for an unknown type, or for what is no pointer.
    """
    reading = Reading(view)
    types: dict[str, tuple[str, ...]] = {}
    for name, query in queries.items():
        try:
            types[name] = _types(view.canonical, query)
            for asked in query.properties:
                tokens_of(asked.name)
        except GitdraftError as error:
            message = f"query '{name}': {error.message}"
            raise InvalidInput(message, context={"query": name, **error.context}) from None
    named = {name: query.name for name, query in queries.items() if query.name is not None}
    looked_up = [(plain(text), types[name]) for name, text in named.items()]
    rows = dict(zip(named, named_rows(view.canonical, looked_up, MOST_LOOKED_UP), strict=True))
    return {name: _ranked(reading, query, types[name], rows.get(name, ())) for name, query in queries.items()}


def redirected(
    reading: Reading, types: Iterable[str], name: str, *, goes_on: bool = False
) -> Iterator[tuple[str, EntityRef]]:
    """Yields the live entities to which those of this key (as ``plain`` makes it) are redirected, each behind the key; with
    ``goes_on`` of those whose key begins so."""
    canonical = reading.view.canonical
    for type_name in types:
        sources = _sources(canonical.source, canonical.commit, type_name)
        for key, entity in islice(sources, bisect_left(sources, name, key=itemgetter(0)), None):
            if key != name and not (goes_on and key.startswith(name)):
                break
            end = reading.end(entity)
            if end is not None:
                yield key, end


@remembered(16)
def _sources(source: ObjectSource, commit: Oid, type_name: str) -> list[tuple[str, EntityRef]]:
    """Returns the entities that are redirected behind what their keys are plainly, sorted."""
    return sorted(
        (plain(entity.key), entity) for entity in redirect_targets(take_snapshot(source, commit), type_name)
    )


def _types(canonical: Snapshot, query: NameQuery) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(query.types))
    for name in named:
        known_types(canonical.configuration, name)
    if query.type_strict == "all" and len(named) > 1:  # an entity has one
        return ()
    return tuple(canonical.configuration.entities) if not named or query.type_strict == "should" else named


@dataclass(slots=True)
class _Scored:
    """An entity on its way to be a candidate: how well its name fits and each of its values, from 0 to 1; ``factor`` is below
    1 where it is of another type than was asked for."""

    entity: EntityRef
    of_name: float | None
    of_values: tuple[tuple[str, float], ...] = ()
    factor: float = 1.0

    @property
    def score(self) -> float:
        fits = [fit for _, fit in self.of_values]
        weight = OF_PROPERTY * len(fits) + (self.of_name is not None)
        return self.factor * ((self.of_name or 0.0) + OF_PROPERTY * sum(fits)) / weight

    @property
    def is_certain(self) -> bool:
        is_called = self.of_name is None or self.of_name >= CERTAIN
        return is_called and self.factor == 1 and all(fit == 1 for _, fit in self.of_values)

    @property
    def features(self) -> tuple[tuple[str, float], ...]:
        return self.of_values if self.of_name is None else (("name", round(self.of_name, 4)), *self.of_values)


def _ranked(
    reading: Reading, query: NameQuery, types: tuple[str, ...], rows: Sequence[SearchRow]
) -> list[Candidate]:
    """Returns the candidates of one query."""
    if query.name is None:
        scored = [_Scored(*holder) for holder in _holders(reading, query.properties, types)]
    else:
        scored = [_Scored(*named) for named in _named(reading, query.name, types, rows)]
        scored.sort(key=_order)
        del scored[MOST_READ:]
        for one in scored:
            one.of_values = _fits(reading, one.entity, query.properties)
    for one in scored:
        if query.types and one.entity.type not in query.types:
            one.factor = OF_OTHER_TYPE
    scored.sort(key=_order)
    certain = [one for one in scored[:2] if one.is_certain and one.score == scored[0].score]
    return [
        Candidate(
            one.entity,
            reading.name(one.entity),
            reading.description(one.entity),
            round(100 * one.score, 2),
            certain == [one],
            one.features,
        )
        for one in scored[: min(query.limit, MOST_READ)]
    ]


def _order(one: _Scored) -> tuple[float, EntityRef]:
    return -one.score, one.entity


def _named(
    reading: Reading, name: str, types: tuple[str, ...], rows: Sequence[SearchRow]
) -> Iterator[tuple[EntityRef, float]]:
    """Yields the entities that are called so, or alike, each once, with how well that fits."""
    best = {row.entity: name_score(name, row.names, 1 + (row.label is not None)) for row in rows}
    for _, target in redirected(reading, types, plain(name)):
        own = name_score(name, names_of(target, reading.document(target)), 1)
        best[target] = max(best.get(target, 0.0), OF_PLAIN, own)
    return ((entity, score) for entity, score in best.items() if score >= LEAST)


def _holders(
    reading: Reading, properties: Sequence[AskedProperty], types: tuple[str, ...]
) -> Iterator[tuple[EntityRef, None, tuple[tuple[str, float], ...]]]:
    """Yields the entities that have one of the values, each once, with how well all of them fit."""
    seen: set[EntityRef] = set()
    for value in (value for asked in properties for value in asked.values):
        text = "" if isinstance(value, bool) else folded(_text(value))
        for row in searched_rows(reading.view.canonical, types, [text] if text else []):
            if len(seen) == MOST_HOLDERS:
                return
            if row.entity in seen or (text and text not in row.text.split("\n")):
                continue
            fits = _fits(reading, row.entity, properties)
            if any(fit > 0 for _, fit in fits):
                seen.add(row.entity)
                yield row.entity, None, fits


def _fits(
    reading: Reading, entity: EntityRef, properties: Sequence[AskedProperty]
) -> tuple[tuple[str, float], ...]:
    """Returns how well the values of an entity fit those of each property."""
    return tuple((asked.name, _fit(reading.cells(entity, asked.name), asked.values)) for asked in properties)


def _fit(cells: Sequence[Cell], values: Sequence[JSON]) -> float:
    return round(max((_alike(cell, value) for cell in cells for value in values), default=0.0), 4)


def _alike(cell: Cell, value: JSON) -> float:
    if isinstance(value, dict):
        name = value.get("id")
        return float(isinstance(cell, EntityValue) and name in (str(cell.entity), cell.entity.key))
    if isinstance(cell, EntityValue):
        text = _text(value)
        if text in (str(cell.entity), cell.entity.key):
            return 1.0
        return _near(text, cell.name)
    if isinstance(cell, int | float):
        return float(equivalent(cell, value) or _text(value) == str(cell))
    return _near(_text(value), cell if isinstance(cell, str) else cell.text)


def _near(one: str, other: str) -> float:
    alike = similarity(one, other)
    return alike if alike >= 0.5 else 0.0


def _text(value: JSON) -> str:
    """Returns a value as a text of an entity would hold it."""
    if isinstance(value, dict):
        return str(value.get("id", "")).rpartition("/")[2]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
