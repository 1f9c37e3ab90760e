"""What RDF cannot say of entities, as warnings of `validate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.rules import severity_of
from gitdraft.model.violations import Violation
from gitdraft.rdf.export import Exporter, Selection
from gitdraft.rdf.mappings import open_mappings
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView

RULE = "rdf/unsayable"


def find_unsayable(
    store: Store, view: EffectiveView, *, changed_only: bool = False, progress: Progress = silent
) -> tuple[Violation, ...]:
    """Returns the values of entities, of those that the view changes alone with ``changed_only``, that their mapping to RDF
    cannot say. A type whose mapping needs pyoxigraph is passed over where that is not installed."""
    severity = severity_of(RULE, view.canonical.configuration.rules)
    if severity == "off":
        return ()
    try:
        mappings = open_mappings(view)
    except InvalidInput as error:
        return (Violation(EntityRef("", CONFIGURATION_PATH), "/rdf", RULE, error.message, severity),)
    except RepositoryError as error:
        if error.code != "not-installed":
            raise
        return ()
    exporter = Exporter(store, view, mappings, "full")
    return tuple(sorted(_unsayable(exporter, severity, changed_only=changed_only, progress=progress)))


def _unsayable(
    exporter: Exporter, severity: Literal["error", "warning"], *, changed_only: bool, progress: Progress
) -> Iterator[Violation]:
    types = tuple(exporter.mappings)
    if changed_only:
        changed = [entity for entity in exporter.view.changed() if entity.type in types]
        items = exporter.some(changed, Selection(()))
    else:
        items = exporter.all(Selection(types), progress)
    for item in items:
        for mistake in item.mistakes:
            yield Violation(mistake.entity, mistake.pointer, RULE, f"RDF: {mistake.message}", severity)
