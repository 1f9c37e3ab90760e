"""An entity as canonical, or a draft, has it, and what there is to know of it from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:
    from gitdraft.api.sync import Tracking
    from gitdraft.documents.inheritance import EffectiveMembers
    from gitdraft.errors import GitdraftError
    from gitdraft.model.merge import Conflict
    from gitdraft.model.reports import EntityView
    from gitdraft.model.revisions import Revision
    from gitdraft.model.tombstones import Tombstone
    from gitdraft.model.view_reports import PlaceBelow, References
    from gitdraft.store.repository import Store
    from gitdraft.views.effective_view import EffectiveView
    from gitdraft.views.status import RepositoryStatus


@dataclass(frozen=True, slots=True)
class CurrentStatus:
    """Where the repository stands, which draft edits go to, how this clone stands to its remote, and which draft is in the
    worktree. ``missing`` says what to run where commits are here, but not the canonical branch."""

    repository: RepositoryStatus
    current_draft: str | None
    tracking: Tracking | None
    checked_out: str | None = None
    missing: str | None = None


class HasId(Protocol):
    """A draft, or what stands for one."""

    @property
    def id(self) -> str:
        """The draft's id."""
        ...


OneOrMore: TypeAlias = HasId | str | Sequence[HasId | str] | None
"""A draft or its id; several, each over those before it; none: canonical."""


def draft_ids(drafts: OneOrMore) -> list[str]:
    """Returns the ids of drafts that were named in one of the ways of ``OneOrMore``, each once."""
    if drafts is None:
        return []
    several = [drafts] if isinstance(drafts, str) or not isinstance(drafts, Sequence) else drafts
    return list(dict.fromkeys(draft if isinstance(draft, str) else draft.id for draft in several))


def open_effective(store: Store, drafts: OneOrMore = None, at: str | None = None) -> EffectiveView:
    """Returns canonical (at its tip, or at the commit ``at``) with drafts over it. Raises NotFound."""
    from gitdraft.views.effective_view import open_overlay, view_at

    if at is not None:
        return view_at(store, at)
    return open_overlay(store, [store.find_draft(draft_id) for draft_id in draft_ids(drafts)])


@dataclass(frozen=True, slots=True)
class EntityLookup:
    """An entity that somebody named, in the view in which it was looked up. Each call looks at the same view."""

    store: Store
    entity: EntityRef
    effective: EffectiveView

    @property
    def draft_tag(self) -> str | None:
        """The hash of the base and the changes of the (uppermost) draft of the view; ``None`` for canonical."""
        from gitdraft.store.drafts import draft_tag

        return None if self.effective.draft is None else draft_tag(self.store.git, self.effective.draft)

    def show(self) -> EntityView:
        """Returns the entity with its change status; its document is ABSENT where it is deleted or redirected."""
        return self.effective.show(self.entity)

    def follow(self) -> EntityLookup:
        """Returns the entity to which the redirects from this one lead: itself where it is none.

        Raises StateRefused (``circular-redirect``, ``redirect-chain-too-long``).
        """
        from gitdraft.views.redirects import follow

        return EntityLookup(self.store, follow(self.effective, self.entity), self.effective)

    def tombstone(self) -> Tombstone | None:
        """Returns the tombstone of what is redirected or deleted here, ``None`` where there is none. One that a draft
        proposes has no author and no time yet."""
        from gitdraft.drafts.diff import tombstone_in

        return tombstone_in(self.effective, self.entity)

    def deletion(self) -> GitdraftError:
        """Returns the error (``entity-deleted``) that says who deleted the entity, when and why."""
        from gitdraft.views.guards import entity_deleted

        return entity_deleted(self.entity, self.effective.canonical.tombstone(self.entity))

    def is_gone(self) -> bool:
        """Returns whether canonical has deleted the entity and nothing of it is to be seen: no document, and no conflict of a
        draft's change with that."""
        from gitdraft.model.outcomes import Deleted

        seen = self.show()
        is_nothing = seen.document is ABSENT and not seen.conflicts
        return is_nothing and isinstance(self.effective.canonical.state(self.entity), Deleted)

    def is_deleted(self) -> bool:
        """Returns whether the entity is deleted here."""
        from gitdraft.model.outcomes import Deleted

        return isinstance(self.effective.state(self.entity), Deleted)

    def latest_revision(self) -> Revision | None:
        """Returns the entity's latest revision on canonical; ``None`` where it never was there."""
        from gitdraft.views.revisions import latest_revision

        return latest_revision(self.store, self.entity)

    def members(self, *, progress: Progress = silent) -> EffectiveMembers:
        """Returns the members that the entity has and inherits, each as canonical and as the draft has it."""
        from gitdraft.views.inheritance import effective_members

        return effective_members(self.effective, self.entity, progress)

    def references(self) -> References:
        """Returns whom the entity names, who names it, and what open drafts would change in that."""
        from gitdraft.views.references import references_of

        return references_of(self.store, self.effective, self.entity)

    def places_below(self, pointer: str) -> list[PlaceBelow]:
        """Returns the members, or the elements, below a place: those that are there, then those that the schema declares.
        Raises InvalidInput for what is no pointer."""
        from gitdraft.documents.pointers import parse_pointer
        from gitdraft.validation.schema_places import places_below

        return places_below(self.effective, self.entity, parse_pointer(pointer))

    def value_at(self, pointer: str) -> Maybe:
        """Returns what stands at a place of the entity; :data:`ABSENT` where nothing does, or the entity is not live. Raises
        InvalidInput for what is no pointer."""
        from gitdraft.documents.pointers import get, parse_pointer

        document, tokens = self.show().document, parse_pointer(pointer)
        return ABSENT if document is ABSENT else get(document, tokens)

    def left_out(self) -> list[tuple[str, tuple[Conflict, ...]]]:
        """Returns, of several drafts one over another, those whose change to the entity is left out because it is in
        conflict with what lies below, with the conflicts."""
        if self.effective.lower is None:
            return []
        conflicts = [
            (layer.draft.id, applied.report.conflicts)
            for layer in self.effective.layers()
            if layer.draft is not None and (applied := layer.applied_change(self.entity)) is not None
        ]
        return [(draft_id, places) for draft_id, places in conflicts if places]


def look_up(store: Store, entity: str, drafts: OneOrMore = None, at: str | None = None) -> EntityLookup:
    """Returns the entity that was named. Raises NotFound with the nearest name."""
    from gitdraft.views.entity_names import find_entity

    view = open_effective(store, drafts, at)
    return EntityLookup(store, find_entity(view, entity), view)
