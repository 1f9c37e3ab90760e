"""Releases: tags of canonical, listed and made."""

from __future__ import annotations

from gitdraft.errors import AlreadyExists, InvalidInput, StateRefused
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.reports.releases import tag_message
from gitdraft.git.history import is_ancestor
from gitdraft.git.known_refs import is_valid_branch, read_ref, resolve_commit
from gitdraft.git.tags import list_tags
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import RefName
from gitdraft.model.operations import RefMove, utc
from gitdraft.model.releases import Changelog, Release, ReleaseReport, State
from gitdraft.releases.changelog import compare
from gitdraft.releases.versions import check_version, order_of, propose
from gitdraft.store.repository import Store
from gitdraft.store.signatures import committer_signature
from gitdraft.store.transaction import Plan, Transaction

NOTHING = State("nothing", None)


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """``version``: the release's (``None``: the one proposed); ``is_signed``: its tag is signed as git is configured to."""

    version: str | None = None
    is_signed: bool = False


def releases(store: Store) -> list[Release]:
    """Returns the releases that canonical has, the oldest version first: the tags that are named as gitdraft.yaml says."""
    tip, configuration = store.canonical_tip(), store.configuration()
    if tip is None:
        return []
    known = []
    for tag in list_tags(store.git):
        version = _version_of(tag.name, configuration)
        if version is not None and is_ancestor(store.git, tag.commit, tip):
            known.append(Release(version, tag.name, tag.commit, utc(tag.seconds), tag.by))
    scheme = configuration.release.scheme
    return sorted(known, key=lambda release: order_of(release.version, scheme) or ())


def changelog(store: Store, before: str, after: str, *, of_canonical: bool = False) -> Changelog:
    """Returns the net changes from one state to another, each a version, a tag or a revision; without ``before`` from the last
    release below ``after``, without ``after`` to canonical's tip. Raises NotFound, with ``of_canonical`` for what canonical does not have too."""
    end = _state(store, after) if after else State(store.canonical_branch, store.snapshot().commit)
    start = _state(store, before) if before else None
    for state in (start, end) if of_canonical else ():
        if state is not None and state.commit is not None:
            store.require_of_canonical(state.name, state.commit)
    if start is not None:
        return compare(store, start, end)
    assert end.commit is not None
    earlier = [
        r for r in releases(store) if r.commit != end.commit and is_ancestor(store.git, r.commit, end.commit)
    ]
    start = State(earlier[-1].version, earlier[-1].commit) if earlier else NOTHING
    return compare(store, start, end)


def plan_release(transaction: Transaction, options: ReleaseOptions) -> Plan[ReleaseReport]:
    """Plans an annotated tag of canonical, whose message says what the step from the last release means.

    Raises InvalidInput (``invalid-version``) for one that is none, or not above the last, AlreadyExists
    (``release-already-exists``), StateRefused (``nothing-to-release``) where nothing changed and no version is given.
    """
    store, metadata = transaction.store, transaction.metadata
    canonical = transaction.canonical
    rule = canonical.configuration.release
    known = releases(store)
    previous = known[-1] if known else None
    start = NOTHING if previous is None else State(previous.version, previous.commit)
    changes = compare(store, start, State(store.canonical_branch, canonical.commit))
    last = None if previous is None else previous.version
    proposed = propose(last, changes.step, rule.scheme, metadata.at[:10])
    if options.version is None and previous is not None and changes.impact is None:
        raise StateRefused(
            f"nothing changed since {previous.tag}",
            code="nothing-to-release",
            context={"previous": previous.version},
            hint=f"gitdraft release create {proposed} makes one nevertheless",
        )
    version = check_version(options.version or proposed, rule.scheme)
    tag = rule.tag.replace("{version}", version)
    ref = RefName(f"refs/tags/{tag}")
    if read_ref(store.git, ref) is not None:
        raise AlreadyExists(
            f"there is a tag {tag}",
            code="release-already-exists",
            context={"version": version, "tag": tag},
            hint=f"gitdraft release create {proposed}",
        )
    if previous is not None and _is_above(previous.version, version, canonical.configuration):
        raise InvalidInput(
            f"'{version}' comes before {previous.version}, the last release",
            code="invalid-version",
            context={"version": version, "previous": previous.version},
            hint=f"gitdraft release create {proposed}",
        )
    report = ReleaseReport(version, tag, canonical.commit, changes, proposed, previous)
    message = tag_message(report, metadata.operation)
    oid = transaction.buffer.tag(
        name=tag,
        commit=canonical.commit,
        tagger=committer_signature(metadata),
        message=message,
        is_signed=options.is_signed,
    )
    return Plan(report, transaction.buffer, (RefMove(ref, None, oid),), f"Release {version}")


def _is_above(one: str, other: str, configuration: Configuration) -> bool:
    scheme = configuration.release.scheme
    first, second = order_of(one, scheme), order_of(other, scheme)
    return first is not None and second is not None and first >= second


def _version_of(tag: str, configuration: Configuration) -> str | None:
    """Returns the version that a tag names; ``None`` for a tag that is no release."""
    start, _, end = configuration.release.tag.partition("{version}")
    version = tag[len(start) : len(tag) - len(end)]
    is_one = tag == f"{start}{version}{end}" and order_of(version, configuration.release.scheme) is not None
    return version if is_one else None


def _state(store: Store, name: str) -> State:
    tag = store.configuration().release.tag.replace("{version}", name)
    if is_valid_branch(tag) and read_ref(store.git, RefName(f"refs/tags/{tag}")) is not None:
        return State(name, resolve_commit(store.git, f"refs/tags/{tag}"))
    return State(name, resolve_commit(store.git, name))
