"""A commit on canonical without a draft. The open drafts are rebased in the same operation, so one undo takes back
both."""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.formats.trailers import append_trailers
from gitdraft.git.trees import update_tree
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove
from gitdraft.model.progress import Progress, silent
from gitdraft.model.reports import EntityReport, RebaseReport
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.replay import EDIT_TRAILER, OPERATION_TRAILER
from gitdraft.store.signatures import agent_trailer, committer_signature, signature
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.bounds import BOUND_HINT, check_written
from gitdraft.validation.gate import STRICT, Gate, require_sound_step
from gitdraft.validation.validator import require_no_violations


@dataclass(frozen=True, slots=True)
class Message:
    """A commit's message: the subject, the paragraphs below it (blank ones are left out), and the edit type for its
    trailer."""

    subject: str
    paragraphs: tuple[str, ...]
    edit: str


@dataclass(frozen=True, slots=True)
class Committed:
    """A planned commit: its oid, the report of the rebase that follows it, and the moves of both. ``may_stay`` are the
    refs of drafts that may be left where they are."""

    commit: Oid
    rebase: RebaseReport
    moves: tuple[RefMove, ...]
    may_stay: frozenset[str]


def commit_canonical(
    transaction: Transaction,
    files: Mapping[str, bytes | None],
    message: Message,
    gate: Gate | None = STRICT,
) -> Committed | None:
    """Writes the files (``None`` removes one) as one commit on canonical. Returns ``None`` when they are there
    already. Raises PolicyViolation for an entity that breaks a bound, and as ``commit_tree`` does."""
    require_no_violations(tuple(check_written(transaction.canonical, files)), hint=BOUND_HINT)
    buffer = transaction.buffer
    updates = {path: None if content is None else buffer.blob(content) for path, content in files.items()}
    tree = update_tree(buffer, transaction.canonical.tree, updates)
    return commit_tree(transaction, tree, message, gate=gate)


def commit_tree(
    transaction: Transaction,
    tree: Oid,
    message: Message,
    progress: Progress = silent,
    *,
    gate: Gate | None = STRICT,
) -> Committed | None:
    """Writes the tree as one commit on canonical. Returns ``None`` when canonical has that tree already. Raises
    PolicyViolation for what the step breaks and the ``gate`` does not allow; without one it is not judged."""
    after = commit_step(transaction, tree, message, gate)
    if after is None:
        return None
    rebase = plan_rebase(transaction, canonical=after, progress=progress)
    move = RefMove(transaction.store.canonical_ref, transaction.canonical.commit, after.commit)
    return Committed(after.commit, rebase.report, (move, *rebase.moves), rebase.may_stay)


def commit_step(
    transaction: Transaction, tree: Oid, message: Message, gate: Gate | None = STRICT
) -> Snapshot | None:
    """Writes the tree as one commit, of which no draft knows yet. Returns what canonical is then; ``None`` when it has that tree
    already. Raises as ``commit_tree`` does."""
    metadata, buffer, canonical = transaction.metadata, transaction.buffer, transaction.canonical
    if tree == canonical.tree:
        return None
    text = "\n\n".join((message.subject, *(part for part in message.paragraphs if part.strip())))
    trailers = {EDIT_TRAILER: message.edit, OPERATION_TRAILER: metadata.operation, **agent_trailer(metadata)}
    commit = buffer.commit(
        tree=tree,
        parents=(canonical.commit,),
        author=signature(metadata),
        committer=committer_signature(metadata),
        message=append_trailers(text, trailers),
        is_signed=True,
    )
    after = take_snapshot(buffer, commit, canonical.configuration)
    if gate is not None:
        require_sound_step(transaction.store, canonical, after, gate)
    return after


def plan_entity(
    transaction: Transaction,
    report: EntityReport,
    files: Mapping[str, bytes | None],
    message: Message,
    gate: Gate | None = STRICT,
) -> Plan[EntityReport]:
    """Plans the files of one entity (``None`` removes one) as one commit on canonical. The plan has no moves when they
    are there already. Raises as ``commit_canonical`` does."""
    committed = commit_canonical(transaction, files, message, gate)
    if committed is None:
        return Plan(report, transaction.buffer, ())
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, transaction.buffer, committed.moves, message.subject, may_stay=committed.may_stay)
