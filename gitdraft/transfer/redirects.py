"""Tables of redirects: rows as redirect requests, and canonical's redirects as rows."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.canonical.redirect import RedirectRequest
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.redirect_rows import RedirectRow, Rows
from gitdraft.model.entities import EntityRef
from gitdraft.store.redirects import redirects
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.entity_names import parse_entity

RedirectRequests = tuple[list[tuple[int, RedirectRequest]], list[tuple[int, GitdraftError]]]


def redirect_requests(
    configuration: Configuration,
    rows: Rows,
    type_name: str | None = None,
    reason: str = "",
    *,
    takes_over: bool = False,
) -> RedirectRequests:
    """Returns the redirects that the rows ask for, each with its row's number, and the errors of the other rows, numbered
    likewise.

    ``type_name`` is the type of bare keys, ``reason`` that of rows without one. Only with ``takes_over`` may rows say
    by whom and when the redirect was made.
    """
    requests: list[tuple[int, RedirectRequest]] = []
    problems = list(rows[1])
    for row in rows[0]:
        try:
            if (row.by or row.at) and not takes_over:
                raise InvalidInput("by and at are taken over by redirect import alone")
            source = _entity(configuration, row.source, row.source_type, type_name)
            target = _entity(configuration, row.target, row.target_type, type_name)
        except GitdraftError as error:
            problems.append((row.number, error))
        else:
            request = RedirectRequest(source, target, row.reason or reason, row.by, row.at)
            requests.append((row.number, request))
    return requests, problems


def exported_redirects(canonical: Snapshot, types: tuple[str, ...]) -> Iterator[RedirectRow]:
    """Yields canonical's redirects as rows, type by type, sorted."""
    number = 0
    for name in types:
        for entity, tombstone in redirects(canonical, name).items():
            number += 1
            target = EntityRef(name, tombstone.redirects_to)
            yield RedirectRow(
                number, str(entity), str(target), None, None, tombstone.reason, tombstone.by, tombstone.at
            )


def _entity(
    configuration: Configuration, text: str, own_type: str | None, default_type: str | None
) -> EntityRef:
    name = own_type or (default_type if text.partition("/")[0] not in configuration.entities else None)
    if name is None:
        return parse_entity(configuration, text)
    if name not in configuration.entities:
        return parse_entity(configuration, f"{name}/{text}")  # raises: no such type
    return EntityRef(name, normalise_key(text, nested=configuration.entities[name].nested))
