"""How each change of a draft stands against a canonical commit: clean, conflict, invalid or broken.

Nothing is written here, and nothing that canonical left alone is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gitdraft.documents.rebasing_changes import rebase_change
from gitdraft.errors import InvalidInput
from gitdraft.git.objects import ObjectSource
from gitdraft.model.changes import Change, Redirect
from gitdraft.model.entities import EntityRef
from gitdraft.model.merging import OutcomeStatus
from gitdraft.model.rebasing import Absent, ChangeOutcome, Redirected, Standing
from gitdraft.model.reports import ChangeReport
from gitdraft.model.violations import Violation
from gitdraft.store.change_files import read_change_file, read_draft_resolutions
from gitdraft.store.concerning import is_touched
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.snapshots import Snapshot

WORST_FIRST: tuple[OutcomeStatus, ...] = ("broken", "conflict", "invalid", "clean")


@dataclass(frozen=True, slots=True)
class JudgedChange:
    """A change and what became of it on the new canonical commit.

    ``change`` is what the draft should now say about the entity, ``None`` when canonical has it already;
    ``standing`` what the entity then is: the merged one, or canonical's where the change cannot be carried.
    """

    file: ChangeFile
    change: Change | None
    standing: Standing
    report: ChangeReport

    @property
    def entity(self) -> EntityRef:
        """The entity that the change is about."""
        return self.file.entity

    @property
    def is_carried(self) -> bool:
        """Whether the change can stand on the new canonical commit, valid or not."""
        return self.report.status in ("clean", "invalid")

    @property
    def is_absorbed(self) -> bool:
        """Whether canonical has the change already: what is wrong with the entity is canonical's own then."""
        return self.is_carried and self.change is None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judged changes of a draft; those that are not among them are clean and verbatim."""

    draft: StoredDraft
    changes: tuple[JudgedChange, ...]

    @property
    def status(self) -> OutcomeStatus:
        """The status of the worst change."""
        statuses = [change.report.status for change in self.changes]
        return min(statuses, key=WORST_FIRST.index, default="clean")

    @property
    def is_carried(self) -> bool:
        """Whether all of the draft can stand on the new canonical commit, valid or not."""
        return all(change.is_carried for change in self.changes)

    def with_violations(self, found: Mapping[EntityRef, tuple[Violation, ...]]) -> Judgement:
        """The same judgement, knowing what validation found in the merged entities."""
        return replace(self, changes=tuple(_invalid(change, found) for change in self.changes))


def judge_change(
    source: ObjectSource, draft: StoredDraft, file: ChangeFile, base: Snapshot, onto: Snapshot
) -> JudgedChange:
    """How one change fares between the draft's base and ``onto``, validity aside."""
    kind = onto.configuration.entities.get(file.entity.type)
    if kind is None:
        return _broken(file, Absent(), f"canonical has no type '{file.entity.type}'")
    try:
        change = read_change_file(source, file, onto.configuration)
        before = base.standing(file.entity)
    except InvalidInput as error:
        return _broken(file, onto.standing(file.entity), error.message)
    now = onto.standing(file.entity) if is_touched(file.entity, base, onto) else before
    resolutions = read_draft_resolutions(source, draft, file.entity)
    sent_on = _sent_on(change, onto)
    outcome = rebase_change(sent_on, before, now, kind.lists, resolutions)
    if outcome.change is sent_on is not change and outcome.status == "clean":
        outcome = replace(outcome, patch_kind="rewritten")
    return _judged(file, outcome)


def judge_after(judged: JudgedChange, canonical: Standing, other: Standing, onto: Snapshot) -> JudgedChange:
    """How a change that was judged on ``onto``, where the entity stands as ``canonical``, fares once it stands as
    ``other``, as another draft has it. One that canonical has already, or that cannot be carried there, leaves the
    other's."""
    if judged.change is None or not judged.is_carried:
        return replace(judged, standing=other)
    rules = onto.configuration.entities[judged.entity.type].lists
    return _judged(judged.file, rebase_change(judged.change, canonical, other, rules))


def _sent_on(change: Change, onto: Snapshot) -> Change:
    """A redirect to what canonical has redirected leads where that leads, as if it had been merged before.

    Where that is back to the entity itself it is left, for validation to report.
    """
    if not isinstance(change, Redirect):
        return change
    seen = [change.target]
    while isinstance(standing := onto.standing(seen[-1]), Redirected) and standing.target not in seen:
        seen.append(standing.target)
    if len(seen) == 1 or change.entity in seen:
        return change
    return replace(change, target=seen[-1])


def _judged(file: ChangeFile, outcome: ChangeOutcome) -> JudgedChange:
    report = ChangeReport(
        file.entity,
        outcome.status,
        outcome.patch_kind,
        outcome.conflicts,
        outcome.warnings,
        reason=outcome.reason,
    )
    return JudgedChange(file, outcome.change, outcome.standing, report)


def _broken(file: ChangeFile, standing: Standing, reason: str) -> JudgedChange:
    return JudgedChange(file, None, standing, ChangeReport(file.entity, "broken", "verbatim", reason=reason))


def _invalid(change: JudgedChange, found: Mapping[EntityRef, tuple[Violation, ...]]) -> JudgedChange:
    violations = found.get(change.entity, ())
    if not violations or not change.is_carried:
        return change
    return replace(change, report=replace(change.report, status="invalid", violations=violations))
