"""Validation of canonical: all of it, or what two commits have differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitdraft.errors import InvalidInput
from gitdraft.git.refs import resolve_commit
from gitdraft.git.trees import changed_files
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES, marked
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
    found.extend(check_tombstones(view, validator))
    return Checked(tuple(found), len(entities))


def check_tombstones(view: EffectiveView, validator: Validator) -> Iterator[Violation]:
    """What is wrong with canonical's tombstones and protections: malformed, of another entity, a redirect to
    nothing, to a redirect, or in a circle."""
    for folder in (TOMBSTONES, PROTECTION):
        for path, entity in marked(view.onto, folder):
            if entity is None or entity.type not in view.onto.configuration.entities:
                yield Violation(EntityRef("", path), "", "tombstone/stray", "it is no entity's")
                continue
            try:
                mark = view.onto.tombstone(entity) if folder == TOMBSTONES else view.onto.protection(entity)
            except InvalidInput as error:
                yield Violation(entity, "", "json/invalid", error.message)
                continue
            if mark is not None and mark.id != entity.key:
                yield Violation(entity, "/id", "identity/mismatch", f"{path} says it is of {mark.id!r}")
            elif isinstance(mark, RedirectTombstone) and view.onto.blob(entity) is None:
                yield from validator.check(view, entity)


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
