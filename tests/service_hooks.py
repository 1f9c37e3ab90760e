"""Schemathesis's guesses, led to what is there: half of the ids are those of a draft, of entities, of revisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import strategies as st

KNOWN: dict[str, list[Any]] = {
    "draft_id": ["fix", "done", "other"],
    "draft": ["fix", "other"],
    "entity": ["category/Person", "category/Agent", "property/name", "property/unused", "property/gone"],
    "number": [1, 2],
    "type": ["category", "property"],
}


PUSHED: dict[str, list[Any]] = {
    "entity_type": ["category", "property"],
    "entity_key": ["Person", "Agent", "name", "unused", "fresh"],
    "patch": [[{"op": "add", "path": "/description", "value": "x"}]],
    "entity": [{"id": "fresh", "label": "Fresh"}],
}


def _led(values: Any, known: Callable[[str], list[Any] | None]) -> Any:
    """The values, some of them known ones instead."""
    if not isinstance(values, dict):
        return st.just(values)
    found = {name: known(name) for name in values}
    some = {name: st.sampled_from(choices) for name, choices in found.items() if choices}
    return st.fixed_dictionaries({}, optional=some).map(lambda chosen: {**values, **chosen})


@schemathesis.hook
def flatmap_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Known ids, as often as others."""
    return _led(path_parameters, KNOWN.get)


@schemathesis.hook
def flatmap_query(context: Any, query: Any) -> Any:
    """Known ids, as often as others."""
    return _led(query, KNOWN.get)


@schemathesis.hook
def flatmap_body(context: Any, body: Any) -> Any:
    """Known entities in bodies that name some, and in the changes of a push."""
    names = ("entity", "redirects_to", "redirect_from_id", "redirect_to_id")
    if isinstance(body, dict) and isinstance(body.get("changes"), list):
        changes = st.tuples(*(_led(change, PUSHED.get) for change in body["changes"]))
        return changes.map(lambda led: {**body, "changes": list(led)})
    return _led(body, lambda name: KNOWN["entity"] if name in names else None)
