"""One edit of all entities that a query matches, all or none."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from gitdraft.drafts.edit import Edit
from gitdraft.drafts.edit_functions import EditFunction, EditResult, EditTarget
from gitdraft.errors import GitdraftError, InvalidInput, NotFound
from gitdraft.formats.queries import parse_query
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.search import search


def edits_of_matches(
    query: str, make: EditFunction, most: int | None = None
) -> Callable[[EffectiveView], list[Edit]]:
    """Returns what makes the edit of each entity that the query matches in a view.

    Its errors name the entity. It raises InvalidInput (``invalid-query``, ``too-many-changes`` where more than ``most`` match),
    NotFound for an unknown type and where no entity matches.
    """
    terms = parse_query(query)

    def edits(view: EffectiveView) -> list[Edit]:
        listed = islice(search(view, terms), None if most is None else most + 1)
        matches = [Edit(match.entity, _naming(make)) for match in listed]
        if most is not None and len(matches) > most:
            raise InvalidInput(
                f"'{query}' matches more than {most:,} entities",
                code="too-many-changes",
                context={"path": "/query"},
            )
        if not matches:
            raise NotFound(
                f"no entity matches '{query}'",
                context={"query": query},
                hint="gitdraft search shows what a query matches",
            )
        return matches

    return edits


def _naming(make: EditFunction) -> EditFunction:
    def named(current: EditTarget) -> EditResult:
        try:
            return make(current)
        except GitdraftError as error:
            raise type(error)(
                f"{current.entity}: {error.message}",
                code=error.code,
                context={"entity": str(current.entity), **error.context},
                hint=error.hint,
                details=error.details,
            ) from error

    return named
