"""Import of entities: the rows of a file create or update entities of canonical, in one commit.

The rows are streamed, so memory grows with the number of keys alone. They are read once to check each by itself and to
hand its file to git, and again, where their types have references, when all keys are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import chain
from typing import Literal

from gitdraft.canonical.commit import Message, commit_tree
from gitdraft.canonical.redirect import require_no_bad_rows
from gitdraft.documents.edit import edit_json
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import format_pointer
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import (
    AlreadyExists,
    GitdraftError,
    InvalidInput,
    PolicyViolation,
    RepositoryError,
    ValidationTooLong,
)
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.entity_streams import Row
from gitdraft.formats.keys import fold_key
from gitdraft.git.fast_import import BulkTree, bulk_tree
from gitdraft.git.trees import find
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.canonical_reports import ImportReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.references import references_in
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, folded_keys
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.transfer.rows import Naming, RowReader
from gitdraft.transfer.sources import EntitySource
from gitdraft.validation.gate import Gate
from gitdraft.validation.rules.keys import check_identity
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.guards import entity_deleted, entity_redirected, require_unprotected

RowOutcome = Literal["created", "updated", "unchanged"]

MOST_LISTED = 10_000  # bad rows
SOME = 1_000  # rows between two looks at the clock


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import and how. Without ``skip_invalid`` one bad row refuses all rows; without ``references`` rows may
    reference entities that do not exist."""

    source: EntitySource
    naming: Naming = field(default_factory=Naming)
    skip_invalid: bool = False
    references: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StagedImport:
    """The rows as a tree on top of a canonical commit; its objects are written, but no ref reaches them. ``is_checked`` says
    which entities they are, each held to its schema."""

    request: ImportRequest
    canonical: str | None
    tree: Oid | None
    report: ImportReport
    is_checked: Callable[[EntityRef], bool]


def stage_import(
    store: Store, request: ImportRequest, progress: Progress = silent, *, dry_run: bool = False
) -> StagedImport:
    """Reads and checks all rows against canonical's tip, and writes what they change; in a dry run only checks them.

    Takes no lock. Raises InvalidInput (``invalid-rows``) listing every row that is refused, RepositoryError.
    """
    canonical = store.snapshot()
    intake = _Intake(canonical, request)
    with nullcontext() if dry_run else bulk_tree(store.git, canonical.commit) as tree:
        intake.take_all(tree, progress)
        if request.references:
            while intake.leave_out_dangling(tree):
                continue
        if not request.skip_invalid:
            require_no_bad_rows(intake.problems, intake.left_out)
        counts = intake.counts
        root = tree.finish() if tree is not None and counts["created"] + counts["updated"] else canonical.tree
    report = ImportReport(
        counts["created"],
        counts["updated"],
        counts["unchanged"],
        intake.left_out,
        tuple(sorted(intake.problems, key=lambda problem: problem[0])),
    )
    return StagedImport(request, canonical.commit, root, report, intake.has_row)


def plan_import(
    transaction: Transaction, staged: StagedImport, progress: Progress = silent
) -> Plan[ImportReport]:
    """Plans the staged rows as one commit on canonical. They are staged again when canonical has moved meanwhile.
    Raises what ``stage_import`` does, and PolicyViolation for what the step breaks as a whole."""
    if staged.canonical != transaction.canonical.commit:
        staged = stage_import(transaction.store, staged.request, progress)
    assert staged.tree is not None
    report = staged.report
    number = report.created + report.updated
    subject = f"Import {number:,} entit{'y' if number == 1 else 'ies'}"
    counted = f"{report.created:,} created, {report.updated:,} updated"
    message = Message(subject, (staged.request.reason, counted), "import")
    allowed = () if staged.request.references else ("reference/missing", "reference/deleted")
    gate = Gate(lambda violation: violation.rule in allowed, staged.is_checked)
    committed = commit_tree(transaction, staged.tree, message, gate=gate)
    if committed is None:
        return Plan(report, transaction.buffer, ())
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, transaction.buffer, committed.moves, subject, may_stay=committed.may_stay)


@dataclass(slots=True)
class _Intake:
    """The rows compared with one canonical commit: counts by outcome, and the refused rows."""

    canonical: Snapshot
    request: ImportRequest
    counts: Counter[RowOutcome] = field(default_factory=Counter)
    problems: list[tuple[int, GitdraftError]] = field(default_factory=list)
    left_out: int = 0
    _reader: RowReader = field(init=False)
    _validator: Validator = field(init=False)
    _keys: dict[str, dict[str, str]] = field(init=False)
    _bad: set[int] = field(default_factory=set)
    _folders: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._reader = RowReader(self.canonical.configuration, self.request.naming)
        self._validator = Validator(self.canonical)
        self._keys = {name: {} for name in self.canonical.configuration.entities}

    def has_row(self, entity: EntityRef) -> bool:
        """Returns whether a row that was not refused is of the entity."""
        return self._keys.get(entity.type, {}).get(fold_key(entity.key)) == entity.key

    def take_all(self, tree: BulkTree | None, progress: Progress) -> None:
        """Checks every row by itself. Its file goes to ``tree``, unless a bad row has refused the import already."""
        for row in self._rows(progress):
            entity: EntityRef | None = None
            try:
                read, document = self._reader.read(row)
                self._claim(read)
                entity = read
                path = self.canonical.configuration.path_of(entity)
                outcome, content = self._compare(entity, document, path)
                if outcome != "unchanged":
                    self._check(entity, document, path, content, outcome)
            except (RepositoryError, ValidationTooLong):
                raise
            except GitdraftError as error:
                self._leave_out(row, entity, error)
                continue
            self.counts[outcome] += 1
            if tree is not None and outcome != "unchanged" and (self.request.skip_invalid or not self._bad):
                tree.put(path, content)

    def leave_out_dangling(self, tree: BulkTree | None) -> bool:
        """Leaves out the rows that reference what is neither on canonical nor among the rows. Returns whether to look
        again, since rows that reference those left out have to be left out too."""
        types = self.canonical.configuration.entities
        if not any(keys and types[name].references for name, keys in self._keys.items()):
            return False
        before = self.left_out
        for row in self._rows(silent):
            if row.number in self._bad:
                continue
            entity, document = self._reader.read(row)
            error = self._dangling(types[entity.type], entity, document)
            if error is None:
                continue
            path = types[entity.type].path.path_of(entity.key)
            outcome, _ = self._compare(entity, document, path)
            if outcome == "unchanged":
                continue
            self.counts[outcome] -= 1
            self._leave_out(row, entity, error)
            if tree is not None:
                tree.restore(path, self.canonical.blob(entity))
        return self.request.skip_invalid and self.left_out > before

    def _rows(self, progress: Progress) -> Iterator[Row]:
        size = self.request.source.size
        for index, row in enumerate(self.request.source.rows(self._reader.longest)):
            if index % SOME == 0:
                progress(row.done - 1, size)
            yield row
        progress(size - 1, size)

    def _claim(self, entity: EntityRef) -> None:
        """Raises AlreadyExists for an entity that is in an earlier row, or differs from one in case alone."""
        keys = self._keys[entity.type]
        number = len(keys)
        other = keys.setdefault(fold_key(entity.key), entity.key)
        if len(keys) == number:
            collision = (
                f"'{entity.type}/{other}', from which it differs in case alone,"
                if other != entity.key
                else "it"
            )
            raise AlreadyExists(
                f"'{entity}': {collision} is in an earlier row", context={"entity": str(entity)}
            )

    def _compare(self, entity: EntityRef, document: JSON, path: str) -> tuple[RowOutcome, bytes]:
        """Returns what the document does to canonical's entity, and the content of its file."""
        entry = find(self.canonical.source, self.canonical.tree, path)
        if entry is None or not entry.is_file:
            if entry is not None and entry.is_tree:
                raise _in_the_way(entity, path)
            return "created", dump_json(document)
        before = self.canonical.source.read_blob(entry.oid)
        try:
            known = read_document(before, limits=self.canonical.configuration.limits, source=path)
        except InvalidInput:
            return "updated", dump_json(document)
        if identical(known, document):
            return "unchanged", before
        return "updated", edit_json(before, document)

    def _check(
        self, entity: EntityRef, document: JSON, path: str, content: bytes, outcome: RowOutcome
    ) -> None:
        """Raises the refusal of a document that canonical must not get."""
        if outcome == "created":
            self._require_not_tombstoned(entity)
            self._check_case_collision(entity)
            self._require_free_path(entity, path)
        require_unprotected(self.canonical, entity)
        most = self.canonical.configuration.limits.max_bytes
        if len(content) > most:
            raise InvalidInput(f"'{entity}' is larger than {most:,} bytes", code="too-large")
        entity_type = self.canonical.configuration.entities[entity.type]
        violations = chain(
            check_identity(entity_type, entity, document),
            self._validator.schema(entity_type)(entity, document),
        )
        require_no_violations(list(self._validator.with_severity(violations)))

    def _require_not_tombstoned(self, entity: EntityRef) -> None:
        tombstone = self.canonical.tombstone(entity)
        if isinstance(tombstone, RedirectTombstone):
            target = EntityRef(entity.type, tombstone.redirects_to)
            raise entity_redirected(entity, target, f"import it as '{target}'")
        if tombstone is not None:
            raise entity_deleted(entity, tombstone)

    def _check_case_collision(self, entity: EntityRef) -> None:
        known = folded_keys(self.canonical, entity.type).get(fold_key(entity.key), entity.key)
        if known != entity.key:
            raise AlreadyExists(
                f"'{entity}' differs from '{entity.type}/{known}' in case alone",
                context={"entity": str(entity), "existing": f"{entity.type}/{known}"},
            )

    def _require_free_path(self, entity: EntityRef, path: str) -> None:
        """Raises InvalidInput when a folder of the path is a file of canonical or of another row's entity."""
        folder = path.rpartition("/")[0]
        if folder in self._folders:
            return
        entity_type = self.canonical.configuration.entities[entity.type]
        above = folder
        while above:
            entry = find(self.canonical.source, self.canonical.tree, above)
            if (entry is not None and not entry.is_tree) or entity_type.path.key_of(above) is not None:
                raise _in_the_way(entity, above)
            above = above.rpartition("/")[0]
        self._folders.add(folder)

    def _dangling(self, entity_type: EntityType, entity: EntityRef, document: JSON) -> PolicyViolation | None:
        for reference in references_in(entity_type, document):
            candidates = reference.candidates
            if not any(self.has_row(target) or self.canonical.holds(target) for target in candidates):
                pointer = format_pointer(reference.tokens)
                target = str(candidates[0]) if candidates else reference.text
                is_deleted = any(self.canonical.tombstone(candidate) for candidate in candidates)
                return PolicyViolation(
                    f"{entity} {pointer}: {target} {'is deleted' if is_deleted else 'does not exist'}",
                    context={"entity": str(entity), "path": pointer, "target": target},
                )
        return None

    def _leave_out(self, row: Row, entity: EntityRef | None, error: GitdraftError) -> None:
        """Records a bad row. Where it refuses the import, its entity still counts as known, so that rows that reference
        it are not reported too."""
        self.left_out += 1
        self._bad.add(row.number)
        error.message = row.where + error.message
        if len(self.problems) < MOST_LISTED:
            self.problems.append((row.number, error))
        if entity is not None and self.request.skip_invalid:
            del self._keys[entity.type][fold_key(entity.key)]


def _in_the_way(entity: EntityRef, path: str) -> InvalidInput:
    return InvalidInput(
        f"'{entity}': '{path}' is in the way",
        code="forbidden-name",
        context={"entity": str(entity), "path": path},
    )
