"""New drafts: empty ones, and ones made from an ordinary branch of file edits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from string import ascii_lowercase, digits
from types import MappingProxyType

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import read_document
from gitdraft.drafts.edit import OPEN, find_draft_with_status
from gitdraft.errors import AlreadyExists, InvalidInput, RepositoryError, StateRefused
from gitdraft.formats.changes import write_change
from gitdraft.formats.drafts import write_draft_header
from gitdraft.formats.keys import slug
from gitdraft.git.history import merge_base
from gitdraft.git.known_refs import read_ref, resolve_commit
from gitdraft.git.trees import FileChange, changed_files
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.changes import Change, Create, Delete, Update
from gitdraft.model.draft_reports import NewReport
from gitdraft.model.drafts import DraftHeader, DraftStatus, StatusChange
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import OperationMetadata, RefMove
from gitdraft.rebase.judgement import remember_invalid
from gitdraft.rebase.stack import stack_files
from gitdraft.store.drafts import HEADER_PATH, read_draft
from gitdraft.store.replay import commit_draft, start_on
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.lost_merges import is_reverted


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What a new draft's header is to hold. Without an ``id`` one is made from the title; ``reason`` is that of the first
    step of its history."""

    title: str
    id: str | None = None
    description: str = ""
    source: str = "cli"
    author: str | None = None
    reason: str | None = None


def plan_new(transaction: Transaction, new_draft: NewDraft) -> Plan[NewReport]:
    """Plans an empty draft on canonical's tip. Raises AlreadyExists for an id that is taken, InvalidInput for one
    that cannot be one, RepositoryError when canonical has no commit."""
    return plan_draft(transaction, new_draft, transaction.canonical, {})


def plan_new_onto(transaction: Transaction, new_draft: NewDraft, parent_id: str) -> Plan[NewReport]:
    """Plans a draft on top of another one, which it follows from then on. Raises NotFound for an unknown parent, StateRefused
    for one that is closed."""
    buffer = transaction.buffer
    parent = find_draft_with_status(transaction, parent_id, OPEN)
    base = take_snapshot(buffer, parent.base, transaction.canonical.configuration)
    return plan_draft(transaction, new_draft, base, {}, stack_files(buffer, parent))


def plan_new_from(
    transaction: Transaction, new_draft: NewDraft, revision: str, *, allow_invalid: bool = False
) -> Plan[NewReport]:
    """Plans a draft of the entity files that ``revision`` changed since it left canonical, based where it left; of a commit
    of canonical that a later one reverts, what that commit changed.

    Files that are no entities are named in the report, not taken. Raises NotFound for an unknown revision,
    StateRefused when it changes no entity, InvalidInput for a file that is not a document, PolicyViolation
    when a result breaks its schema (unless ``allow_invalid``).
    """
    store, buffer, canonical = transaction.store, transaction.buffer, transaction.canonical
    commit = resolve_commit(store.git, revision)
    start = merge_base(store.git, canonical.commit, commit)
    if start == commit and is_reverted(store, commit):
        start = next(iter(buffer.read_commit(commit).parents), start)
    if start is None:
        raise StateRefused(
            f"'{revision}' has no commit in common with {store.canonical_branch}",
            code="unrelated-history",
            context={"revision": revision},
        )
    base = take_snapshot(buffer, start, canonical.configuration)
    tree = buffer.read_commit(commit).tree
    changes: dict[EntityRef, Change] = {}
    ignored: list[str] = []
    for file in changed_files(buffer, base.tree, tree):
        entity = base.configuration.entity_at(file.path)
        change = None if entity is None else _change_in(base, entity, file, commit)
        if entity is None:
            ignored.append(file.path)
        elif change is not None:
            changes[entity] = change
    if not changes:
        raise StateRefused(
            f"'{revision}' changes no entity since it left {store.canonical_branch}",
            code="empty-draft",
            context={"revision": revision, "ignored": ignored},
            hint=_way_to_draft(store, commit),
        )
    plan = plan_draft(transaction, new_draft, base, changes)
    report, ref = plan.report, store.draft_ref(plan.report.id)
    view = EffectiveView(buffer, base, read_draft(buffer, report.id, ref, report.tip), base)
    violations = Validator(base).judge_draft(view)
    require_no_violations(violations, allow_invalid=allow_invalid)
    if violations:
        remember_invalid(transaction, report.id, report.tip)
    return replace(plan, report=replace(report, ignored=tuple(ignored), violations=violations))


def _way_to_draft(store: Store, commit: Oid) -> str | None:
    """Returns the command that takes up a draft, where ``commit`` is the last one of a closed draft."""
    draft_id = next((name for name, tip in store.closed_drafts().items() if tip == commit), None)
    return None if draft_id is None else f"gitdraft reopen {draft_id} makes it a draft again"


def subject_of(store: Store, revision: str) -> str:
    """Returns the subject of a commit, as a title for a draft made of it. Raises NotFound."""
    commit = store.git.read_commit(resolve_commit(store.git, revision))
    return commit.subject or revision


def _change_in(base: Snapshot, entity: EntityRef, file: FileChange, commit: Oid) -> Change | None:
    """Returns the change that makes the entity what the file holds; ``None`` when only its formatting differs."""
    if file.new is None:
        return Delete(entity, f"deleted in {commit[:12]}")
    document = read_document(
        base.source.read_blob(file.new), limits=base.configuration.limits, source=file.path
    )
    if file.old is None:
        return Create(entity, document)
    before = base.document(entity)
    return None if identical(before, document) else Update(entity, diff(before, document))


def plan_draft(
    transaction: Transaction,
    new_draft: NewDraft,
    base: Snapshot,
    changes: Mapping[EntityRef, Change],
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> Plan[NewReport]:
    """Plans a draft of these changes on ``base``, canonical or an earlier commit of it, and with these ``files``.

    They are not checked here.

    Raises AlreadyExists for an id that is taken, InvalidInput for one that cannot be one, RepositoryError when
    canonical has no commit.
    """
    store, buffer, metadata = transaction.store, transaction.buffer, transaction.metadata
    draft_id = _unused_id(store, new_draft)
    contents: dict[str, bytes | None] = {}
    for change in changes.values():
        contents |= write_change(change)
    contents |= files
    contents[HEADER_PATH] = write_draft_header(
        draft_header(replace(new_draft, id=draft_id), base.commit, metadata)
    )
    tip = commit_draft(transaction, start_on(buffer, base), draft_id, contents, f"Draft: {new_draft.title}")
    report = NewReport(draft_id, tip.commit, base.commit, tuple(sorted(changes)))
    move = RefMove(store.draft_ref(draft_id), None, tip.commit)
    return Plan(report, buffer, (move,), f"new draft {draft_id}")


def draft_header(new_draft: NewDraft, created_from: Oid, metadata: OperationMetadata) -> DraftHeader:
    """Returns the header of a new draft that starts at the canonical commit ``created_from``."""
    actor = metadata.actor.text
    return DraftHeader(
        title=new_draft.title,
        description=new_draft.description,
        author=new_draft.author or actor,
        source=new_draft.source,
        status=DraftStatus.DRAFT,
        created_at=metadata.at,
        created_from=created_from,
        history=(StatusChange(DraftStatus.DRAFT, metadata.at, actor, new_draft.reason),),
        id=new_draft.id,
    )


def _unused_id(store: Store, new_draft: NewDraft) -> str:
    if not new_draft.title.strip():
        raise InvalidInput("a draft needs a title", code="missing-field", context={"path": "/title"})
    blocking = RefName(store.drafts_ref.removesuffix("/"))
    if store.drafts_ref.endswith("/") and read_ref(store.git, blocking) is not None:
        name = blocking.removeprefix("refs/heads/")
        raise RepositoryError(
            f"a branch named '{name}' keeps git from making '{name}/…'",
            code="branch-in-the-way",
            hint=f"git branch -m {name} {name}-old",
        )
    if new_draft.id is not None:
        if store.draft_tip(new_draft.id) is not None:
            raise AlreadyExists(
                f"draft '{new_draft.id}' already exists",
                code="draft-already-exists",
                context={"draft": new_draft.id},
            )
        return new_draft.id
    taken = {*store.open_drafts(), *store.closed_drafts()}
    stem = slug(new_draft.title)
    if not stem:  # nothing to say: one that no other clone will have
        from secrets import choice

        drawn = ("d-" + "".join(choice(ascii_lowercase + digits) for _ in range(6)) for _ in count())
        return next(name for name in drawn if name not in taken)
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (stem, *numbered) if name not in taken)
