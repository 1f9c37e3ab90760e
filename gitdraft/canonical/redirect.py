"""Redirects on canonical: one, or thousands in one commit.

Every redirect is checked against the ones before it. Those that led to an entity which now gives way are taken
along in the same commit, so a redirect never leads to a redirect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gitdraft.canonical.commit import Message, commit_canonical
from gitdraft.errors import AlreadyExists, GitdraftError, InvalidInput, NotFound, StateRefused
from gitdraft.formats.keys import fold_key
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.index.redirects import redirect_targets
from gitdraft.model.canonical_reports import RedirectPair, RedirectReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import (
    edited_by_redirect,
    entity_deleted,
    entity_protected,
    require_reason,
    require_unprotected,
)
from gitdraft.views.redirects import MOST_HOPS, follow
from gitdraft.views.revisions import require_revision


@dataclass(frozen=True, slots=True)
class RedirectRequest:
    """A redirect to make. ``by`` and ``at`` are those of a redirect that was made elsewhere and is taken over."""

    source: EntityRef
    target: EntityRef
    reason: str = ""
    by: str | None = None
    at: str | None = None


def plan_redirect(
    transaction: Transaction,
    redirect: RedirectRequest,
    *,
    repoint: bool = False,
    expect: int | None = None,
) -> Plan[RedirectReport]:
    """One redirect as one commit. Raises what ``check_redirect_allowed`` does, InvalidInput without a reason, Moved when the
    source's revision is not the ``expect``ed one."""
    require_reason(redirect.reason, "a redirect")
    require_revision(transaction.store, redirect.source, expect)
    staging = Staging(transaction.canonical, repoint=repoint)
    staging.add(redirect)
    subject = f"Redirect {redirect.source} to {redirect.target}"
    return _plan(transaction, staging, (), subject, redirect.reason)


def plan_redirects(
    transaction: Transaction,
    rows: Iterable[tuple[int, RedirectRequest]],
    *,
    reason: str = "",
    repoint: bool = False,
    problems: Sequence[tuple[int, GitdraftError]] = (),
    progress: Progress = silent,
) -> Plan[RedirectReport]:
    """Numbered redirects as one commit, all or nothing; those that are there already change nothing.

    Raises InvalidInput (``invalid-rows``) listing every row that is refused, with ``problems`` that were found
    before.
    """
    staging = Staging(transaction.canonical, repoint=repoint)
    unchanged: list[RedirectPair] = []
    bad = list(problems)
    rows = list(rows)
    for done, (number, redirect) in enumerate(rows):
        progress(done, len(rows))
        try:
            if staging.view.state(redirect.source) == Redirected(redirect.target):
                unchanged.append((redirect.source, redirect.target))
            else:
                staging.add(redirect, is_one_of_many=True)
        except GitdraftError as error:
            bad.append((number, error))
    numbers = {redirect.source: number for number, redirect in rows}
    bad += [(numbers[source], error) for source, error in _held_along(staging)]
    require_no_bad_rows(bad)
    number = len(staging.redirects)
    subject = f"Redirect {number:,} entit{'y' if number == 1 else 'ies'}"
    return _plan(transaction, staging, tuple(unchanged), subject, reason)


def require_no_bad_rows(problems: Sequence[tuple[int, GitdraftError]], number: int | None = None) -> None:
    """Raise InvalidInput listing the rows that are wrong, when there are any; there may be more of them (``number``)
    than are listed."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem[0])
    number = number or len(ordered)
    raise InvalidInput(
        f"{number:,} bad row{'s' * (number > 1)}: nothing was changed",
        code="invalid-rows",
        context={
            "number": number,
            "rows": [{"row": n, "code": e.code, "message": e.message, **e.context} for n, e in ordered],
        },
        details=[f"row {number}: {error.message} ({error.code})" for number, error in ordered],
    )


def check_redirect_allowed(
    view: EffectiveView, source: EntityRef, target: EntityRef, *, repoint: bool, is_one_of_many: bool = False
) -> None:
    """Raise what keeps ``source`` from giving way to ``target`` in this view.

    InvalidInput: ``source-and-target-are-the-same``, ``target-is-incompatible`` (another type). NotFound. StateRefused: deleted or
    protected (so are those that redirect to the source, they would be taken along), ``circular-redirect``, ``target-is-redirect``. AlreadyExists: it redirects already, there or (unless
    ``repoint``) elsewhere. Of ``is_one_of_many`` an unknown entity is not compared with all others, and
    those that would be taken along are left to be looked at together.
    """
    context = {"source": str(source), "target": str(target)}
    if source.type == target.type and fold_key(source.key) == fold_key(target.key):
        raise InvalidInput(
            f"'{source}' cannot redirect to itself", code="source-and-target-are-the-same", context=context
        )
    if source.type != target.type:
        raise InvalidInput(
            f"'{source}' cannot redirect to '{target}', which is of another type",
            code="target-is-incompatible",
            context=context,
        )
    before = _there(view, source, is_one_of_many=is_one_of_many)
    after = _there(view, target, is_one_of_many=is_one_of_many)
    if isinstance(after, Redirected):
        final = follow(view, target)
        if source in (after.target, final):
            raise StateRefused(
                f"'{target}' redirects to '{source}' already: they would lead to each other",
                code="circular-redirect",
                context=context,
                hint=f"gitdraft redirect revert {target} --reason REASON",
            )
        raise StateRefused(
            f"'{target}' is itself redirected to '{final}'",
            code="target-is-redirect",
            context={**context, "redirect_target": str(final)},
            hint=f"redirect to '{final}'",
        )
    if isinstance(before, Redirected):
        if before.target == target:
            raise AlreadyExists(f"'{source}' redirects to '{target}' already", context=context)
        if not repoint:
            raise AlreadyExists(
                f"'{source}' redirects to '{before.target}' already",
                context={**context, "redirect_target": str(before.target)},
                hint="--repoint sends it to the new target",
            )
    touched = (source, target) if is_one_of_many else edited_by_redirect(view.canonical, source, target)
    for entity in touched:
        require_unprotected(view.canonical, entity)


def tombstone_files(
    canonical: Snapshot, view: EffectiveView, sources: Iterable[EntityRef]
) -> dict[str, bytes | None]:
    """The tombstones of canonical's redirects that led to ``sources``, sent on to where those lead in ``view``.
    They keep who made them, when and why."""
    files: dict[str, bytes | None] = {}
    for entity, target in moved_along(canonical, view, sources):
        tombstone = canonical.tombstone(entity)
        assert isinstance(tombstone, RedirectTombstone)
        files[tombstone_path(entity)] = write_tombstone(replace(tombstone, redirects_to=target.key))
    return files


def moved_along(canonical: Snapshot, view: EffectiveView, sources: Iterable[EntityRef]) -> list[RedirectPair]:
    """Canonical's redirects to one of ``sources``, which give way, with where those lead in ``view``."""
    by_type: defaultdict[str, set[str]] = defaultdict(set)
    for source in sources:
        by_type[source.type].add(source.key)
    return [
        (entity, follow(view, entity))
        for name, keys in by_type.items()
        for entity in redirect_targets(canonical, name, keys)
        if entity.key not in keys
    ]


@dataclass(slots=True)
class Staging:
    """Redirects to be made together, each checked on canonical with those before it."""

    canonical: Snapshot
    repoint: bool = False
    redirects: dict[EntityRef, RedirectRequest] = field(default_factory=dict)
    view: EffectiveView = field(init=False)
    _states: dict[EntityRef, EntityState] = field(default_factory=dict)
    _hops: dict[EntityRef, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.view = EffectiveView(self.canonical.source, self.canonical, overrides=self._states)

    def add(self, redirect: RedirectRequest, *, is_one_of_many: bool = False) -> None:
        """One more. Raises what ``check_redirect_allowed`` does, InvalidInput for a chain that is too long."""
        source, target = redirect.source, redirect.target
        check_redirect_allowed(self.view, source, target, repoint=self.repoint, is_one_of_many=is_one_of_many)
        hops = self._hops.get(source, 0) + 1
        if hops > MOST_HOPS:
            raise InvalidInput(
                f"'{source}' ends a chain of more than {MOST_HOPS} redirects",
                code="redirect-chain-too-long",
                hint="name the last one as the target of all of them",
            )
        self._hops[target] = max(hops, self._hops.get(target, 0))
        self._states[source] = Redirected(target)
        self.redirects[source] = redirect

    def files(self, metadata: OperationMetadata) -> dict[str, bytes | None]:
        """Entity files that go, tombstones that come or change."""
        files = tombstone_files(self.canonical, self.view, self.redirects)
        for source, redirect in self.redirects.items():
            files[self.canonical.configuration.path_of(source)] = None
            final = follow(self.view, source)
            files[tombstone_path(source)] = write_tombstone(
                RedirectTombstone(
                    source.key,
                    final.key,
                    redirect.reason,
                    redirect.by or metadata.actor.text,
                    redirect.at or metadata.at,
                )
            )
        return files


def _plan(
    transaction: Transaction,
    staging: Staging,
    unchanged: tuple[RedirectPair, ...],
    subject: str,
    reason: str,
) -> Plan[RedirectReport]:
    created = tuple((source, follow(staging.view, source)) for source in staging.redirects)
    flattened = tuple(moved_along(staging.canonical, staging.view, staging.redirects))
    report = RedirectReport(created, flattened, unchanged)
    others = [f"{source} now redirects to {target} too." for source, target in flattened[:20]]
    message = Message(subject, (reason, "\n".join(others)), "redirect-create")
    committed = commit_canonical(transaction, staging.files(transaction.metadata), message)
    if committed is None:
        return Plan(report, transaction.buffer, ())
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, transaction.buffer, committed.moves, subject, may_stay=committed.may_stay)


def _held_along(staging: Staging) -> Iterator[tuple[EntityRef, StateRefused]]:
    """The sources whose redirects cannot be taken along, and why."""
    for entity, _ in moved_along(staging.canonical, staging.view, staging.redirects):
        state = staging.canonical.state(entity)
        protection = staging.canonical.protection(entity)
        if protection is not None and isinstance(state, Redirected):
            yield state.target, entity_protected(entity, protection)


def _there(view: EffectiveView, entity: EntityRef, *, is_one_of_many: bool) -> EntityState:
    state = view.state(entity)
    match state:
        case Absent() if not is_one_of_many:
            raise unknown_entity(view, entity)
        case Absent():
            raise NotFound(f"unknown entity '{entity}'", context={"entity": str(entity)})
        case Deleted():
            raise entity_deleted(entity, view.canonical.tombstone(entity))
        case Live() | Redirected():
            return state
    raise AssertionError(state)
