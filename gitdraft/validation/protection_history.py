"""Changes of protections and tombstones, and who may make them, from one commit of canonical to the next.

The trees at both ends do not show them: an entity may be unlocked, edited and locked again, commit by commit.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import InvalidInput
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.history import commits_between
from gitdraft.git.trees import changed_files
from gitdraft.model.entities import EntityRef
from gitdraft.model.protections import LIFTS, PROTECTS, Protection
from gitdraft.model.revisions import EditType
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, take_snapshot


def changed_entities(before: Snapshot | EmptyCanonical, after: Snapshot) -> frozenset[EntityRef]:
    """Returns the entities whose file, tombstone or protection differs between two snapshots."""
    entities = set()
    for change in changed_files(after.source, before.tree, after.tree):
        entities |= {
            parse_marker_path(change.path),
            before.configuration.entity_at(change.path),
            after.configuration.entity_at(change.path),
        }
    return frozenset(entity for entity in entities if entity is not None)


def check_protection_step(
    before: Snapshot | EmptyCanonical, after: Snapshot, committer: str
) -> Iterator[Violation]:
    """Yields what protections and tombstones forbid of one commit by ``committer`` (a mail address)."""
    for entity in sorted(changed_entities(before, after)):
        try:
            old, new = before.protection(entity), after.protection(entity)
            tombstones = before.tombstone(entity), after.tombstone(entity)
        except InvalidInput:
            continue  # an unreadable file is reported where the content is checked
        if old is not None and new is not None and _content(before, entity) != _content(after, entity):
            yield Violation(entity, "", f"protection/{old.kind}", f"it is {old.kind}{_reason(old)}")
        if isinstance(tombstones[0], ErasedTombstone) and tombstones[1] != tombstones[0]:
            yield Violation(entity, "", "tombstone/erased", "it was erased: its tombstone stays")
        verb = _verb(old, new)
        allowed = None if verb is None else before.configuration.protect.get(verb)
        if allowed is not None and committer.casefold() not in allowed:
            message = f"{committer or 'nobody'} may not {verb} entities (protect: in gitdraft.yaml)"
            yield Violation(entity, "", "protection/not-allowed", message)


def check_protection_history(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[Violation]:
    """Yields the same for each commit by first parents between the two.

    Where ``before`` is not a first parent of ``after``, they count as one step by the last committer.
    """
    if isinstance(before, EmptyCanonical):
        return
    commits = commits_between(after.source, before.commit, after.commit)
    if not commits or commits[0].parents[:1] != (before.commit,):
        commit = after.source.read_commit(after.commit)
        yield from check_protection_step(before, after, commit.committer.email)
        return
    earlier = before
    for commit in commits:
        later = take_snapshot(after.source, commit.oid, after.configuration)
        yield from check_protection_step(earlier, later, commit.committer.email)
        earlier = later


def _content(snapshot: Snapshot | EmptyCanonical, entity: EntityRef) -> tuple[str | None, str | None]:
    known = entity.type in snapshot.configuration.entities
    return snapshot.blob(entity) if known else None, snapshot.tombstone_blob(entity)


def _verb(old: Protection | None, new: Protection | None) -> EditType | None:
    """Returns the verb of the change, ``None`` when the protection is unchanged."""
    if new is not None and (old is None or old.kind != new.kind):
        return PROTECTS[new.kind]
    if old is not None and new is None:
        return LIFTS[old.kind]
    return None


def _reason(protection: Protection) -> str:
    return f": {protection.reason}" if protection.reason else ""
