"""The real history of browser-compat as a gitdraft repository (see its README beside the bundle)."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pygit2

from benchmarks.repositories import BUNDLE, OCCASION, git
from gitdraft.drafts.create import NewDraft, plan_new_from
from gitdraft.formats.proposal import propose_configuration
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import GitRepository, open_repository
from gitdraft.git.trees import update_tree, walk_files
from gitdraft.model.names import Oid
from gitdraft.model.operations import OperationMetadata
from gitdraft.store.repository import Store, open_store
from gitdraft.store.signatures import signature
from gitdraft.store.transaction import commit_plan

LIMITS = "limits: {max_bytes: 8388608}\n"


@dataclass(frozen=True)
class Proposal:
    """One pull request: what it proposed, where it started, what the maintainers made of it, and on what."""

    number: int
    proposed: str
    start: Oid
    merged: str
    canonical: str


def clone(path: Path) -> GitRepository:
    """The history in a bare repository. Exits with a word when the bundle is not there."""
    if not BUNDLE.exists():
        print("the real history (shared/cases/browser-compat) is not here: nothing measured")
        sys.exit(0)
    pygit2.settings.enable_fsync_gitdir(False)  # what is measured is the engine, not the disk
    git(path.parent, "clone", "--quiet", "--mirror", str(BUNDLE), str(path))
    git(path, "pack-refs", "--all")
    return open_repository(path)


def proposals(repository: GitRepository) -> list[Proposal]:
    """All proposals, by number."""
    lines = git(repository.path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    refs = dict(line.split() for line in lines)
    found = []
    for name, proposed in refs.items():
        if not name.startswith("refs/heads/pr/"):
            continue
        number = int(name.rpartition("/")[2])
        merged = refs[f"refs/merged/{number}"]
        start = repository.read_lineage(Oid(proposed)).parents[0]
        found.append(
            Proposal(number, proposed, start, merged, repository.read_lineage(Oid(merged)).parents[0])
        )
    return sorted(found, key=lambda proposal: proposal.number)


def configuration(repository: GitRepository, commit: str) -> bytes:
    """A gitdraft.yaml for the history."""
    files = dict(walk_files(repository, repository.read_lineage(Oid(commit)).tree))
    proposal = propose_configuration(tuple(files), lambda path: repository.read_blob(files[path]))
    return (proposal.text + LIMITS).encode()


def with_configuration(buffer: ObjectBuffer, commit: str, content: bytes, parents: tuple[str, ...]) -> str:
    """The commit with a gitdraft.yaml in its tree, on other parents."""
    tree = update_tree(buffer, buffer.read_lineage(Oid(commit)).tree, {"gitdraft.yaml": buffer.blob(content)})
    who = signature(OCCASION)
    return buffer.commit(
        tree=tree, parents=map(Oid, parents), author=who, committer=who, message=f"{commit[:12]}\n"
    )


def replant(repository: GitRepository, commit: str, content: bytes, parent: str) -> str:
    """Stores the commit with a gitdraft.yaml in its tree, on another parent."""
    buffer = ObjectBuffer(repository)
    oid = with_configuration(buffer, commit, content, (parent,))
    buffer.flush()
    return oid


def metadata(number: int) -> OperationMetadata:
    """A moment of its own for each step."""
    return replace(OCCASION, operation=f"{number:012x}")


def open_at(repository: GitRepository, commit: str) -> Store:
    """The repository with this commit as the tip of main."""
    repository.raw.references.create("refs/heads/main", commit, force=True)
    return open_store(Path(repository.path))


def set_canonical(store: Store, commit: str) -> None:
    """Move main, as plain git would."""
    store.git.raw.references.create(store.canonical_ref, commit, force=True)


def follow(store: Store, proposal: Proposal, content: bytes) -> str:
    """Moves main to the commit that a proposal was merged into, with a gitdraft.yaml; where main is then."""
    canonical = replant(store.git, proposal.canonical, content, proposal.canonical)
    set_canonical(store, canonical)
    return canonical


def open_draft(store: Store, proposal: Proposal, revision: str) -> str:
    """Makes a draft of a proposal, from a ``revision`` of it; its id. Raises StateRefused where it changes no entity."""
    draft_id = f"pr-{proposal.number}"
    new = NewDraft(f"Proposal {proposal.number}", draft_id)
    commit_plan(
        store, metadata(proposal.number), "new", partial(plan_new_from, new_draft=new, revision=revision)
    )
    return draft_id
