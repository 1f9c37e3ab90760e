"""Whether canonical has what a draft changes, judged by what the entities are, whatever its commits say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from gitdraft.formats.paths import tombstone_path
from gitdraft.git.history import commits_touching, merge_base
from gitdraft.git.values import Commit
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Live
from gitdraft.store.drafts import StoredDraft
from gitdraft.store.replay import OPERATION_TRAILER
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot

if TYPE_CHECKING:
    from gitdraft.views.effective_view import EffectiveView

Presence: TypeAlias = Literal["present", "reverted", "mixed"]


class MergedChanges(NamedTuple):
    """The changes of a draft, held against canonical as it was and is."""

    store: Store
    draft: StoredDraft
    base: Snapshot

    def found_in(self, tip: Oid) -> Oid | None:
        """Returns the oldest commit of canonical up to ``tip``, since the draft started, after which all changes are there."""
        since = merge_base(self.store.git, self.draft.start, tip)
        for commit in reversed(list(self._steps(tip, since))):
            if self._presence(commit.oid) == "present":
                return commit.oid
        return None

    def are_in(self, tip: Oid) -> bool:
        """Returns whether all changes are there at a commit of canonical."""
        return self._presence(tip) == "present"

    def taken_back_by(self, merge: Oid, tip: Oid) -> Oid | None:
        """Returns the commit after ``merge`` by which plain git took all changes back, if they are not there at ``tip``. What a command of gitdraft put back is an edit like any other."""
        if self._is_untouched(merge, tip) or self._presence(tip) != "reverted":
            return None
        by: Commit | None = None
        for commit in self._steps(tip, merge):
            if self._presence(commit.oid) != "reverted":
                break
            by = commit
        return None if by is None or f"\n{OPERATION_TRAILER}:" in by.message else by.oid

    def _steps(self, tip: Oid, since: Oid | None) -> Iterator[Commit]:
        """Yields the commits after ``since`` that touched what the draft changes, newest first."""
        configurations = (self.base.configuration, take_snapshot(self.store.git, tip).configuration)
        paths = [
            path
            for entity in self._entities()
            for known in configurations
            for path in (tombstone_path(entity), known.path_of(entity))
        ]
        yield from commits_touching(self.store.git, tip, paths, since)

    def _entities(self) -> Iterator[EntityRef]:
        for file in self.draft.files:
            yield from file.entities

    def _is_untouched(self, merge: Oid, tip: Oid) -> bool:
        """Returns whether an entity is as the merge left it; no document is read for that."""
        merged, now = (take_snapshot(self.store.git, commit) for commit in (merge, tip))
        return any(
            (merged.blob(e), merged.tombstone_blob(e)) == (now.blob(e), now.tombstone_blob(e))
            for e in self._entities()
        )

    def _presence(self, commit: Oid) -> Presence:
        """Returns whether the changes are there after a commit of canonical, all of them alike, or else as ``mixed``."""
        from gitdraft.views.effective_view import EffectiveView

        git, draft = self.store.git, self.draft
        at = take_snapshot(git, commit, self.base.configuration)
        proposed, again = (EffectiveView(git, onto, draft, self.base) for onto in (self.base, at))
        presences = set()
        for entity in proposed.changed():
            presence = self._presence_of(entity, proposed, again)
            if presence is not None:
                presences.add(presence)
        return presences.pop() if len(presences) == 1 else "mixed"

    def _presence_of(
        self, entity: EntityRef, proposed: EffectiveView, again: EffectiveView
    ) -> Presence | None:
        """Returns whether the change of an entity is there, ``None`` where it changes nothing.

        Other changes of the entity count for nothing: what is there need not be changed any more, what was taken back
        would be changed again as it was.
        """
        from gitdraft.documents.diff import diff
        from gitdraft.views.outcomes import is_same_state

        before, after = self.base.state(entity), proposed.state(entity)
        if is_same_state(before, after):
            return None
        now, result = again.canonical.state(entity), again.state(entity)
        if is_same_state(now, after):
            return "present"
        if is_same_state(now, before):
            return "reverted"
        if again.show(entity).conflicts:
            return "mixed"
        if is_same_state(now, result):
            return "present"
        match before, after, now, result:
            case Live(document=old), Live(document=new), Live(document=current), Live(document=renewed):
                return "reverted" if diff(old, new) == diff(current, renewed) else "mixed"
        return "mixed"


def merged_changes(store: Store, draft: StoredDraft) -> MergedChanges:
    """Returns the changes of a draft, open or closed, as made on its base."""
    return MergedChanges(store, draft, take_snapshot(store.git, draft.base, store.snapshot().configuration))
