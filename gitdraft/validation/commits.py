"""Validation of canonical: all of it, or what the step from one commit to another breaks."""

from __future__ import annotations

from gitdraft.git.known_refs import resolve_commit
from gitdraft.model.progress import Progress, silent
from gitdraft.store.drafts import StoredDraft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.canonical import ValidationResult, validate_all
from gitdraft.validation.step import check_step, read_start
from gitdraft.validation.subject import draft_at, holds_draft, nothing_checked, store_to_check
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView, open_view


def validate_canonical(
    store: Store, progress: Progress = silent, *, with_warnings: bool = False
) -> ValidationResult:
    """Returns all violations of canonical at its tip; of a remote's, where that is what there is.

    Raises NotFound (``nothing-checked``) where there is neither.
    """
    canonical = store_to_check(store).snapshot()
    return validate_all(
        EffectiveView(canonical.source, canonical), Validator(canonical, with_warnings), progress
    )


def validate_range(
    store: Store, old: str, new: str, progress: Progress = silent, *, with_warnings: bool = False
) -> ValidationResult:
    """Returns the violations that the step from the revision ``old`` to ``new`` (empty: canonical's tip) adds; where it ends
    in a draft, those of the draft.

    Raises NotFound for an unknown revision, and (``nothing-checked``) for an empty range while a draft is checked out;
    InvalidInput where gitdraft.yaml cannot be read at ``new``.
    """
    new = new or store_to_check(store).canonical_ref
    start, end = (resolve_commit(store.git, revision) for revision in (old, new))
    draft = draft_at(store, new, end)
    if draft is not None:
        return _validate_draft(store_to_check(store), draft)
    if start == end and holds_draft(store):
        raise nothing_checked(
            f"{old} and {new} are the same commit, so nothing was checked, and a draft is checked out",
            [f"{old}..{new}"],
            "gitdraft validate checks the draft",
        )
    after = take_snapshot(store.git, end, store.configuration())
    before = read_start(store.git, start, after)
    return check_step(store, before, after, progress, with_warnings=with_warnings)


def _validate_draft(store: Store, draft: StoredDraft) -> ValidationResult:
    view = open_view(store, draft)
    violations = Validator(view.canonical, with_warnings=True).judge_draft(view)
    return ValidationResult(tuple(violations), len(draft.files), view)
