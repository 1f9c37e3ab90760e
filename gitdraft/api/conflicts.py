"""The conflicts of a draft, with canonical and with a remote, and their resolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.values import ABSENT, JSON, Maybe

if TYPE_CHECKING:
    from gitdraft.api.session import Session
    from gitdraft.model.draft_reports import ResolveReport
    from gitdraft.store.repository import Store
    from gitdraft.store.transaction import Plan, Transaction

Side: TypeAlias = Literal["draft", "canonical", "local", "remote", "ours", "theirs"]
"""Whose value stands: the draft's or canonical's; the local or the remote draft's, where the two diverged; ours or theirs
in a file that git merged."""
SIDES_OF_DRAFTS = ("draft", "local", "theirs")
Answer: TypeAlias = Callable[[Conflict], Maybe]


@dataclass(frozen=True, slots=True)
class Resolution:
    """An answer to a conflict: one side (``take``), a ``value``, or a function of the conflict (``choose``); none of them
    where only a whole change is moved."""

    take: Side | None = None
    value: Maybe = ABSENT
    choose: Answer | None = None

    @property
    def answer(self) -> Answer | None:
        """The answer as a function of the conflict; ``None`` where none was given.

        Raises InvalidInput where more than one was given, and for a side that does not exist.
        """
        if sum((self.take is not None, self.value is not ABSENT, self.choose is not None)) > 1:
            raise InvalidInput("one of take, value and choose is needed", context={"path": "/take"})
        if self.choose is not None:
            return self.choose
        if self.value is not ABSENT:
            given: JSON = self.value
            return lambda _: given
        if self.take is None:
            return None
        from typing import get_args

        from gitdraft.drafts.resolve import canonical_side, draft_side

        if self.take not in get_args(Side):
            raise InvalidInput(f"there is no side '{self.take}'", context={"path": "/take"})
        return draft_side if self.take in SIDES_OF_DRAFTS else canonical_side

    @property
    def required(self) -> Answer:
        """The answer. Raises InvalidInput (``missing-field``) where none was given."""
        answer = self.answer
        if answer is None:
            raise InvalidInput(
                "one of take and value is needed", code="missing-field", context={"path": "/take"}
            )
        return answer


@dataclass(frozen=True, slots=True)
class ResolveOptions:
    """Whether a whole change is moved to where canonical redirects, or renamed, its entity (``retarget``), a result that breaks its
    schema is accepted, and nothing is written."""

    retarget: bool = False
    allow_invalid: bool = False
    dry_run: bool = False


def draft_conflicts(store: Store, draft_id: str) -> list[tuple[EntityRef, Conflict]]:
    """Returns what a draft and canonical both changed. Raises NotFound."""
    from gitdraft.drafts.resolve import conflicts_of
    from gitdraft.views.effective_view import open_view

    return conflicts_of(open_view(store, store.find_draft(draft_id)))


def divergence_conflicts(store: Store, draft_id: str) -> tuple[tuple[EntityRef, Conflict], ...]:
    """Returns what was changed both in the draft here and in the remote's, in which ``canonical`` is the remote's value
    and ``draft`` the local one; nothing without a remote."""
    from gitdraft.store.remote_tracking import default_remote
    from gitdraft.sync.divergence import remote_conflicts

    remote = default_remote(store)
    return () if remote is None else tuple(remote_conflicts(store, remote, draft_id))


def resolve(
    session: Session,
    draft_id: str,
    entity: str,
    pointer: str | None,
    resolution: Resolution,
    options: ResolveOptions,
) -> ResolveReport:
    """Resolves the conflict at ``pointer`` of an entity, or all conflicts of it. When the last one of the draft is
    resolved, it moves to canonical's tip, or is merged with the remote's (the report names the ``remote``).

    Raises StateRefused where the entity is not in conflict, NotFound where the pointer names no conflict of it,
    PolicyViolation where the draft would now move but breaks a schema or a reference, InvalidInput without an answer.
    """

    from gitdraft.drafts.resolve import GivenAnswer, plan_resolve
    from gitdraft.drafts.retarget import plan_retarget
    from gitdraft.sync.divergence import plan_resolve_divergence
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import find_entity

    view = open_view(session.store, session.store.find_draft(draft_id))
    named = find_entity(view, entity)
    applied = view.applied_change(named)
    in_conflict = applied is not None and bool(applied.report.conflicts)
    remote = (
        None
        if options.retarget
        else _disputed_remote(session.store, draft_id, named, resolution, in_conflict=in_conflict)
    )
    answer = resolution.answer if options.retarget else resolution.required

    def plan(transaction: Transaction) -> Plan[ResolveReport]:
        if options.retarget:
            return plan_retarget(transaction, draft_id, named, answer, allow_invalid=options.allow_invalid)
        given = resolution.required
        if remote is not None:
            return plan_resolve_divergence(transaction, remote, draft_id, named, pointer, given)
        answers = (GivenAnswer(named, pointer, given),)
        return plan_resolve(transaction, draft_id, answers, allow_invalid=options.allow_invalid)

    report = session.run("resolve", plan, dry_run=options.dry_run)
    return replace(report, remote=remote)


def _disputed_remote(
    store: Store, draft_id: str, entity: EntityRef, resolution: Resolution, *, in_conflict: bool
) -> str | None:
    """The remote, where it is the conflict with it that is to be resolved: the side says so, or a value is given and the
    entity is in conflict with the remote alone."""
    from gitdraft.git.settings import find_remote

    if resolution.take in ("local", "remote"):
        return find_remote(store.git, store.canonical_branch)
    if resolution.take is not None or in_conflict:
        return None
    from gitdraft.store.remote_tracking import default_remote
    from gitdraft.sync.divergence import remote_conflicts

    remote = default_remote(store)
    if remote is None:
        return None
    disputed = {named for named, _ in remote_conflicts(store, remote, draft_id)}
    return remote if entity in disputed else None
