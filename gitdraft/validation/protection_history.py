"""Protection, tombstones and who may lift them, from one commit of canonical to the next.

The content of one commit does not tell: an entity may be unlocked, edited and locked again, commit by commit.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import InvalidInput
from gitdraft.git.history import commits_between
from gitdraft.model.entities import EntityRef
from gitdraft.model.protections import LIFTS, PROTECTS, Protection
from gitdraft.model.revisions import EditType
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.validation.commits import changed_entities


def check_protection_step(before: Snapshot, after: Snapshot, committer: str) -> Iterator[Violation]:
    """What one commit by ``committer`` (a mail address) does that protection and tombstones forbid."""
    for entity in sorted(changed_entities(before, after)):
        try:
            was, now = before.protection(entity), after.protection(entity)
            tombstones = before.tombstone(entity), after.tombstone(entity)
        except InvalidInput:
            continue  # a mark that cannot be read is reported where the content is checked
        if was is not None and now is not None and _content(before, entity) != _content(after, entity):
            yield Violation(entity, "", f"protection/{was.kind}", f"it is {was.kind}{_reason(was)}")
        if isinstance(tombstones[0], ErasedTombstone) and tombstones[1] != tombstones[0]:
            yield Violation(entity, "", "tombstone/erased", "it was erased: its tombstone stays")
        verb = _verb(was, now)
        allowed = None if verb is None else before.configuration.protect.get(verb)
        if allowed is not None and committer.casefold() not in allowed:
            message = f"{committer or 'nobody'} may not {verb} entities (protect: in gitdraft.yaml)"
            yield Violation(entity, "", "protection/not-allowed", message)


def check_protection_history(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    """The same for each commit by first parents between the two; for both at once where ``before`` is not among
    them."""
    if before.commit is None or after.commit is None:
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


def _content(snapshot: Snapshot, entity: EntityRef) -> tuple[str | None, str | None]:
    known = entity.type in snapshot.configuration.entities
    return snapshot.blob(entity) if known else None, snapshot.tombstone_blob(entity)


def _verb(was: Protection | None, now: Protection | None) -> EditType | None:
    """The verb of the change, ``None`` when protection is as it was."""
    if now is not None and (was is None or was.kind != now.kind):
        return PROTECTS[now.kind]
    if was is not None and now is None:
        return LIFTS[was.kind]
    return None


def _reason(protection: Protection) -> str:
    return f": {protection.reason}" if protection.reason else ""
