"""Validation of canonical: all of it, or what the step from one commit to another breaks."""

from __future__ import annotations

from gitdraft.git.refs import resolve_commit
from gitdraft.model.progress import Progress, silent
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.canonical import ValidationResult, validate_all
from gitdraft.validation.step import check_step, read_start
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView


def validate_canonical(
    store: Store, progress: Progress = silent, *, with_warnings: bool = False
) -> ValidationResult:
    """Returns all violations of canonical at its tip."""
    canonical = store.snapshot()
    return validate_all(
        EffectiveView(canonical.source, canonical), Validator(canonical, with_warnings), progress
    )


def validate_range(
    store: Store, old: str, new: str, progress: Progress = silent, *, with_warnings: bool = False
) -> ValidationResult:
    """Returns the violations that the step from the revision ``old`` to ``new`` adds.

    Raises NotFound for an unknown revision, InvalidInput where gitdraft.yaml cannot be read at ``new``.
    """
    start, end = (resolve_commit(store.git, revision) for revision in (old, new))
    after = take_snapshot(store.git, end, store.configuration())
    before = read_start(store.git, start, after)
    return check_step(store, before, after, progress, with_warnings=with_warnings)
