"""Files that plain git, or a forge's web editor, changed on a draft's branch outside of `.gitdraft`.

A draft's commits have the tree of their start plus one folder. A file changed beside it is nobody's patch: no merge takes it
in, and a replay of the draft would leave it behind. Where nothing is changed, two root trees are compared by their entries.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import PolicyViolation
from gitdraft.git.cache import remembered
from gitdraft.git.history import commits_between, first_parents
from gitdraft.git.objects import Commit, ObjectSource
from gitdraft.git.trees import FileChange, changed_files
from gitdraft.git.values import TreeEntry
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.violations import Violation
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, StoredDraft, find_base, read_header
from gitdraft.store.repository import CLOSED
from gitdraft.store.snapshots import file_oid

FOREIGN_FILES = "draft/foreign-files"


def has_foreign_files(source: ObjectSource, draft: StoredDraft) -> bool:
    """Returns whether the draft's tree differs from that of its start outside of its folder."""
    return _entries(source, draft.tree) != _start_entries(source, source.read_lineage(draft.start).tree)


def foreign_files(source: ObjectSource, draft: StoredDraft, canonical: Oid) -> tuple[FileChange, ...]:
    """Returns the files that the draft's branch changes outside of its folder, sorted by path.

    What a merge of canonical (its commit is ``canonical``) brought onto the branch is none of them. Of a link, a submodule or
    a mode that changed, the entry of the root is named, without blobs.
    """
    if not has_foreign_files(source, draft):
        return ()
    reference = reference_tree(source, draft, canonical)
    files = [file for file in changed_files(source, reference, draft.tree) if not _is_own(file.path)]
    if not files:
        names = {entry.name for entry in _entries(source, draft.tree) ^ _entries(source, reference)}
        files = [FileChange(name, None, None) for name in names]
    return tuple(sorted(files, key=lambda file: file.path))


def reference_tree(source: ObjectSource, draft: StoredDraft, canonical: Oid) -> Oid:
    """Returns the tree that the draft's should be, its folder aside: that of its start, or of the commit of canonical that
    plain git has merged into it last (a forge's "update branch", a `git pull` of the draft as rebased elsewhere)."""
    start = source.read_lineage(draft.start).tree
    commits = commits_between(source, draft.start, draft.tip)
    merged = [parent for commit in reversed(commits) for parent in commit.parents[1:]]
    if not merged:
        return start
    line: dict[Oid, Oid] = {}
    for commit in first_parents(source, canonical):
        if commit.oid == draft.start:
            break
        line[commit.oid] = commit.tree
    merged_commits = (_canonical_below(source, draft.id, parent) for parent in merged)
    return next((line[commit] for commit in merged_commits if commit in line), start)


def _canonical_below(source: ObjectSource, draft_id: str, commit: Oid) -> Oid:
    """Returns where a draft's commit starts, and any other commit itself."""
    if file_oid(source, source.read_lineage(commit).tree, HEADER_PATH) is None:
        return commit
    return find_base(source, draft_id, commit).start


def foreign_commits(source: ObjectSource, draft: StoredDraft) -> list[Commit]:
    """Returns the draft's commits that changed files outside of its folder, oldest first; merges are none of them."""
    commits = commits_between(source, draft.start, draft.tip)
    trees = [source.read_lineage(draft.start).tree, *(commit.tree for commit in commits)]
    return [
        commit
        for before, commit in zip(trees, commits, strict=False)
        if len(commit.parents) == 1 and _entries(source, before) != _entries(source, commit.tree)
    ]


def require_no_foreign_files(source: ObjectSource, draft: StoredDraft, canonical: Oid) -> None:
    """Raises PolicyViolation (``draft/foreign-files``) where the draft's branch changes files outside of its folder."""
    paths = [file.path for file in foreign_files(source, draft, canonical)]
    if paths:
        more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
        raise PolicyViolation(
            f"{paths[0]} is changed on the branch of draft '{draft.id}', outside of {OVERLAY}/{more}",
            code="draft/foreign-files",
            context={"draft": draft.id, "paths": paths},
            hint=take_in_hint(source, draft),
        )


def foreign_violations(source: ObjectSource, draft: StoredDraft, canonical: Oid) -> Iterator[Violation]:
    """Yields a `draft/foreign-files` for each file that an open draft's branch changes outside of its folder."""
    if draft.ref.startswith(CLOSED):
        return
    for file in foreign_files(source, draft, canonical):
        verb = (
            "added"
            if file.old is None and file.new
            else "removed"
            if file.old and file.new is None
            else "changed"
        )
        message = f"it is {verb} on the draft's branch, outside of {OVERLAY}/, where no merge takes it from"
        yield Violation(EntityRef("", file.path), "", FOREIGN_FILES, message)


def take_in_hint(source: ObjectSource, draft: StoredDraft) -> str:
    """Returns the command that takes the files in as patches."""
    is_editable = read_header(source, draft).status.is_rebased_automatically
    first = "" if is_editable else f"gitdraft reopen {draft.id} && "
    branch = draft.ref.removeprefix("refs/heads/")
    return f"{first}gitdraft save --from {branch} takes the edits in as patches"


def _is_own(path: str) -> bool:
    return path.startswith(f"{OVERLAY}/") or path == OVERLAY


def _entries(source: ObjectSource, tree: Oid) -> frozenset[TreeEntry]:
    return frozenset(entry for entry in source.read_tree(tree) if entry.name != OVERLAY)


@remembered(64)
def _start_entries(source: ObjectSource, tree: Oid) -> frozenset[TreeEntry]:
    return _entries(source, tree)  # many drafts start at one commit
