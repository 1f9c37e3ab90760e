"""How drafts stand on a canonical commit: judged here, remembered by the index, told by lists that judge nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from gitdraft.errors import RepositoryError
from gitdraft.formats.paths import tombstone_path
from gitdraft.git.path_history import path_history
from gitdraft.git.repository import GitRepository
from gitdraft.index.rebase_states import recall_rebase_states, remember_rebase_states
from gitdraft.lazy_dataclass import replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import utc
from gitdraft.model.rebase_states import BROKEN, RebaseState
from gitdraft.model.violations import Violation
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import ChangeFile, StoredDraft, content_key, read_draft
from gitdraft.store.outside_files import FOREIGN_FILES
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Transaction
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.outcomes import DraftOutcome

PATHS_AT_ONCE = 1000


class Judged(NamedTuple):
    """A draft and how its changes fare on canonical; ``None`` where it is broken as a whole."""

    draft: StoredDraft
    outcome: DraftOutcome | None


def validated_outcome(
    validator: Validator, view: EffectiveView, draft: StoredDraft, files: Iterable[ChangeFile]
) -> DraftOutcome:
    """Returns the changes in ``files`` as applied, with the violations of the entities that they leave."""
    changes = tuple(applied for file in files if (applied := view.applied_file(file)) is not None)
    violations = {
        applied.entity: tuple(v for each in applied.entities for v in validator.check_added(view, each))
        for applied in changes
        if applied.is_replayed and not applied.is_absorbed
    }
    return DraftOutcome(draft, changes).with_violations(violations)


def rebase_states_of(
    git: GitRepository, canonical: Snapshot, judged: Sequence[Judged], now: str
) -> list[RebaseState]:
    """Returns how each of these drafts stands on ``canonical``, whose last commits may be unwritten: they are of ``now``."""
    dates = _conflict_dates(git, canonical, judged, now)
    rebase_states = []
    for draft, outcome in judged:
        if outcome is None:
            rebase_states.append(BROKEN)
            continue
        rebase_states.append(RebaseState(outcome.status, _count_conflicts(outcome), dates.get(draft.tip)))
    return rebase_states


def remember_judged(git: GitRepository, canonical: Snapshot, judged: Sequence[Judged], now: str) -> None:
    """Keeps how these drafts stand on ``canonical`` for the lists; those that are kept already are not looked at again."""
    if not judged:
        return
    contents = {draft.tip: content_key(canonical.source, draft) for draft, _ in judged}
    known = recall_rebase_states(canonical.source, canonical, contents.values())
    new = [one for one in judged if not _is_known(known.get(contents[one.draft.tip]), one.outcome)]
    rebase_states = zip(new, rebase_states_of(git, canonical, new, now), strict=True)
    remember_rebase_states(
        canonical.source, canonical, [(contents[one.draft.tip], state) for one, state in rebase_states]
    )


def outcome_of(view: EffectiveView, draft: StoredDraft, violations: Iterable[Violation]) -> DraftOutcome:
    """Returns the draft's changes as the view applies them, each with those of the ``violations`` that are errors of its
    entity."""
    by_entity: dict[EntityRef, tuple[Violation, ...]] = {}
    for violation in violations:
        if violation.severity == "error":
            by_entity[violation.entity] = (*by_entity.get(violation.entity, ()), violation)
    changes = (view.applied_change(entity) for entity in view.changed())
    outcome = DraftOutcome(draft, tuple(change for change in changes if change is not None))
    for change in outcome.changes:
        for entity in change.entities[1:]:
            by_entity[change.entity] = (*by_entity.get(change.entity, ()), *by_entity.pop(entity, ()))
    return outcome.with_violations(by_entity)


def judged_state(
    git: GitRepository, canonical: Snapshot, outcome: DraftOutcome, violations: Iterable[Violation]
) -> RebaseState:
    """Returns how a draft stands on ``canonical``, a commit that is written, by all its ``violations``, and keeps it for the
    lists. One that breaks a rule in an entity that it does not change is invalid, one with files beside its folder broken."""
    errors = [violation for violation in violations if violation.severity == "error"]
    is_foreign = any(violation.rule == FOREIGN_FILES for violation in errors)
    (state,) = rebase_states_of(git, canonical, [Judged(outcome.draft, None if is_foreign else outcome)], "")
    if errors and state.status == "clean":
        state = replace(state, status="invalid")
    remember_rebase_states(
        canonical.source, canonical, [(content_key(canonical.source, outcome.draft), state)]
    )
    return state


def remember_invalid(transaction: Transaction, draft_id: str, tip: Oid) -> None:
    """Keeps that the draft, whose new ``tip`` lets violations through, is invalid on canonical's tip. One that canonical has
    moved away from is left for the next rebase to judge."""
    buffer, canonical = transaction.buffer, transaction.canonical
    draft = read_draft(buffer, draft_id, transaction.store.draft_ref(draft_id), tip)
    if not AffectedDrafts(buffer, canonical).entities(draft):
        remember_rebase_states(buffer, canonical, [(content_key(buffer, draft), RebaseState("invalid"))])


def judge_again(transaction: Transaction, draft_id: str, before: Oid, tip: Oid) -> None:
    """Judges a draft that was edited from the tip ``before`` to ``tip``, where it was known not to be clean."""
    buffer, canonical = transaction.buffer, transaction.canonical
    ref = transaction.store.draft_ref(draft_id)
    content = content_key(buffer, read_draft(buffer, draft_id, ref, before))
    known = recall_rebase_states(buffer, canonical, [content]).get(content)
    if known is None or known.status == "clean":
        return
    draft = read_draft(buffer, draft_id, ref, tip)
    view = EffectiveView(buffer, canonical, draft, AffectedDrafts(buffer, canonical).base(draft))
    violations = Validator(canonical).judge_draft(view)
    judged_state(transaction.store.git, canonical, outcome_of(view, draft, violations), violations)


def _is_known(state: RebaseState | None, outcome: DraftOutcome | None) -> bool:
    if state is None or outcome is None:
        return state == BROKEN and outcome is None
    return (state.status, state.conflict_count) == (outcome.status, _count_conflicts(outcome))


def _count_conflicts(outcome: DraftOutcome) -> int:
    return sum(len(change.report.conflicts) for change in outcome.changes)


def _conflict_dates(
    git: GitRepository, canonical: Snapshot, judged: Iterable[Judged], now: str
) -> dict[Oid, str]:
    """Returns the tip of each draft in conflict with the date of the first commit after its base that changed an entity in
    conflict; drafts with one base are looked at together."""
    entities = {
        draft: [change.entity for change in outcome.changes if change.report.conflicts]
        for draft, outcome in judged
        if outcome is not None
    }
    in_conflict = sorted(
        (draft for draft, several in entities.items() if several), key=lambda draft: draft.base
    )
    dates: dict[Oid, str] = {}
    for base, drafts in groupby(in_conflict, key=lambda draft: draft.base):
        group = list(drafts)
        paths = {draft.tip: [p for e in entities[draft] for p in _paths(canonical, e)] for draft in group}
        first = _first_changes(
            git, canonical, base, sorted({path for some in paths.values() for path in some})
        )
        for draft in group:
            known = [first[path] for path in paths[draft.tip] if path in first]
            date = utc(min(known)[1]) if known else now if not git.has(canonical.commit) else None
            if date is not None:
                dates[draft.tip] = date
    return dates


def _first_changes(
    git: GitRepository, canonical: Snapshot, base: Oid, paths: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Returns, for each of the paths that canonical changed after ``base``, how many of these commits came before the first
    that did, and when that was committed (Unix time). A shallow or damaged history has no answer."""
    tip = canonical.commit
    while not git.has(tip):
        tip = canonical.source.read_lineage(tip).parents[0]
    first: dict[str, tuple[int, int]] = {}
    for start in range(0, len(paths), PATHS_AT_ONCE):
        try:
            commits = list(path_history(git, tip, paths[start : start + PATHS_AT_ONCE], base))
        except RepositoryError:
            continue
        for place, commit in enumerate(reversed(commits)):
            for change in commit.changes:
                first.setdefault(change.path, (place, commit.seconds))
    return first


def _paths(canonical: Snapshot, entity: EntityRef) -> Iterator[str]:
    if entity.type in canonical.configuration.entities:
        yield canonical.configuration.path_of(entity)
    yield tombstone_path(entity)
