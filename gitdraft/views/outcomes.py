"""How each change of a draft stands against a canonical commit: clean, conflict, invalid or broken.

Nothing is written here, and nothing that canonical left alone is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gitdraft.documents.rebase_change import rebase_change
from gitdraft.errors import InvalidInput
from gitdraft.git.objects import ObjectSource
from gitdraft.model.changes import Change, Redirect
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import OutcomeStatus
from gitdraft.model.outcomes import Absent, ChangeOutcome, EntityState, Redirected
from gitdraft.model.reports import ChangeReport
from gitdraft.model.violations import Violation
from gitdraft.store.affected import is_touched
from gitdraft.store.change_files import read_change_file, read_draft_resolutions
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.snapshots import Snapshot

WORST_FIRST: tuple[OutcomeStatus, ...] = ("broken", "conflict", "invalid", "clean")


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change and what became of it on the new canonical commit.

    ``change`` is what the draft should now say about the entity, ``None`` when canonical has it already;
    ``standing`` what the entity then is: the merged one, or canonical's where the change cannot be carried.
    """

    file: ChangeFile
    change: Change | None
    state: EntityState
    report: ChangeReport

    @property
    def entity(self) -> EntityRef:
        """The entity that the change is about."""
        return self.file.entity

    @property
    def is_replayed(self) -> bool:
        """Whether the change can stand on the new canonical commit, valid or not."""
        return self.report.status in ("clean", "invalid")

    @property
    def is_absorbed(self) -> bool:
        """Whether canonical has the change already: what is wrong with the entity is canonical's own then."""
        return self.is_replayed and self.change is None


@dataclass(frozen=True, slots=True)
class DraftOutcome:
    """The judged changes of a draft; those that are not among them are clean and verbatim."""

    draft: StoredDraft
    changes: tuple[AppliedChange, ...]

    @property
    def status(self) -> OutcomeStatus:
        """The status of the worst change."""
        statuses = [change.report.status for change in self.changes]
        return min(statuses, key=WORST_FIRST.index, default="clean")

    @property
    def is_replayed(self) -> bool:
        """Whether all of the draft can stand on the new canonical commit, valid or not."""
        return all(change.is_replayed for change in self.changes)

    def with_violations(self, found: Mapping[EntityRef, tuple[Violation, ...]]) -> DraftOutcome:
        """The same judgement, knowing what validation found in the merged entities."""
        return replace(self, changes=tuple(_invalid(change, found) for change in self.changes))


def judge_change(
    source: ObjectSource, draft: StoredDraft, file: ChangeFile, base: Snapshot, canonical: Snapshot
) -> AppliedChange:
    """How one change fares between the draft's base and ``canonical``, validity aside."""
    kind = canonical.configuration.entities.get(file.entity.type)
    if kind is None:
        return _broken(file, Absent(), f"canonical has no type '{file.entity.type}'")
    try:
        change = read_change_file(source, file, canonical.configuration)
        before = base.state(file.entity)
    except InvalidInput as error:
        return _broken(file, canonical.state(file.entity), error.message)
    now = canonical.state(file.entity) if is_touched(file.entity, base, canonical) else before
    resolutions = read_draft_resolutions(source, draft, file.entity)
    sent_on = _followed(change, canonical)
    outcome = rebase_change(sent_on, before, now, kind.lists, resolutions)
    if outcome.change is sent_on is not change and outcome.status == "clean":
        outcome = replace(outcome, patch_kind="rewritten")
    return _judged(file, outcome)


def judge_after(
    judged: AppliedChange, before: EntityState, after: EntityState, canonical: Snapshot
) -> AppliedChange:
    """How a change that was judged on ``canonical``, where the entity is ``before``, fares once it is
    ``after``, as another draft has it. One that canonical has already, or that cannot be carried there, leaves the
    other's."""
    if judged.change is None or not judged.is_replayed:
        return replace(judged, state=after)
    rules = canonical.configuration.entities[judged.entity.type].lists
    return _judged(judged.file, rebase_change(judged.change, before, after, rules))


def _followed(change: Change, canonical: Snapshot) -> Change:
    """A redirect to what canonical has redirected leads where that leads, as if it had been merged before.

    Where that is back to the entity itself it is left, for validation to report.
    """
    if not isinstance(change, Redirect):
        return change
    seen = [change.target]
    while isinstance(state := canonical.state(seen[-1]), Redirected) and state.target not in seen:
        seen.append(state.target)
    if len(seen) == 1 or change.entity in seen:
        return change
    return replace(change, target=seen[-1])


def _judged(file: ChangeFile, outcome: ChangeOutcome) -> AppliedChange:
    report = ChangeReport(
        file.entity,
        outcome.status,
        outcome.patch_kind,
        outcome.conflicts,
        outcome.warnings,
        reason=outcome.reason,
    )
    return AppliedChange(file, outcome.change, outcome.state, report)


def _broken(file: ChangeFile, state: EntityState, reason: str) -> AppliedChange:
    return AppliedChange(file, None, state, ChangeReport(file.entity, "broken", "verbatim", reason=reason))


def _invalid(change: AppliedChange, found: Mapping[EntityRef, tuple[Violation, ...]]) -> AppliedChange:
    violations = found.get(change.entity, ())
    if not violations or not change.is_replayed:
        return change
    return replace(change, report=replace(change.report, status="invalid", violations=violations))
