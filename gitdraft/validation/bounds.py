"""Bounds and reserved names, held on what is written and not only on what comes in.

Two drafts below a bound can merge into a document above it, and a patch can add a member that only a view has. A document
that breaks a bound already may stay as far over it as it is, so that it can be shortened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gitdraft.documents.parse import Flaw, find_flaws, read_document
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView

BOUND_HINT = (
    "limits: in gitdraft.yaml sets the bounds; a member that gitdraft gives itself has to be left out"
)
BOUNDS = frozenset(("document/too-large", "document/too-deep", "document/reserved-member"))


def check_bounds(view: EffectiveView, entity: EntityRef, document: JSON) -> Iterator[Violation]:
    """Yields the bounds that the entity breaks in ``view``; of an entity that the view changes those alone that it breaks
    further than canonical."""
    configuration = view.canonical.configuration
    if not view.is_changed(entity):
        content = view.canonical.content(entity)
        size = 0 if content is None else len(content)
        yield from _violations(entity, find_flaws(document, size, configuration.limits))
        return
    size = len(dump_json(document))
    flaws = find_flaws(document, size, configuration.limits)
    yield from _violations(entity, _further(flaws, _canonical_flaws(view.canonical, entity)))


def check_written(canonical: Snapshot, files: Mapping[str, bytes | None]) -> Iterator[Violation]:
    """Yields the bounds that entity files break which are about to be written to canonical, further than they do there."""
    for path, content in files.items():
        entity = canonical.configuration.entity_at(path)
        if entity is None or content is None:
            continue
        flaws = _flaws_in(canonical.configuration, content, path)
        yield from _violations(entity, _further(flaws, _canonical_flaws(canonical, entity)))


def _canonical_flaws(canonical: Snapshot, entity: EntityRef) -> list[Flaw]:
    if entity.type not in canonical.configuration.entities:
        return []
    content = canonical.content(entity)
    if content is None:
        return []
    try:
        return _flaws_in(canonical.configuration, content, str(entity))
    except InvalidInput:
        return []


def _flaws_in(configuration: Configuration, content: bytes, source: str) -> list[Flaw]:
    document = read_document(content, limits=configuration.limits, source=source)
    return list(find_flaws(document, len(content), configuration.limits))


def _further(flaws: Iterable[Flaw], before: Iterable[Flaw]) -> Iterator[Flaw]:
    known = {(flaw.rule, flaw.pointer): flaw.amount for flaw in before}
    return (flaw for flaw in flaws if flaw.amount > known.get((flaw.rule, flaw.pointer), 0))


def _violations(entity: EntityRef, flaws: Iterable[Flaw]) -> Iterator[Violation]:
    return (Violation(entity, flaw.pointer, flaw.rule, flaw.message) for flaw in flaws)
