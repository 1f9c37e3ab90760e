"""The check before a push: canonical must be valid, and drafts in conflict are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitdraft.model.operations import OperationMetadata, RefUpdate
from gitdraft.model.reports import DraftReport
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.repository import Store
from gitdraft.store.transaction import begin
from gitdraft.validation.receive import Refusal
from gitdraft.validation.staged import check_canonical


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The reasons why canonical must not be pushed, and the drafts in conflict: all of them when canonical is pushed,
    otherwise those among the pushed refs."""

    refusals: tuple[Refusal, ...]
    conflicts: tuple[DraftReport, ...]


def check_outgoing(store: Store, metadata: OperationMetadata, updates: Sequence[RefUpdate]) -> Outgoing:
    """Returns what a push of these updates would publish that is refused or in conflict."""
    pushed = {update.ref: update for update in updates if update.new is not None}
    canonical = pushed.get(store.canonical_ref)
    refusals: tuple[Refusal, ...] = ()
    if canonical is not None and canonical.new is not None:
        known = canonical.old is not None and store.git.has(canonical.old)
        problems = check_canonical(store, store.git, canonical.old if known else None, canonical.new)
        if problems:
            refusals = (Refusal(canonical.ref, "it breaks canonical", problems),)
    drafts = plan_rebase(begin(store, metadata)).report.drafts if store.canonical_tip() else ()
    conflicts = tuple(
        draft
        for draft in drafts
        if draft.status == "conflict" and (canonical or store.draft_ref(draft.id) in pushed)
    )
    return Outgoing(refusals, conflicts)
