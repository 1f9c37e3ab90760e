"""What every step with a forge needs: the repository, the forge behind its port, how operations are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeVar

from gitdraft.errors import RepositoryError
from gitdraft.forge import gitea, github, gitlab
from gitdraft.forge.branch import DraftBranch, Form, form_of, read_branch
from gitdraft.forge.http import ForgeClient, Patience
from gitdraft.forge.port import Forge
from gitdraft.forge.settings import ForgeSettings, read_settings
from gitdraft.formats.branch_names import PULLS as PREFIX
from gitdraft.formats.trailers import read_trailers
from gitdraft.git.objects import ObjectBuffer
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import RefName
from gitdraft.model.pull_requests import ForgeKind, Head, PullRequest
from gitdraft.model.sync_reports import Forwarding
from gitdraft.store.drafts import StoredDraft
from gitdraft.store.replay import DRAFT_TRAILER
from gitdraft.store.repository import Store
from gitdraft.store.stacks import parent_of
from gitdraft.store.transaction import Plan, Transaction

Report = TypeVar("Report")
Connect = Callable[[ForgeClient, ForgeSettings], Forge]
ADAPTERS: Mapping[ForgeKind, tuple[Connect, Callable[[ForgeSettings], Mapping[str, str]]]] = {
    "github": (github.GitHub, github.headers),
    "gitlab": (gitlab.GitLab, gitlab.headers),
    "gitea": (gitea.Gitea, gitea.headers),
}


class Operate(Protocol):
    """Plans a verb and carries it out as one operation of this name."""

    def __call__(self, command: str, verb: Callable[[Transaction], Plan[Report]], /) -> Report: ...


class Follow(Protocol):
    """Moves canonical forward to where its remote's branch was last seen."""

    def __call__(self, upstream: RefName, /) -> Forwarding: ...


@dataclass(frozen=True, slots=True)
class ForgeContext:
    """An open repository, its forge, and who carries operations out."""

    store: Store
    settings: ForgeSettings
    forge: Forge
    operate: Operate
    follow: Follow

    def branch(self, draft_id: str) -> DraftBranch:
        """Returns the branch of a draft's pull request, as last fetched."""
        return read_branch(self.store, self.settings, draft_id)

    def head(self, draft_id: str) -> Head:
        """Returns the branch as the forge names it."""
        return Head(self.settings.owner, PREFIX + draft_id)

    def below(self, draft: StoredDraft) -> DraftBranch | None:
        """Returns the branch of the open draft that this one stands on; ``None`` where there is none."""
        parent = parent_of(self.store.git, draft)
        if parent is None or self.settings.is_fork or parent.draft not in self.store.open_drafts():
            return None
        branch = self.branch(parent.draft)
        return branch if branch.head is not None else None

    def form(self, draft: StoredDraft) -> Form:
        """Returns what the draft's branch should hold; it is written."""
        buffer = ObjectBuffer(self.store.git)
        form = form_of(self.store, draft, buffer, self.below(draft))
        buffer.flush()
        return form

    def base(self, draft: StoredDraft) -> str:
        """Returns the branch that the draft's pull request is to be merged into: canonical, or that of the draft below."""
        below = self.below(draft)
        return self.store.canonical_branch if below is None else below.name

    def find_pull(self, draft: StoredDraft) -> PullRequest | None:
        """Returns the draft's pull request, an open one first: into the branch that it is to be merged into, into
        canonical, or into the branch that its last commit of ours stands on."""
        bases = dict.fromkeys((self.base(draft), self.store.canonical_branch, *self._former_base(draft)))
        latest: PullRequest | None = None
        for base in bases:
            for pull in self.forge.find(self.head(draft.id), base)[:1]:
                if pull.state == "open":
                    return pull
                if pull.base == self.store.canonical_branch and latest is None:
                    latest = pull
        return latest

    def _former_base(self, draft: StoredDraft) -> Iterator[str]:
        ours = self.branch(draft.id).ours
        below = None if ours is None else self.store.git.read_commit(ours.parents[0])
        if below is not None and (name := read_trailers(below.message).get(DRAFT_TRAILER)):
            yield PREFIX + name

    def page(self, draft_id: str) -> str | None:
        """Returns the address of the draft's review page; ``None`` where no service is known."""
        site = self.settings.site
        return None if not site else f"{site.rstrip('/')}/drafts/{draft_id}"


@contextmanager
def open_forge(
    store: Store, environment: Mapping[str, str], operate: Operate, follow: Follow, patience: Patience
) -> Iterator[ForgeContext]:
    """Yields the forge that a repository is on. Raises as ``read_settings``, and RepositoryError (``forge-missing``) where httpx is
    not installed."""
    try:
        import httpx  # noqa: F401 (an extra, and not for commands without a forge)
    except ImportError:
        raise RepositoryError(
            "pull requests need httpx",
            code="forge-missing",
            hint="pip install '.[forge]' in a clone of gitdraft",
        ) from None
    settings = read_settings(store, environment)
    connect, headers = ADAPTERS[settings.kind]
    client = ForgeClient(settings.api, headers(settings), patience)
    try:
        yield ForgeContext(store, settings, connect(client, settings), operate, follow)
    finally:
        client.close()
