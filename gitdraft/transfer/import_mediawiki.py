"""Import of a MediaWiki push as a draft: one operation, or nothing at all.

Each push makes a draft of its own. With an idempotency key the draft's id is derived from the key, so that a repeat
finds the draft, even if the answer to the first push was lost. The draft's history says which payload made it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from urllib.parse import urlsplit

from gitdraft.documents.rebase_change import rebase_change
from gitdraft.documents.serialise import content_hash
from gitdraft.drafts.create import NewDraft, plan_draft
from gitdraft.drafts.edit_functions import (
    EditFunction,
    EditTarget,
    create_entity,
    delete_entity,
    patch_entity,
)
from gitdraft.errors import (
    AlreadyExists,
    ConflictError,
    GitdraftError,
    InvalidInput,
    NotFound,
    PatchDoesNotApply,
    PolicyViolation,
)
from gitdraft.formats.mediawiki import (
    LARGEST_PAYLOAD,
    MOST_CHANGES,
    SOURCE,
    Push,
    PushedChange,
    parse_payload,
    read_push,
)
from gitdraft.formats.payload_mistakes import Mistake, require_no_mistakes
from gitdraft.formats.reports.conflicts import conflict_json
from gitdraft.git.history import commits_between
from gitdraft.git.repository import GitRepository
from gitdraft.index.revisions import entity_history
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.changes import Change, Create, Delete, PlainChange, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.violations import Violation
from gitdraft.store.drafts import read_draft, read_header
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, folded_keys
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.guards import require_unprotected
from gitdraft.views.revisions import envelope

LONGEST_KEY = 200
LONGEST_TITLE = 72
MOST_COMPARED = 20_000
MOST_HINTS = 5
KEY = regex(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The draft that a push made, and how many changes it has; ``is_new`` is false when an earlier push with the same
    key had made it."""

    draft: str
    tip: Oid
    change_count: int
    entities: tuple[EntityRef, ...]
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest payload that is accepted, in bytes and in changes."""

    bytes: int = LARGEST_PAYLOAD
    changes: int = MOST_CHANGES


def import_id(metadata: OperationMetadata, key: str | None = None, pusher: str = "") -> str:
    """Returns the id of the draft that a push makes: derived from its idempotency key, or without one a new id.

    Equal keys of different ``pusher``s give different ids. Raises InvalidInput for what cannot be a key.
    """
    if key is None:
        return f"mediawiki-{metadata.operation}"
    if not KEY.fullmatch(key):
        raise InvalidInput(
            f"an idempotency key is 1 to {LONGEST_KEY} ASCII characters without spaces",
            code="invalid-idempotency-key",
        )
    digest = hashlib.sha256(f"{pusher}\n{key}".encode()).hexdigest()
    return f"mediawiki-{digest[:24]}"


def plan_mediawiki_import(
    transaction: Transaction, content: bytes, draft_id: str, bounds: Bounds = Bounds()
) -> Plan[ImportReport]:
    """Plans the payload as a new draft. The plan has no moves when the payload has made the draft already.

    Raises InvalidInput for what is not JSON; what ``require_no_mistakes`` does for everything else that is wrong with
    the payload, all of it at once; ConflictError listing all conflicts of changes with a `base_version`; InvalidInput
    (``idempotency-key-reused``) when another payload has made the draft
    with this id.
    """
    store, base = transaction.store, transaction.canonical
    configuration = base.configuration
    payload = parse_payload(content, configuration.limits, bounds.bytes)
    reason = f"payload {content_hash(payload)}"
    earlier = store.draft_tip(draft_id)
    if earlier is not None:
        return Plan(_earlier_report(store, draft_id, *earlier, reason), transaction.buffer, ())
    reading = read_push(payload, configuration.entities, configuration.limits, bounds.changes)
    staging = _Staging(store.git, base, reading.push)
    mistakes = [*reading.mistakes, *staging.stage()]
    if staging.conflicts and not mistakes:
        raise _in_conflict(staging.conflicts)
    require_no_mistakes([*mistakes, *staging.violations(reading.claimed)])
    new_draft = NewDraft(
        title=title_of(reading.push),
        id=draft_id,
        description=f"From {reading.push.wiki_url} by {reading.push.user}",
        source=SOURCE,
        author=author_of(reading.push),
        reason=reason,
    )
    plan = plan_draft(transaction, new_draft, base, staging.changes)
    new = plan.report
    report = ImportReport(draft_id, new.tip, len(reading.push.changes), new.entities)
    return Plan(report, transaction.buffer, plan.moves, plan.summary)


def title_of(push: Push) -> str:
    """Returns the draft's title: the first line of the comment, or the number of changes."""
    line = push.comment.partition("\n")[0].strip()
    if not line:
        number = len(push.changes)
        line = f"{number:,} change{'s' * (number > 1)} by {push.user}"
    return f"MediaWiki import: {line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + '…'}"


def author_of(push: Push) -> str:
    """Returns the wiki's user as a git author, `Name <Name@host>`, whatever characters the name has."""
    name = re.sub(r"[<>]", "", push.user).strip(" .,:;\"'\\")
    host = re.sub(r"[^A-Za-z0-9.-]+", "", urlsplit(push.wiki_url).hostname or "") or "wiki"
    account = re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip(".-") or "user"
    return f"{name or 'MediaWiki user'} <{account}@{host}>"


class _Staging:
    """The changes of a push, each applied to canonical, and their mistakes."""

    def __init__(self, git: GitRepository, base: Snapshot, push: Push) -> None:
        self.git = git
        self.base = base
        self.push = push
        self.conflicts: list[tuple[EntityRef, Conflict]] = []
        self.view = EffectiveView(base.source, base)
        self.changes: dict[EntityRef, Change] = {}
        self._states: dict[EntityRef, EntityState] = {}
        self._places: dict[EntityRef, PushedChange] = {}
        self._hints = 0

    def stage(self) -> list[Mistake]:
        """Applies every change. Returns the mistakes of those that cannot be applied."""
        mistakes = []
        for pushed in self.push.changes:
            self._places[pushed.entity] = pushed
            try:
                self._apply(pushed)
            except GitdraftError as error:
                mistakes.append(Mistake(_place_of(pushed, error), error, pushed.index))
        return mistakes

    def violations(self, claimed: Iterable[EntityRef]) -> list[Mistake]:
        """Returns the violations of the applied changes, as if the others could have been applied."""
        broken = {entity: Live({}) for entity in (*claimed, *self._places) if entity not in self.changes}
        states = {e: s for e, s in broken.items() if isinstance(self.base.state(e), Absent)}
        view = self.view.with_overrides({**states, **self._states})
        validator = Validator(self.base)
        return [
            _violated(self._places[entity], violation)
            for entity in self.changes
            for violation in validator.check_added(view, entity)
        ]

    def _apply(self, pushed: PushedChange) -> None:
        entity = pushed.entity
        state = self.base.state(entity)
        if pushed.action != "create" and isinstance(state, Absent):
            raise NotFound(
                f"Unknown entity_key '{entity.key}' with action '{pushed.action}'. "
                "Use action='create' for new entities or fix the entity_key.",
                context={"entity": str(entity)},
                hint=self._near(entity),
            )
        if pushed.action == "create" and isinstance(state, Live):
            raise AlreadyExists(
                f"Entity '{entity.key}' already exists. Use action='modify' to update existing entities.",
                context={"entity": str(entity)},
            )
        require_unprotected(self.base, entity)
        entity_type = self.base.configuration.entities[entity.type]
        if pushed.base_version is not None:
            self._merge(pushed, pushed.base_version, state)
            return
        edited = self._change(pushed)(EditTarget(self.view, entity, entity_type, state, state, None))
        # a patch that changes nothing yet stays what was pushed
        self.changes[entity] = edited.change or Update(entity, pushed.patch)
        self._states[entity] = edited.state

    def _merge(self, pushed: PushedChange, number: int, state: EntityState) -> None:
        """Applies a change that was made on an earlier revision, by a merge from there. Records its conflicts."""
        entity = pushed.entity
        before = self._state_at(entity, number)
        rules = self.base.configuration.entities[entity.type].lists
        applied = rebase_change(self._pushed(pushed), before, state, rules)
        if applied.report.status == "broken":
            raise PatchDoesNotApply(
                f"{entity} as of revision {number}: {applied.report.reason}",
                context={"entity": str(entity), "base_version": number},
            )
        self.conflicts += [(entity, conflict) for conflict in applied.report.conflicts]
        self.changes[entity] = applied.change or Update(entity, ())
        self._states[entity] = applied.state

    def _state_at(self, entity: EntityRef, number: int) -> EntityState:
        known = entity_history(self.base, self.git, entity)
        if not 1 <= number <= len(known):
            raise InvalidInput(
                f"'{entity}' has no revision {number}: "
                + (f"its revisions are 1 to {len(known)}" if known else "it has none"),
                code="unknown-revision",
                context={"entity": str(entity), "base_version": number, "latest": len(known)},
            )
        shown = envelope(self.base, entity, known[number - 1], known)
        if shown.redirects_to is not None:
            return Redirected(EntityRef(entity.type, shown.redirects_to))
        return Deleted() if shown.deleted else Live(shown.entity)

    def _pushed(self, pushed: PushedChange) -> PlainChange:
        match pushed.action:
            case "modify":
                return Update(pushed.entity, pushed.patch)
            case "create":
                return Create(pushed.entity, pushed.document)
            case "delete":
                return Delete(pushed.entity, title_of(self.push))

    def _change(self, pushed: PushedChange) -> EditFunction:
        match pushed.action:
            case "modify":
                return patch_entity(list(pushed.patch))
            case "create":
                return create_entity(pushed.document)
            case "delete":
                return delete_entity(title_of(self.push))

    def _near(self, entity: EntityRef) -> str | None:
        keys = folded_keys(self.base, entity.type).values()
        self._hints += 1
        if self._hints > MOST_HINTS or len(keys) > MOST_COMPARED:
            return None
        near = get_close_matches(entity.key, keys, n=1)
        return f"did you mean '{near[0]}'?" if near else None


def _in_conflict(conflicts: Sequence[tuple[EntityRef, Conflict]]) -> ConflictError:
    entity, first = conflicts[0]
    more = f" (and {len(conflicts) - 1} more)" if conflicts[1:] else ""
    return ConflictError(
        f"canonical changed {entity} {first.place} too, since the revision in base_version{more}",
        context={"conflicts": [{"entity": str(e), **conflict_json(conflict)} for e, conflict in conflicts]},
        hint="read the entity as it is now, and push a change to that",
        details=[f"{e} {conflict.place}: {conflict.type}" for e, conflict in conflicts],
    )


def _place_of(pushed: PushedChange, error: GitdraftError) -> str:
    """Returns the pointer into the payload of what an error is about."""
    at = f"/changes/{pushed.index}"
    if "base_version" in error.context:
        return f"{at}/base_version"
    if "operation" in error.context:
        return f"{at}/patch/{error.context['operation']}"
    if isinstance(error, InvalidInput):
        return _inside(pushed, str(error.context.get("path", "")))
    return f"{at}/entity_key"


def _inside(pushed: PushedChange, pointer: str) -> str:
    """Returns the pointer into the payload of a place in the entity that a change makes."""
    at = f"/changes/{pushed.index}"
    places: Mapping[str, str] = {"create": f"{at}/entity{pointer}", "modify": f"{at}/patch"}
    return places.get(pushed.action, f"{at}/entity_key")


def _violated(pushed: PushedChange, violation: Violation) -> Mistake:
    where = violation.pointer or "(whole entity)"
    error = PolicyViolation(
        f"{violation.entity} {where}: {violation.message}", context={"violation": violation.as_json()}
    )
    return Mistake(_inside(pushed, violation.pointer), error, pushed.index)


def _earlier_report(store: Store, draft_id: str, ref: RefName, tip: Oid, reason: str) -> ImportReport:
    """Returns the report of the earlier push. Its changes are counted in the draft's first commit, since the draft may
    have been edited after it."""
    draft = read_draft(store.git, draft_id, ref, tip)
    header = read_header(store.git, draft)
    if not header.history or header.history[0].reason != reason:
        raise InvalidInput(
            "this idempotency key was used for another payload",
            code="idempotency-key-reused",
            hint="a new payload needs a new key",
        )
    first = commits_between(store.git, draft.start, tip)[0]
    entities = read_draft(store.git, draft_id, ref, first.oid).files
    return ImportReport(draft_id, tip, len(entities), tuple(f.entity for f in entities), is_new=False)
