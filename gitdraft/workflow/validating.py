"""Checking entities: their JSON Schema, their id, the entities that they name and that name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from gitdraft.documents.pointers import format_pointer, get, parse_pointer
from gitdraft.errors import InvalidInput, PolicyViolation, StateRefused
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key
from gitdraft.index.redirects import incoming
from gitdraft.index.references import referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.rebasing import Absent, Deleted, Live, Redirected
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.model.values import ABSENT, JSON
from gitdraft.model.violations import Violation
from gitdraft.store.references import Tokens, references_in
from gitdraft.store.schema_files import read_schema
from gitdraft.store.snapshots import Snapshot, folded_keys
from gitdraft.workflow.following import follow
from gitdraft.workflow.overlaying import EffectiveView
from gitdraft.workflow.refusing import touched_by_redirect

if TYPE_CHECKING:
    from gitdraft.workflow.schemas import Check


_tokens = lru_cache(maxsize=256)(parse_pointer)


@dataclass(frozen=True, slots=True)
class _Changed:
    """What a draft changes, and whom the changed entities name or redirect to."""

    view: EffectiveView
    entities: frozenset[EntityRef]
    naming: Mapping[EntityRef, Sequence[tuple[EntityRef, Tokens]]]
    redirecting: Mapping[EntityRef, Sequence[EntityRef]]


@dataclass(slots=True)
class Validator:
    """The checks of one canonical commit, each schema compiled once."""

    snapshot: Snapshot
    _schemas: dict[str, Check] = field(default_factory=dict)
    _last: _Changed | None = None

    def check(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        """All that is wrong with the entity as ``view`` has it, sorted; for one that goes, who still names it."""
        return tuple(sorted(set(self._check(view, entity))))

    def check_draft(self, view: EffectiveView) -> tuple[Violation, ...]:
        """All that is wrong with what a draft changes: changes that cannot be carried, and their results."""
        return tuple(found for entity in view.changed() for found in self._check_change(view, entity))

    def _check_change(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        judged = view.judged(entity)
        if judged is not None and judged.is_absorbed:
            return ()
        if judged is None or judged.is_carried:
            return (*_check_protection(view, entity), *self.check(view, entity))
        if judged.report.status == "broken":
            return (
                Violation(entity, "", "patch/broken", judged.report.reason or "the change does not apply"),
            )
        return tuple(
            Violation(entity, conflict.path, "rebase/conflict", f"{conflict.type} conflict with canonical")
            for conflict in judged.report.conflicts
        )

    def _check(self, view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
        kind = self.snapshot.configuration.entities[entity.type]
        try:
            standing = view.standing(entity)
        except InvalidInput as error:
            yield Violation(entity, "", "json/invalid", error.message)
            return
        if isinstance(standing, Live | Redirected):
            yield from _check_erased(view, entity)
        match standing:
            case Live(document=document):
                yield from check_identity(kind, entity, document)
                yield from self.schema(kind)(entity, document)
                yield from _check_references(kind, view, entity, document)
                yield from _check_twin(view, entity)
            case Redirected(target=target):
                yield from _check_redirect(view, entity, target)
            case Absent() | Deleted():
                yield from _check_referrers(view, entity, self._changed(view))
            case _:
                assert_never(standing)

    def _changed(self, view: EffectiveView) -> _Changed:
        if self._last is None or self._last.view is not view:
            self._last = _changed_in(view)
        return self._last

    def schema(self, kind: EntityType) -> Check:
        """The check of a type's documents against its schema."""
        if kind.schema is None:
            return _no_schema
        if kind.name not in self._schemas:
            # jsonschema takes longer to import than most commands to run
            from gitdraft.workflow.schemas import compile_schema

            self._schemas[kind.name] = compile_schema(
                kind.schema, lambda path: read_schema(self.snapshot, path)
            )
        return self._schemas[kind.name]


def refuse_violations(
    violations: Sequence[Violation],
    hint: str = "--allow-invalid saves it all the same; it then blocks submit",
) -> None:
    """Raise PolicyViolation naming the first violation and listing all, when there are any."""
    if not violations:
        return
    first, *others = violations
    raise PolicyViolation(
        _told(first) + (f" (and {len(others)} more)" if others else ""),
        context={"violations": [violation.as_json() for violation in violations]},
        hint=hint,
        details=[_told(violation) for violation in others],
    )


def check_identity(kind: EntityType, entity: EntityRef, document: JSON) -> Iterator[Violation]:
    """The member that holds the id must equal the key (`id:` in gitdraft.yaml)."""
    if kind.id_pointer is None:
        return
    found = get(document, _tokens(kind.id_pointer))
    if found is ABSENT:
        yield Violation(
            entity, kind.id_pointer, "identity/missing", f"the id is missing, expected {entity.key!r}"
        )
    elif found != entity.key:
        yield Violation(
            entity, kind.id_pointer, "identity/mismatch", f"{found!r} is not the key {entity.key!r}"
        )


def _no_schema(_entity: EntityRef, _document: JSON) -> Iterator[Violation]:
    return iter(())


def _check_references(
    kind: EntityType, view: EffectiveView, entity: EntityRef, document: JSON
) -> Iterator[Violation]:
    for target, tokens in references_in(kind, document):
        match view.standing(target):
            case Live() | Redirected():
                continue
            case Deleted():
                yield Violation(entity, format_pointer(tokens), "reference/deleted", f"{target} is deleted")
            case Absent():
                yield Violation(
                    entity, format_pointer(tokens), "reference/missing", f"{target} does not exist"
                )


def _check_protection(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    if view.draft is None or view.draft.file(entity) is None:
        return
    standing = view.standing(entity)
    touched: tuple[EntityRef, ...] = (entity,)
    if isinstance(standing, Redirected):
        touched = touched_by_redirect(view.onto, entity, standing.target)
    for other in touched:
        protection = view.onto.protection(other)
        if protection is not None:
            which = "it" if other == entity else f"{other}, which its redirect touches,"
            message = f"{which} is {protection.kind} on canonical"
            yield Violation(entity, "", f"protection/{protection.kind}", message)


def _check_redirect(view: EffectiveView, entity: EntityRef, target: EntityRef) -> Iterator[Violation]:
    match view.standing(target):
        case Absent():
            yield Violation(
                entity, "", "reference/missing", f"it redirects to {target}, which does not exist"
            )
        case Deleted():
            yield Violation(entity, "", "reference/deleted", f"it redirects to {target}, which is deleted")
        case Redirected():
            try:
                final = follow(view, entity)
            except StateRefused as error:
                yield Violation(entity, "", "redirect/circular", error.message)
            else:
                message = f"it redirects to {target}, which redirects itself, to {final} in the end"
                yield Violation(entity, "", "redirect/double", message)


def _told(violation: Violation) -> str:
    return f"{violation.entity} {violation.pointer or '(whole entity)'}: {violation.message}"


def _check_referrers(view: EffectiveView, entity: EntityRef, changed: _Changed) -> Iterator[Violation]:
    for referrer in {referrer for referrer, _ in referrers_of(view.onto, entity)} - changed.entities:
        for target, tokens in _references(view, referrer):
            if target == entity:
                yield _still_named(entity, referrer, tokens)
    for referrer, tokens in changed.naming.get(entity, ()):
        if referrer != entity:
            yield _still_named(entity, referrer, tokens)
    for source in {*incoming(view.onto, entity), *changed.redirecting.get(entity, ())} - {entity}:
        if view.standing(source) == Redirected(entity):
            yield Violation(entity, "", "reference/deleted", f"{source} redirects to it")


def _still_named(entity: EntityRef, referrer: EntityRef, tokens: Tokens) -> Violation:
    where = f"{referrer} {format_pointer(tokens)}"
    return Violation(entity, "", "reference/deleted", f"{where} still names it")


def _references(view: EffectiveView, entity: EntityRef) -> Iterator[tuple[EntityRef, Tokens]]:
    standing = view.standing(entity)
    if isinstance(standing, Live):
        yield from references_in(view.onto.configuration.entities[entity.type], standing.document)


def _changed_in(view: EffectiveView) -> _Changed:
    entities = view.changed()
    naming: defaultdict[EntityRef, list[tuple[EntityRef, Tokens]]] = defaultdict(list)
    redirecting: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
    for entity in entities:
        match view.standing(entity):
            case Redirected(target=target):
                redirecting[target].append(entity)
            case Live():
                for target, tokens in _references(view, entity):
                    naming[target].append((entity, tokens))
    return _Changed(view, frozenset(entities), naming, redirecting)


def _check_erased(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    """What was erased comes back by no answer to a conflict, nor as a redirect that could be reverted."""
    if view.onto.blob(entity) is None and isinstance(view.onto.tombstone(entity), ErasedTombstone):
        yield Violation(entity, "", "tombstone/erased", "it was erased: its id is never used again")


def _check_twin(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    """Two keys that differ in case alone are one file on some disks."""
    if view.onto.blob(entity) is not None:
        return
    twin = folded_keys(view.onto, entity.type).get(fold_key(entity.key))
    if twin is not None and isinstance(view.standing(EntityRef(entity.type, twin)), Live):
        yield Violation(entity, "", "key/case", f"{entity.type}/{twin} differs from it in case alone")
