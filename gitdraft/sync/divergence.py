"""A draft that changed here and on a remote: its sides, and bringing them together or settling what keeps them apart.

Nothing about it is stored but the tips: the draft here, the remote's as last fetched, and what both last had. While
they conflict, all three stay; an answer is kept in the draft here, as an answer to a conflict with canonical is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitdraft.drafts.edit import EDITABLE, require_status
from gitdraft.drafts.lifecycle import branch_moves
from gitdraft.drafts.resolve import Answer, ResolveReport, chosen_conflicts
from gitdraft.errors import InvalidInput, RepositoryError, StateRefused
from gitdraft.formats.changes import write_resolutions
from gitdraft.formats.keys import check_draft_id
from gitdraft.formats.paths import resolution_path
from gitdraft.git.history import merge_base
from gitdraft.git.objects import ObjectBuffer
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.operations import RefMove
from gitdraft.rebase.draft_merge import DraftMerge, is_edited, merge_changes
from gitdraft.rebase.sides import Side, is_same_draft, read_side
from gitdraft.store.change_files import read_draft_resolutions
from gitdraft.store.drafts import read_draft, read_header
from gitdraft.store.remote_tracking import (
    Tracked,
    relation,
    seen_closed_ref,
    seen_drafts_ref,
    synced_ref,
    tracked_drafts,
)
from gitdraft.store.replay import DraftTip, commit_draft, header_file, tip_of
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.sync.header_merge import HeaderSide, merge_headers

Told = tuple[tuple[EntityRef, Conflict], ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """A draft here, there, and as both last had it (``None``: that cannot be told)."""

    synced: Side | None
    here: Side
    there: Side


@dataclass(frozen=True, slots=True)
class MergedDraft:
    """A draft brought together: its tip and header, the entities changed here, and the texts that gave way."""

    tip: DraftTip
    header: DraftHeader
    entities: tuple[EntityRef, ...]
    lost: tuple[str, ...]


def read_sides(store: Store, remote: str, tracked: Tracked, canonical: Snapshot | EmptyCanonical) -> Sides:
    """The sides of a draft that is here and there. Raises RepositoryError or InvalidInput for a malformed one."""
    there = read_remote_side(store, remote, tracked, canonical)
    tip = tracked.tip_here
    assert tip is not None
    ref = store.draft_ref(tracked.id)
    here = read_side(canonical.source, tracked.id, ref, tip, canonical.configuration)
    common = tracked.synced or merge_base(store.git, tip, there.draft.tip)
    if common is None or common in (here.draft.base, there.draft.base):
        return Sides(None, here, there)
    try:
        synced = read_side(canonical.source, tracked.id, ref, common, canonical.configuration)
    except (InvalidInput, RepositoryError):
        return Sides(None, here, there)
    return Sides(synced if is_same_draft(synced, here) else None, here, there)


def read_remote_side(
    store: Store, remote: str, tracked: Tracked, canonical: Snapshot | EmptyCanonical
) -> Side:
    """The remote's side. Raises RepositoryError or InvalidInput when it is malformed, or not of this history."""
    check_draft_id(tracked.id)
    tip = tracked.tip_there
    assert tip is not None
    prefix = seen_closed_ref(remote) if tracked.is_closed_there else seen_drafts_ref(store, remote)
    side = read_side(canonical.source, tracked.id, prefix + tracked.id, tip, canonical.configuration)
    if (
        isinstance(canonical, EmptyCanonical)
        or merge_base(store.git, side.draft.base, canonical.commit) is None
    ):
        raise RepositoryError(
            f"it does not start at a commit of {store.canonical_branch}", code="malformed-draft"
        )
    return side


def merge_sides(transaction: Transaction, remote: str, sides: Sides, merge: DraftMerge) -> MergedDraft:
    """The united draft as a commit on top of the side whose canonical commit is the newer, or as that side where it
    has everything."""
    metadata = transaction.metadata
    local, other = (
        HeaderSide(side.header, is_edited(sides.synced, side)) for side in (sides.here, sides.there)
    )
    header, lost = merge_headers(sides.synced.header if sides.synced else None, local, other, metadata)
    target = merge.target.draft
    files: Mapping[str, bytes | None] = merge.files
    if header != merge.target.header:
        files = {**files, **header_file(header)}
    tip = tip_of(target)
    if files:
        where = f"on {remote}" if target.tip == sides.here.draft.tip else "here"
        told = (f"Unite with the changes made {where}", "\n".join(map(str, merge.entities)), *lost)
        message = "\n\n".join(part for part in told if part)
        old = sides.here.draft.tip
        tip = commit_draft(transaction, tip, target.id, files, message, rebased_from=old)
    return MergedDraft(tip, header, merge.entities, lost)


def remote_conflicts(store: Store, remote: str, draft_id: str) -> Told:
    """What the draft here and the remote's both changed; empty unless they have diverged."""
    tracked = tracked_drafts(store, remote).get(draft_id)
    if tracked is None or relation(store.git, tracked) != "diverged":
        return ()
    try:
        sides = read_sides(store, remote, tracked, store.snapshot(ObjectBuffer(store.git)))
    except (InvalidInput, RepositoryError):
        return ()
    merge = _merged(store, sides)
    return merge.conflicts if merge is not None else ()


def plan_resolve_divergence(
    transaction: Transaction,
    remote: str,
    draft_id: str,
    entity: EntityRef,
    pointer: str | None,
    answer: Answer,
) -> Plan[ResolveReport]:
    """Answer the conflict with the remote at ``pointer``, or all of the entity. With the last answer the draft is
    united, in the same operation.

    Raises StateRefused when the entity is not in conflict with the remote, NotFound when the pointer names no
    conflict of it.
    """
    store, buffer = transaction.store, transaction.buffer
    draft = store.find_draft(draft_id)
    require_status(draft_id, read_header(buffer, draft).status, EDITABLE)
    found = tuple(c for e, c in remote_conflicts(store, remote, draft_id) if e == entity)
    if not found:
        raise StateRefused(
            f"'{entity}' is not in conflict with {remote} in draft '{draft_id}'",
            code="not-in-conflict",
            context={"entity": str(entity), "draft": draft_id, "remote": remote},
            hint=f"gitdraft conflicts {draft_id} lists the conflicts",
        )
    chosen = chosen_conflicts(entity, found, pointer)
    answers = (
        *read_draft_resolutions(buffer, draft, entity),
        *(Resolution(c.path, c.type, c.canonical, c.draft, answer(c)) for c in chosen),
    )
    where = f" {pointer}" if pointer is not None else ""
    files = {resolution_path(entity): write_resolutions(answers)}
    message = f"Resolve {entity}{where}"
    answered = commit_draft(transaction, tip_of(draft), draft_id, files, message)
    tracked = tracked_drafts(store, remote)[draft_id]
    sides = read_sides(store, remote, tracked, transaction.canonical)
    here = Side(read_draft(buffer, draft_id, draft.ref, answered.commit), sides.here.header, sides.here.base)
    sides = Sides(sides.synced, here, sides.there)
    merge = _merged(store, sides)
    resolved = tuple((entity, conflict) for conflict in chosen)
    remaining = merge.conflicts if merge is not None else ()
    told = f"{draft_id}: resolve {entity}{where}"
    if merge is None or remaining:
        report = ResolveReport(draft_id, answered.commit, resolved, remaining, moved=False)
        return Plan(report, buffer, (RefMove(draft.ref, draft.tip, answered.commit),), told)
    merged = merge_sides(transaction, remote, sides, merge)
    tip = merged.tip.commit
    report = ResolveReport(draft_id, tip, resolved, (), moved=True)
    synced = RefMove(synced_ref(remote) + draft_id, tracked.synced, sides.there.draft.tip)
    ref = draft.ref if merged.header.status.is_open else CLOSED + draft_id
    return Plan(report, buffer, (*branch_moves(draft, ref, merged.tip), synced), told)


def _merged(store: Store, sides: Sides) -> DraftMerge | None:
    if not is_same_draft(sides.here, sides.there):
        return None
    return merge_changes(store.git, sides.synced, sides.here, sides.there)
