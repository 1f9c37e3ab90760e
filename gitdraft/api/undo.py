"""Undo: what nobody else has is put back where it was, what others may have is reverted by a commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitdraft.canonical.revert import erased_by_step, revert_step
from gitdraft.drafts.revert import reopen_on, revert_draft, with_remarks_since, withdraw_new
from gitdraft.errors import Moved, NotFound, StateRefused
from gitdraft.git.history import commits_between, is_ancestor
from gitdraft.git.known_refs import read_ref
from gitdraft.git.published import is_published, is_shared
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import FOLLOWING, OBSERVED, PURGE, REMARKS, Operation, RefMove
from gitdraft.model.view_reports import UndoReport
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.rebase.stack import PendingDrafts
from gitdraft.store.drafts import read_draft
from gitdraft.store.operation_log import Entry, find_entry, read_log
from gitdraft.store.remote_tracking import is_synced_ref
from gitdraft.store.replay import tip_of
from gitdraft.store.repository import CLOSED, REBASED, Store, closed_ref, is_bookkeeping
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.lost_merges import is_merge_lost


def plan_undo(
    transaction: Transaction, operation_id: str | None = None, *, restore_erased: bool = False
) -> Plan[UndoReport]:
    """Plans to take back the operation, or the latest that a person did and that is not taken back yet. To redo, undo the
    undo by its id.

    What a remote has, and all of canonical in a bare or served repository, is reverted by a commit; a merge that is
    reverted so opens its draft again. Everything else is put back by compare-and-swap; what hooks and watchers did to
    it since goes with it. Raises NotFound when there is none, StateRefused for a purge, whose record is all that is left
    of it, and for an erasure unless it is named and ``restore_erased``, or where others may have it; Moved when one of
    its refs has moved since, naming what moved it.
    """
    store = transaction.store
    entry = _latest(read_log(store.git)) if operation_id is None else find_entry(store.git, operation_id)
    operation = entry.operation
    if operation.command == PURGE:
        raise _not_undoable(operation, "a purge is for good")
    if operation.command == OBSERVED:
        raise _not_undoable(operation, "plain git did it, and takes it back")
    undo = _Undo(transaction, entry, restores_erased=restore_erased and operation_id is not None)
    try:
        undo.take_back()
    except Moved as error:
        raise Moved(
            error.message,
            code=error.code,
            context=error.context,
            hint=error.hint or _way_out(store, operation),
        ) from error
    if not undo.moves:
        raise _not_undoable(operation, "there is nothing of it to take back by a commit")
    moves, may_stay = undo.with_rebase()
    commit = None if undo.reverted is None else undo.reverted.commit
    report = UndoReport(operation, moves, commit, tuple(undo.reopened))
    return Plan(
        report, transaction.buffer, moves, f"undo {operation.summary}", undoes=operation.id, may_stay=may_stay
    )


def _way_out(store: Store, operation: Operation) -> str | None:
    """Returns the command that takes up a draft whose merge plain git has taken back already."""
    closed = [move.name.removeprefix(CLOSED) for move in operation.moves if move.name.startswith(CLOSED)]
    lost = next((draft_id for draft_id in closed if is_merge_lost(store, draft_id)), None)
    return (
        None if lost is None else f"gitdraft reopen {lost} makes it a draft again, its changes as they were"
    )


@dataclass(frozen=True, slots=True)
class _DraftMoves:
    """What an operation did to one draft: the moves of its branch and of its ref among the closed drafts."""

    id: str
    moves: tuple[RefMove, ...]

    def before(self) -> tuple[RefName, Oid] | None:
        """Returns the ref that the draft had, and its tip; ``None`` where the operation made it."""
        return next(((move.name, move.old) for move in self.moves if move.old is not None), None)

    def after(self) -> tuple[RefName, Oid] | None:
        """Returns the ref that the draft then had, and its tip; ``None`` where the operation removed it."""
        return next(((move.name, move.new) for move in self.moves if move.new is not None), None)


@dataclass(slots=True)
class _Undo:
    """One operation that is taken back: the moves so far, and what they make necessary."""

    transaction: Transaction
    entry: Entry
    restores_erased: bool
    moves: dict[RefName, RefMove] = field(default_factory=dict)
    reverted: Snapshot | None = None
    reopened: list[str] = field(default_factory=list)
    _reached: dict[RefName, Oid | None] = field(default_factory=dict)
    _is_followed: bool = False

    @property
    def operation(self) -> Operation:
        """What is taken back."""
        return self.entry.operation

    @property
    def store(self) -> Store:
        """Where it was done."""
        return self.transaction.store

    def take_back(self) -> None:
        """Fills ``moves``. Raises as ``plan_undo`` does."""
        self._reached = _followed_moves(self.store, self.entry)
        drafts: dict[str, list[RefMove]] = {}
        rest: list[RefMove] = []
        for move in self.operation.moves:
            draft_id = self._draft_of(move.name)
            if move.name == self.store.canonical_ref:
                self._take_back_canonical(move)
            elif draft_id is None:
                rest.append(move)
            else:
                drafts.setdefault(draft_id, []).append(move)
        for draft_id, moves in drafts.items():
            self._take_back_draft(_DraftMoves(draft_id, tuple(moves)))
        for move in rest:
            self._take_back_other(move)

    def with_rebase(self) -> tuple[tuple[RefMove, ...], frozenset[str]]:
        """Returns the moves, those of the drafts that follow among them, and the refs that may stay."""
        if self.reverted is None and not self._is_followed:
            return tuple(self.moves.values()), frozenset()
        prefix = self.store.drafts_ref
        pending = {
            name.removeprefix(prefix): move.new
            for name, move in self.moves.items()
            if name.startswith(prefix)
        }
        canonical = self.reverted or self.transaction.canonical
        rebase = plan_rebase(self.transaction, canonical=canonical, pending=PendingDrafts(pending))
        taken_back = set(self.moves)
        for move in rebase.moves:
            known = self.moves.get(move.name)
            self.moves[move.name] = move if known is None else replace(move, old=known.old)
        moves = tuple(move for move in self.moves.values() if move.old != move.new)
        return moves, rebase.may_stay - taken_back

    def _take_back_canonical(self, move: RefMove) -> None:
        if self._follows_rewritten(move):
            raise _not_undoable(
                self.operation, "the remote's history was rewritten, and is followed for good"
            )
        is_published = move.new is not None and self._is_canonical_published(move.old, move.new)
        self._require_restorable(move, is_published=is_published)
        if move.new is not None and is_published:
            self.reverted = revert_step(self.transaction, self.operation, move.old, move.new)
            tip = self.transaction.canonical.commit
            self.moves[move.name] = RefMove(move.name, tip, self.reverted.commit)
        else:
            self._put_back(move)

    def _follows_rewritten(self, move: RefMove) -> bool:
        """Returns whether the step left history that the remote had given up: to go back would keep what was purged."""
        if self.operation.command not in FOLLOWING or move.old is None or move.new is None:
            return False
        return not is_ancestor(self.store.git, move.old, move.new)

    def _require_restorable(self, move: RefMove, *, is_published: bool) -> None:
        """Raises StateRefused where the step erased an entity, whose content comes back only where it is asked for by name."""
        if move.new is None:
            return
        is_published |= self.operation.command in FOLLOWING
        erased = erased_by_step(self.transaction.buffer, move.old, move.new)
        if not erased or (self.restores_erased and not is_published):
            return
        entity, operation = erased[0], self.operation
        if is_published:
            raise StateRefused(
                f"'{entity}' was erased, and others may have that: it is for good ({operation.id})",
                code="not-undoable",
                context={"operation": operation.id, "entities": [str(entity) for entity in erased]},
                hint="gitdraft operations lists the earlier ones; gitdraft undo ID takes one back",
            )
        raise StateRefused(
            f"operation {operation.id} erased '{entity}': to take it back restores the content",
            code="restores-erased",
            context={"operation": operation.id, "entities": [str(entity) for entity in erased]},
            hint=f"gitdraft undo {operation.id} --restore-erased",
        )

    def _is_canonical_published(self, old: Oid | None, new: Oid) -> bool:
        git = self.store.git
        if is_shared(git):
            return True
        if self.operation.command in FOLLOWING:
            return False  # what came from the remote comes again
        first = commits_between(git, old or Oid(""), new)[:1]
        return any(is_published(git, commit.oid) for commit in first)

    def _take_back_draft(self, draft: _DraftMoves) -> None:
        before, after = draft.before(), draft.after()
        is_home = all(self._is_home(move) for move in draft.moves)
        was_merged = after is not None and after[0] == closed_ref(draft.id) and before is not None
        if self.reverted is not None and not was_merged and not is_home:
            return  # a draft that followed canonical and went on: it follows the reverting commit too
        if self.reverted is not None and was_merged and after is not None and before is not None:
            self._require_home(draft.moves)
            tip = reopen_on(self.transaction, draft.id, after[1], self.reverted, self.operation)
            now = self._reached.get(after[0]) or after[1]
            tip = with_remarks_since(self.transaction, draft.id, tip, after[1], now)
            self._replace(draft, before[0], tip.commit)
            self.reopened.append(draft.id)
            return
        self._require_home(draft.moves)
        git = self.store.git
        is_ours = after is None or self.operation.command in FOLLOWING or not is_published(git, after[1])
        if is_ours or after is None:
            for move in draft.moves:
                self._put_back(move)
            self._keep_remarks(draft)
            return
        current = self._reached.get(after[0], after[1]) or after[1]
        if before is None:
            withdrawn = withdraw_new(self.transaction, draft.id, current, self.operation)
            self._replace(draft, closed_ref(draft.id), withdrawn.commit)
            return
        reverted = revert_draft(self.transaction, draft.id, before[1], current, self.operation)
        if reverted is not None:
            reverted = with_remarks_since(self.transaction, draft.id, reverted, after[1], current)
            self._replace(draft, before[0], reverted.commit)

    def _keep_remarks(self, draft: _DraftMoves) -> None:
        """Puts what was said of the draft since on top of where it is put back."""
        before, after = draft.before(), draft.after()
        now = None if after is None else self._reached.get(after[0])
        if before is None or after is None or now is None or now == after[1]:
            return
        old = read_draft(self.transaction.buffer, draft.id, before[0], before[1])
        tip = with_remarks_since(self.transaction, draft.id, tip_of(old), after[1], now)
        self.moves[before[0]] = replace(self.moves[before[0]], new=tip.commit)

    def _replace(self, draft: _DraftMoves, ref: RefName, tip: Oid) -> None:
        """Moves the draft to ``tip`` under the name ``ref``, from whichever of its two refs it has."""
        for name in (RefName(self.store.drafts_ref + draft.id), closed_ref(draft.id)):
            old, new = read_ref(self.store.git, name), tip if name == ref else None
            if old != new:
                self.moves[name] = RefMove(name, old, new)

    def _take_back_other(self, move: RefMove) -> None:
        """Puts a ref of the clone's own bookkeeping back where it still stands as it was left, any other one always."""
        is_left = read_ref(self.store.git, move.name) == move.new and not self._is_kept(move.name)
        if is_left or not is_bookkeeping(move.name):
            self._put_back(move)

    def _is_kept(self, ref: RefName) -> bool:
        if ref == REBASED:
            return self.reverted is not None or self._is_followed
        if is_synced_ref(ref):
            return self.store.drafts_ref + ref.rpartition("/")[2] not in self.moves
        return True  # what a remote was seen with stays seen

    def _put_back(self, move: RefMove) -> None:
        self._require_home([move])
        current = read_ref(self.store.git, move.name)
        self._is_followed |= current != move.new
        self.moves[move.name] = RefMove(move.name, current, move.old)

    def _is_home(self, move: RefMove) -> bool:
        current = read_ref(self.store.git, move.name)
        return current == move.new or (move.name in self._reached and current == self._reached[move.name])

    def _require_home(self, moves: Iterable[RefMove]) -> None:
        for move in moves:
            if not self._is_home(move):
                later = _mover(self.store, self.entry, move.name)
                raise Moved(
                    f"{move.name} has moved since operation {self.operation.id}",
                    context={
                        "ref": move.name,
                        "expected": move.new,
                        "actual": read_ref(self.store.git, move.name),
                    },
                    hint=f"gitdraft undo {later.id} first ({later.summary})" if later else None,
                )

    def _draft_of(self, ref: RefName) -> str | None:
        for prefix in (self.store.drafts_ref, CLOSED):
            if ref.startswith(prefix):
                return ref.removeprefix(prefix)
        return None


def _not_undoable(operation: Operation, why: str) -> StateRefused:
    return StateRefused(
        f"{why}: {operation.summary} ({operation.id})",
        code="not-undoable",
        context={"operation": operation.id},
        hint="gitdraft operations lists the earlier ones; gitdraft undo ID takes one back",
    )


def _latest(log: Iterable[Entry]) -> Entry:
    """Returns the latest entry that a person made and that is not taken back."""
    undone_ids: set[str] = set()
    for entry in log:
        operation = entry.operation
        if operation.id in undone_ids:
            continue
        if operation.undoes is not None:
            undone_ids.add(operation.undoes)
        elif operation.command == OBSERVED:
            continue
        elif not operation.is_automatic and not all(is_bookkeeping(move.name) for move in operation.moves):
            return entry
    raise NotFound("there is nothing to undo", code="nothing-to-undo")


def _followed_moves(store: Store, undone: Entry) -> dict[RefName, Oid | None]:
    """Returns where automatic operations, and what people said of drafts, have taken the refs of ``undone`` since, by name,
    where nothing else moved them. A draft that ``undone`` made, and of which something was said, is somebody's by now."""
    reached = {move.name: move.new for move in undone.operation.moves}
    gone = {move.name.rpartition("/")[2] for move in undone.operation.moves if move.old is not None}
    new = {move.name for move in undone.operation.moves if move.name.rpartition("/")[2] not in gone}
    for entry in reversed(list(_since(store, undone))):
        for move in entry.operation.moves:
            is_followed = entry.operation.is_automatic or (
                entry.operation.command in REMARKS and move.name not in new
            )
            if is_followed and reached.get(move.name, Oid("")) == move.old:
                reached[move.name] = move.new
    return reached


def _since(store: Store, undone: Entry) -> Iterator[Entry]:
    """Yields the entries after ``undone``, newest first."""
    for entry in read_log(store.git):
        if entry.commit == undone.commit:
            return
        yield entry


def _mover(store: Store, undone: Entry, ref: RefName) -> Operation | None:
    """Returns the latest operation after ``undone`` that moved ``ref``; ``None`` when plain git did."""
    since = (entry.operation for entry in _since(store, undone))
    latest = next((o for o in since if any(move.name == ref for move in o.moves)), None)
    return None if latest is None or latest.command == OBSERVED else latest
