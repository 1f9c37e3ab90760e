"""Rebasing open drafts onto canonical's tip.

Drafts that the move does not affected_drafts are not written. Of the others, clean ones are replayed on the tip, their
patches kept, rewritten or dropped as absorbed; those in conflict, invalid or broken stay where they are and are
reported. One bad draft never stops the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gitdraft.errors import InvalidInput, MissingObject, NotFound, RepositoryError
from gitdraft.formats.changes import write_change
from gitdraft.formats.paths import resolution_path
from gitdraft.git.trees import find
from gitdraft.index.affected import find_affected
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import AppliedChange, ChangeReport
from gitdraft.model.progress import Progress, silent
from gitdraft.model.reports import DraftReport, RebaseCounts, RebaseReport
from gitdraft.rebase.stack import NO_PENDING, Followed, PendingDrafts, Stack
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import ChangeFile, StoredDraft, read_draft, read_header
from gitdraft.store.replay import DraftTip, commit_draft, header_file, replay
from gitdraft.store.repository import REBASED, Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.outcomes import DraftOutcome


@dataclass(frozen=True, slots=True)
class Rebased:
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
    """The rebase of all open drafts, or of those named, onto canonical's tip (or ``canonical``, not yet written).

    With ``everything`` the unaffected ones move too. Only drafts whose status is `draft` or `validated` move
    by themselves; a submitted one moves when it is named. ``pending`` is what the same operation does to drafts
    before: those that it moves are rebased from there, those that it merges are left out. Raises NotFound for a name that is no open draft, RepositoryError
    when canonical has no commit.
    """
    store = transaction.store
    canonical = canonical or transaction.canonical
    rebaser = _Rebaser(transaction, canonical, everything=everything, named=drafts is not None)
    if drafts is None:
        survey = find_affected(store, rebaser.affected_drafts)
        number, stacked = survey.number, survey.stacked
        chosen = store.open_drafts() if everything else survey.affected
    else:
        open_drafts = store.open_drafts()
        number, chosen = len(open_drafts), _chosen(store, open_drafts, drafts)
        stacked = chosen
    moved = {name: tip for name, tip in pending.moved.items() if tip is not None}
    left_out = pending.merged | pending.moved.keys()
    chosen = {name: tip for name, tip in chosen.items() if name not in left_out} | moved
    stacked = {name: tip for name, tip in stacked.items() if name not in pending.merged} | moved
    followed = Stack(transaction, canonical, pending).follow(stacked)
    chosen |= {name: stacked[name] for name in followed}
    affected: list[Rebased] = []
    for done, (draft_id, tip) in enumerate(chosen.items()):
        progress(done, len(chosen))
        after = followed.get(draft_id)
        outcome = (
            rebaser.rebase(draft_id, tip) if after is None else rebaser.rebase_after(draft_id, tip, after)
        )
        if outcome is not None:
            affected.append(outcome)
    moves = [outcome.move for outcome in affected if outcome.move is not None]
    since = store.rebased_tip()
    may_stay = frozenset(move.name for move in moves)
    if drafts is None and since != canonical.commit:
        moves.append(RefMove(REBASED, since, canonical.commit))
    report = RebaseReport(since, canonical.commit, _count(number, affected), _reported(affected))
    return Plan(report, transaction.buffer, tuple(moves), _summary(report), may_stay=may_stay)


def replay_onto(
    transaction: Transaction,
    draft: StoredDraft,
    judged: Iterable[AppliedChange],
    canonical: Snapshot,
) -> DraftTip:
    """The draft on top of ``canonical``: replayed, then one commit that rewrites what the judgement changed.

    A rewritten patch takes a `validated` draft back to `draft`.
    """
    buffer, metadata = transaction.buffer, transaction.metadata
    tip = replay(buffer, draft, canonical.commit, canonical.tree, metadata)
    files: dict[str, bytes | None] = {}
    paths = {file.entity: file.path for file in draft.files}
    told: list[str] = []
    for change in judged:
        if find(buffer, draft.tree, resolution_path(change.entity)) is not None:
            files[resolution_path(change.entity)] = None
        if change.report.patch == "verbatim":
            continue
        files[paths[change.entity]] = None
        if change.change is not None:
            path, content = write_change(change.change)
            files[path] = content
        told.append(_told(change))
    if not files:
        return tip
    header = read_header(buffer, draft)
    if header.status is DraftStatus.VALIDATED:
        files |= header_file(with_status(header, DraftStatus.DRAFT, metadata, "rebased with changes"))
    message = f"Rebase onto {canonical.commit[:12]}\n\n" + "\n".join(told)
    return commit_draft(buffer, tip, draft.id, files, metadata, message, rebased_from=draft.tip)


def judge_validity(validator: Validator, view: EffectiveView, files: Iterable[ChangeFile]) -> DraftOutcome:
    """How the changes in ``files`` fare, with what validation finds in those that can be carried."""
    assert view.draft is not None
    changes = tuple(judged for file in files if (judged := view.applied_change(file.entity)) is not None)
    found = {
        c.entity: validator.check(view, c.entity) for c in changes if c.is_replayed and not c.is_absorbed
    }
    return DraftOutcome(view.draft, changes).with_violations(found)


@dataclass(slots=True)
class _Rebaser:
    """One rebase of many drafts onto one commit."""

    transaction: Transaction
    canonical: Snapshot
    everything: bool
    named: bool
    affected_drafts: AffectedDrafts = field(init=False)
    validator: Validator = field(init=False)

    def __post_init__(self) -> None:
        self.affected_drafts = AffectedDrafts(self.transaction.buffer, self.canonical)
        self.validator = Validator(self.canonical)

    def rebase(self, draft_id: str, tip: str) -> Rebased | None:
        """How the draft fares; ``None`` when it is unaffected and stays."""
        try:
            draft = read_draft(
                self.transaction.buffer, draft_id, self.transaction.store.draft_ref(draft_id), tip
            )
            return self._rebase(draft)
        except MissingObject:
            raise
        except (InvalidInput, RepositoryError) as error:
            return Rebased(DraftReport(draft_id, "broken", None, tip, reason=error.message), None)

    def rebase_after(self, draft_id: str, tip: str, followed: Followed) -> Rebased:
        """How a draft fares that stood at ``tip`` before it followed its parent."""
        if followed.tip is None:
            changes = [
                ChangeReport(
                    entity, "conflict", "verbatim", tuple(c for e, c in followed.conflicts if e == entity)
                )
                for entity in dict.fromkeys(entity for entity, _ in followed.conflicts)
            ]
            reason = f"in conflict with draft '{followed.parent}', on which it stands"
            return Rebased(DraftReport(draft_id, "conflict", None, tip, tuple(changes), reason=reason), None)
        outcome = self.rebase(draft_id, followed.tip)
        if outcome is None:
            draft = read_draft(
                self.transaction.buffer, draft_id, self.transaction.store.draft_ref(draft_id), followed.tip
            )
            outcome = Rebased(DraftReport(draft_id, "clean", draft.base, followed.tip, moved=True), None)
        new = followed.tip if outcome.move is None else outcome.move.new
        return replace(outcome, move=RefMove(self.transaction.store.draft_ref(draft_id), tip, new))

    def _rebase(self, draft: StoredDraft) -> Rebased | None:
        affected = self.affected_drafts.entities(draft)
        moves_anyway = self.everything and draft.base != self.canonical.commit
        if not affected and not moves_anyway:
            return None
        header = read_header(self.transaction.buffer, draft)
        if not header.status.is_rebased_automatically and not self.named:
            return None
        view = EffectiveView(self.transaction.buffer, self.canonical, draft, self.affected_drafts.base(draft))
        judgement = judge_validity(self.validator, view, affected)
        if judgement.status != "clean":
            return Rebased(_report(judgement, draft.base, draft.tip), None)
        replayed = replay_onto(self.transaction, draft, judgement.changes, self.canonical)
        move = RefMove(draft.ref, draft.tip, replayed.commit)
        report = _report(judgement, self.canonical.commit, replayed.commit)
        return Rebased(replace(report, moved=True), move)


def _report(judgement: DraftOutcome, base: str | None, tip: str) -> DraftReport:
    changes = tuple(change.report for change in judgement.changes)
    return DraftReport(judgement.draft.id, judgement.status, base, tip, changes)


def _chosen(store: Store, open_drafts: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    for name in names:
        if name not in open_drafts:
            closed = store.is_closed(store.find_draft(name))
            why = f"draft '{name}' is closed" if closed else f"unknown draft '{name}'"
            raise NotFound(why, context={"draft": name}, hint=f"gitdraft reopen {name}" if closed else None)
    return {name: open_drafts[name] for name in dict.fromkeys(names)}


def _count(number_open: int, affected: Sequence[Rebased]) -> RebaseCounts:
    statuses = [outcome.report.status for outcome in affected]
    return RebaseCounts(
        open=number_open,
        unaffected=number_open - len(affected),
        rebased=sum(outcome.move is not None for outcome in affected),
        conflict=statuses.count("conflict"),
        invalid=statuses.count("invalid"),
        broken=statuses.count("broken"),
    )


def _reported(affected: Sequence[Rebased]) -> tuple[DraftReport, ...]:
    return tuple(outcome.report for outcome in affected)


def _summary(report: RebaseReport) -> str:
    counts = report.counts
    left = counts.conflict + counts.invalid + counts.broken
    return f"rebase {counts.rebased} of {counts.open} drafts onto {report.canonical[:12]}" + (
        f", {left} left behind" if left else ""
    )


def _told(change: AppliedChange) -> str:
    if change.report.patch == "empty":
        return f"{change.entity}: canonical already has it, the change is dropped"
    return f"{change.entity}: patch rewritten"
