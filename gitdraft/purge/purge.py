"""Purge: history is rewritten so that no object holds an entity's content, and a tombstone without content records it.

The history is rewritten in a copy beside the repository, the copy is verified, and only then does the repository take
over the copy's history. No command can undo that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gitdraft.canonical.commit import Message, plan_entity
from gitdraft.canonical.delete import forced_paragraph, references_to
from gitdraft.documents.lexer import literals
from gitdraft.errors import GitdraftError, InvalidInput, OperationPending, RepositoryError, StateRefused
from gitdraft.formats.configuration import CONFIGURATION_PATH, parse_configuration
from gitdraft.formats.paths import KINDS, change_path, protection_path, resolution_path, tombstone_path
from gitdraft.formats.reviews import remark_id
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.git.filter import (
    Affected,
    Removal,
    copy_repository,
    file_versions,
    find_affected,
    require_filter_repo,
    rewrite,
)
from gitdraft.git.head import head_branch
from gitdraft.git.lock_records import clear_dead_locks
from gitdraft.git.locks import writers_lock
from gitdraft.git.reachable_refs import (
    Tips,
    map_tips,
    moved_refs,
    read_tips,
    refs_without_commit,
    seal_refs,
    write_refs,
)
from gitdraft.git.repository import GitRepository, open_again, open_repository
from gitdraft.git.rewritable import require_rewritable
from gitdraft.git.search import all_objects, contained_texts, reachable_objects
from gitdraft.git.swap_history import (
    COPY,
    Swap,
    can_be_finished,
    discard_folder,
    finish_swap,
    finishing_command,
    folder_beside,
    make_folder_beside,
    read_marker,
    take_back_swap,
    write_marker,
)
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import RefName
from gitdraft.model.operations import PURGE, OperationMetadata
from gitdraft.model.outcomes import Live, Redirected
from gitdraft.model.reports import EntityReport
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.purge.mentions import MIN_TEXT, mentioning_files
from gitdraft.purge.verify import Rewritten, verify_copy
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, read_draft
from gitdraft.store.operation_log import ENTRY_PATH, pending_entry
from gitdraft.store.recovery import recover
from gitdraft.store.repository import Store, store_of
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.stacks import ONTO, PARENT_PATH
from gitdraft.store.transaction import Plan, Transaction, begin, commit_plan_locked
from gitdraft.store.webhooks import forget_messages
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import require_reason, require_unprotected
from gitdraft.views.internal_ids import drop_origin, keep_origin

REMARKS = "remarks"  # in the marker: what names the messages of webhooks that hold the content
IDS_IN = {HEADER_PATH: ("created_from",), PARENT_PATH: ("base",), ENTRY_PATH: ("old", "new")}


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What a purge would remove: the files in history with the commits that changed them, the drafts that change the
    entity, the refs that would move, and the violations that ``force`` overrides.

    ``is_done``: history holds nothing but the record of an earlier purge.
    """

    entity: EntityRef
    removal: Removal
    affected: Affected
    tips: Tips
    drafts: tuple[str, ...]
    refs: tuple[str, ...]
    forced: tuple[Violation, ...]
    is_done: bool


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """A purge: what was removed, how many commits were rewritten, what was verified.

    ``also_at`` are other files that hold the same content and stay, ``record`` is the tombstone's commit. ``plan`` is
    ``None`` where there was nothing to do, or only an interrupted purge of the entity to finish.
    """

    entity: EntityRef
    record: EntityReport
    plan: PurgePlan | None = None
    commits: int = 0
    also_at: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def plan_purge(transaction: Transaction, entity: EntityRef, reason: str, *, force: bool = False) -> PurgePlan:
    """Returns what would be purged. Nothing is written.

    Raises NotFound where history has nothing of the entity, InvalidInput without a reason, PolicyViolation listing the
    references to it (unless ``force``), StateRefused when it is protected, an operation is pending or a worktree has
    local changes, RepositoryError where the history cannot be rewritten.
    """
    require_reason(reason, "a purge")
    require_filter_repo()
    store, git = transaction.store, transaction.store.git
    canonical = transaction.canonical
    pending = pending_entry(git)
    if pending is not None:
        raise StateRefused(
            f"operation {pending.operation.id} was interrupted ({pending.operation.summary})",
            code="pending-operation",
            hint="gitdraft rebase finishes it",
        )
    tips = read_tips(git)
    removal = Removal(_paths(git, tips, entity, canonical), IDS_IN)
    affected = find_affected(git, tips.oids, removal)
    if remarks := mentioning_files(git, tips, entity, affected.versions) if affected.commits else ():
        removal = Removal((*removal.paths, *remarks), IDS_IN)
        affected = find_affected(git, tips.oids, removal)
    if not affected.commits:
        raise unknown_entity(EffectiveView(canonical.source, canonical), entity)
    require_unprotected(canonical, entity)
    state = canonical.state(entity)
    forced = references_to(canonical, entity, force=force) if isinstance(state, Live | Redirected) else ()
    require_rewritable(git)
    _require_not_held(git, tips, affected)
    refs = moved_refs(git, tips, affected.commits)
    is_recorded = isinstance(canonical.tombstone(entity), ErasedTombstone) and len(affected.versions) == 1
    is_done = is_recorded and affected.paths == (tombstone_path(entity),)
    return PurgePlan(entity, removal, affected, tips, _drafts_of(store, entity), refs, forced, is_done)


def purge(
    store: Store,
    metadata: OperationMetadata,
    entity: EntityRef,
    reason: str,
    *,
    force: bool = False,
    notify: Callable[[str], None] = lambda _: None,
) -> PurgeReport:
    """Removes the entity from history, and leaves its tombstone. ``notify`` is called with each step.

    An interrupted purge is finished first; if it was of this entity, that may be all. ``store`` must not be used
    afterwards. Raises what ``plan_purge`` does, and RepositoryError (``purge-not-verified``), with nothing changed.
    """
    with writers_lock(store.git):
        store, interrupted, notices = _finish_interrupted(store, metadata)
        plan = plan_purge(begin(store, metadata), entity, reason, force=force)
        if plan.is_done:
            if interrupted is None or interrupted.entity != entity:
                interrupted = EntityReport(entity, "delete-hard")
            return PurgeReport(entity, interrupted, notices=notices)
        is_kept_now = keep_origin(store)  # the first commit gets another id, internal ids stay
        if is_kept_now:
            plan = plan_purge(begin(store, metadata), entity, reason, force=force)
        folder = make_folder_beside(store.git.common)
        try:
            notify("copying the repository")
            copy_repository(store.git, plan.tips.oids, folder / COPY)
            notify(f"rewriting {len(plan.affected.commits):,} commits")
            rewritten, also_at = _rewrite(store, plan, folder, f"{entity} {metadata.actor.text}".encode())
            _require_silent_reason(reason, rewritten.texts)
            notify("verifying the copy")
            verified = verify_copy(rewritten)
            searched = all_objects(rewritten.copy.common)
            seal_refs(folder / COPY)
            notify("taking over the rewritten history; interrupted, it is finished by the same command")
            remarks = [name for path in plan.removal.paths if (name := remark_id(path))]
            note = {"entity": str(entity), "reason": reason, REMARKS: " ".join(remarks)}
            swap = write_marker(folder, rewritten.old, rewritten.new, note)
        except BaseException:
            discard_folder(folder)
            if is_kept_now:
                drop_origin(store)
            raise
        try:
            notices += tuple(finish_swap(store.git, folder, swap))
            _forget_messages(store, swap)
            record = _record(store, metadata, entity, reason, plan.forced)
            notices += _discard(folder)
        except GitdraftError as error:
            is_as_before = take_back_swap(store.git, folder, swap)
            if is_as_before and is_kept_now:
                drop_origin(store)
            if is_as_before or not isinstance(error, RepositoryError):
                raise
            raise _pending(metadata, swap, error) from error
        new = all_objects(store.git.common) - rewritten.others - searched
        texts = contained_texts(store.git.common, rewritten.texts, new)
        if texts:
            raise RepositoryError(
                f"{len(texts)} texts of '{entity}' came back while it was purged",
                code="purge-incomplete",
                hint="purge again when nobody else writes to this repository",
            )
    verified = (*verified, "no object of this repository holds the content")
    return PurgeReport(entity, record, plan, len(rewritten.commits), also_at, verified, notices)


def _paths(git: GitRepository, tips: Tips, entity: EntityRef, canonical: Snapshot) -> tuple[str, ...]:
    """Returns every path that the entity's file, its tombstone and protection, and drafts' changes of it may ever have
    had. Raises StateRefused when another entity's file is at one of them now."""
    versions = file_versions(git, tips.oids, [CONFIGURATION_PATH]).values()
    blobs = {blob for files in versions for _, blob in files if blob is not None}
    paths = dict.fromkeys([canonical.configuration.path_of(entity)])
    for blob in sorted(blobs):
        try:
            configuration = parse_configuration(git.read_blob(blob))
        except InvalidInput:
            continue
        if entity.type in configuration.entities:
            paths[configuration.path_of(entity)] = None
    for path in paths:
        other = canonical.configuration.entity_at(path)
        if other not in (None, entity):
            raise StateRefused(
                f"{path}, where '{entity}' was once, is the file of '{other}' now",
                code="path-in-use",
                context={"path": path, "entity": str(other)},
                hint=f"purge would remove '{other}' too; move its file first",
            )
    drafts = (*(change_path(entity, change_kind) for change_kind in KINDS), resolution_path(entity))
    stacked = (path.replace(OVERLAY, ONTO, 1) for path in drafts)
    return (*paths, tombstone_path(entity), protection_path(entity), *drafts, *stacked)


def _require_not_held(git: GitRepository, tips: Tips, affected: Affected) -> None:
    """Raises StateRefused when a ref points at a blob or tree with the content, since a rewritten history does not
    move it."""
    for name, oid in refs_without_commit(git, tips).items():
        if affected.versions & reachable_objects(git.common, [oid]).keys():
            raise StateRefused(
                f"{name} is at a file or folder with the content, not at a commit",
                code="held-by-ref",
                context={"ref": name},
                hint=f"git update-ref -d {name}",
            )


def _drafts_of(store: Store, entity: EntityRef) -> tuple[str, ...]:
    drafts = []
    for draft_id, tip in {**store.open_drafts(), **store.closed_drafts()}.items():
        try:
            draft = read_draft(store.git, draft_id, RefName(""), tip)
        except RepositoryError:
            continue  # malformed: doctor reports it
        if draft.file(entity) is not None:
            drafts.append(draft_id)
    return tuple(sorted(drafts))


def _rewrite(store: Store, plan: PurgePlan, folder: Path, known: bytes) -> tuple[Rewritten, tuple[str, ...]]:
    """Rewrites the history of the copy in ``folder``. Returns it, and the other files that hold the same content and
    stay. Texts in ``known`` will be in the record, so they are not searched for."""
    git = store.git
    commits = rewrite(folder / COPY, plan.affected, plan.removal)
    fresh = open_repository(folder / COPY)
    tips = map_tips(git, fresh, plan.tips, commits)
    copy = write_refs(folder / COPY, tips, head_branch(git))
    staying = reachable_objects(copy.common, tips.oids)
    versions = frozenset(oid for oid in plan.affected.versions if oid not in staying)
    also_at = sorted({staying[oid] for oid in plan.affected.versions if oid in staying})
    texts = {text for oid in versions for text in literals(git.read_blob(oid), MIN_TEXT)}
    others = frozenset(reachable_objects(git.common, plan.tips.oids)) - versions
    texts -= {text for text in texts if text in known}
    only = frozenset(texts - contained_texts(git.common, texts, others))
    rewritten = Rewritten(
        store, copy, plan.tips, tips, commits, plan.removal, plan.entity, only, versions, others
    )
    return rewritten, tuple(also_at)


def _require_silent_reason(reason: str, texts: frozenset[bytes]) -> None:
    """Raises InvalidInput when the reason, which the record of the purge keeps, holds a text that is purged."""
    purged = sorted(text for text in texts if text in reason.encode())
    if purged:
        raise InvalidInput(
            f"the reason says what is to be purged: {purged[0].decode('utf-8', 'replace')!r}",
            context={"path": "/reason"},
            hint="give a reason that tells nothing of the content",
        )


def _record(
    store: Store,
    metadata: OperationMetadata,
    entity: EntityRef,
    reason: str,
    forced: Sequence[Violation],
) -> EntityReport:
    """Commits the tombstone, unless it is there already."""
    fresh = store_of(open_again(store.git))
    report = EntityReport(entity, "delete-hard", forced=tuple(forced))

    def plan(transaction: Transaction) -> Plan[EntityReport]:
        if isinstance(transaction.canonical.tombstone(entity), ErasedTombstone):
            return Plan(report, transaction.buffer, ())
        tombstone = ErasedTombstone(entity.key, reason, metadata.actor.text, metadata.at)
        message = Message(f"Purge {entity}", (reason, forced_paragraph(forced)), "purge")
        files: dict[str, bytes | None] = {tombstone_path(entity): write_tombstone(tombstone)}
        return plan_entity(transaction, report, files, message, gate=None)  # it is purged by now

    return commit_plan_locked(fresh, metadata, PURGE, plan).report


def _forget_messages(store: Store, swap: Swap) -> None:
    """Takes messages of webhooks that hold what was purged out of the line, before the marker goes: a kill leaves none."""
    forget_messages(store.git.common, swap.note.get(REMARKS, "").split())


def _discard(folder: Path) -> tuple[str, ...]:
    """Removes the copy. Returns a notice where the disk keeps some of it."""
    if discard_folder(folder):
        return ()
    return (f"{folder} holds what was purged, and could not be removed: remove it",)


def _pending(metadata: OperationMetadata, swap: Swap, error: GitdraftError) -> OperationPending:
    return OperationPending(
        f"{error.message}; the purge has begun, and could not be taken back",
        context={"operation": metadata.operation, "entity": swap.note["entity"]},
        hint=f"{finishing_command(swap)} finishes it",
    )


def _finish_interrupted(
    store: Store, metadata: OperationMetadata
) -> tuple[Store, EntityReport | None, tuple[str, ...]]:
    """Finishes or discards an interrupted purge. Returns the store to continue with, the record of the purge that was
    finished, and notices for the user."""
    folder = folder_beside(store.git.common)
    swap = read_marker(folder)
    clear_dead_locks(store.git.common)
    if swap is None:
        discard_folder(folder)
        return store, None, ()
    named = swap.note["entity"]
    if not can_be_finished(store.git, swap):
        take_back_swap(store.git, folder, swap)
        discard_folder(folder)
        return store, None, (f"an interrupted purge of {named} was taken back: refs have moved since",)
    entity = EntityRef(*named.split("/", 1))
    try:
        if (
            pending_entry(store.git) is not None
        ):  # the record's: what no ref leads to yet goes with the swap's end
            recover(open_again(store.git))
        moved_aside = finish_swap(store.git, folder, swap)
        _forget_messages(store, swap)
        report = _record(store, metadata, entity, swap.note["reason"], ())
        moved_aside += _discard(folder)
    except RepositoryError as error:
        raise _pending(metadata, swap, error) from error
    fresh = store_of(open_again(store.git))
    return fresh, report, (f"finished the interrupted purge of {named}", *moved_aside)
