"""Answers of reconciliation as the Reconciliation Service API 0.2 has them (https://www.w3.org/community/reports/reconciliation/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record
from gitdraft.model.reconciliation import DateValue, EntityValue

if TYPE_CHECKING:
    from gitdraft.model.reconciliation import Candidate, Cell, Extension, Suggestion


def results_json(results: Mapping[str, Sequence[Candidate]]) -> Record:
    """Returns the candidates of each query."""
    return {name: {"result": list(map(candidate_json, candidates))} for name, candidates in results.items()}


def candidate_json(candidate: Candidate) -> Record:
    """Returns one candidate."""
    described = {} if candidate.description is None else {"description": candidate.description}
    entity_type = candidate.entity.type
    return {
        "id": str(candidate.entity),
        "name": candidate.name,
        **described,
        "score": candidate.score,
        "match": candidate.is_match,
        "type": [{"id": entity_type, "name": entity_type}],
        "features": [{"id": name, "value": value} for name, value in candidate.features],
    }


def suggestion_json(suggestion: Suggestion) -> Record:
    """Returns one suggestion."""
    record: Record = {"id": suggestion.id, "name": suggestion.name}
    if suggestion.description is not None:
        record["description"] = suggestion.description
    if suggestion.type is not None:
        record["notable"] = [{"id": suggestion.type, "name": suggestion.type}]
    return record


def extension_json(extension: Extension) -> Record:
    """Returns the values that were fetched."""
    names = [name for name, _, _ in extension.columns]
    meta = [
        {"id": name, "name": called} | ({} if kind is None else {"type": {"id": kind, "name": kind}})
        for name, called, kind in extension.columns
    ]
    rows = {
        entity: {name: list(map(cell_json, cells)) for name, cells in zip(names, columns, strict=True)}
        for entity, columns in extension.rows.items()
    }
    return {"meta": meta, "rows": rows}


def cell_json(cell: Cell) -> Record:
    """Returns one value of a property."""
    match cell:
        case EntityValue():
            return {"id": str(cell.entity), "name": cell.name}
        case DateValue():
            return {"date": cell.text}
        case str():
            return {"str": cell}
        case int():
            return {"int": cell}
    return {"float": cell}
