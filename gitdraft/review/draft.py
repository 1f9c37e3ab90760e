"""The page of a draft: what it is, who made it and why, its changes field by field, what keeps it from being merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from gitdraft.drafts.details import draft_details
from gitdraft.drafts.edit import EDITABLE
from gitdraft.drafts.impact import Classification, classify
from gitdraft.drafts.overlaps import find_overlaps
from gitdraft.errors import GitdraftError, NotFound
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftStatus, StatusChange
from gitdraft.model.entities import EntityRef
from gitdraft.model.graphs import Graph
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.overlaps import Overlap
from gitdraft.model.pages import NO_REMARK, TypedRemark, Viewer
from gitdraft.model.reports import DraftDetails
from gitdraft.model.reviews import ReviewState
from gitdraft.model.violations import Violation
from gitdraft.rebase.stack import ParentState, parent_state
from gitdraft.review.changes import STATUS_WORDS, EntityChange, show_change
from gitdraft.review.graphs import MOST_DRAWN, GraphBuilder
from gitdraft.review.names import Names
from gitdraft.review.remarks import NO_CONVERSATION, Conversation, Thread
from gitdraft.review.since import DraftCommit, Moment, commits_of, moment_of
from gitdraft.review.state import state_of
from gitdraft.store.inheritance import inheriting_types
from gitdraft.store.repository import Store
from gitdraft.store.reviews import read_remarks
from gitdraft.views.change_hash import looked_at
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.reviews import Given

A_PAGE = 50  # changes
MOST_CLASSIFIED = 200  # changes of a draft whose impact is worked out for its page
MOST_OVERLAPS = 20


class Blocker(NamedTuple):
    """Something that keeps a draft from being merged: a sentence, and the part of its pages, or the other draft, that helps
    (empty: none)."""

    message: str
    part: str = ""
    anchor: str = ""
    draft: str = ""


class Action(NamedTuple):
    """Something that who looks may do with a draft; ``asks`` is what has to be said with it (`reason`, `reason?` or
    nothing)."""

    name: str
    label: str
    asks: str = ""
    is_main: bool = False
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft as its page shows it. ``counts`` are all its changes by kind, ``changes`` those of this page,
    ``commits`` those of its branch, ``affected`` whose members it changes."""

    details: DraftDetails
    state: str
    counts: Mapping[str, int]
    changes: tuple[EntityChange, ...]
    number: int
    pages: int
    blockers: tuple[Blocker, ...]
    elsewhere: tuple[Violation, ...]
    actions: tuple[Action, ...]
    parent: ParentState | None = None
    impact: Classification | None = None
    overlaps: tuple[Overlap, ...] = ()
    whole: bool = False
    conversation: Conversation = NO_CONVERSATION
    typed: TypedRemark = NO_REMARK
    now: Moment = Moment("")
    commits: Sequence[DraftCommit] = ()
    affected: Graph | None = None

    @property
    def id(self) -> str:
        """The draft's id."""
        return self.details.id

    @property
    def status(self) -> DraftStatus:
        """Where the draft is on its way."""
        return self.details.header.status

    @property
    def history(self) -> tuple[StatusChange, ...]:
        """The steps of the draft."""
        return self.details.header.history

    @property
    def conflict_count(self) -> int:
        """How many conflicts it has with canonical."""
        return len(self.details.conflicts)

    @property
    def review(self) -> ReviewState:
        """How far it is reviewed."""
        assert self.details.summary.review is not None
        return self.details.summary.review

    @property
    def others(self) -> list[Thread]:
        """The comments that stand at none of the changes of this page."""
        return self.conversation.elsewhere(change.entity for change in self.changes)

    @property
    def is_editable(self) -> bool:
        """Whether it may be edited, by who may."""
        return self.status in EDITABLE

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with it: it may wait for a person."""
        return bool(self.details.changes) and self.details.rebase_state.status == "clean"

    @property
    def total(self) -> int:
        """How many entities it changes."""
        return len(self.details.changes)


def draft_page(
    store: Store,
    draft_id: str,
    viewer: Viewer,
    number: int = 1,
    *,
    whole: bool = False,
    given: Given | None = None,
) -> DraftPage:
    """Returns the page of a draft for who looks at it; ``number`` counts pages of 50 changes; of verdicts those count that were
    ``given``, or all. Raises NotFound."""
    draft = store.find_draft(draft_id)
    details = draft_details(store, draft_id, given)
    view = looked_at(store, draft)
    names = Names(view)
    pages = max(1, -(-len(details.changes) // A_PAGE))
    if not 1 <= number <= pages:
        raise NotFound(f"there is no page {number} of draft '{draft_id}'", context={"page": number})
    first = (number - 1) * A_PAGE
    reports = [report for report, _ in details.changes[first : first + A_PAGE]]
    if store.is_closed(draft):
        reports = [applied.report for report in reports if (applied := view.applied_change(report.entity))]
    changes = tuple(
        show_change(view, names, report, index, whole=whole)
        for index, report in enumerate(reports, first + 1)
    )
    is_open = details.header.status.is_open
    parent = parent_state(store, draft) if is_open else None
    return DraftPage(
        details,
        state_of(view),
        _counts(view, details),
        changes,
        number,
        pages,
        tuple(_blockers(details, parent, viewer)),
        details.violations,
        tuple(actions_of(details, viewer)),
        parent,
        _impact(view) if is_open and details.changes else None,
        _overlaps(store, draft_id) if is_open and (viewer.is_named or viewer.is_local) else (),
        whole,
        Conversation(read_remarks(store.git, draft).comments),
        now=moment_of(view),
        commits=commits_of(store, draft),
        affected=_affected(view) if is_open else None,
    )


def _counts(view: EffectiveView, details: DraftDetails) -> Mapping[str, int]:
    kinds = Counter(
        "invalid"
        if report.status == "invalid"
        else report.status
        if report.status != "clean"
        else STATUS_WORDS[status]
        for report, status in details.changes
    )
    if details.header.status.is_open:
        return dict(kinds)
    shown = Counter(STATUS_WORDS[_status(view, entity)] for entity in view.changed())
    return dict(shown)


def _status(view: EffectiveView, entity: EntityRef) -> ChangeStatus:
    try:
        return view.show(entity).status
    except GitdraftError:
        return ChangeStatus.UNCHANGED


def _blockers(details: DraftDetails, parent: ParentState | None, viewer: Viewer) -> Iterator[Blocker]:
    """Yields what keeps the draft from being merged, each with where on its pages that is shown or ended."""
    anchors = {"wrong-status": "actions"}
    for number, (report, _) in enumerate(details.changes, 1):
        if report.status == "broken":
            anchors.setdefault("patch-target-not-found", f"change-{number}")
        if any(violation.severity == "error" for violation in report.violations):
            anchors.setdefault("data-policy-violation", f"change-{number}")
    anchors.setdefault("data-policy-violation", "elsewhere")
    for code, message in details.blocked_by:
        if parent is not None and code == "draft-is-stacked":
            yield _unmerged_parent(parent, viewer)
            continue
        part = "conflicts" if code == "rebase-conflict" else ""
        sentence = f"{message[:1].upper()}{message[1:]}."
        yield Blocker(sentence, part, anchors.get(code, ""))


def _unmerged_parent(parent: ParentState, viewer: Viewer) -> Blocker:
    """Returns what a stacked draft waits for; who looks may not know of the other draft."""
    is_known = viewer.knows(parent.parent)
    name = f", {parent.parent}," if is_known else ""
    word = "not merged yet" if parent.status is not None and parent.status.is_open else parent.status_word
    shown = parent.parent if is_known and parent.status is not None else ""
    return Blocker(f"The draft that it stands on{name} is {word}.", draft=shown)


def actions_of(details: DraftDetails, viewer: Viewer) -> Iterator[Action]:
    """Yields what who looks may do with the draft as it stands; the verbs check it once more."""
    status = details.header.status
    is_clean = details.rebase_state.status == "clean"
    if viewer.is_maintainer and status is DraftStatus.SUBMITTED:
        yield Action("merge", "Merge into canonical", is_main=is_clean)
        yield Action("reject", "Reject", "reason", is_grave=True)
    if not viewer.may_edit(details.id):
        return
    if status in EDITABLE:
        yield Action("submit", "Submit for merging", is_main=is_clean and bool(details.changes))
    if status.is_open:
        yield Action("withdraw", "Withdraw", "reason?", is_grave=True)
    if status in (DraftStatus.SUBMITTED, DraftStatus.REJECTED, DraftStatus.WITHDRAWN):
        yield Action("reopen", "Reopen for editing" if not status.is_open else "Take back for editing")


def _impact(view: EffectiveView) -> Classification | None:
    if len(view.changed()) > MOST_CLASSIFIED:
        return None
    try:
        return classify(view)
    except (GitdraftError, KeyError):
        return None


def _affected(view: EffectiveView) -> Graph | None:
    types, changed = inheriting_types(view.canonical.configuration), view.changed()
    if len(changed) > MOST_CLASSIFIED or not any(entity.type in types for entity in changed):
        return None
    try:
        graph = GraphBuilder(view, MOST_DRAWN).impact()
    except GitdraftError:
        return None
    return graph if graph.nodes else None


def _overlaps(store: Store, draft_id: str) -> tuple[Overlap, ...]:
    try:
        return tuple(islice(find_overlaps(store, draft_id), MOST_OVERLAPS))
    except GitdraftError:
        return ()
