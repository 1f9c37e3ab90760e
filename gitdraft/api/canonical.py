"""Canonical: redirects, deletion, protection, layout and purge, each change one commit; and the history of its entities.

Entities are named as on the command line (`type/key`, or a key that one type alone has). ``expect`` refuses with Moved
when the entity's revision is another; with ``dry_run`` the report says what would be, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypedDict, Unpack

from gitdraft.api.migrations import MigratableCanonical
from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import Expected

if TYPE_CHECKING:
    from gitdraft.canonical.merge_entities import Keep
    from gitdraft.model.canonical_reports import (
        LayoutReport,
        MergeEntitiesReport,
        RedirectReport,
        RenameReport,
    )
    from gitdraft.model.protections import ProtectionKind
    from gitdraft.model.reports import EntityReport
    from gitdraft.model.view_reports import RedirectCounts
    from gitdraft.purge.purge import PurgePlan, PurgeReport
    from gitdraft.store.transaction import Plan, Transaction
    from gitdraft.views.effective_view import EffectiveView
    from gitdraft.views.redirects import ListedRedirect


class ChangeOptions(TypedDict, total=False):
    """What every command about one entity takes."""

    expect: Expected | None
    dry_run: bool


class MergeOptions(ChangeOptions, total=False):
    """``keep`` says whose value stands where the two differ, ``retarget`` lets the entities that name the source name the
    target, ``expect_target`` is the target's revision."""

    keep: Keep | None
    retarget: bool
    expect_target: Expected | None


@dataclass(frozen=True, slots=True)
class Canonical(MigratableCanonical):
    """What is done on canonical at once, without a draft."""

    def redirect(
        self,
        source: str,
        target: str,
        reason: str,
        *,
        repoint: bool = False,
        **options: Unpack[ChangeOptions],
    ) -> RedirectReport:
        """Redirects an entity to another of its type; what was redirected to it is redirected to the target in the same
        commit. With ``repoint`` an existing redirect may change.

        Raises InvalidInput (``source-and-target-are-the-same``, ``target-is-incompatible``), NotFound, StateRefused.
        """
        from gitdraft.canonical.redirect import RedirectRequest, plan_redirect

        view = self._view()
        request = RedirectRequest(_name(view, source), _name(view, target), reason)
        return self.session.run(
            "redirect create",
            lambda transaction: plan_redirect(
                transaction, request, repoint=repoint, expect=options.get("expect")
            ),
            dry_run=options.get("dry_run", False),
        )

    def redirect_all(
        self,
        pairs: Iterable[tuple[str, str]],
        reason: str = "",
        *,
        repoint: bool = False,
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> RedirectReport:
        """Makes the redirects, source and target each, as one commit, or none of them.

        Raises InvalidInput (``invalid-rows``) naming each pair that is wrong, the first as 1.
        """
        from gitdraft.canonical.redirect import RedirectRequest, plan_redirects

        view = self._view()
        requests = [
            (number, RedirectRequest(_name(view, source), _name(view, target), reason))
            for number, (source, target) in enumerate(pairs, 1)
        ]
        return self.session.run(
            "redirect batch",
            lambda transaction: plan_redirects(
                transaction, requests, reason=reason, repoint=repoint, progress=progress
            ),
            dry_run=dry_run,
        )

    def merge(
        self, source: str, target: str, reason: str = "", **options: Unpack[MergeOptions]
    ) -> MergeEntitiesReport:
        """Merges an entity into another, then redirects it there. Raises ConflictError where the two differ."""
        from gitdraft.canonical.merge_entities import MergeEntitiesOptions, plan_merge_entities

        view = self._view()
        merged, into = _name(view, source), _name(view, target)
        how = MergeEntitiesOptions(
            reason,
            options.get("keep"),
            options.get("retarget", False),
            options.get("expect"),
            options.get("expect_target"),
        )
        return self.session.run(
            "redirect merge",
            lambda transaction: plan_merge_entities(transaction, merged, into, how),
            dry_run=options.get("dry_run", False),
        )

    def revert(
        self,
        entity: str,
        reason: str,
        *,
        to_revision: int | None = None,
        allow_invalid: bool = False,
        **options: Unpack[ChangeOptions],
    ) -> EntityReport:
        """Takes a redirect back, with the content that the entity had before, or at ``to_revision``."""
        from gitdraft.canonical.restore import plan_revert

        return self._change(
            "redirect revert",
            entity,
            options,
            lambda transaction, named: plan_revert(
                transaction,
                named,
                reason,
                to_revision=to_revision,
                allow_invalid=allow_invalid,
                expect=options.get("expect"),
            ),
        )

    def redirects(self, entity_type: str | None = None, to: str | None = None) -> list[ListedRedirect]:
        """Returns the redirects, all, of a type, or to an entity: source, target, tombstone."""
        from gitdraft.views.entity_names import known_types
        from gitdraft.views.redirects import list_redirects

        canonical = self.session.store.snapshot()
        target = None if to is None else self.find(to)
        return list_redirects(canonical, known_types(canonical.configuration, entity_type), target)

    def redirect_counts(self, entity_type: str | None = None, most: int = 10) -> RedirectCounts:
        """Returns how many redirects there are, by type and by month, and the ``most`` redirected-to entities."""
        from gitdraft.views.redirects import count_redirects

        return count_redirects(self.redirects(entity_type), most)

    def resolve(self, entity: str) -> EntityRef:
        """Returns where an entity leads: itself, or what it redirects to. Raises NotFound, StateRefused when it is
        gone."""
        from gitdraft.views.redirects import resolve_redirect

        return resolve_redirect(self._view(), entity)

    def resolve_each(self, entities: Iterable[str]) -> Iterator[EntityRef | GitdraftError]:
        """Yields, for each entity, where it leads as ``resolve`` has it, or the error that says why nowhere."""
        from gitdraft.views.redirects import resolve_redirect

        view = self._view()
        for entity in entities:
            try:
                yield resolve_redirect(view, entity)
            except GitdraftError as error:
                yield error

    def delete(
        self, entity: str, reason: str, *, force: bool = False, **options: Unpack[ChangeOptions]
    ) -> EntityReport:
        """Deletes an entity; its tombstone keeps the content. Raises PolicyViolation while others name it, unless
        ``force``."""
        from gitdraft.canonical.delete import plan_delete

        return self._change(
            "entity delete",
            entity,
            options,
            lambda transaction, named: plan_delete(
                transaction, named, reason, force=force, expect=options.get("expect")
            ),
        )

    def erase(
        self, entity: str, reason: str, *, force: bool = False, **options: Unpack[ChangeOptions]
    ) -> EntityReport:
        """Deletes an entity for good; git's history alone still holds its content."""
        from gitdraft.canonical.delete import plan_erase

        return self._change(
            "entity erase",
            entity,
            options,
            lambda transaction, named: plan_erase(
                transaction, named, reason, force=force, expect=options.get("expect")
            ),
        )

    def undelete(
        self,
        entity: str,
        reason: str = "",
        *,
        allow_invalid: bool = False,
        **options: Unpack[ChangeOptions],
    ) -> EntityReport:
        """Brings a deleted entity back as it was when it was deleted."""
        from gitdraft.canonical.restore import plan_undelete

        return self._change(
            "entity undelete",
            entity,
            options,
            lambda transaction, named: plan_undelete(
                transaction,
                named,
                reason,
                allow_invalid=allow_invalid,
                expect=options.get("expect"),
            ),
        )

    def rename(
        self,
        entity: str,
        new_name: str,
        reason: str = "",
        *,
        redirect: bool = True,
        **options: Unpack[ChangeOptions],
    ) -> RenameReport:
        """Gives an entity another id of its type: its file, its id member, a redirect from the old id (unless ``redirect`` is
        false), and the references to it, in one commit. Raises AlreadyExists for an id that is taken."""
        from gitdraft.canonical.rename import RenameOptions, plan_rename
        from gitdraft.views.entity_names import sibling

        source = self.find(entity)
        target = sibling(self._view().canonical.configuration, source, new_name)
        how = RenameOptions(reason, redirect, options.get("expect"))
        return self.session.run(
            "entity rename",
            lambda transaction: plan_rename(transaction, source, target, how),
            dry_run=options.get("dry_run", False),
        )

    def lock(self, entity: str, reason: str, **options: Unpack[ChangeOptions]) -> EntityReport:
        """Lets nothing change an entity until it is unlocked."""
        return self._protect("entity lock", entity, "locked", reason, options)

    def unlock(self, entity: str, reason: str, **options: Unpack[ChangeOptions]) -> EntityReport:
        """Takes the lock off an entity."""
        return self._lift("entity unlock", entity, "locked", reason, options)

    def archive(self, entity: str, reason: str, **options: Unpack[ChangeOptions]) -> EntityReport:
        """Lets an entity stay as it is: it stays readable and can be named."""
        return self._protect("entity archive", entity, "archived", reason, options)

    def unarchive(self, entity: str, reason: str, **options: Unpack[ChangeOptions]) -> EntityReport:
        """Takes an entity out of the archive."""
        return self._lift("entity unarchive", entity, "archived", reason, options)

    def purge(self, entity: str, reason: str, *, force: bool = False) -> PurgeReport:
        """Takes an entity out of all history: no object of the repository holds its content afterwards. It cannot be
        undone, and the session is of no use afterwards. Raises as ``purge_preview``, and RepositoryError
        (``purge-not-verified``): nothing has changed then."""
        from gitdraft.purge.purge import purge

        named, session = self.name(entity), self.session
        report = purge(session.store, session.metadata(), named, reason, force=force, notify=session.notify)
        session.notify_all(report.notices)
        return report

    def purge_preview(self, entity: str, reason: str, *, force: bool = False) -> PurgePlan:
        """Returns what a purge would take out. Raises NotFound where history has nothing of the entity, PolicyViolation
        listing who still names it, StateRefused when it is protected."""
        from gitdraft.purge.purge import plan_purge
        from gitdraft.store.transaction import begin

        return plan_purge(
            begin(self.session.store, self.session.metadata()), self.name(entity), reason, force=force
        )

    def migrate_layout(
        self,
        entity_type: str,
        levels: int | None = None,
        *,
        reason: str = "",
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> LayoutReport:
        """Spreads the files of a type over ``levels`` of folders by the hash of the key (what fits their number,
        otherwise), in one commit with gitdraft.yaml."""
        from gitdraft.canonical.layout import plan_layout

        return self.session.run(
            "layout migrate",
            lambda transaction: plan_layout(
                transaction, entity_type, levels, reason=reason, progress=progress
            ),
            dry_run=dry_run,
        )

    def name(self, entity: str) -> EntityRef:
        """Returns the entity that was named, whether it exists or not; a bare key is that of the type that has it."""
        return _name(self._view(), entity)

    def internal_id(self, entity: EntityRef) -> int:
        """Returns the entity's integer: alike in every clone and after every rebuild, exact in JavaScript."""
        from gitdraft.views.internal_ids import find_origin, internal_id

        return internal_id(find_origin(self.session.store), entity)

    def _change(
        self,
        command: str,
        entity: str,
        options: ChangeOptions,
        plan: Callable[[Transaction, EntityRef], Plan[EntityReport]],
    ) -> EntityReport:
        named = self.find(entity)
        return self.session.run(
            command, lambda transaction: plan(transaction, named), dry_run=options.get("dry_run", False)
        )

    def _protect(
        self, command: str, entity: str, protection: ProtectionKind, reason: str, options: ChangeOptions
    ) -> EntityReport:
        from gitdraft.canonical.protect import plan_protect

        expect = options.get("expect")
        return self._change(
            command,
            entity,
            options,
            lambda transaction, named: plan_protect(transaction, named, protection, reason, expect=expect),
        )

    def _lift(
        self, command: str, entity: str, protection: ProtectionKind, reason: str, options: ChangeOptions
    ) -> EntityReport:
        from gitdraft.canonical.protect import plan_lift

        expect = options.get("expect")
        return self._change(
            command,
            entity,
            options,
            lambda transaction, named: plan_lift(transaction, named, protection, reason, expect=expect),
        )

    def _view(self) -> EffectiveView:
        from gitdraft.views.effective_view import open_view

        return open_view(self.session.store, None)


def _name(view: EffectiveView, entity: str) -> EntityRef:
    from gitdraft.views.entity_names import name_entity

    return name_entity(view, entity)
