"""Entities that canonical has locked or archived, which no draft may change."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Redirected
from gitdraft.model.violations import Violation
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.guards import edited_by_redirect


def check_protection(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation for each protected entity that the draft's change of ``entity`` edits."""
    if view.draft is None or view.draft.file(entity) is None:
        return
    state = view.state(entity)
    touched: tuple[EntityRef, ...] = (entity,)
    if isinstance(state, Redirected):
        touched = edited_by_redirect(view.canonical, entity, state.target)
    for other in touched:
        protection = view.canonical.protection(other)
        if protection is not None:
            which = "it" if other == entity else f"{other}, which its redirect touches,"
            message = f"{which} is {protection.kind} on canonical"
            yield Violation(entity, "", f"protection/{protection.kind}", message)
