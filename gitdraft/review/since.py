"""What became of a draft since somebody looked at it: two states of it, entity by entity, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from gitdraft.errors import GitdraftError, NotFound
from gitdraft.git.ref_files import is_oid
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import utc
from gitdraft.model.outcomes import EntityState, Live, Redirected
from gitdraft.review.changes import MOST_FIELDS, Field, document_of, place_problems
from gitdraft.review.compare import Sides, compare
from gitdraft.review.names import Names
from gitdraft.review.state import state_of
from gitdraft.review.values import Named
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.operation_log import read_log
from gitdraft.store.repository import Store, closed_ref
from gitdraft.store.snapshots import take_snapshot
from gitdraft.views.change_hash import looked_at
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.summaries import draft_history

A_PAGE = 50  # entities
MOST_OPERATIONS = 2000  # that are looked through for a state which is not among the draft's commits any more


class Moment(NamedTuple):
    """A state of a draft: its commit, and canonical's on which it was shown (empty: the one that it was made on)."""

    commit: str
    canonical: str = ""

    @property
    def query(self) -> dict[str, str]:
        """What the address of the page says of it."""
        return {name: value for name, value in self._asdict().items() if value}


class DraftCommit(NamedTuple):
    """A commit of a draft's branch: what was done, by whom, when."""

    commit: str
    at: str
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class EntitySince:
    """What became of an entity: ``word`` says what the draft does with it that it did not do then; ``is_moved`` whether canonical
    has it otherwise than then."""

    named: Named
    word: str
    fields: tuple[Field, ...]
    is_moved: bool
    target: Named | None = None
    problem: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SincePage:
    """A draft then and now: ``commits`` were made since, newest first; ``changes`` are those of this page, of ``total``."""

    id: str
    title: str
    state: str
    now: Moment
    commits: Sequence[DraftCommit]
    changes: Sequence[EntitySince]
    total: int
    number: int
    pages: int


def moment_of(view: EffectiveView) -> Moment:
    """Returns the state that a view of a draft shows."""
    assert view.draft is not None
    return Moment(view.draft.tip, view.canonical.commit)


def commits_of(store: Store, draft: StoredDraft) -> list[DraftCommit]:
    """Returns the commits of the draft's branch, newest first."""
    return [
        DraftCommit(
            each.oid, utc(each.author.seconds), f"{each.author.name} <{each.author.email}>", each.subject
        )
        for each in draft_history(store, draft)
    ]


def since_page(
    store: Store, draft_id: str, then: Moment, number: int = 1, *, whole: bool = False
) -> SincePage:
    """Returns what became of a draft since a state of it. Raises NotFound where it had no such state, or it is not kept any
    more."""
    draft = store.find_draft(draft_id)
    view = looked_at(store, draft)
    before = _view_of(store, draft, then)
    changed = sorted({*before.changed(), *view.changed()})
    different = [entity for entity in changed if _state(before, entity) != _state(view, entity)]
    pages = max(1, -(-len(different) // A_PAGE))
    if not 1 <= number <= pages:
        raise NotFound(f"there is no page {number}", context={"page": number})
    names = Names(view)
    shown = different[(number - 1) * A_PAGE : number * A_PAGE]
    changes = [_changed(before, view, names, entity, whole=whole) for entity in shown]
    title = read_header(store.git, draft).title
    commits = tuple(takewhile(lambda each: each.commit != then.commit, commits_of(store, draft)))
    return SincePage(
        draft_id,
        title,
        state_of(view),
        moment_of(view),
        commits,
        changes,
        len(different),
        number,
        pages,
    )


def _view_of(store: Store, draft: StoredDraft, then: Moment) -> EffectiveView:
    """Returns the view that the page of a draft showed."""
    commit = next((oid for oid in _tips(store, draft) if oid == then.commit), None)
    if commit is None:
        raise _no_such_state(draft.id)
    old = read_draft(store.git, draft.id, draft.ref, commit)
    configuration = store.snapshot().configuration
    base = take_snapshot(store.git, old.base, configuration)
    if not then.canonical:
        return EffectiveView(store.git, base, old, base)
    if not _is_of_canonical(store, then.canonical):
        raise _no_such_state(draft.id)
    canonical = take_snapshot(store.git, Oid(then.canonical), configuration)
    return EffectiveView(store.git, canonical, old, base)


def _tips(store: Store, draft: StoredDraft) -> Iterator[Oid]:
    """Yields the commits that the draft's branch has had, newest first."""
    yield from (commit.oid for commit in draft_history(store, draft))
    refs = (store.draft_ref(draft.id), closed_ref(draft.id))
    for entry in islice(read_log(store.git), MOST_OPERATIONS):
        for move in entry.operation.moves:
            if move.name in refs:
                yield from (oid for oid in (move.new, move.old) if oid is not None)


def _is_of_canonical(store: Store, commit: str) -> bool:
    try:
        return is_oid(commit) and store.is_of_canonical(Oid(commit))
    except GitdraftError:
        return False


def _no_such_state(draft_id: str) -> NotFound:
    return NotFound(
        f"draft '{draft_id}' was never so, or it is not kept any more", context={"draft": draft_id}
    )


def _state(view: EffectiveView, entity: EntityRef) -> EntityState | str:
    """Returns the state of an entity; of one that cannot be read, why."""
    try:
        return view.state(entity)
    except GitdraftError as error:
        return error.message


def _changed(
    before: EffectiveView, after: EffectiveView, names: Names, entity: EntityRef, *, whole: bool
) -> EntitySince:
    was, now = _state(before, entity), _state(after, entity)
    is_moved = _state(before.underlying(), entity) != _state(after.underlying(), entity)
    named = names.entity(entity)
    if isinstance(was, str) or isinstance(now, str):
        problem = now if isinstance(now, str) else str(was)
        return EntitySince(named, "changed", (), is_moved, problem=problem)
    old, new = document_of(was), document_of(now)
    sides = Sides(names.places(entity, old), names.places(entity, new), whole)
    rows = list(compare(old, new, sides))
    return EntitySince(
        named,
        _word(was, now, is_in=after.is_changed(entity), was_in=before.is_changed(entity)),
        place_problems(names, entity, rows[:MOST_FIELDS], (), ()),
        is_moved,
        names.entity(now.target) if isinstance(now, Redirected) else None,
        left_out=max(0, len(rows) - MOST_FIELDS),
    )


def _word(was: EntityState, now: EntityState, *, is_in: bool, was_in: bool) -> str:
    if was_in and not is_in:
        return "out of the draft"
    if isinstance(now, Redirected):
        return "redirected"
    if isinstance(was, Live) and not isinstance(now, Live):
        return "deleted"
    if not isinstance(was, Live) and isinstance(now, Live):
        return "back" if was_in else "new"
    return "changed" if was_in else "changed too"
