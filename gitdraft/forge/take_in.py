"""What others committed on a pull request's branch, taken into its draft as patches by who made them.

Taken is what the branch has otherwise than the draft would: its entity files against where it left canonical, so that a
merge of canonical into it is no edit. Where it holds canonical's tip, what it has of an entity in conflict is the answer.
All of it is taken, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.diff import diff
from gitdraft.documents.parse import read_document
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.serialise import dump_json
from gitdraft.drafts.edit import OPEN, Edit, EditChecks, edit_base_of, find_draft_with_status, plan_edits_on
from gitdraft.drafts.edit_functions import delete_entity, replace_document
from gitdraft.drafts.file_edits import FileEdit, edits_of_files
from gitdraft.drafts.save_revision import acting_for, taken_message
from gitdraft.errors import ConflictError, GitdraftError, InvalidInput, RepositoryError, StateRefused
from gitdraft.forge.branch import DraftBranch
from gitdraft.git.history import commits_since, merge_base
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import changed_entries, changed_files
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.reports import EditReport
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView, open_view


@dataclass(frozen=True, slots=True)
class _Trees:
    """The trees of a branch's head and of the head that the draft holds, and of where each left canonical."""

    head: Oid
    head_base: Oid
    known: Oid
    known_base: Oid


@dataclass(frozen=True, slots=True)
class News:
    """What a branch has otherwise than its draft: edits of entity files, and whole documents that answer conflicts."""

    edits: tuple[FileEdit, ...]
    answers: tuple[FileEdit, ...]
    holds_canonical: bool


def plan_take_in(transaction: Transaction, branch: DraftBranch) -> Plan[EditReport]:
    """Plans what is new on a draft's branch as one commit of the draft.

    Raises StateRefused (``pr/not-held``) for what a draft cannot hold and for a closed draft, ConflictError where the draft
    was changed at the same place.
    """
    store, buffer = transaction.store, transaction.buffer
    assert branch.head is not None
    draft = find_draft_with_status(transaction, branch.draft, OPEN)
    news = read_news(store, buffer, transaction.canonical, branch)
    view = open_view(store, draft, buffer)
    entity_at = transaction.canonical.configuration.entity_at
    answered = {
        entity: edit
        for edit in (*news.answers, *news.edits)
        if (entity := entity_at(edit.path)) is not None
        and news.holds_canonical
        and _in_conflict(view, entity)
    }
    unanswered = [edit for edit in news.answers if entity_at(edit.path) not in answered]
    if unanswered:
        raise ConflictError(
            f"{branch.name} holds an older state of {store.canonical_branch} where it is in conflict",
            context={"draft": branch.draft, "paths": [edit.path for edit in unanswered]},
            hint=f"git merge {store.canonical_branch} in {branch.name}, then gitdraft pr sync {branch.draft}",
        )
    since = branch.recorded or store.canonical_tip()
    commits = [c for c in commits_since(store.git, branch.head, since) if not _is_canonical(store, c.oid)]
    own = [commit for commit in commits[::-1] if branch.ours is None or commit.oid != branch.ours.oid]
    edits = [edit for edit in news.edits if entity_at(edit.path) not in answered]

    def make(view: EffectiveView) -> list[Edit]:
        taken = edits_of_files(view, edits, own[-1].subject if own else None)
        return taken + [_answer(view, entity, edit) for entity, edit in answered.items()]

    try:
        return plan_edits_on(
            acting_for(transaction, own),
            replace(edit_base_of(transaction, draft, tuple(answered)), is_cleaned=bool(answered)),
            make,
            taken_message(branch.head, own),
            EditChecks(allow_invalid=True),
        )
    except (ConflictError, RepositoryError):
        raise
    except GitdraftError as error:
        paths = [edit.path for edit in (*edits, *answered.values())]
        raise _not_held(branch, paths, error.message) from error


def read_news(store: Store, buffer: ObjectBuffer, canonical: Snapshot, branch: DraftBranch) -> News:
    """Returns what the branch has otherwise than the draft's form that it last held. Raises StateRefused
    (``pr/not-held``)."""
    assert branch.head is not None
    trees, holds_canonical = _trees(store, canonical, branch)
    paths = sorted(
        {change.path for change in changed_files(buffer, trees.head_base, trees.head)}
        | {change.path for change in changed_files(buffer, trees.known_base, trees.known)}
    )
    foreign = [path for path in paths if _is_foreign(buffer, canonical, trees, path)]
    foreign += [
        path
        for path, entry in changed_entries(buffer, trees.head_base, trees.head)
        if not entry.is_file and not entry.is_tree
    ]
    if foreign:
        raise _not_held(branch, foreign, "a draft holds entities alone")
    edits: list[FileEdit] = []
    answers: list[FileEdit] = []
    broken: list[str] = []
    for path in paths:
        if canonical.configuration.entity_at(path) is None:
            continue
        try:
            edit, is_answer = _edit_at(buffer, canonical, trees, path)
        except InvalidInput:
            broken.append(path)
            continue
        if edit is not None:
            (answers if is_answer else edits).append(edit)
    if broken:
        raise _not_held(branch, broken, "these are no JSON documents that an entity may be")
    return News(tuple(edits), tuple(answers), holds_canonical)


def _trees(store: Store, canonical: Snapshot, branch: DraftBranch) -> tuple[_Trees, bool]:
    """Returns the four trees, and whether the head holds canonical's tip. Raises StateRefused (``unrelated-history``)."""
    git = store.git
    assert branch.head is not None
    known = branch.recorded or (branch.ours.oid if branch.ours is not None else None)
    base = merge_base(git, branch.head, canonical.commit)
    if base is None:
        raise StateRefused(
            f"{branch.name} has no commit in common with {store.canonical_branch}",
            code="unrelated-history",
            context={"draft": branch.draft},
            hint=f"push a branch that begins at {store.canonical_branch}, then gitdraft pr sync {branch.draft}",
        )
    known_base = base if known is None else merge_base(git, known, canonical.commit) or base
    commits = (branch.head, base, known or base, known_base)
    return _Trees(*(git.read_lineage(commit).tree for commit in commits)), base == canonical.commit


def _edit_at(
    buffer: ObjectBuffer, canonical: Snapshot, trees: _Trees, path: str
) -> tuple[FileEdit | None, bool]:
    """Returns what became of an entity file, ``None`` for nothing, and whether it answers a conflict. Raises InvalidInput for
    what is no document."""
    head, head_base, known, known_base = (
        file_oid(buffer, tree, path) for tree in (trees.head, trees.head_base, trees.known, trees.known_base)
    )
    if head is not None and head not in (known, head_base):
        read_document(buffer.read_blob(head), limits=canonical.configuration.limits, source=path)
    if head_base in (known_base, known):
        before = known
    elif known == known_base:
        before = head_base
    else:
        merged = _merged(buffer, canonical, path, (known_base, head_base, known))
        now = None if head is None else buffer.read_blob(head)
        if merged is None:
            return FileEdit(path, None, now), True
        return (None if now is None and not merged else FileEdit(path, merged, now)), False
    if before == head:
        return None, False
    contents = (None if oid is None else buffer.read_blob(oid) for oid in (before, head))
    return FileEdit(path, *contents), False


def _merged(
    buffer: ObjectBuffer, canonical: Snapshot, path: str, oids: tuple[Oid | None, Oid | None, Oid | None]
) -> bytes | None:
    """Returns what the engine makes of base, canonical and draft; ``None`` where they are in conflict."""
    entity = canonical.configuration.entity_at(path)
    if entity is None or None in oids:
        return None
    limits = canonical.configuration.limits
    base, theirs, ours = (
        read_document(buffer.read_blob(Oid(str(oid))), limits=limits, source=path) for oid in oids
    )
    rules = canonical.configuration.entities[entity.type].merge_rules
    result = rebase_patch(base, theirs, diff(base, ours), rules)
    return None if result.conflicts or result.status != "clean" else dump_json(result.document)


def _is_foreign(buffer: ObjectBuffer, canonical: Snapshot, trees: _Trees, path: str) -> bool:
    """Whether the branch has a file that is no entity otherwise than canonical and the draft's form have it."""
    if canonical.configuration.entity_at(path) is not None:
        return False
    head, *others = (file_oid(buffer, tree, path) for tree in (trees.head, trees.head_base, trees.known))
    return head not in others


def _in_conflict(view: EffectiveView, entity: EntityRef) -> bool:
    applied = view.applied_change(entity)
    return applied is not None and not applied.is_replayed


def _answer(view: EffectiveView, entity: EntityRef, edit: FileEdit) -> Edit:
    if edit.now is None:
        return Edit(entity, delete_entity("resolved on the branch"), resolves_conflict=True)
    document = read_document(edit.now, limits=view.canonical.configuration.limits, source=edit.path)
    return Edit(entity, replace_document(document), resolves_conflict=True)


def _is_canonical(store: Store, commit: Oid) -> bool:
    tip = store.canonical_tip()
    return tip is not None and merge_base(store.git, tip, commit) == commit


def _not_held(branch: DraftBranch, files: list[str], why: str) -> StateRefused:
    shown = ", ".join(files[:5]) + (" …" if len(files) > 5 else "")
    return StateRefused(
        f"{branch.name} changes {shown}: {why}",
        code="pr/not-held",
        context={"draft": branch.draft, "files": files},
        hint=f"take that out of {branch.name} and push it, then gitdraft pr sync {branch.draft}",
    )


def news_files(error: GitdraftError) -> Iterator[str]:
    """Yields the files that an error names."""
    for name in ("files", "paths"):
        yield from (str(path) for path in error.context.get(name, ()))
