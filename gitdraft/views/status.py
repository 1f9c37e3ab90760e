"""`gitdraft status`. It is a module of its own because it is asked most, and imports little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitdraft.errors import RepositoryError
from gitdraft.index.shared_entities import count_overlapping_drafts
from gitdraft.model.draft_problems import DraftProblem
from gitdraft.model.names import Oid
from gitdraft.store.drafts import find_base
from gitdraft.store.drafts_on_canonical import drafts_on_canonical
from gitdraft.store.operation_log import pending_entry
from gitdraft.store.repository import Store
from gitdraft.views.draft_problems import known_problems


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """The state of the repository.

    ``canonical`` is the branch, ``tip`` its commit, ``rebased`` the commit last processed, ``open`` the number of open
    drafts, ``is_behind`` whether canonical has moved since and there are drafts to rebase, ``pending`` the summary of an
    interrupted operation, ``overlapping`` how many other drafts change an entity that the current one changes (``None``:
    there is no current one, or it is not known), ``on_canonical`` the drafts that plain git has merged, ``problems`` what
    else plain git has done to drafts, as far as that is known at once (`doctor` looks at all).
    """

    canonical: str
    tip: Oid | None
    rebased: str | None
    open: int
    is_behind: bool
    pending: str | None
    overlapping: int | None
    on_canonical: tuple[str, ...] = ()
    problems: tuple[DraftProblem, ...] = ()


def repository_status(store: Store, current: str | None) -> RepositoryStatus:
    """Returns the state of the repository; reads refs, canonical's tree, a bounded number of drafts and commits, and the
    index for the ``current`` draft."""
    pending = pending_entry(store.git)
    drafts = store.open_drafts()
    number, tip, rebased = len(drafts), store.canonical_tip(), store.rebased_tip()
    return RepositoryStatus(
        store.canonical_branch,
        tip,
        rebased,
        number,
        tip is not None and rebased != tip and _is_behind(store, drafts, tip, rebased),
        pending.operation.summary if pending else None,
        count_overlapping_drafts(store, current, number) if current is not None and number > 1 else None,
        tuple(draft.id for draft in drafts_on_canonical(store.canonical_or_empty())),
        known_problems(store, drafts, current),
    )


def _is_behind(store: Store, drafts: Mapping[str, Oid], tip: Oid, rebased: Oid | None) -> bool:
    """Returns whether a draft stands elsewhere than on ``tip``, where no rebase of all drafts has processed that commit.

    Before the first such rebase, the drafts' bases say where canonical was.
    """
    if rebased is not None:
        return bool(drafts)
    for draft_id, draft_tip in drafts.items():
        try:
            if find_base(store.git, draft_id, draft_tip).start != tip:
                return True
        except RepositoryError:
            continue  # malformed: doctor reports it
    return False
