"""Checks of a push before a server accepts it; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitdraft.errors import GitdraftError, InvalidInput, RepositoryError
from gitdraft.formats.keys import check_draft_id
from gitdraft.git.history import is_ancestor
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.own_branch import BRANCHES
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefUpdate
from gitdraft.model.violations import Problem
from gitdraft.store.drafts import read_draft, read_header
from gitdraft.store.repository import CLOSED, Store, branch_ref
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.draft_form import check_draft_form
from gitdraft.validation.staged import check_canonical

OWN = "refs/gitdraft/"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a ref is refused: in a sentence, or by the problems of what it would hold."""

    ref: RefName
    reason: str
    problems: tuple[Problem, ...] = ()


def check_push(store: Store, updates: Sequence[RefUpdate]) -> tuple[Refusal, ...]:
    """Returns why refs of a push are refused; empty when it is accepted.

    Refs that are neither canonical, nor drafts, nor gitdraft's own are not checked.
    """
    return tuple(refusal for update in updates for refusal in _check(store, update, updates))


def _check(store: Store, update: RefUpdate, updates: Sequence[RefUpdate]) -> Iterator[Refusal]:
    try:
        read_ref(store.git, update.ref)
    except RepositoryError as error:
        yield Refusal(update.ref, error.message)
        return
    if update.ref == store.canonical_ref:
        yield from _check_canonical(store, update, updates)
    elif update.ref == store.drafts_ref.rstrip("/"):
        yield Refusal(update.ref, "a branch of this name leaves no room for drafts")
    elif update.ref.startswith(store.drafts_ref) and update.new is not None:
        draft_id = update.ref.removeprefix(store.drafts_ref)
        yield from _check_draft(store, update.ref, draft_id, update.new)
    elif update.ref.startswith(CLOSED) and update.new is not None:
        yield from _check_closed(store, update.ref, update.new)
    elif update.ref.startswith(OWN) and not update.ref.startswith(CLOSED):
        yield Refusal(update.ref, "it is this repository's own; only closed drafts are pushed there")


def _check_canonical(store: Store, update: RefUpdate, updates: Sequence[RefUpdate]) -> Iterator[Refusal]:
    if update.new is None:
        successor = None if update.old is None else _successor(store, update.old, updates)
        if successor is None:
            yield Refusal(update.ref, "canonical is not deleted by a push")
            return
        store = replace(store, canonical_ref=successor.ref)
        update = RefUpdate(successor.ref, update.old, successor.new)
    assert update.new is not None
    if update.old is not None and not is_ancestor(store.git, update.old, update.new):
        yield Refusal(update.ref, "canonical only moves forward; git fetch, and merge or rebase first")
        return
    try:
        problems = check_canonical(store, store.git, update.old, update.new)
    except GitdraftError as error:
        yield Refusal(update.ref, error.message)
        return
    if problems:
        yield Refusal(update.ref, "it would break canonical", problems)


def _successor(store: Store, old: Oid, updates: Sequence[RefUpdate]) -> RefUpdate | None:
    """Returns the branch, of this push or of an earlier one, to which canonical at ``old`` was renamed: it goes on from there,
    and gitdraft.yaml on it names it."""
    branches: dict[RefName, Oid | None] = {**list_refs(store.git, BRANCHES)}
    branches |= {update.ref: update.new for update in updates if update.ref.startswith(BRANCHES)}
    for ref, tip in branches.items():
        if tip is None or ref.startswith(store.drafts_ref) or not is_ancestor(store.git, old, tip):
            continue
        try:
            configuration = take_snapshot(store.git, tip).configuration
        except InvalidInput:
            continue
        if branch_ref(configuration.canonical) == ref:
            return RefUpdate(ref, old, tip)
    return None


def _check_draft(store: Store, ref: RefName, draft_id: str, tip: Oid) -> Iterator[Refusal]:
    try:
        check_draft_id(draft_id)
        reasons = tuple(check_draft_form(store.git, draft_id, ref, tip, store.configuration()))
    except GitdraftError as error:
        yield Refusal(ref, error.message)
        return
    yield from (Refusal(ref, f"malformed draft: {reason}") for reason in reasons)


def _check_closed(store: Store, ref: RefName, tip: Oid) -> Iterator[Refusal]:
    draft_id = ref.removeprefix(CLOSED)
    try:
        check_draft_id(draft_id)
        header = read_header(store.git, read_draft(store.git, draft_id, ref, tip))
    except GitdraftError as error:
        yield Refusal(ref, error.message)
        return
    if header.status.is_open:
        yield Refusal(ref, f"the draft is not closed, its status is {header.status.value}")
