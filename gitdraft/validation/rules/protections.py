"""What canonical has locked or archived, no draft changes."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.model.entities import EntityRef
from gitdraft.model.rebasing import Redirected
from gitdraft.model.violations import Violation
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.guards import touched_by_redirect


def check_protection(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    if view.draft is None or view.draft.file(entity) is None:
        return
    standing = view.standing(entity)
    touched: tuple[EntityRef, ...] = (entity,)
    if isinstance(standing, Redirected):
        touched = touched_by_redirect(view.onto, entity, standing.target)
    for other in touched:
        protection = view.onto.protection(other)
        if protection is not None:
            which = "it" if other == entity else f"{other}, which its redirect touches,"
            message = f"{which} is {protection.kind} on canonical"
            yield Violation(entity, "", f"protection/{protection.kind}", message)
