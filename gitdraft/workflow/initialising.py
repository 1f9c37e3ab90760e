"""`init`: a repository, where there is none, and its gitdraft.yaml, proposed from the entities it holds."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.documents.parsing import parse_document
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.configuration import parse_configuration
from gitdraft.formats.proposal import default_configuration, propose_configuration
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.opening import GitRepository, head_branch
from gitdraft.git.refs import read_ref
from gitdraft.git.trees import update_tree, walk_files
from gitdraft.model.occasions import Occasion
from gitdraft.model.operations import RefMove
from gitdraft.store.replaying import OPERATION_TRAILER
from gitdraft.store.signatures import committer_signature, signature
from gitdraft.store.snapshots import CONFIGURATION_PATH, Snapshot, file_oid
from gitdraft.store.writing import Plan


@dataclass(frozen=True, slots=True)
class InitReport:
    """What `init` found and wrote. ``configuration`` is the text of gitdraft.yaml, ``entities`` counts them by
    type, ``unreadable`` are entity files that are no documents. ``written`` is false when it was there."""

    canonical: str
    configuration: str
    entities: tuple[tuple[str, int], ...]
    unreadable: tuple[str, ...]
    written: bool


def plan_init(git: GitRepository, occasion: Occasion, types: tuple[str, ...] = ()) -> Plan[InitReport]:
    """gitdraft.yaml as one commit on the checked-out branch, which becomes canonical.

    Without ``types`` it is proposed from the JSON files that the branch holds; with nothing there either, one
    type `entity` is. A repository that has the file is left as it is. Raises RepositoryError for a detached
    HEAD, InvalidInput for a file that is there and malformed.
    """
    branch = head_branch(git)
    if branch is None:
        raise RepositoryError(
            "HEAD is detached", code="detached-head", hint="git switch to the branch that is to be canonical"
        )
    buffer = ObjectBuffer(git)
    canonical = branch.removeprefix("refs/heads/")
    tip = read_ref(git, branch)
    tree = None if tip is None else buffer.read_commit(tip).tree
    existing = file_oid(buffer, tree, CONFIGURATION_PATH)
    content = buffer.read_blob(existing) if existing else _propose(buffer, tree, canonical, types).encode()
    configuration = parse_configuration(content)
    snapshot = Snapshot(buffer, tip, tree, configuration)
    if existing is not None:
        return Plan(_report(canonical, content, snapshot, written=False), buffer, ())
    commit = buffer.commit(
        tree=update_tree(buffer, tree, {CONFIGURATION_PATH: buffer.blob(content)}),
        parents=() if tip is None else (tip,),
        author=signature(occasion),
        committer=committer_signature(occasion),
        message=append_trailers("Add gitdraft.yaml", {OPERATION_TRAILER: occasion.operation}),
    )
    report = _report(canonical, content, snapshot, written=True)
    return Plan(report, buffer, (RefMove(branch, tip, commit),), f"init on {canonical}")


def _propose(buffer: ObjectBuffer, tree: str | None, canonical: str, types: tuple[str, ...]) -> str:
    files = {} if tree is None else dict(walk_files(buffer, tree))
    proposal = propose_configuration(tuple(files), lambda path: buffer.read_blob(files[path]), canonical)
    if types or not parse_configuration(proposal.encode()).entities:
        return default_configuration(types or ("entity",), canonical)
    return proposal


def _report(canonical: str, content: bytes, snapshot: Snapshot, *, written: bool) -> InitReport:
    counts = dict.fromkeys(snapshot.configuration.entities, 0)
    unreadable = []
    for entity, oid in snapshot.entities():
        counts[entity.type] += 1
        try:
            parse_document(
                snapshot.source.read_blob(oid), limits=snapshot.configuration.limits, source=str(entity)
            )
        except InvalidInput as error:
            unreadable.append(error.message)
    return InitReport(canonical, content.decode(), tuple(counts.items()), tuple(unreadable), written)
