"""The rows that a projection is to have, as git and the index have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter

from gitdraft.copies.database import Row
from gitdraft.documents.pointers import format_pointer
from gitdraft.documents.serialise import content_hash
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.index import effective_tables, reference_tables
from gitdraft.index.database import open_index
from gitdraft.index.effective import catch_up as catch_up_effective
from gitdraft.index.histories import tombstone_histories
from gitdraft.index.references import catch_up as catch_up_references
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON
from gitdraft.store.drafts import read_draft
from gitdraft.store.redirects import redirects
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot
from gitdraft.views.audit import audit
from gitdraft.views.internal_ids import find_origin, internal_id
from gitdraft.views.revisions import envelope
from gitdraft.views.summaries import DraftFilter, summarise_drafts

Holds = Callable[[JSON], bool]
"""Says whether a database can hold a text or a number; what it cannot is left out, and named by its pointer."""


class ProjectedRows:
    """The rows by table, each without its repository. ``skipped`` names what no row or no document has."""

    def __init__(self, store: Store, holds: Holds, progress: Progress = silent) -> None:
        self.store = store
        self.holds = holds
        self.progress = progress
        self.skipped: list[str] = []

    def of(self, table: str) -> list[Row]:
        """Returns the rows of a table, without those that the database cannot hold."""
        canonical = self.store.canonical_or_empty()
        if table in ("drafts", "draft_changes"):
            source = self._drafts() if table == "drafts" else self._draft_changes()
        elif isinstance(canonical, EmptyCanonical):
            return []
        else:
            source = {
                "entity_head": self._heads,
                "entity_redirects": self._redirects,
                "deletion_audit": self._audit,
                "entity_references": self._references,
                "effective_members": self._members,
            }[table](canonical)
        rows = []
        for row in source:
            if all(self.holds(value) for value in row):
                rows.append(row)
            else:
                self.skipped.append(f"{table}: {' '.join(map(repr, row[:3]))}")
        return rows

    def _heads(self, canonical: Snapshot) -> Iterator[Row]:
        origin = find_origin(self.store)
        entities = (entity for entity, _ in canonical.entities())
        histories = tombstone_histories(
            self.store.git, canonical.commit, self.progress, with_plain=True, also=entities
        )
        for entity, steps in groupby(histories, attrgetter("entity")):
            known = tuple(step.revision for step in steps)
            if entity.type not in canonical.configuration.entities or not known:
                continue
            last = known[-1]
            try:
                shown = envelope(canonical, entity, last, known)
            except InvalidInput:
                self.skipped.append(f"entity_head: {entity}: its file is no document")
                continue
            pointers: list[str] = []
            document = self._held(shown.entity, (), pointers)
            self.skipped += [f"entity_head: {entity} {pointer}" for pointer in pointers]
            yield (
                *(
                    entity.type,
                    entity.key,
                    internal_id(origin, entity),
                    last.number,
                    last.text,
                    last.edit_type,
                ),
                *(last.at, last.by.text, content_hash(shown.entity), shown.deleted, shown.redirects_to),
                json.dumps(pointers),
                json.dumps(document),
            )

    def _redirects(self, canonical: Snapshot) -> Iterator[Row]:
        origin = find_origin(self.store)
        for name in canonical.configuration.entities:
            for entity, tombstone in redirects(canonical, name).items():
                target = type(entity)(name, tombstone.redirects_to)
                yield (
                    *(internal_id(origin, entity), internal_id(origin, target), name, entity.key, target.key),
                    *(tombstone.at, tombstone.by, tombstone.reason or ""),
                )

    def _audit(self, canonical: Snapshot) -> Iterator[Row]:
        for entry in audit(self.store):
            revision = entry.revision
            if entry.undone_by is None and entry.entity.type in canonical.configuration.entities:
                target = None if entry.target is None else entry.target.key
                yield (
                    *(
                        entry.entity.type,
                        entry.entity.key,
                        revision.number,
                        revision.text,
                        revision.edit_type,
                    ),
                    *(revision.at, revision.by.text, entry.reason, target, entry.by_plain_git),
                )

    def _drafts(self) -> Iterator[Row]:
        closed = [status for status in DraftStatus if not status.is_open]
        known = {draft.id: draft for s in closed for draft in summarise_drafts(self.store, DraftFilter(s))}
        known |= {
            draft.id: draft for draft in summarise_drafts(self.store)
        }  # of one that is both, the open one
        for draft in known.values():
            header = draft.header
            if header is None:
                self.skipped.append(f"drafts: {draft.id}: {draft.reason}")
                continue
            yield (
                *(draft.id, header.status.value, header.title, header.author, header.created_at),
                *(draft.base, draft.tip, draft.changes, draft.updated_at),
            )

    def _draft_changes(self) -> Iterator[Row]:
        git = self.store.git
        for draft_id, tip in self.store.open_drafts().items():
            try:
                for file in read_draft(git, draft_id, self.store.draft_ref(draft_id), tip).files:
                    yield draft_id, file.entity.type, file.entity.key, file.kind
            except GitdraftError as error:
                self.skipped.append(f"draft_changes: {draft_id}: {error.message}")

    def _references(self, canonical: Snapshot) -> Iterator[Row]:
        with open_index(self.store.git.common) as index:
            index.require_open()
            catch_up_references(index, canonical, index.read(reference_tables.read_state), self.progress)
            query = reference_tables.ROWS["references"]
            rows = index.read(lambda connection: connection.execute(query).fetchall()) or []
        for target_type, target_key, entity_type, entity_key, pointer in rows:
            yield entity_type, entity_key, pointer, target_type, target_key

    def _members(self, canonical: Snapshot) -> Iterator[Row]:
        with open_index(self.store.git.common) as index:
            index.require_open()
            catch_up_effective(index, canonical, self.progress)
            known = index.read(
                lambda connection: [
                    (heir, effective_tables.read_effective(connection, heir))
                    for heir in effective_tables.all_heirs(connection)
                ]
            )
        for heir, effective in known or ():
            for member in effective.members:
                source = member.source
                yield (
                    heir.type,
                    heir.key,
                    member.name,
                    member.requirement,
                    source.type,
                    source.key,
                    member.depth,
                )

    def _held(self, value: JSON, place: tuple[str, ...], pointers: list[str]) -> JSON:
        """Returns the document without what the database cannot hold, which is named."""
        if isinstance(value, dict):
            kept: dict[str, JSON] = {}
            for name, member in value.items():
                if not self.holds(name):
                    pointers.append(format_pointer((*place, name)))
                elif self._is_held(member, (*place, name), pointers):
                    kept[name] = self._held(member, (*place, name), pointers)
            return kept
        if isinstance(value, list):
            return [
                self._held(element, (*place, str(number)), pointers)
                for number, element in enumerate(value)
                if self._is_held(element, (*place, str(number)), pointers)
            ]
        return value

    def _is_held(self, value: JSON, place: tuple[str, ...], pointers: list[str]) -> bool:
        if isinstance(value, dict | list) or self.holds(value):
            return True
        pointers.append(format_pointer(place))
        return False
