"""Validation of canonical: all of it, or what two commits have differently."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.git.refs import resolve_commit
from gitdraft.git.trees import changed_files
from gitdraft.model.progress import Progress, silent
from gitdraft.model.violations import Violation
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.workflow.overlaying import EffectiveView, open_view
from gitdraft.workflow.validating import Validator


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in how many entities."""

    violations: tuple[Violation, ...]
    count: int


def validate_canonical(store: Store, progress: Progress = silent) -> Checked:
    """All violations of canonical at its tip."""
    view = open_view(store, None)
    validator = Validator(view.onto)
    entities = [entity for entity, _ in view.onto.entities()]
    found: list[Violation] = []
    for done, entity in enumerate(entities):
        progress(done, len(entities))
        found.extend(validator.check(view, entity))
        if view.onto.tombstone_blob(entity) is not None:
            found.append(Violation(entity, "", "tombstone/live", "it has a file and a tombstone"))
    return Checked(tuple(found), len(entities))


def validate_range(store: Store, old: str, new: str) -> Checked:
    """The violations, at ``new``, of the entities that changed between the two revisions. Raises NotFound."""
    configuration = store.snapshot().configuration
    before, after = (
        take_snapshot(store.git, resolve_commit(store.git, revision), configuration)
        for revision in (old, new)
    )
    view = EffectiveView(store.git, after)
    validator = Validator(after)
    changed = sorted(
        entity
        for change in changed_files(store.git, before.tree, after.tree)
        if (entity := after.configuration.entity_at(change.path)) is not None
    )
    return Checked(tuple(v for entity in changed for v in validator.check(view, entity)), len(changed))
