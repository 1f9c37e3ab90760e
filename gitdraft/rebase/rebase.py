"""Rebasing open drafts onto canonical's tip.

Drafts that the move of canonical does not affect are not written. Of the others, clean ones are replayed on the tip, their
patches kept, rewritten or dropped as absorbed; those in conflict, invalid or broken stay where they are and are reported.
One bad draft never stops the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitdraft.errors import InvalidInput, NotFound, PolicyViolation, RepositoryError, ValidationTooLong
from gitdraft.formats.changes import write_change
from gitdraft.formats.paths import resolution_path
from gitdraft.git.history import is_ancestor
from gitdraft.git.known_refs import read_ref
from gitdraft.git.trees import find
from gitdraft.index.affected import find_affected
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import AppliedChange, ChangeReport
from gitdraft.model.progress import Progress, progress_of, silent
from gitdraft.model.reports import DraftReport, RebaseCounts, RebaseReport
from gitdraft.rebase.judgement import Judged, remember_judged, validated_outcome
from gitdraft.rebase.stack import NO_PENDING, FollowedParent, PendingDrafts, Stack
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.replay import DraftTip, commit_draft, header_file, replay
from gitdraft.store.repository import REBASED, Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.outcomes import DraftOutcome


@dataclass(frozen=True, slots=True)
class RebasedDraft:
    """One draft after a rebase: what to report, and where its branch moves (``None``: it stays)."""

    report: DraftReport
    move: RefMove | None


def plan_rebase(
    transaction: Transaction,
    drafts: Sequence[str] | None = None,
    *,
    everything: bool = False,
    canonical: Snapshot | None = None,
    pending: PendingDrafts = NO_PENDING,
    progress: Progress = silent,
) -> Plan[RebaseReport]:
    """Plans the rebase of all open drafts, or of those named, onto canonical's tip (or ``canonical``, not yet written).

    With ``everything`` the unaffected ones move too. Only drafts whose status is `draft` or `validated` move by themselves;
    a submitted one moves when it is named. ``pending`` is what the same operation does to drafts before: those that it
    moves are rebased from there, those that it merges are left out. Raises NotFound for a name that is no open draft,
    RepositoryError when canonical has no commit.
    """
    store = transaction.store
    canonical = canonical or transaction.canonical
    rebaser = _Rebaser(transaction, canonical, everything=everything, named=drafts is not None)
    selection = _select(store, rebaser.affected_drafts, drafts, everything=everything)
    moved = {draft_id: tip for draft_id, tip in pending.moved.items() if tip is not None}
    tips = {
        name: tip for name, tip in selection.tips.items() if name not in pending.merged | pending.moved.keys()
    }
    stacked = {name: tip for name, tip in selection.stacked.items() if name not in pending.merged} | moved
    followed = Stack(transaction, canonical, pending).follow(stacked)
    tips |= moved | {draft_id: parent.before for draft_id, parent in followed.items()}
    rebased: list[RebasedDraft] = []
    progress = progress_of("rebasing drafts") if progress is silent else progress
    for done, (draft_id, tip) in enumerate(tips.items()):
        progress(done, len(tips))
        after = followed.get(draft_id)
        outcome = rebaser.rebase(draft_id, tip) if after is None else rebaser.rebase_after(draft_id, after)
        if outcome is not None:
            rebased.append(outcome)
    moves = [outcome.move for outcome in rebased if outcome.move is not None]
    since = store.rebased_tip()
    may_stay = frozenset(move.name for move in moves)
    if drafts is None and since != canonical.commit:
        moves.append(RefMove(REBASED, since, canonical.commit))
    reports = tuple(outcome.report for outcome in rebased)
    closing = sum(read_ref(store.git, store.draft_ref(name)) is not None for name in pending.merged)
    open_count = selection.open_count - closing
    report = RebaseReport(since, canonical.commit, _count(open_count, rebased), reports)
    remember_judged(store.git, canonical, rebaser.left, transaction.metadata.at)
    return Plan(report, transaction.buffer, tuple(moves), _summary(report), may_stay=may_stay)


def replay_onto(
    transaction: Transaction, draft: StoredDraft, changes: Iterable[AppliedChange], canonical: Snapshot
) -> DraftTip:
    """Replays the draft on top of ``canonical``, then commits what applying its ``changes`` has rewritten.

    A rewritten patch takes a `validated` draft back to `draft`. Returns the new tip.
    """
    buffer = transaction.buffer
    tip = replay(transaction, draft, canonical)
    paths = {file.entity: file.contents.keys() for file in draft.files}
    files: dict[str, bytes | None] = {}
    notes: list[str] = []
    for applied in changes:
        answers = resolution_path(applied.kept_under)
        if find(buffer, draft.tree, answers) is not None:
            files[answers] = None
        if applied.report.patch == "verbatim":
            continue
        files |= dict.fromkeys(paths[applied.kept_under])
        if applied.change is not None:
            files |= write_change(applied.change)
        notes.append(_note(applied))
    if not files:
        return tip
    header = read_header(buffer, draft)
    if header.status is DraftStatus.VALIDATED:
        header = with_status(header, DraftStatus.DRAFT, transaction.metadata, "rebased with changes")
        files |= header_file(header)
    message = f"Rebase onto {canonical.commit[:12]}\n\n" + "\n".join(notes)
    return commit_draft(transaction, tip, draft.id, files, message, rebased_from=draft.tip)


@dataclass(frozen=True, slots=True)
class _Selection:
    """The drafts to rebase and those that stand on others, id to tip, and how many are open."""

    tips: dict[str, Oid]
    stacked: dict[str, Oid]
    open_count: int


def _select(
    store: Store, affected_drafts: AffectedDrafts, names: Sequence[str] | None, *, everything: bool
) -> _Selection:
    if names is None:
        affected = find_affected(store, affected_drafts)
        tips = store.open_drafts() if everything else affected.affected
        return _Selection(tips, affected.stacked, affected.number)
    open_drafts = store.open_drafts()
    for name in names:
        if name not in open_drafts:
            closed = store.is_closed(store.find_draft(name))
            why = f"draft '{name}' is closed" if closed else f"unknown draft '{name}'"
            raise NotFound(why, context={"draft": name}, hint=f"gitdraft reopen {name}" if closed else None)
    tips = {name: open_drafts[name] for name in dict.fromkeys(names)}
    return _Selection(tips, tips, len(open_drafts))


@dataclass(slots=True)
class _Rebaser:
    """One rebase of many drafts onto one commit; ``named`` says that the user has named them. ``left`` are the drafts that
    stay where they are, as they were judged."""

    transaction: Transaction
    canonical: Snapshot
    everything: bool
    named: bool
    affected_drafts: AffectedDrafts = field(init=False)
    validator: Validator = field(init=False)
    left: list[Judged] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.affected_drafts = AffectedDrafts(self.transaction.buffer, self.canonical)
        self.validator = Validator(self.canonical)

    def rebase(self, draft_id: str, tip: Oid) -> RebasedDraft | None:
        """Returns the rebased draft; ``None`` when it is unaffected and stays."""
        draft: StoredDraft | None = None
        try:
            draft = self._read(draft_id, tip)
            return self._rebase(draft)
        except ValidationTooLong as error:  # neither moved nor called invalid
            base = None if draft is None else draft.base
            return RebasedDraft(DraftReport(draft_id, "unknown", base, tip, reason=error.message), None)
        except (InvalidInput, RepositoryError) as error:
            reason = error.message
        except PolicyViolation as error:  # files beside the draft's folder
            reason = f"{error.message}: {error.hint}"
        if draft is not None:
            self.left.append(Judged(draft, None))
        return RebasedDraft(DraftReport(draft_id, "broken", None, tip, reason=reason), None)

    def rebase_after(self, draft_id: str, followed: FollowedParent) -> RebasedDraft:
        """Returns the rebased draft, which has followed its parent or cannot."""
        if followed.tip is None:
            return RebasedDraft(_parent_conflict(draft_id, followed), None)
        rebased = self.rebase(draft_id, followed.tip)
        if rebased is None:
            base = self._read(draft_id, followed.tip).base
            rebased = RebasedDraft(DraftReport(draft_id, "clean", base, followed.tip, moved=True), None)
        new = followed.tip if rebased.move is None else rebased.move.new
        return replace(
            rebased, move=RefMove(self.transaction.store.draft_ref(draft_id), followed.before, new)
        )

    def _read(self, draft_id: str, tip: Oid) -> StoredDraft:
        ref = self.transaction.store.draft_ref(draft_id)
        return read_draft(self.transaction.buffer, draft_id, ref, tip)

    def _rebase(self, draft: StoredDraft) -> RebasedDraft | None:
        affected = self.affected_drafts.entities(draft)
        moves_anyway = self.everything or self._is_left_behind(draft)
        if not affected and (draft.is_on(self.canonical.commit) or not moves_anyway):
            return None
        status = read_header(self.transaction.buffer, draft).status
        view = EffectiveView(self.transaction.buffer, self.canonical, draft, self.affected_drafts.base(draft))
        outcome = validated_outcome(self.validator, view, draft, affected)
        moves = status.is_rebased_automatically or self.named
        if outcome.status != "clean" or not moves:
            self.left.append(Judged(draft, outcome))
            return RebasedDraft(_report(outcome, draft.base, draft.tip), None) if moves else None
        tip = replay_onto(self.transaction, draft, outcome.changes, self.canonical).commit
        report = replace(_report(outcome, self.canonical.commit, tip), moved=True)
        return RebasedDraft(report, RefMove(draft.ref, draft.tip, tip))

    def _is_left_behind(self, draft: StoredDraft) -> bool:
        """Whether the user has named a draft whose base is canonical's no more, as after `git commit --amend` there."""
        git = self.transaction.store.git
        return self.named and not is_ancestor(git, draft.base, self.canonical.commit)


def _report(outcome: DraftOutcome, base: Oid | None, tip: Oid) -> DraftReport:
    changes = tuple(change.report for change in outcome.changes)
    return DraftReport(outcome.draft.id, outcome.status, base, tip, changes)


def _parent_conflict(draft_id: str, followed: FollowedParent) -> DraftReport:
    """Returns the report of a draft that cannot follow its parent."""
    by_entity: dict[EntityRef, tuple[Conflict, ...]] = {}
    for entity, conflict in followed.conflicts:
        by_entity[entity] = (*by_entity.get(entity, ()), conflict)
    changes = (
        ChangeReport(entity, "conflict", "verbatim", conflicts) for entity, conflicts in by_entity.items()
    )
    reason = f"in conflict with draft '{followed.parent}', on which it stands"
    return DraftReport(draft_id, "conflict", None, followed.before, tuple(changes), reason=reason)


def _count(open_count: int, rebased: Sequence[RebasedDraft]) -> RebaseCounts:
    statuses = [outcome.report.status for outcome in rebased]
    return RebaseCounts(
        open=open_count,
        unaffected=open_count - len(rebased),
        rebased=sum(outcome.move is not None for outcome in rebased),
        conflict=statuses.count("conflict"),
        invalid=statuses.count("invalid"),
        broken=statuses.count("broken"),
        unknown=statuses.count("unknown"),
    )


def _summary(report: RebaseReport) -> str:
    counts = report.counts
    return f"rebase {counts.rebased} of {counts.open} drafts onto {report.canonical[:12]}" + (
        f", {counts.left} left behind" if counts.left else ""
    )


def _note(applied: AppliedChange) -> str:
    if applied.renamed_from is not None and applied.change is not None:
        return f"{applied.renamed_from}: it follows its entity, which is {applied.entity} now"
    if applied.report.patch == "empty":
        return f"{applied.entity}: canonical already has it, the change is dropped"
    return f"{applied.entity}: patch rewritten"
