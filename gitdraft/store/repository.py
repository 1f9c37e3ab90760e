"""A gitdraft repository: which branch is canonical, where it stands, which drafts are open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from operator import attrgetter
from pathlib import Path

from gitdraft.errors import InvalidInput, NotFound, RepositoryError
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration
from gitdraft.formats.keys import check_draft_id
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.history import commits_touching, is_ancestor
from gitdraft.git.known_refs import list_refs, read_ref, resolve_commit, unknown_revision
from gitdraft.git.objects import ObjectSource
from gitdraft.git.own_branch import BRANCHES, USUAL_BRANCHES, read_on_own_branch
from gitdraft.git.repository import NOTHING, GitRepository, open_repository
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid, RefName
from gitdraft.model.nearest import nearest
from gitdraft.store.configurations import kept_configuration, read_configuration
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.lost_branches import LostBranch, find_lost_branches
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, file_oid, take_snapshot

CLOSED = "refs/gitdraft/closed/"
REBASED = RefName("refs/gitdraft/rebased")
PULLS = "refs/gitdraft/pulls/"
MEND = f"edit {CONFIGURATION_PATH} and commit it; git log -1 -p -- {CONFIGURATION_PATH} shows its last change"
BOOKKEEPING = (REBASED, PULLS, "refs/gitdraft/synced/", "refs/gitdraft/remotes/")


@dataclass(frozen=True, slots=True)
class Store:
    """An open repository and how its branches are named.

    ``canonical_ref`` is the full name of the canonical branch, ``drafts_ref`` the prefix of the drafts'
    branches (`refs/heads/draft/`).
    """

    git: GitRepository
    canonical_ref: RefName
    drafts_ref: str

    @property
    def canonical_branch(self) -> str:
        """The short name of the canonical branch."""
        return self.canonical_ref.removeprefix(BRANCHES)

    def canonical_tip(self) -> Oid | None:
        """Returns the canonical commit, ``None`` before the first one."""
        return read_ref(self.git, self.canonical_ref)

    def canonical_commit(self, revision: str) -> Oid:
        """Returns the commit that a revision names. Raises NotFound, for one that canonical does not have too."""
        commit = resolve_commit(self.git, revision)
        self.require_of_canonical(revision, commit)
        return commit

    def require_of_canonical(self, revision: str, commit: Oid) -> None:
        """Raises NotFound for a commit, by the name that was asked for, that canonical does not have."""
        if not self.is_of_canonical(commit):
            raise unknown_revision(revision)

    def is_of_canonical(self, commit: Oid) -> bool:
        """Returns whether canonical has a commit that is stored. Raises MissingObject."""
        tip = self.canonical_tip()
        return tip is not None and is_ancestor(self.git, commit, tip)

    def rebased_tip(self) -> Oid | None:
        """Returns the canonical commit that the last rebase of all drafts processed."""
        return read_ref(self.git, REBASED)

    def snapshot(self, source: ObjectSource | None = None) -> Snapshot:
        """Returns canonical at its tip. Raises RepositoryError (``no-canonical``) before the first commit."""
        canonical = self.canonical_or_empty(source)
        if isinstance(canonical, EmptyCanonical):
            raise RepositoryError(
                f"canonical branch '{self.canonical_branch}' has no commit yet",
                code="no-canonical",
                hint="commit the entities first",
            )
        return canonical

    def canonical_or_empty(self, source: ObjectSource | None = None) -> Snapshot | EmptyCanonical:
        """Returns canonical at its tip, for those who can do without a commit."""
        tip = self.canonical_tip()
        source = self.git if source is None else source
        return EmptyCanonical(source) if tip is None else take_snapshot(source, tip)

    def configuration(self) -> Configuration:
        """Returns the configuration that canonical has at its tip, the default one before the first commit."""
        return self.canonical_or_empty().configuration

    def draft_ref(self, draft_id: str) -> RefName:
        """Returns the branch of a draft. Raises InvalidInput for what cannot be a draft's id."""
        return RefName(self.drafts_ref + check_draft_id(draft_id))

    def open_drafts(self) -> dict[str, Oid]:
        """Returns the open drafts: id to tip, sorted by id."""
        return _by_id(list_refs(self.git, self.drafts_ref), self.drafts_ref)

    def closed_drafts(self) -> dict[str, Oid]:
        """Returns the merged, rejected and withdrawn drafts: id to tip, sorted by id."""
        return _by_id(list_refs(self.git, CLOSED), CLOSED)

    def draft_tip(self, draft_id: str) -> tuple[RefName, Oid] | None:
        """Returns the ref of the draft, open or closed, and where it stands; ``None`` when there is none."""
        for ref in (self.draft_ref(draft_id), closed_ref(draft_id)):
            tip = read_ref(self.git, ref)
            if tip is not None:
                return ref, tip
        return None

    def find_draft(self, draft_id: str) -> StoredDraft:
        """Returns the draft with this id, open or closed. Raises NotFound with the nearest names."""
        located = self.draft_tip(draft_id)
        if located is not None:
            return read_draft(self.git, draft_id, *located)
        if self.lost_branch(draft_id) is not None:
            raise NotFound(
                f"the branch of draft '{draft_id}' is gone",
                context={"draft": draft_id},
                hint=f"gitdraft reopen {draft_id} restores it from the operation log",
            )
        near = nearest(draft_id, [*self.open_drafts(), *self.closed_drafts()])
        raise NotFound(
            f"unknown draft '{draft_id}'",
            context={"draft": draft_id},
            hint=f"did you mean '{near}'?" if near else "gitdraft list shows the drafts there are",
        )

    def lost_branches(self, operations_at_most: int | None = None) -> Iterator[LostBranch]:
        """Yields the drafts whose ref plain git has deleted, the last moved first; of the latest operations alone where a
        number is given."""
        drafts = {**self.open_drafts(), **self.closed_drafts()}
        return find_lost_branches(self.git, (self.drafts_ref, CLOSED), drafts, operations_at_most)

    def lost_branch(self, draft_id: str) -> LostBranch | None:
        """Returns where a draft stood last whose ref plain git has deleted; ``None`` for any other."""
        return next((branch for branch in self.lost_branches() if branch.id == draft_id), None)

    def is_closed(self, draft: StoredDraft) -> bool:
        """Returns whether the draft is out of the branch list: merged, rejected or withdrawn."""
        return draft.ref.startswith(CLOSED)


def is_bookkeeping(ref: str) -> bool:
    """Returns whether the ref only remembers what was seen or processed: to move it alone is no operation."""
    return ref.startswith(BOOKKEEPING)


def branch_ref(branch: str) -> RefName:
    """Returns the full name of a branch."""
    return RefName(BRANCHES + branch)


def closed_ref(draft_id: str) -> RefName:
    """Returns the ref that keeps a draft once it is closed."""
    return RefName(CLOSED + draft_id)


def pull_ref(draft_id: str) -> RefName:
    """Returns the ref that says that a draft has a pull request, and which head of its branch the draft holds."""
    return RefName(PULLS + draft_id)


def open_store(start: Path, environment: Mapping[str, str] = NOTHING, *, mends: bool = False) -> Store:
    """Returns the repository that holds ``start``, or that the ``environment`` names (`GIT_DIR`). Raises RepositoryError
    when git finds none there, and as ``store_of`` does."""
    return store_of(open_repository(start, environment), mends=mends)


def store_of(git: GitRepository, *, mends: bool = False) -> Store:
    """Returns an open repository as gitdraft's. A bare one without a commit, as a server is before the first push, has
    the branch of its HEAD for canonical. Raises RepositoryError when no commit of it has a gitdraft.yaml; InvalidInput
    where it cannot be read on canonical: for what ``mends`` that, a pull, the branches are then those that it named last."""
    try:
        configuration = read_on_own_branch(
            git, CONFIGURATION_PATH, partial(kept_configuration, git), attrgetter("canonical")
        )
    except InvalidInput as error:
        configuration = _beside_unreadable(git, mends=mends)
        if configuration is None:
            error.hint = error.hint or MEND
            raise
    if configuration is None and git.is_bare and head_commit(git) is None:
        configuration = _on_any_branch(git)
        if configuration is None:
            head = head_branch(git) or branch_ref(USUAL_BRANCHES[0])
            return Store(git, head, BRANCHES + Configuration().drafts)
    if configuration is None:
        raise RepositoryError(
            f"this repository has no {CONFIGURATION_PATH} on its canonical branch",
            code="not-initialised",
            hint="gitdraft init writes one from the entities that it finds",
        )
    return Store(git, branch_ref(configuration.canonical), BRANCHES + configuration.drafts)


def _beside_unreadable(git: GitRepository, *, mends: bool) -> Configuration | None:
    """Returns what counts although HEAD's gitdraft.yaml cannot be read: that of canonical, where another branch is checked out;
    for what ``mends`` it, what it said last."""
    last = _last_readable(git)
    if last is None or mends:
        return last
    canonical = branch_ref(last.canonical)
    tip = None if head_branch(git) == canonical else read_ref(git, canonical)
    oid = None if tip is None else file_oid(git, git_tree(git, tip), CONFIGURATION_PATH)
    try:
        return None if oid is None else read_configuration(git, oid)
    except InvalidInput:
        return None


def _last_readable(git: GitRepository) -> Configuration | None:
    """Returns what the latest gitdraft.yaml that can be read says, among those of HEAD's commits."""
    head = head_commit(git)
    for commit in commits_touching(git, head, (CONFIGURATION_PATH,)) if head is not None else ():
        oid = file_oid(git, commit.tree, CONFIGURATION_PATH)
        try:
            return None if oid is None else read_configuration(git, oid)
        except InvalidInput:
            continue
    return None


def _on_any_branch(git: GitRepository) -> Configuration | None:
    """Returns the configuration on a branch that it names itself: where canonical was renamed by a push, a server's HEAD still
    names the old branch. Raises InvalidInput."""
    for ref, tip in sorted(list_refs(git, BRANCHES).items()):
        oid = file_oid(git, git.read_lineage(tip).tree, CONFIGURATION_PATH)
        configuration = None if oid is None else read_configuration(git, oid)
        if configuration is not None and branch_ref(configuration.canonical) == ref:
            return configuration
    return None


def git_tree(source: ObjectSource, commit: Oid) -> Oid:
    """Returns the root tree of a commit."""
    return source.read_commit(commit).tree


def _by_id(refs: dict[RefName, Oid], prefix: str) -> dict[str, Oid]:
    return {name.removeprefix(prefix): oid for name, oid in sorted(refs.items())}
