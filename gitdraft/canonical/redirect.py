"""Redirects on canonical: one, or thousands in one commit.

Every redirect is checked against the ones before it. Redirects to an entity that is now redirected itself are
flattened in the same commit, so a redirect never leads to a redirect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from gitdraft.canonical.commit import Message, commit_canonical
from gitdraft.errors import AlreadyExists, GitdraftError, InvalidInput, NotFound, StateRefused
from gitdraft.formats.keys import fold_key
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.index.redirects import redirect_targets
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.canonical_reports import RedirectPair, RedirectReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import Expected
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
    """A redirect to create. ``by`` and ``at`` say who created it and when, where it is imported from elsewhere."""

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
    expect: Expected | None = None,
) -> Plan[RedirectReport]:
    """Plans one redirect as one commit. Raises what ``check_redirect_allowed`` does, InvalidInput without a reason,
    Moved when the source's revision is not ``expect``."""
    require_reason(redirect.reason, "a redirect")
    require_revision(transaction.store, redirect.source, expect)
    batch = RedirectBatch(transaction.canonical, repoint=repoint)
    batch.add(redirect)
    subject = f"Redirect {redirect.source} to {redirect.target}"
    return _plan(transaction, batch, (), subject, redirect.reason)


def plan_redirects(
    transaction: Transaction,
    rows: Iterable[tuple[int, RedirectRequest]],
    *,
    reason: str = "",
    repoint: bool = False,
    problems: Sequence[tuple[int, GitdraftError]] = (),
    progress: Progress = silent,
) -> Plan[RedirectReport]:
    """Plans numbered redirects as one commit, all or none; those that are there already change nothing.

    Raises InvalidInput (``invalid-rows``) listing every row that is refused, and the ``problems`` that reading the rows
    had.
    """
    batch = RedirectBatch(transaction.canonical, repoint=repoint)
    unchanged: list[RedirectPair] = []
    bad = list(problems)
    rows = list(rows)
    for done, (number, redirect) in enumerate(rows):
        progress(done, len(rows))
        try:
            if batch.view.state(redirect.source) == Redirected(redirect.target):
                unchanged.append((redirect.source, redirect.target))
            else:
                batch.add(redirect, is_one_of_many=True)
        except GitdraftError as error:
            bad.append((number, error))
    numbers = {redirect.source: number for number, redirect in rows}
    bad += [(numbers[source], error) for source, error in _protected_redirects(batch)]
    require_no_bad_rows(bad)
    number = len(batch.redirects)
    subject = f"Redirect {number:,} entit{'y' if number == 1 else 'ies'}"
    return _plan(transaction, batch, tuple(unchanged), subject, reason)


def require_no_bad_rows(problems: Sequence[tuple[int, GitdraftError]], number: int | None = None) -> None:
    """Raises InvalidInput (``invalid-rows``) listing the bad rows, if there are any. ``number`` is how many there are,
    when not all are listed."""
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
    """Raises the refusal of a redirect from ``source`` to ``target`` in this view, if it is not allowed.

    InvalidInput (``source-and-target-are-the-same``, ``target-is-incompatible`` for another type); NotFound;
    StateRefused (``circular-redirect``, ``target-is-redirect``, or one of the two is deleted or protected, or a
    redirect to the source is protected, since it would be flattened); AlreadyExists when the source is redirected
    already, to this target or (unless ``repoint``) to another.

    With ``is_one_of_many`` no near names are sought for an unknown entity, and the redirects to the source are left for
    the caller to check together.
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
    before = _known_state(view, source, is_one_of_many=is_one_of_many)
    after = _known_state(view, target, is_one_of_many=is_one_of_many)
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
    """Returns the tombstones of canonical's redirects to ``sources``, with the final targets that those have in
    ``view``. They keep by whom, when and why they were created."""
    files: dict[str, bytes | None] = {}
    for entity, target in flattened_redirects(canonical, view, sources):
        tombstone = canonical.tombstone(entity)
        assert isinstance(tombstone, RedirectTombstone)
        files[tombstone_path(entity)] = write_tombstone(replace(tombstone, redirects_to=target.key))
    return files


def flattened_redirects(
    canonical: Snapshot, view: EffectiveView, sources: Iterable[EntityRef]
) -> list[RedirectPair]:
    """Returns canonical's redirects to one of ``sources``, which are redirected themselves, with their final targets in
    ``view``."""
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
class RedirectBatch:
    """Redirects for one commit, each checked on canonical with those before it."""

    canonical: Snapshot
    repoint: bool = False
    redirects: dict[EntityRef, RedirectRequest] = field(default_factory=dict)
    view: EffectiveView = field(init=False)
    _states: dict[EntityRef, EntityState] = field(default_factory=dict)
    _hops: dict[EntityRef, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.view = EffectiveView(self.canonical.source, self.canonical, overrides=self._states)

    def add(self, redirect: RedirectRequest, *, is_one_of_many: bool = False) -> None:
        """Adds a redirect. Raises what ``check_redirect_allowed`` does, InvalidInput for a chain that is too long."""
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
        """Returns the files of the commit: entity files that are removed, tombstones that are added or change."""
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
    batch: RedirectBatch,
    unchanged: tuple[RedirectPair, ...],
    subject: str,
    reason: str,
) -> Plan[RedirectReport]:
    created = tuple((source, follow(batch.view, source)) for source in batch.redirects)
    flattened = tuple(flattened_redirects(batch.canonical, batch.view, batch.redirects))
    report = RedirectReport(created, flattened, unchanged)
    others = [f"{source} now redirects to {target} too." for source, target in flattened[:20]]
    message = Message(subject, (reason, "\n".join(others)), "redirect-create")
    committed = commit_canonical(transaction, batch.files(transaction.metadata), message)
    if committed is None:
        return Plan(report, transaction.buffer, ())
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, transaction.buffer, committed.moves, subject, may_stay=committed.may_stay)


def _protected_redirects(batch: RedirectBatch) -> Iterator[tuple[EntityRef, StateRefused]]:
    """Yields the sources to which a protected redirect leads, which cannot be flattened, with the refusal."""
    for entity, _ in flattened_redirects(batch.canonical, batch.view, batch.redirects):
        state = batch.canonical.state(entity)
        protection = batch.canonical.protection(entity)
        if protection is not None and isinstance(state, Redirected):
            yield state.target, entity_protected(entity, protection)


def _known_state(view: EffectiveView, entity: EntityRef, *, is_one_of_many: bool) -> EntityState:
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
