"""`init`: a repository, where there is none, and its gitdraft.yaml, proposed from the entities it holds; with it the
lines of .gitattributes by which git merges and shows entity files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.api.session import Clock, Identity, metadata_of
from gitdraft.documents.parse import parse_document, read_document
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.attributes import ATTRIBUTES_PATH, with_drivers
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration, parse_configuration
from gitdraft.formats.proposal import Proposal, default_configuration, propose_configuration
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.drivers import install_drivers
from gitdraft.git.head import head_branch
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import ObjectBuffer, ObjectSource
from gitdraft.git.repository import GitRepository, initialise_repository, open_repository
from gitdraft.git.trees import find, update_tree, walk_files
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.common_changes import CommonChanges
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import OperationMetadata, RefMove
from gitdraft.model.violations import Violation
from gitdraft.store.replay import OPERATION_TRAILER
from gitdraft.store.repository import MEND, store_of
from gitdraft.store.signatures import committer_signature, signature
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, entities_in, file_oid
from gitdraft.store.transaction import Plan, signing_buffer, write
from gitdraft.sync.sync import follow_drafts_of_remotes
from gitdraft.views.common_changes import common_changes

if TYPE_CHECKING:
    from gitdraft.formats.proposed_contexts import RdfStyle
    from gitdraft.model.values import JSON

MOST_SAMPLED = 500  # entities of a type whose members a context is made of
MOST_CHECKED = 5000  # entities, before the answer of init


@dataclass(frozen=True, slots=True)
class InitReport:
    """What `init` saw and wrote. ``configuration`` is the text of gitdraft.yaml, ``entities`` counts them by
    type, ``unreadable`` are entity files that are no documents. ``written`` is false when it was there,
    ``attributes`` when .gitattributes has its lines. ``proposal`` says why the configuration is as it is, where it was
    proposed; ``complaints`` what the first validation will find. ``contexts`` are the JSON-LD contexts that it wrote, by path."""

    canonical: str
    configuration: str
    entities: tuple[tuple[str, int], ...]
    unreadable: tuple[str, ...]
    written: bool
    attributes: bool = False
    proposal: Proposal | None = None
    complaints: tuple[Complaint, ...] = ()
    contexts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A rule that entities break from the start: how many violations, and the first of them."""

    rule: str
    violations: int
    first: Violation


def plan_init(
    buffer: ObjectBuffer,
    metadata: OperationMetadata,
    types: tuple[str, ...] = (),
    skip: tuple[str, ...] = (),
    *,
    drivers: bool = True,
    rdf: RdfStyle | None = None,
) -> Plan[InitReport]:
    """Plans gitdraft.yaml as one commit on the checked-out branch, which becomes canonical; with ``drivers``, what
    .gitattributes lacks too.

    It is proposed from the JSON files that the branch holds, but for those in the folders to ``skip``; a type
    `NAME=FOLDER` says what a folder holds. ``types`` that are names alone stand for the proposal; with nothing there
    either, one type `entity` does. What a file has already stays; with ``rdf`` the types that are not linked data yet get a
    context. Raises RepositoryError for a detached HEAD, InvalidInput
    for a gitdraft.yaml that is there and malformed.
    """
    git = buffer.git
    branch = head_branch(git)
    if branch is None:
        raise RepositoryError(
            "HEAD is detached", code="detached-head", hint="git switch to the branch that is to be canonical"
        )
    canonical = branch.removeprefix("refs/heads/")
    tip = read_ref(git, branch)
    tree = None if tip is None else buffer.read_commit(tip).tree
    existing = file_oid(buffer, tree, CONFIGURATION_PATH)
    proposal = None if existing else _propose(buffer, tip, canonical, types, skip)
    content = b"" if existing is None else buffer.read_blob(existing)
    if proposal is not None:
        content = proposal.text.encode()
    try:
        configuration = parse_configuration(content)
    except InvalidInput as error:
        error.hint = error.hint or MEND
        raise
    contexts: dict[str, bytes] = {}
    is_written = proposal is not None
    if rdf is not None:
        complete, contexts = _with_contexts(buffer, tree, content, rdf)
        is_written = is_written or complete != content
        content, configuration = complete, parse_configuration(complete)
    files = {CONFIGURATION_PATH: content, **contexts} if is_written else {}
    if drivers and canonical == configuration.canonical:
        files |= _attributes(buffer, tree, configuration)
    entities = () if tree is None else entities_in(buffer, tree, configuration)
    counts, unreadable = _count(buffer, configuration, entities)
    report = InitReport(
        canonical,
        content.decode(),
        counts,
        unreadable,
        proposal is not None,
        ATTRIBUTES_PATH in files,
        proposal,
        contexts={path: text.decode() for path, text in contexts.items()},
    )
    if not files:
        return Plan(report, buffer, ())
    subject = "Have git merge entities member by member" if existing else "Add gitdraft.yaml"
    if existing and is_written:
        subject = "Say what entities are as linked data"
    commit = buffer.commit(
        tree=update_tree(buffer, tree, {path: buffer.blob(file) for path, file in files.items()}),
        parents=() if tip is None else (tip,),
        author=signature(metadata),
        committer=committer_signature(metadata),
        message=append_trailers(subject, {OPERATION_TRAILER: metadata.operation}),
        is_signed=True,
    )
    if proposal is not None:
        report = replace(report, complaints=_complaints(buffer, commit, configuration))
    return Plan(report, buffer, (RefMove(branch, tip, commit),), f"init on {canonical}")


def missing_attributes(canonical: Snapshot | EmptyCanonical) -> bool:
    """Returns whether .gitattributes lacks a line for a type."""
    return bool(_attributes(canonical.source, canonical.tree, canonical.configuration))


def _attributes(source: ObjectSource, tree: Oid | None, configuration: Configuration) -> dict[str, bytes]:
    """.gitattributes with what it lacks; nothing when it lacks nothing, or is no file (git reads no other)."""
    entry = find(source, tree, ATTRIBUTES_PATH)
    if entry is not None and not entry.is_file:
        return {}
    content = b"" if entry is None else source.read_blob(entry.oid)
    complete = with_drivers(content, configuration)
    return {} if complete == content else {ATTRIBUTES_PATH: complete}


def _with_contexts(
    buffer: ObjectBuffer, tree: Oid | None, content: bytes, style: RdfStyle
) -> tuple[bytes, dict[str, bytes]]:
    """Returns a gitdraft.yaml with a mapping to RDF for each type that has none, and the contexts that are not there yet."""
    from gitdraft.formats.proposed_contexts import declare_mappings, declare_profile, propose_context

    configuration = parse_configuration(content)
    profile = configuration.rdf
    proposed, of_wikibase = {}, []
    for name, entity_type in configuration.entities.items():
        is_mapped = profile is not None and (profile.types is None or name in profile.types)
        if entity_type.rdf is not None or is_mapped:
            continue
        listed = () if tree is None else entities_in(buffer, tree, configuration, (name,))
        documents: dict[str, JSON] = {}
        for entity, oid in islice(listed, MOST_SAMPLED):
            with suppress(InvalidInput):
                document = read_document(
                    buffer.read_blob(oid), limits=configuration.limits, source=str(entity)
                )
                documents[entity.key] = document
        context = propose_context(entity_type, documents, style)
        if context is not None:
            proposed[name] = context
        else:
            of_wikibase.append(name)
    contexts = {
        context.path: context.content
        for context in proposed.values()
        if file_oid(buffer, tree, context.path) is None
    }
    complete = declare_mappings(content, proposed) if proposed else content
    if of_wikibase and profile is None:
        complete = declare_profile(complete, of_wikibase)
    return complete, contexts


def _propose(
    buffer: ObjectBuffer, tip: Oid | None, canonical: str, types: tuple[str, ...], skip: tuple[str, ...]
) -> Proposal:
    files = {} if tip is None else dict(walk_files(buffer, buffer.read_commit(tip).tree))
    pairs = [text.partition("=") for text in types]
    if types and not skip and not any(is_pair for _, is_pair, _ in pairs):
        return Proposal(default_configuration(types, canonical))
    said = {folder or name: name for name, _, folder in pairs}

    def propose(together: Mapping[str, tuple[CommonChanges, ...]]) -> Proposal:
        return propose_configuration(
            tuple(files), lambda path: buffer.read_blob(files[path]), canonical, said, skip, together
        )

    proposal = propose({})
    if not proposal.types:
        return replace(proposal, text=default_configuration(("entity",), canonical))
    if tip is None:
        return proposal
    return propose(common_changes(buffer, tip, parse_configuration(proposal.text.encode())))


def _complaints(buffer: ObjectBuffer, commit: Oid, configuration: Configuration) -> tuple[Complaint, ...]:
    """Returns what is wrong with the entities by these rules, the most frequent first; of very many, with the first ones."""
    from gitdraft.store.snapshots import take_snapshot
    from gitdraft.validation.validator import Validator
    from gitdraft.views.effective_view import EffectiveView

    canonical = take_snapshot(buffer, commit, configuration)
    view, validator = EffectiveView(buffer, canonical, None, canonical), Validator(canonical)
    broken: dict[str, list[Violation]] = {}
    for entity, _ in islice(canonical.entities(), MOST_CHECKED):
        for violation in validator.check(view, entity):
            broken.setdefault(violation.rule, []).append(violation)
    complaints = [Complaint(rule, len(violations), violations[0]) for rule, violations in broken.items()]
    return tuple(sorted(complaints, key=lambda complaint: -complaint.violations))


def _count(
    buffer: ObjectBuffer, configuration: Configuration, entities: Iterable[tuple[EntityRef, Oid]]
) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Returns how many entities there are of each type, and what is wrong with those that are no documents."""
    counts = dict.fromkeys(configuration.entities, 0)
    unreadable = []
    for entity, oid in entities:
        counts[entity.type] += 1
        try:
            parse_document(buffer.read_blob(oid), limits=configuration.limits, source=str(entity))
        except InvalidInput as error:
            unreadable.append(error.message)
    return tuple(counts.items()), tuple(unreadable)


@dataclass(frozen=True, slots=True)
class InitOptions:
    """The entity ``types``, by name or as `NAME=FOLDER` (proposed from what the repository holds, otherwise), the folders
    that hold none (``skip``), and whether git merges entity files by gitdraft's rules (``drivers``). ``diff`` has git's own diffs show a line a pointer, or no longer; ``None`` leaves that as it
    is. With ``rdf`` types get a JSON-LD context, in SKOS or OWL."""

    types: tuple[str, ...] = ()
    drivers: bool = True
    dry_run: bool = False
    diff: bool | None = None
    skip: tuple[str, ...] = ()
    rdf: RdfStyle | None = None


@dataclass(frozen=True, slots=True)
class Initialised:
    """What became of a repository; ``drivers`` says whether this clone's configuration got what git needs. ``notices`` say what the
    disk refused of that."""

    report: InitReport
    drivers: bool
    notices: tuple[str, ...] = ()


def initialise(
    start: Path, identity: Identity, clock: Clock, options: InitOptions = InitOptions()
) -> Initialised:
    """Sets gitdraft up in the repository that holds ``start``; in a folder that is in none, one is made. What is there
    stays.

    Raises RepositoryError for a detached HEAD, and in a dry run where there is no repository; InvalidInput for a
    gitdraft.yaml that is there and malformed.
    """
    git = _open_or_make(start, identity.environment, dry_run=options.dry_run)
    metadata = metadata_of(git, identity, clock())

    def plan() -> Plan[InitReport]:
        buffer = ObjectBuffer(git) if options.dry_run else signing_buffer(git, metadata)
        return plan_init(
            buffer, metadata, options.types, options.skip, drivers=options.drivers, rdf=options.rdf
        )

    if options.dry_run:
        return Initialised(plan().report, False)
    report = write(git, metadata, "init", plan).report
    try:
        configured = options.drivers and install_drivers(git, diff=options.diff)
        follow_drafts_of_remotes(store_of(git))
    except RepositoryError as error:  # the commit stands
        notice = f"git's configuration is not complete: {error.message}; run gitdraft init again"
        return Initialised(report, False, (notice,))
    return Initialised(report, configured)


def _open_or_make(start: Path, environment: Mapping[str, str], *, dry_run: bool) -> GitRepository:
    try:
        return open_repository(start, environment)
    except RepositoryError as error:
        if error.code != "not-a-repository" or dry_run or environment.get("GIT_DIR"):
            raise
        return initialise_repository(start, "main")
