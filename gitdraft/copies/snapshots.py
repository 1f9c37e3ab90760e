"""The revisions of canonical as immutable objects, one each: `<prefix>/<repository>/<type>/<key>/<number>-<commit>.json`.

Nothing is kept of how far it came: what a listing lacks is written. So whatever a crash left is filled by the next run. An
object holds the envelope of the revision, byte for byte as git gives it, so every one can be held against git.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from gitdraft.copies.object_storage import Bucket, Listed, many_at_once
from gitdraft.documents.serialise import content_hash, dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.paths import decode_key, encode_key
from gitdraft.formats.reports.entities import envelope_json
from gitdraft.index.histories import tombstone_histories
from gitdraft.model.copies import SnapshotProblem, SnapshotReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import DIGITS, Revision
from gitdraft.model.values import JSON
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.revisions import envelope, is_erased

DIFFERS, MISSING, UNKNOWN = "snapshot-differs", "snapshot-missing", "snapshot-unknown"
MD5_DIGITS = 32


class Expected(NamedTuple):
    """The object that a revision is to have. Of an entity that canonical has erased it no longer has the content."""

    key: str
    content: bytes
    is_erased: bool


class Held(NamedTuple):
    """The latest snapshot of an entity: its envelope, and the keys of those before, newest first."""

    entity: EntityRef
    envelope: dict[str, JSON]
    earlier: tuple[str, ...]


class Snapshots:
    """The snapshots of a repository in a bucket."""

    def __init__(self, store: Store, bucket: Bucket, name: str) -> None:
        self.store = store
        self.bucket = bucket
        self.folder = bucket.key(name)
        self.unreadable: list[str] = []

    def push(self, *, prune: bool = False, progress: Progress = silent) -> SnapshotReport:
        """Writes what is not there; ``prune`` deletes what git does not have, as after a purge. Raises StateRefused (``not-conditional``),
        RepositoryError (``target-unreachable``)."""
        self.bucket.require_conditional()
        listed = self._listed()
        known, problems, written, replaced, revisions = dict(listed), list[SnapshotProblem](), 0, 0, 0
        for outcome in many_at_once(
            lambda expected: self._bring(expected, listed.get(expected.key)), self._expected(known, progress)
        ):
            revisions += 1
            written += outcome == "written"
            replaced += outcome == "replaced"
            if isinstance(outcome, SnapshotProblem):
                problems.append(outcome)
        if prune and known:
            self.bucket.delete(sorted(known))
        return SnapshotReport(
            self.bucket.target,
            revisions,
            written,
            replaced,
            len(known) if prune else 0,
            tuple(problems),
            tuple(self.unreadable),
        )

    def verify(self, progress: Progress = silent) -> SnapshotReport:
        """Reads every snapshot, and holds it against git."""
        listed = self._listed()
        unknown = dict(listed)

        def compare(expected: Expected) -> SnapshotProblem | None:
            if expected.key not in listed:
                return SnapshotProblem(MISSING, expected.key)
            is_same = self.bucket.read(expected.key) == expected.content
            return None if is_same else SnapshotProblem(DIFFERS, expected.key)

        outcomes = list(many_at_once(compare, self._expected(unknown, progress)))
        problems = [problem for problem in outcomes if problem is not None]
        problems += [SnapshotProblem(UNKNOWN, key) for key in sorted(unknown)]
        return SnapshotReport(
            self.bucket.target, len(outcomes), problems=tuple(problems), unreadable=tuple(self.unreadable)
        )

    def latest(self) -> Iterator[Held]:
        """Yields the latest snapshot of each entity. Raises InvalidInput (``snapshot-differs``) for one that is not what its key and its
        hash say."""
        newest_first = sorted(self._listed(), reverse=True)  # the number has ten digits
        folders = [tuple(keys) for _, keys in groupby(newest_first, lambda key: key.rpartition("/")[0])]
        yield from many_at_once(self._read_latest, folders)

    def last_content(self, held: Held) -> JSON:
        """Returns what a redirected entity held last. Raises as ``latest``."""
        for key in held.earlier:
            envelope = self._read(key)
            if envelope["redirects_to"] is None and not envelope["deleted"]:
                return envelope["entity"]
        return held.envelope["entity"]

    def _read_latest(self, keys: tuple[str, ...]) -> Held:
        type_name, encoded, _ = keys[0].removeprefix(f"{self.folder}/").split("/")
        return Held(EntityRef(type_name, decode_key(encoded)), self._read(keys[0]), keys[1:])

    def _read(self, key: str) -> dict[str, JSON]:
        try:
            value: dict[str, JSON] = json.loads(self.bucket.read(key))
            number, _, commit = key.rpartition("/")[2].removesuffix(".json").partition("-")
            is_itself = value["revision"] == f"{int(number)}-{commit}"
            if is_itself and value["content_hash"] == content_hash(value["entity"]):
                return value
        except (ValueError, KeyError, TypeError):
            pass
        raise InvalidInput(
            f"'{key}' is not the snapshot that it was",
            code="snapshot-differs",
            context={"key": key},
            hint=f"gitdraft snapshots verify {self.bucket.target}",
        )

    def _listed(self) -> dict[str, Listed]:
        return {object_.key: object_ for object_ in self.bucket.listed(f"{self.folder}/")}

    def _bring(self, expected: Expected, known: Listed | None) -> str | SnapshotProblem:
        """Makes the object, unless it is there as it is to be."""
        if known is None and self.bucket.create(expected.key, expected.content):
            return "written"
        if known is not None and _is_alike(known, expected.content):
            return "there"
        if self.bucket.read(expected.key) == expected.content:
            return "there"
        if not expected.is_erased:
            return SnapshotProblem(DIFFERS, expected.key)
        self.bucket.replace(expected.key, expected.content)
        return "replaced"

    def _expected(self, unknown: dict[str, Listed], progress: Progress) -> Iterator[Expected]:
        """Yields the objects that there are to be, and takes them out of ``unknown``."""
        tip = self.store.canonical_tip()
        if tip is None:
            return
        canonical = self.store.snapshot()
        entities = (entity for entity, _ in canonical.entities())
        histories = tombstone_histories(self.store.git, tip, progress, with_plain=True, also=entities)
        for entity, steps in groupby(histories, attrgetter("entity")):
            if entity.type not in canonical.configuration.entities:
                continue
            known = tuple(step.revision for step in steps)
            erased = is_erased(canonical, entity, known)
            for revision in known:
                content = self._content(canonical, entity, revision, known)
                if content is not None:
                    key = f"{self.folder}/{_place(entity, revision)}"
                    unknown.pop(key, None)
                    yield Expected(key, content, erased)

    def _content(
        self, canonical: Snapshot, entity: EntityRef, revision: Revision, known: tuple[Revision, ...]
    ) -> bytes | None:
        try:
            return dump_json(envelope_json(envelope(canonical, entity, revision, known)))
        except InvalidInput:  # a file that is no document: in git it stays
            self.unreadable.append(f"{entity} {revision.text}")
            return None


def _place(entity: EntityRef, revision: Revision) -> str:
    return f"{entity.type}/{encode_key(entity.key)}/{revision.number:010}-{revision.commit[:DIGITS]}.json"


def _is_alike(listed: Listed, content: bytes) -> bool:
    """Returns whether the listing says that an object has these bytes. One that says nothing is read."""
    is_md5 = len(listed.tag) == MD5_DIGITS
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return listed.size == len(content) and is_md5 and listed.tag == digest
