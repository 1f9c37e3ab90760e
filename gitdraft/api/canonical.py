"""The library's door to canonical: redirects, deletion, protection and revisions, each change one commit.

Entities are named as on the command line (`type/key`, or a key that one type alone has). ``expect`` refuses with
Moved when the entity's revision is another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from gitdraft.api.session import Session
from gitdraft.canonical.delete import plan_delete, plan_erase
from gitdraft.canonical.merge_entities import (
    Keep,
    MergeEntitiesOptions,
    MergeEntitiesReport,
    plan_merge_entities,
)
from gitdraft.canonical.protect import plan_lift, plan_protect
from gitdraft.canonical.redirect import RedirectReport, RedirectRequest, plan_redirect, plan_redirects
from gitdraft.canonical.restore import plan_revert, plan_undelete
from gitdraft.model.entities import EntityRef
from gitdraft.model.reports import EntityReport
from gitdraft.model.revisions import Revision
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.audit import AuditEntry, AuditKind, audit
from gitdraft.views.blame import BlamedPlace, blame
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.entity_names import find_entity, known_types, name_entity
from gitdraft.views.redirects import list_redirects, resolve_redirect
from gitdraft.views.revisions import content_at, revisions

Options = ParamSpec("Options")


@dataclass(frozen=True, slots=True)
class Canonical:
    """What is done on canonical at once, without a draft."""

    session: Session

    def redirect(
        self, source: str, target: str, reason: str, *, repoint: bool = False, expect: int | None = None
    ) -> RedirectReport:
        """Redirect an entity to another of its type. Raises what ``check_redirect_allowed`` does."""
        redirect = RedirectRequest(self._named(source), self._named(target), reason)
        return self.session.run(
            "redirect create",
            lambda transaction: plan_redirect(transaction, redirect, repoint=repoint, expect=expect),
        )

    def redirect_all(
        self, pairs: Iterable[tuple[str, str]], reason: str = "", *, repoint: bool = False
    ) -> RedirectReport:
        """Make the redirects, source and target each, as one commit, or none of them.

        Raises InvalidInput (``invalid-rows``) naming each pair that is wrong, the first as 1.
        """
        view = self._view()
        rows = [
            (number, RedirectRequest(name_entity(view, source), name_entity(view, target), reason))
            for number, (source, target) in enumerate(pairs, 1)
        ]
        return self.session.run(
            "redirect batch",
            lambda transaction: plan_redirects(transaction, rows, reason=reason, repoint=repoint),
        )

    def merge(
        self,
        source: str,
        target: str,
        reason: str = "",
        *,
        keep: Keep | None = None,
        retarget: bool = False,
        expect: int | None = None,
        expect_target: int | None = None,
    ) -> MergeEntitiesReport:
        """Take an entity up into another, then redirect it there. Raises ConflictError where the two differ."""
        one, other = self._named(source), self._named(target)
        options = MergeEntitiesOptions(reason, keep, retarget, expect, expect_target)
        return self.session.run(
            "redirect merge", lambda transaction: plan_merge_entities(transaction, one, other, options)
        )

    def revert(
        self, entity: str, reason: str, *, to_revision: int | None = None, expect: int | None = None
    ) -> EntityReport:
        """Take a redirect back."""
        return self._do(
            "redirect revert", entity, plan_revert, reason, to_revision=to_revision, expect=expect
        )

    def redirects(
        self, entity_type: str | None = None, to: str | None = None
    ) -> list[tuple[EntityRef, EntityRef, RedirectTombstone]]:
        """The redirects, all, of a type, or to an entity: source, target, tombstone."""
        canonical = self.session.store.snapshot()
        return list_redirects(
            canonical,
            known_types(canonical.configuration, entity_type),
            None if to is None else self._known(to),
        )

    def resolve(self, entity: str) -> EntityRef:
        """Where an entity leads: itself, or what it redirects to. Raises NotFound, StateRefused when it is gone."""
        return resolve_redirect(self._view(), entity)

    def delete(
        self, entity: str, reason: str, *, force: bool = False, expect: int | None = None
    ) -> EntityReport:
        """Delete an entity; its tombstone keeps the content. Raises PolicyViolation while others name it."""
        return self._do("entity delete", entity, plan_delete, reason, force=force, expect=expect)

    def erase(
        self, entity: str, reason: str, *, force: bool = False, expect: int | None = None
    ) -> EntityReport:
        """Delete an entity for good; git's history alone still holds its content."""
        return self._do("entity erase", entity, plan_erase, reason, force=force, expect=expect)

    def undelete(self, entity: str, reason: str = "", *, expect: int | None = None) -> EntityReport:
        """Bring a deleted entity back."""
        return self._do("entity undelete", entity, plan_undelete, reason, expect=expect)

    def lock(self, entity: str, reason: str, *, expect: int | None = None) -> EntityReport:
        """Let nothing change an entity until it is unlocked."""
        return self._do("entity lock", entity, plan_protect, "locked", reason, expect=expect)

    def unlock(self, entity: str, reason: str, *, expect: int | None = None) -> EntityReport:
        """Take the lock off an entity."""
        return self._do("entity unlock", entity, plan_lift, "locked", reason, expect=expect)

    def archive(self, entity: str, reason: str, *, expect: int | None = None) -> EntityReport:
        """Let an entity stay as it is."""
        return self._do("entity archive", entity, plan_protect, "archived", reason, expect=expect)

    def unarchive(self, entity: str, reason: str, *, expect: int | None = None) -> EntityReport:
        """Take an entity out of the archive."""
        return self._do("entity unarchive", entity, plan_lift, "archived", reason, expect=expect)

    def revisions(self, entity: str) -> tuple[Revision, ...]:
        """The revisions of an entity, oldest first."""
        return revisions(self.session.store, self._known(entity))

    def content_at(self, entity: str, revision: int) -> JSON:
        """An entity as a revision left it."""
        return content_at(self.session.store, self._known(entity), revision)

    def blame(self, entity: str) -> list[BlamedPlace]:
        """The values of an entity, with the revision that last set each. Raises StateRefused when it is gone."""
        return blame(self.session.store, self._known(entity))

    def audit(self, kinds: Collection[AuditKind] = (), *, since: str = "", by: str = "") -> list[AuditEntry]:
        """What was deleted, erased or redirected and what came back, newest first.

        Of these kinds alone (none: all), from ``since`` on (RFC 3339, UTC), by people whose name or mail holds
        ``by``.
        """
        return audit(self.session.store, kinds, since=since, by=by)

    def _do(
        self,
        command: str,
        entity: str,
        plan: Callable[Concatenate[Transaction, EntityRef, Options], Plan[EntityReport]],
        *arguments: Options.args,
        **options: Options.kwargs,
    ) -> EntityReport:
        known = self._known(entity)
        return self.session.run(command, lambda transaction: plan(transaction, known, *arguments, **options))

    def _view(self) -> EffectiveView:
        return open_view(self.session.store, None)

    def _known(self, entity: str) -> EntityRef:
        return find_entity(self._view(), entity)

    def _named(self, entity: str) -> EntityRef:
        return name_entity(self._view(), entity)
