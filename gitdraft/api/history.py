"""The history of canonical's entities: revisions, who set what, what was deleted and redirected."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.formats.reports import Record
    from gitdraft.model.reports import EntityDiff
    from gitdraft.model.revisions import Envelope, Expected, Revision
    from gitdraft.model.view_reports import AuditEntry, BlamedPlace
    from gitdraft.views.audit import AuditKind


@dataclass(frozen=True, slots=True)
class HashedRevision:
    """A revision with the hash of its content, ``None`` where it has none (any more)."""

    revision: Revision
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class EntityHistory:
    """Revisions of an entity, newest first, of ``total`` that there are."""

    entity: EntityRef
    total: int
    revisions: tuple[HashedRevision, ...]


@dataclass(frozen=True, slots=True)
class EntityRevision:
    """A revision of an entity with what it left."""

    entity: EntityRef
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """What became of an entity's file from one revision to another."""

    entity: EntityRef
    old: Envelope
    new: Envelope
    diff: EntityDiff

    def as_json(self) -> Record:
        """Returns it as the reports print it."""
        from gitdraft.formats.reports.entities import revision_json

        return {
            "entity": str(self.entity),
            "from": revision_json(self.old.revision),
            "to": revision_json(self.new.revision),
            "path": self.diff.path,
            "patch": list(self.diff.patch),
        }


@dataclass(frozen=True, slots=True)
class CanonicalHistory:
    """What happened on canonical. Each entity is one that exists, or did: raises NotFound with the nearest name."""

    session: Session

    def find(self, entity: str) -> EntityRef:
        """Returns the entity, live or gone, that was named. Raises NotFound with the nearest name."""
        from gitdraft.views.revisions import find_in_history

        return find_in_history(self.session.store, entity)

    def revisions(self, entity: str) -> tuple[Revision, ...]:
        """Returns the revisions of an entity, oldest first."""
        from gitdraft.views.revisions import revisions

        return revisions(self.session.store, self.find(entity))

    def latest_revision(self, entity: EntityRef) -> Revision | None:
        """Returns an entity's latest revision; ``None`` where it never was on canonical."""
        from gitdraft.views.revisions import latest_revision

        return latest_revision(self.session.store, entity)

    def history(self, entity: str, limit: int | None = None) -> EntityHistory:
        """Returns the last revisions of an entity (``None``: all), newest first, with the hashes of their content."""
        from gitdraft.views.revisions import revision_hashes, revisions

        named = self.find(entity)
        known = revisions(self.session.store, named)
        latest = (known if limit is None else known[max(len(known) - limit, 0) :])[::-1]
        hashes = revision_hashes(self.session.store.snapshot(), named, latest, known)
        hashed = tuple(map(HashedRevision, latest, hashes))
        return EntityHistory(named, len(known), hashed)

    def revision(self, entity: str, number: Expected | None = None) -> EntityRevision:
        """Returns a revision of an entity, the latest without a ``number``, with what it left. Raises NotFound."""
        from gitdraft.views.revisions import envelope, find_revision, revisions

        named = self.find(entity)
        known = revisions(self.session.store, named)
        chosen = find_revision(known, named, len(known) if number is None else number)
        return EntityRevision(named, envelope(self.session.store.snapshot(), named, chosen, known))

    def revision_diff(self, entity: str, old: Expected, new: Expected) -> RevisionDiff:
        """Returns what became of an entity's file from revision ``old`` to revision ``new``. Raises NotFound."""
        from gitdraft.views.revisions import envelope, find_revision, revision_diff, revisions

        named, canonical = self.find(entity), self.session.store.snapshot()
        known = revisions(self.session.store, named)
        before, after = find_revision(known, named, old), find_revision(known, named, new)
        diff = revision_diff(canonical, named, before, after, known)
        old_envelope, new_envelope = (envelope(canonical, named, side, known) for side in (before, after))
        return RevisionDiff(named, old_envelope, new_envelope, diff)

    def content_at(self, entity: str, revision: Expected) -> JSON:
        """Returns an entity as a revision left it. Raises NotFound."""
        from gitdraft.views.revisions import content_at

        return content_at(self.session.store, self.find(entity), revision)

    def blame(self, entity: str) -> list[BlamedPlace]:
        """Returns the values of an entity, with the revision that last set each. Raises StateRefused when it is gone."""
        from gitdraft.views.blame import blame

        return blame(self.session.store, self.find(entity))

    def audit(
        self,
        kinds: Collection[AuditKind] = (),
        *,
        since: str = "",
        by: str = "",
        progress: Progress = silent,
    ) -> list[AuditEntry]:
        """Returns what was deleted, erased or redirected and what came back, newest first.

        Of these kinds alone (none: all), from ``since`` on (ISO 8601; UTC where it names no zone), by people whose name or
        mail holds ``by``. Raises InvalidInput (``invalid-value``) for a date that there is not.
        """
        from gitdraft.model.operations import moment
        from gitdraft.views.audit import audit

        return audit(
            self.session.store, kinds, since=moment(since) if since else "", by=by, progress=progress
        )
