"""Import of changes: one draft of thousands of rows, each checked together with the others, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitdraft.canonical.redirect import require_no_bad_rows
from gitdraft.drafts.create import NewDraft, plan_draft
from gitdraft.drafts.edit import edit_target
from gitdraft.drafts.edit_functions import (
    EditFunction,
    EditResult,
    create_entity,
    delete_entity,
    patch_entity,
    redirect_entity,
)
from gitdraft.drafts.rename import renaming_edits, under_old_name
from gitdraft.errors import (
    AlreadyExists,
    GitdraftError,
    NotFound,
    PolicyViolation,
    RepositoryError,
    StateRefused,
)
from gitdraft.formats.change_rows import LARGER, ChangeRow, read_change_row
from gitdraft.formats.keys import fold_key, normalise_key
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.changes import Change, Redirect, Rename
from gitdraft.model.draft_reports import NewReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, EntityState, Live, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.model.violations import Violation
from gitdraft.rebase.judgement import remember_invalid
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.transfer.sources import EntitySource
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import parse_entity
from gitdraft.views.guards import require_unprotected
from gitdraft.views.redirects import follow

LATER = ("rename", "redirect")
Problem = tuple[int, GitdraftError]


@dataclass(frozen=True, slots=True)
class ChangeRows:
    """The changes that a file lists, and the numbered errors of its malformed rows."""

    rows: tuple[ChangeRow, ...]
    problems: tuple[Problem, ...]


def read_changes(store: Store, source: EntitySource) -> ChangeRows:
    """Reads the rows of a file. Raises what the source does."""
    limits = store.snapshot().configuration.limits
    rows: list[ChangeRow] = []
    problems: list[Problem] = []
    for row in source.rows(limits.max_bytes * LARGER):
        try:
            rows.append(read_change_row(row, limits))
        except GitdraftError as error:
            problems.append((row.number, error))
    return ChangeRows(tuple(rows), tuple(problems))


def plan_new_of_rows(
    transaction: Transaction,
    new_draft: NewDraft,
    rows: ChangeRows,
    *,
    allow_invalid: bool = False,
    progress: Progress = silent,
) -> Plan[NewReport]:
    """Plans a draft of all these changes on canonical's tip. Rows that change nothing are left out.

    Raises InvalidInput (``invalid-rows``) listing every row that is refused or (unless ``allow_invalid``) whose result
    violates its schema or a reference, StateRefused when nothing is changed, and what ``plan_draft`` does.
    """
    staging = _Staging(transaction.canonical)
    problems = [*rows.problems, *staging.stage(rows.rows, progress)]
    violations = staging.violations()
    if not allow_invalid:
        problems += [
            (
                staging.numbers[v.entity],
                PolicyViolation(f"{v.entity} {v.pointer}: {v.message}", context=v.as_json()),
            )
            for v in violations
        ]
    require_no_bad_rows(problems)
    if not staging.changes:
        raise StateRefused("the rows change nothing", code="empty-draft")
    plan = plan_draft(transaction, new_draft, staging.base, staging.changes)
    if violations:
        remember_invalid(transaction, plan.report.id, plan.report.tip)
    return replace(plan, report=replace(plan.report, violations=tuple(violations)))


@dataclass(slots=True)
class _Staging:
    """The changes, each applied to canonical. ``numbers`` are the numbers of the rows by which entities are changed."""

    base: Snapshot
    changes: dict[EntityRef, Change] = field(default_factory=dict)
    numbers: dict[EntityRef, int] = field(default_factory=dict)
    _canonical: EffectiveView = field(init=False)
    _states: dict[EntityRef, EntityState] = field(default_factory=dict)
    _names: dict[EntityRef, EntityRef] = field(default_factory=dict)
    _folded: dict[EntityRef, EntityRef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._canonical = EffectiveView(self.base.source, self.base)

    def stage(self, rows: Sequence[ChangeRow], progress: Progress) -> Iterator[Problem]:
        """Applies every change, renamings and then redirects last. Yields the errors of those that cannot be applied."""
        ordered = sorted(rows, key=lambda row: LATER.index(row.kind) if row.kind in LATER else -1)
        # the later ones see the other changes, and those of their kind before them
        view = EffectiveView(self.base.source, self.base, overrides=self._states, names=self._names)
        for done, row in enumerate(ordered):
            progress(done, len(rows))
            try:
                self._apply(row, view if row.kind in LATER else self._canonical)
            except RepositoryError:
                raise
            except GitdraftError as error:
                yield row.number, error
        for entity, change in self.changes.items():
            if isinstance(change, Redirect):
                try:
                    self.changes[entity] = replace(change, target=follow(view, entity))
                except StateRefused as error:
                    yield self.numbers[entity], error

    def violations(self) -> list[Violation]:
        """Returns the violations of the applied changes, as if the others could have been applied."""
        broken = [
            entity for entity in self.numbers if entity not in self.changes and entity not in self._names
        ]
        claimed: dict[EntityRef, EntityState] = {
            entity: Live({}) for entity in broken if isinstance(self.base.state(entity), Absent)
        }
        changed = {entity: self._states[entity] for entity in self.changes}
        renamed = {new: self._states[new] for new, old in self._names.items() if old in self.changes}
        view = self._canonical.with_overrides({**claimed, **changed, **renamed}, self._names)
        validator = Validator(self.base)
        return [
            violation
            for entity in (*self.changes, *renamed)
            for violation in validator.check_added(view, entity)
        ]

    def _apply(self, row: ChangeRow, view: EffectiveView) -> None:
        entity = parse_entity(self.base.configuration, row.entity)
        folded = EntityRef(entity.type, fold_key(entity.key))
        other = self._folded.get(folded)
        if other is not None:
            raise AlreadyExists(
                f"'{other}' is in an earlier row"
                + (", and differs in case alone" if other != entity else ""),
                context={"entity": str(entity)},
            )
        self._folded[folded] = entity
        self.numbers.setdefault(entity, row.number)
        state = self.base.state(entity)
        if row.kind != "create":
            _require_known(entity, state)
        require_unprotected(self.base, entity)
        if row.kind == "rename":
            self._rename(row, entity, view)
        else:
            self._keep(entity, self._change(row, entity, view)(edit_target(view, entity, None)))

    def _rename(self, row: ChangeRow, entity: EntityRef, view: EffectiveView) -> None:
        """Gives the entity its new key, and has those that name it name it so, as in a draft."""
        if row.patch:
            self._keep(entity, patch_entity(row.patch)(edit_target(view, entity, None)))
        target = self._target(entity, row.value)
        for other, make in [*renaming_edits(view, entity, target, redirect=row.redirects)]:
            old = view.old_name(other) or other
            if other != entity:
                require_unprotected(self.base, old)
            change = self.changes.get(old)
            edited = make(edit_target(view, other, change))
            if old != other:
                edited = under_old_name(edit_target(view, old, change), edited)
            self.numbers.setdefault(old, row.number)
            self._keep(old, edited)

    def _keep(self, entity: EntityRef, edited: EditResult) -> None:
        if edited.change is None:
            return
        self.changes[entity] = edited.change
        self._states[entity] = edited.state
        if isinstance(edited.change, Rename) and edited.renamed is not None:
            target = edited.change.target
            self._states[target], self._names[target] = edited.renamed, entity
            self.numbers.setdefault(target, self.numbers[entity])

    def _change(self, row: ChangeRow, entity: EntityRef, view: EffectiveView) -> EditFunction:
        match row.kind:
            case "patch":
                return patch_entity(row.value)
            case "create":
                return create_entity(row.value)
            case "delete":
                return delete_entity(row.value)
            case "redirect":
                target = self._target(entity, row.value)
                _require_known(target, view.state(target))
                before = view.state(entity)
                return redirect_entity(target, row.reason, repoint=isinstance(before, Redirected))
            case "rename":
                raise AssertionError(row)

    def _target(self, entity: EntityRef, text: str) -> EntityRef:
        """Returns the target. Without a type it has the entity's type."""
        types = self.base.configuration.entities
        if text.partition("/")[0] in types:
            return parse_entity(self.base.configuration, text)
        return EntityRef(entity.type, normalise_key(text, nested=types[entity.type].nested))


def _require_known(entity: EntityRef, state: EntityState) -> None:
    """Raises NotFound for an unknown entity; without near names, since that would compare all keys for each row."""
    if isinstance(state, Absent):
        raise NotFound(f"unknown entity '{entity}'", context={"entity": str(entity)})
