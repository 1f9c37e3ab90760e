"""Migrations: one transformation of canonical's entities and of every open draft, as one operation.

A draft's change of an entity, which makes A of canonical's B, becomes what makes f(A) of f(B), on the migrated commit. A draft that
cannot be replayed onto canonical, or stands on one that is not migrated, is listed with the reason and left to the rebase.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import TypeAlias

from gitdraft.canonical.commit import Message, commit_step
from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import READABLE, check_document
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.patch_form import parse_patch
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import GitdraftError, InvalidInput, NotFound, RepositoryError, StateRefused
from gitdraft.formats.changes import write_change
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.formats.paths import resolution_path
from gitdraft.formats.queries import parse_query
from gitdraft.formats.strict_yaml import replace_scalar
from gitdraft.git.trees import find, update_tree
from gitdraft.index.rebase_states import remember_rebase_states
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.canonical_reports import LeftDraft, MigratedDraft, MigrationReport
from gitdraft.model.changes import Change, Create, Rename, Update
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import AppliedChange, Live
from gitdraft.model.rebase_states import RebaseState
from gitdraft.model.values import JSON
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.rebase.stack import PendingDrafts
from gitdraft.store.drafts import StoredDraft, content_key, read_draft, read_header
from gitdraft.store.outside_files import foreign_files
from gitdraft.store.replay import commit_draft, header_file, replay
from gitdraft.store.snapshots import Snapshot, file_oid, take_snapshot
from gitdraft.store.stacks import parent_of, parent_record
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.bounds import BOUND_HINT, check_written
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.search import search

Transform: TypeAlias = Callable[[str, JSON], JSON]
"""What a migration makes of an entity (``type/key``) and its document."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What is done to the entities: a ``patch`` of those that a ``query`` matches, or a ``transform`` of all. ``schemas`` are new
    schemas by type, which come in the same commit."""

    name: str
    query: str = ""
    patch: JSON = None
    transform: Transform | None = None
    schemas: Mapping[str, bytes] = field(default_factory=dict)


def plan_migration(transaction: Transaction, migration: Migration) -> Plan[MigrationReport]:
    """Plans the migration as one commit of canonical and one of each open draft whose changes it concerns.

    Raises InvalidInput (``invalid-query``, ``migration-failed`` naming the entity and the draft), NotFound for an unknown type,
    PolicyViolation where the result breaks a schema that canonical did not break before, StateRefused
    (``nothing-to-migrate``): then nothing at all has changed.
    """
    work = _Work(transaction, migration)
    migrated = work.commit()
    if migrated is None:
        raise StateRefused("nothing is changed by it", code="nothing-to-migrate")
    work.migrate_drafts(migrated)
    pending = PendingDrafts(moved={done.id: done.tip for done in work.done})
    rebase = plan_rebase(transaction, canonical=migrated, pending=pending)
    store, before = transaction.store, transaction.canonical.commit
    own = [RefMove(store.draft_ref(done.id), done.before, done.tip) for done in work.done]
    moves = (RefMove(store.canonical_ref, before, migrated.commit), *own, *rebase.moves)
    report = MigrationReport(
        migration.name,
        tuple(sorted(work.changed)),
        tuple(work.done),
        tuple(work.left),
        migrated.commit,
        rebase.report,
    )
    return Plan(report, transaction.buffer, moves, f"migrate {migration.name}", may_stay=rebase.may_stay)


@dataclass(slots=True)
class _Work:
    """A migration on its way."""

    transaction: Transaction
    migration: Migration
    changed: list[EntityRef] = field(default_factory=list)
    done: list[MigratedDraft] = field(default_factory=list)
    left: list[LeftDraft] = field(default_factory=list)
    _after: dict[EntityRef, JSON] = field(default_factory=dict)

    def commit(self) -> Snapshot | None:
        """Commits canonical as it is afterwards; ``None`` where it stays as it is."""
        canonical, buffer = self.transaction.canonical, self.transaction.buffer
        view = EffectiveView(buffer, canonical)
        matches = self._matched(view)
        files: dict[str, bytes | None] = dict(self._schemas())
        for entity, _ in canonical.entities():
            if matches is None or entity in matches:
                document = canonical.document(entity)
                after = self.made_of(entity, document, None)
                self._after[entity] = after
                if not identical(document, after):
                    self.changed.append(entity)
                    files[canonical.configuration.path_of(entity)] = dump_json(after)
        if not files:
            return None
        require_no_violations(tuple(check_written(canonical, files)), hint=BOUND_HINT)
        blobs = {path: None if content is None else buffer.blob(content) for path, content in files.items()}
        message = Message(f"Migrate: {self.migration.name}", (), "migrate")
        return commit_step(self.transaction, update_tree(buffer, canonical.tree, blobs), message)

    def made_of(self, entity: EntityRef, document: JSON, draft: str | None) -> JSON:
        """Returns what the migration makes of a document. Raises InvalidInput (``migration-failed``)."""
        try:
            if self.migration.transform is None:
                return apply_patch(document, parse_patch(self.migration.patch), limits=READABLE)
            after = self.migration.transform(str(entity), deepcopy(document))
            check_document(after, limits=self.transaction.canonical.configuration.limits, source=str(entity))
        except Exception as error:  # whatever a script raises
            reason = error.message if isinstance(error, GitdraftError) else f"{type(error).__name__}: {error}"
            where = "" if draft is None else f" in draft '{draft}'"
            raise InvalidInput(
                f"it fails at {entity}{where}: {reason}",
                code="migration-failed",
                context={"entity": str(entity), "draft": draft},
            ) from error
        return after

    def migrate_drafts(self, migrated: Snapshot) -> None:
        """Migrates every open draft that changes an entity, each after the one on which it stands."""
        store, buffer = self.transaction.store, self.transaction.buffer
        waiting = dict(store.open_drafts())
        tips: dict[str, Oid] = {}
        while waiting:
            name, tip = waiting.popitem()
            chain = [(name, tip)]
            try:
                draft = read_draft(buffer, name, store.draft_ref(name), tip)
                parent = parent_of(buffer, draft)
                while parent is not None and parent.draft in waiting:
                    above = waiting.pop(parent.draft)
                    chain.append((parent.draft, above))
                    parent = parent_of(
                        buffer, read_draft(buffer, parent.draft, store.draft_ref(parent.draft), above)
                    )
            except (InvalidInput, NotFound, RepositoryError) as error:
                self.left.append(LeftDraft(name, error.message))
                waiting.update(chain[1:])
                continue
            for each, known in reversed(chain):
                done = self._migrate(each, known, migrated, tips)
                if done is not None:
                    tips[each] = done
        self.done.sort(key=lambda done: done.id)
        self.left.sort()

    def _migrate(self, name: str, tip: Oid, migrated: Snapshot, tips: Mapping[str, Oid]) -> Oid | None:
        """Migrates one draft. Returns its new tip; ``None`` for one that is left, with the reason, or that changes nothing which the
        migration concerns."""
        store, buffer, canonical = self.transaction.store, self.transaction.buffer, self.transaction.canonical
        try:
            draft = read_draft(buffer, name, store.draft_ref(name), tip)
            parent = parent_of(buffer, draft)
            base = take_snapshot(buffer, draft.base, canonical.configuration)
            view = EffectiveView(buffer, canonical, draft, base)
            applied = [change for file in draft.files if (change := view.applied_file(file)) is not None]
            reason = self._reason(draft, applied, None if parent is None else parent.draft, tips)
        except (InvalidInput, NotFound, RepositoryError) as error:
            self.left.append(LeftDraft(name, error.message))
            return None
        if reason is not None:
            self.left.append(LeftDraft(name, reason))
            return None
        if not applied:
            return None
        files: dict[str, bytes | None] = {}
        for file, change in zip(draft.files, applied, strict=True):
            files |= dict.fromkeys(file.contents)
            answers = resolution_path(change.kept_under)
            if find(buffer, draft.tree, answers) is not None:
                files[answers] = None
        matches = self._matched(view)
        for change in applied:
            after = self._change(change, name, matches)
            files |= {} if after is None else write_change(after)
        if parent is not None:
            above = read_draft(buffer, parent.draft, store.draft_ref(parent.draft), tips[parent.draft])
            files |= parent_record(buffer, above, parent.others)
        return self._commit_draft(draft, files, migrated)

    def _commit_draft(self, draft: StoredDraft, files: dict[str, bytes | None], migrated: Snapshot) -> Oid:
        buffer = self.transaction.buffer
        header = read_header(buffer, draft)
        if header.status is DraftStatus.VALIDATED:
            header = with_status(header, DraftStatus.DRAFT, self.transaction.metadata, "migrated")
            files |= header_file(header)
        moved = replay(self.transaction, draft, migrated)
        message = f"Migrate: {self.migration.name}"
        new = commit_draft(self.transaction, moved, draft.id, files, message, rebased_from=draft.tip)
        after = read_draft(buffer, draft.id, draft.ref, new.commit)
        view = EffectiveView(buffer, migrated, after, migrated)
        violations = Validator(migrated).judge_draft(view)
        if any(violation.severity != "warning" for violation in violations):
            remember_rebase_states(buffer, migrated, [(content_key(buffer, after), RebaseState("invalid"))])
        self.done.append(MigratedDraft(draft.id, draft.tip, new.commit, tuple(violations)))
        return new.commit

    def _reason(
        self,
        draft: StoredDraft,
        applied: list[AppliedChange],
        parent: str | None,
        tips: Mapping[str, Oid],
    ) -> str | None:
        """Returns why a draft is left; ``None`` for one that is not."""
        if not all(change.is_replayed for change in applied) or len(applied) != len(draft.files):
            return "it is in conflict with canonical"
        if foreign_files(self.transaction.buffer, draft, self.transaction.canonical.commit):
            return "its branch changes files beside its folder"
        if parent is not None and parent not in tips:
            return f"it stands on draft '{parent}', which is not migrated"
        return None

    def _change(
        self, applied: AppliedChange, draft: str, matches: frozenset[EntityRef] | None
    ) -> Change | None:
        """Returns the change that makes f(A) of f(B)."""
        change = applied.change
        match change:
            case Create(entity=entity, document=document):
                return Create(entity, self._if_matched(entity, document, draft, matches))
            case Update(entity=entity):
                assert isinstance(applied.state, Live)
                after = self._if_matched(entity, applied.state.document, draft, matches)
                before = self._canonical(entity)
                return None if identical(before, after) else Update(entity, diff(before, after))
            case Rename(entity=entity, target=target, patch=patch):
                after = apply_patch(self.transaction.canonical.document(entity), patch, limits=READABLE)
                if matches is None or target in matches:
                    after = self.made_of(entity, after, draft)
                return replace(change, patch=diff(self._canonical(entity), after))
        return change

    def _canonical(self, entity: EntityRef) -> JSON:
        """Returns what canonical's entity is afterwards."""
        if entity in self._after:
            return self._after[entity]
        return self.transaction.canonical.document(entity)

    def _if_matched(
        self, entity: EntityRef, document: JSON, draft: str, matches: frozenset[EntityRef] | None
    ) -> JSON:
        return self.made_of(entity, document, draft) if matches is None or entity in matches else document

    def _matched(self, view: EffectiveView) -> frozenset[EntityRef] | None:
        """Returns the entities of the view that the query matches; ``None``: all."""
        if self.migration.transform is not None:
            return None
        return frozenset(match.entity for match in search(view, parse_query(self.migration.query)))

    def _schemas(self) -> Iterator[tuple[str, bytes]]:
        """Yields the new schemas, and gitdraft.yaml where it counts their versions."""
        canonical = self.transaction.canonical
        types = canonical.configuration.entities
        counted = [name for name in self.migration.schemas if name in types and types[name].schema_version]
        if counted:
            oid = file_oid(canonical.source, canonical.tree, CONFIGURATION_PATH)
            assert oid is not None
            text = canonical.source.read_blob(oid)
            for name in counted:
                following = (types[name].schema_version or 0) + 1
                text = replace_scalar(text, ("entities", name, "schema_version"), str(following))
            yield CONFIGURATION_PATH, text
        for name, content in self.migration.schemas.items():
            path = types[name].schema if name in types else None
            if path is None:
                raise NotFound(f"there is no schema of '{name}'", context={"type": name})
            yield path, content
