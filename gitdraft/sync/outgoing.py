"""The check before a push: canonical must be valid, and drafts in conflict are reported."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import RepositoryError
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.git.history import is_ancestor
from gitdraft.git.path_history import path_history
from gitdraft.git.settings import remote_names
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.operations import OperationMetadata, RefUpdate
from gitdraft.model.reports import DraftReport
from gitdraft.model.violations import Problem
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.remote_tracking import seen_canonical
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
        problems = check_outgoing_canonical(store, canonical.old, canonical.new)
        if problems:
            refusals = (Refusal(canonical.ref, "it breaks canonical", problems),)
    drafts = plan_rebase(begin(store, metadata)).report.drafts if store.canonical_tip() else ()
    conflicts = tuple(
        draft
        for draft in drafts
        if draft.status == "conflict" and (canonical or store.draft_ref(draft.id) in pushed)
    )
    return Outgoing(refusals, conflicts)


def check_outgoing_canonical(store: Store, old: Oid | None, new: Oid) -> tuple[Problem, ...]:
    """Returns what a push of canonical breaks on a remote that has it at ``old`` (``None``: nobody knows)."""
    known = old is not None and store.git.has(old)
    return check_canonical(store, store.git, old if known else _standing(store, new), new)


def _standing(store: Store, new: Oid) -> Oid | None:
    """Returns the commit before ``new`` up to which nothing is to be refused, for a remote that does not say where canonical
    is there: what another remote has, else the commit that brought gitdraft.yaml, before which nobody checked."""
    git = store.git
    for remote in remote_names(git):
        seen = seen_canonical(store, remote)
        if seen is not None and is_ancestor(git, seen, new):
            return seen
    try:
        configured = list(path_history(git, new, (CONFIGURATION_PATH,)))
    except RepositoryError:  # a shallow clone
        return None
    return configured[-1].oid if configured else None
