"""What there is to check in a clone: canonical may be a remote's alone, and a range may end in a draft.

A check that saw nothing is not green: where neither is there, ``nothing-checked`` says what was looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import GitdraftError, NotFound
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.history import is_ancestor
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.own_branch import BRANCHES
from gitdraft.git.settings import remote_names
from gitdraft.git.trees import find
from gitdraft.lazy_dataclass import replace
from gitdraft.model.names import Oid, RefName
from gitdraft.store.drafts import HEADER_PATH, StoredDraft, read_draft, read_header
from gitdraft.store.remote_tracking import seen_canonical_ref, seen_drafts_ref
from gitdraft.store.repository import Store, git_tree

UNNAMED = "detached"


def store_to_check(store: Store) -> Store:
    """Returns the store, with a remote's canonical branch as last fetched in place of one that is not here.

    Raises NotFound (``nothing-checked``) where there is neither; a repository without any commit is returned as it is.
    """
    if store.canonical_tip() is not None or head_commit(store.git) is None:
        return store
    refs = _seen_canonical_refs(store)
    for ref in refs:
        if read_ref(store.git, ref) is not None:
            return replace(store, canonical_ref=ref)
    raise nothing_checked(
        f"there is no branch '{store.canonical_branch}' here, so nothing was checked",
        [store.canonical_ref, *refs],
        missing_canonical_hint(store),
    )


def nothing_checked(message: str, looked_at: Sequence[str], hint: str) -> NotFound:
    """Returns the refusal of a check that saw nothing."""
    return NotFound(message, code="nothing-checked", context={"looked_at": list(looked_at)}, hint=hint)


def draft_at(store: Store, revision: str, commit: Oid) -> StoredDraft | None:
    """Returns the draft whose last commit is ``commit``, which ``revision`` names; ``None`` where it is none's.

    Canonical's own commits are none's, whatever they hold, nor are those of another branch.
    """
    if find(store.git, git_tree(store.git, commit), HEADER_PATH) is None:
        return None
    for prefix in (store.drafts_ref, *(seen_drafts_ref(store, name) for name in remote_names(store.git))):
        for ref, tip in sorted(list_refs(store.git, prefix).items()):
            if tip == commit:
                return read_draft(store.git, ref.removeprefix(prefix), ref, commit)
    tips = (read_ref(store.git, ref) for ref in (store.canonical_ref, *_seen_canonical_refs(store)))
    if any(tip is not None and is_ancestor(store.git, commit, tip) for tip in tips):
        return None
    if any(
        tip == commit
        for ref, tip in list_refs(store.git, BRANCHES).items()
        if not ref.startswith(store.drafts_ref)
    ):
        return None
    return _unnamed_draft(store, revision, commit)


def holds_draft(store: Store) -> bool:
    """Returns whether HEAD is on a draft's branch, or at a draft's commit."""
    if (head_branch(store.git) or "").startswith(store.drafts_ref):
        return True
    head = head_commit(store.git)
    return head is not None and draft_at(store, "HEAD", head) is not None


def _unnamed_draft(store: Store, revision: str, commit: Oid) -> StoredDraft | None:
    try:
        draft = read_draft(store.git, UNNAMED, RefName(revision), commit)
        header = read_header(store.git, draft)
    except GitdraftError:
        return None
    return draft if header.id is None else read_draft(store.git, header.id, RefName(revision), commit)


def _seen_canonical_refs(store: Store) -> list[RefName]:
    names = remote_names(store.git)
    ordered = sorted(names, key=lambda name: (name != "origin", name)) or ["origin"]
    return [seen_canonical_ref(store, name) for name in ordered]


def missing_canonical_hint(store: Store) -> str:
    """Returns what to run where the canonical branch is not here: it was renamed, or never fetched."""
    branch = store.canonical_branch
    head = (head_branch(store.git) or "").removeprefix(BRANCHES)
    if head and not f"{BRANCHES}{head}".startswith(store.drafts_ref):
        return (
            f"git branch -m {head} {branch}, or name '{head}' in gitdraft.yaml (canonical:) and commit that"
        )
    return f"git fetch origin {branch}:refs/remotes/origin/{branch}"
