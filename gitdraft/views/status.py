"""`gitdraft status`. It is a module of its own because it is asked most, and imports little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gitdraft.errors import RepositoryError
from gitdraft.index.rebase_states import known_rebase_states
from gitdraft.index.shared_entities import count_overlapping_drafts
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.draft_problems import DraftProblem
from gitdraft.model.names import Oid
from gitdraft.model.rebase_states import RebaseState
from gitdraft.model.reports import DraftSummary
from gitdraft.model.values import JSON
from gitdraft.store.drafts import find_base
from gitdraft.store.drafts_on_canonical import drafts_on_canonical
from gitdraft.store.operation_log import interrupted_entry
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical
from gitdraft.views.draft_problems import DRAFTS_AT_MOST, known_problems
from gitdraft.views.summaries import summarise_some


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """The state of the repository.

    ``canonical`` is the branch, ``tip`` its commit, ``rebased`` the commit last processed, ``open`` the number of open
    drafts, ``is_behind`` whether canonical has moved since and there are drafts to rebase, ``pending`` the summary of an
    interrupted operation, ``overlapping`` how many other drafts change an entity that the current one changes (``None``:
    there is no current one, or it is not known), ``on_canonical`` the drafts that plain git has merged, ``problems`` what
    else plain git has done to drafts, as far as that is known at once, ``not_looked_at`` what was left out for that
    (`doctor` looks at all). ``counts`` says how many open
    drafts stand in each way on canonical's tip (``None``: too many are new to the index), ``drafts`` are the open ones: where
    they are more than ``DRAFTS_AT_MOST``, the current one and the first that are not clean.
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
    not_looked_at: tuple[str, ...] = ()
    counts: Mapping[str, int] | None = None
    drafts: tuple[DraftSummary, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Returns it as the reports print it, but for the drafts; what is not known is left out."""
        document: dict[str, JSON] = {
            "canonical": self.canonical,
            "tip": self.tip,
            "rebased": self.rebased,
            "open": self.open,
            "counts": None if self.counts is None else dict(self.counts),
            "rebase_needed": self.is_behind,
            "interrupted": self.pending,
            "overlapping": self.overlapping,
            "on_canonical": list(self.on_canonical) or None,
            "problems": [problem.as_json() for problem in self.problems] or None,
            "not_looked_at": list(self.not_looked_at) or None,
        }
        return {name: value for name, value in document.items() if value is not None}


def repository_status(store: Store, current: str | None) -> RepositoryStatus:
    """Returns the state of the repository; reads refs, canonical's tree, a bounded number of drafts and commits, and the
    index for the ``current`` draft."""
    pending = interrupted_entry(store.git)
    drafts = store.open_drafts()
    number, tip, rebased = len(drafts), store.canonical_tip(), store.rebased_tip()
    canonical = store.canonical_or_empty()
    rebase_states = None
    if drafts and not isinstance(canonical, EmptyCanonical):
        rebase_states = known_rebase_states(store, canonical, number)
    return RepositoryStatus(
        store.canonical_branch,
        tip,
        rebased,
        number,
        tip is not None and rebased != tip and _is_behind(store, drafts, tip, rebased),
        pending.operation.summary if pending else None,
        count_overlapping_drafts(store, current, number) if current is not None and number > 1 else None,
        tuple(draft.id for draft in drafts_on_canonical(canonical)),
        *known_problems(store, drafts, current),
        _count(number, rebase_states),
        tuple(_told(store, drafts, rebase_states, current)),
    )


def _count(number: int, rebase_states: Mapping[str, RebaseState] | None) -> Mapping[str, int] | None:
    if rebase_states is None:
        return None
    counts: Counter[str] = Counter(state.status for state in rebase_states.values())
    return {"clean": number - len(rebase_states) + counts.pop("clean", 0), **counts}


def _told(
    store: Store,
    drafts: Mapping[str, Oid],
    rebase_states: Mapping[str, RebaseState] | None,
    current: str | None,
) -> list[DraftSummary]:
    if rebase_states is None or len(drafts) <= DRAFTS_AT_MOST:
        names = [*drafts][:DRAFTS_AT_MOST]
    else:
        names = sorted(name for name, state in rebase_states.items() if state.status != "clean")
        names = names[:DRAFTS_AT_MOST]
    if current in drafts and current is not None:
        names = [current, *(name for name in names if name != current)]
    return summarise_some(store, drafts, rebase_states, names)


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
