"""The branch of a draft's pull request, `gitdraft/<id>`: the draft's materialised form, and what others committed above it.

`refs/gitdraft/pulls/<id>` is our own record of the branch's head whose content is in the draft: what a push expects there,
whatever a fetch has seen since. It says too that the draft has a pull request.
"""

from __future__ import annotations

from gitdraft.drafts.materialised import materialised_tree
from gitdraft.errors import Moved, RepositoryError
from gitdraft.forge.markdown import plain_lines, title_of
from gitdraft.forge.settings import ForgeSettings
from gitdraft.formats.branch_names import PULLS as PREFIX
from gitdraft.formats.trailers import append_trailers, read_trailers
from gitdraft.git.history import commits_since, commits_touching, is_ancestor, merge_base
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.plain_merge import plain_merge
from gitdraft.git.remotes import RefUpdate, fetch_refs, push_refs
from gitdraft.git.trees import changed_files, update_tree
from gitdraft.git.values import Commit
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Actor, OperationMetadata, RefMove
from gitdraft.store.drafts import CHANGES, StoredDraft, read_header
from gitdraft.store.remote_tracking import canonical_refspec, draft_refspecs
from gitdraft.store.replay import DRAFT_TRAILER, TIP_TRAILER
from gitdraft.store.repository import PULLS, Store, pull_ref
from gitdraft.store.signatures import author_signature, committer_signature
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import move_tracking_refs
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class DraftBranch:
    """The branch of a draft: its head as last fetched (``None``: there is none), the last commit there that gitdraft made, and
    our record."""

    draft: str
    head: Oid | None
    ours: Commit | None
    recorded: Oid | None

    @property
    def name(self) -> str:
        """The short name of the branch."""
        return PREFIX + self.draft

    @property
    def has_news(self) -> bool:
        """Whether there is something on it that is not known to be in the draft."""
        return self.head is not None and self.head != self.recorded


@dataclass(frozen=True, slots=True)
class Form:
    """What the branch should hold: a tree, the commit that it is to stand on, and the branch of the pull request's base;
    ``is_current`` says that it is what merging would make on canonical's tip."""

    tree: Oid
    onto: Oid
    base: str
    is_current: bool


def recorded_pulls(store: Store) -> dict[str, Oid]:
    """Returns the drafts that have a pull request as far as is known here, and the heads that they contain."""
    return {ref.removeprefix(PULLS): oid for ref, oid in sorted(list_refs(store.git, PULLS).items())}


def record(store: Store, draft_id: str, head: Oid | None) -> None:
    """Records the head whose content is in the draft; ``None``: there is no pull request any more."""
    name = pull_ref(draft_id)
    before = read_ref(store.git, name)
    if before != head:
        move_tracking_refs(store.git, [RefMove(name, before, head)])


def seen_prefix(remote: str) -> str:
    """Returns the prefix of the refs that track the branches of pull requests."""
    return f"refs/gitdraft/remotes/{remote}/pulls/"


def fetch_branches(store: Store, settings: ForgeSettings) -> None:
    """Fetches canonical, the drafts and the branches of pull requests. Raises RepositoryError (``remote``)."""
    branches = f"+refs/heads/{PREFIX}*:{seen_prefix(settings.push_remote)}*"
    specs = [canonical_refspec(store, settings.remote), *draft_refspecs(store, settings.remote)]
    if settings.push_remote == settings.remote:
        specs.append(branches)
    fetch_refs(store.git, settings.remote, specs, settings.login)
    if settings.push_remote != settings.remote:
        fetch_refs(store.git, settings.push_remote, [branches], settings.login)


def read_branch(store: Store, settings: ForgeSettings, draft_id: str) -> DraftBranch:
    """Returns the branch as last fetched."""
    head = read_ref(store.git, RefName(seen_prefix(settings.push_remote) + draft_id))
    recorded = read_ref(store.git, pull_ref(draft_id))
    return DraftBranch(draft_id, head, None if head is None else _ours(store, draft_id, head), recorded)


def _ours(store: Store, draft_id: str, head: Oid) -> Commit | None:
    """Returns the last commit of the draft's form that the head contains and canonical does not."""
    canonical = store.canonical_tip()
    for commit in commits_since(store.git, head, canonical):
        trailers = read_trailers(commit.message)
        if trailers.get(DRAFT_TRAILER) == draft_id and TIP_TRAILER in trailers and len(commit.parents) == 1:
            return commit
    return None


def has_in_draft(store: Store, branch: DraftBranch, draft: StoredDraft) -> bool:
    """Returns whether the draft holds what is at the branch's head: our own commit of a state that the draft came from."""
    if branch.head is None or branch.head == branch.recorded:
        return True
    if branch.ours is None or branch.ours.oid != branch.head:
        return False
    tip = read_trailers(branch.ours.message)[TIP_TRAILER]
    if store.git.has(Oid(tip)):
        return is_ancestor(store.git, Oid(tip), draft.tip)
    return False


def form_of(store: Store, draft: StoredDraft, buffer: ObjectBuffer, below: DraftBranch | None) -> Form:
    """Returns what the draft's branch should hold. One in conflict with canonical stands on its own base; a stacked one on
    the branch of the draft ``below``."""
    view, is_current = _view(buffer, store.snapshot(buffer), draft)
    tree = materialised_tree(view, buffer, _dated(buffer, draft))
    if below is None or below.head is None:
        return Form(tree, view.canonical.commit, store.canonical_branch, is_current)
    lower = store.find_draft(below.draft)
    lower_view, _ = _view(buffer, view.canonical, lower)
    lower_tree = materialised_tree(lower_view, buffer, _dated(buffer, lower))
    own = {change.path: change.new for change in changed_files(buffer, lower_tree, tree)}
    stacked = update_tree(buffer, store.git.read_lineage(below.head).tree, own)
    return Form(stacked, below.head, below.name, is_current)


def is_outdated(store: Store, branch: DraftBranch, form: Form) -> bool:
    """Returns whether the branch is to be pushed: it holds nothing of ours yet, or git's own merge of it with its base gives
    anything else than the engine's. The form is written."""
    if branch.head is None:
        return True
    if not form.is_current:
        return branch.ours is None or _is_edited(store, branch, form)
    return plain_merge(store.git, form.onto, branch.head) != form.tree


def _is_edited(store: Store, branch: DraftBranch, form: Form) -> bool:
    """Whether a draft in conflict, on its own base, is another than the branch has."""
    assert branch.head is not None
    base = merge_base(store.git, form.onto, branch.head)
    return base == form.onto and store.git.read_lineage(branch.head).tree != form.tree


def commit_form(buffer: ObjectBuffer, draft: StoredDraft, form: Form, above: Oid | None = None) -> Oid:
    """Commits the form, on the commit that it stands on, or ``above`` another one, where a branch takes no other history."""
    header = read_header(buffer, draft)
    metadata = _dated(buffer, draft)
    text = f"{title_of(header.title)}\n\n{plain_lines(header.description)}".strip()
    return buffer.commit(
        tree=form.tree,
        parents=(form.onto if above is None else above,),
        author=author_signature(header.author, metadata),
        committer=committer_signature(metadata),
        message=append_trailers(text, {DRAFT_TRAILER: draft.id, TIP_TRAILER: draft.tip}),
    )


def push_branch(
    store: Store, settings: ForgeSettings, branch: DraftBranch, draft: StoredDraft, form: Form
) -> Oid:
    """Pushes the form over the head that the draft contains, or above it where the branch forbids another history. Returns
    the new head, which is recorded.

    Raises Moved (``branch-moved``) where somebody was faster, RepositoryError (``branch-refused``) where the remote refuses.
    """
    buffer = ObjectBuffer(store.git)
    commits = [commit_form(buffer, draft, form)]
    if branch.head is not None:
        commits.append(commit_form(buffer, draft, _onto_head(store, buffer, branch.head, form), branch.head))
    buffer.flush()
    ref = RefName(f"refs/heads/{branch.name}")
    for number, commit in enumerate(commits):
        pushed = push_refs(
            store.git, settings.push_remote, [[RefUpdate(ref, commit, branch.recorded)]], settings.login
        )
        if ref in pushed.elsewhere:
            raise Moved(
                f"{branch.name} was moved by somebody else",
                code="branch-moved",
                context={"draft": branch.draft, "branch": branch.name},
                hint=f"gitdraft pr sync {branch.draft}",
            )
        if ref in pushed.moved:
            seen = RefName(seen_prefix(settings.push_remote) + branch.draft)
            move_tracking_refs(store.git, [RefMove(seen, read_ref(store.git, seen), commit)])
            record(store, branch.draft, commit)
            return commit
        if number == len(commits) - 1:
            raise RepositoryError(
                f"{settings.push_remote} takes no {branch.name}: {pushed.refused.get(ref, 'refused')}",
                code="branch-refused",
                context={"draft": branch.draft, "branch": branch.name},
                hint=f"git config remote.pushDefault says where branches go; {settings.push_remote} is asked now",
            )
    raise AssertionError("the loop returns or raises")


def moved_below(store: Store, branch: DraftBranch, draft: StoredDraft) -> tuple[str, ...]:
    """Returns the entities of the draft on which canonical has moved since the branch left it."""
    tip = store.canonical_tip()
    base = None if branch.head is None or tip is None else merge_base(store.git, branch.head, tip)
    if base is None or tip is None or base == tip:
        return ()
    trees = (store.git.read_lineage(commit).tree for commit in (base, tip))
    entity_at = store.configuration().entity_at
    moved = {entity for change in changed_files(store.git, *trees) if (entity := entity_at(change.path))}
    return tuple(str(entity) for file in draft.files for entity in file.entities if entity in moved)


def _onto_head(store: Store, buffer: ObjectBuffer, head: Oid, form: Form) -> Form:
    """Returns the form as it has to be above the branch's head: as the head's base has what the draft leaves alone."""
    base = merge_base(store.git, form.onto, head)
    if base is None or base == form.onto:
        return form
    onto = store.git.read_lineage(form.onto).tree
    own = {change.path: change.new for change in changed_files(buffer, onto, form.tree)}
    return Form(update_tree(buffer, store.git.read_lineage(base).tree, own), head, form.base, form.is_current)


def _view(buffer: ObjectBuffer, canonical: Snapshot, draft: StoredDraft) -> tuple[EffectiveView, bool]:
    base = take_snapshot(buffer, draft.base, canonical.configuration)
    view = EffectiveView(buffer, canonical, draft, base)
    changes = [view.applied_change(entity) for entity in view.changed()]
    if all(change is None or change.is_replayed for change in changes):
        return view, True
    return EffectiveView(buffer, base, draft, base), False


def _dated(buffer: ObjectBuffer, draft: StoredDraft) -> OperationMetadata:
    """Returns by whom, and when, the draft's changes were last edited: a comment, or a rebase, makes no other form."""
    edited = next(iter(commits_touching(buffer, draft.tip, (CHANGES,))), None) or buffer.read_commit(
        draft.tip
    )
    actor = Actor(edited.author.name, edited.author.email)
    return OperationMetadata(actor, edited.author.seconds, edited.author.offset_minutes, "")
