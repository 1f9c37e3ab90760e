"""What the verbs answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:  # a report is made where these are loaded already; who prints one needs none of them
    from gitdraft.model.assignments import EditedPlace
    from gitdraft.model.changes import Patch
    from gitdraft.model.draft_problems import DraftProblem
    from gitdraft.model.drafts import DraftHeader
    from gitdraft.model.entities import EntityRef
    from gitdraft.model.merge import Conflict, OutcomeStatus
    from gitdraft.model.outcomes import ChangeReport, ChangeStatus
    from gitdraft.model.rebase_states import RebaseState
    from gitdraft.model.reviews import ReviewState
    from gitdraft.model.revisions import EditType
    from gitdraft.model.violations import Violation


@dataclass(frozen=True, slots=True)
class EntityDiff:
    """What a draft makes of one entity file: its bytes before and after (``None``: no file), and the same as an
    RFC 6902 patch. Where it is in conflict (``conflicts``) or broken (``reason``), what is clean of it is in there, and
    canonical's value stands at the conflicts. ``target`` is what it redirects the entity to."""

    entity: EntityRef
    status: ChangeStatus
    path: str
    before: bytes | None
    after: bytes | None
    patch: Patch
    conflicts: tuple[Conflict, ...] = ()
    reason: str | None = None
    renamed_from: RenamedFile | None = None
    target: EntityRef | None = None


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """The entity that a draft gives another name, with its file on canonical."""

    entity: EntityRef
    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DraftReport:
    """How a draft fared in a rebase.

    ``status`` is that of its worst change (broken, conflict, invalid, unknown, clean). ``base`` and ``tip`` are where
    it stands afterwards; they are ``None``, and ``reason`` says why, for a branch that is no draft.
    """

    id: str
    status: OutcomeStatus
    base: Oid | None
    tip: Oid | None
    changes: tuple[ChangeReport, ...] = ()
    moved: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RebaseCounts:
    """Drafts by how they fared. ``unaffected`` ones were not written (nor read beyond their trees), ``unknown`` ones could not
    be judged in time."""

    open: int
    unaffected: int
    rebased: int
    conflict: int
    invalid: int
    broken: int
    unknown: int = 0

    @property
    def left(self) -> int:
        """How many drafts stay where they are."""
        return self.conflict + self.invalid + self.broken + self.unknown


@dataclass(frozen=True, slots=True)
class RebaseReport:
    """A rebase of drafts onto the canonical commit ``canonical``; ``since`` is the one last processed."""

    since: Oid | None
    canonical: Oid
    counts: RebaseCounts
    drafts: tuple[DraftReport, ...]

    @property
    def is_clean(self) -> bool:
        """Whether no draft was left behind."""
        return self.counts.left == 0


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity as a draft, or canonical, shows it.

    ``document`` is :data:`ABSENT` when it is deleted or redirected; ``deleted`` is canonical's content of what the draft
    deletes, ``renamed_from`` the entity to which the draft gives this name. With ``conflicts`` or a ``reason`` the draft's change could not be carried to canonical as a whole: the entity is
    shown with what is clean of it, and canonical's value at the conflicts.
    """

    entity: EntityRef
    status: ChangeStatus
    document: Maybe = ABSENT
    target: EntityRef | None = None
    conflicts: tuple[Conflict, ...] = ()
    reason: str | None = None
    deleted: Maybe = ABSENT
    renamed_from: EntityRef | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the draft changes the entity, or would."""
        return self.status.value != "unchanged" or bool(self.conflicts) or self.reason is not None


@dataclass(frozen=True, slots=True)
class EditReport:
    """What an edit did: the entities whose change is now another (empty: it was already so), the violations
    that were let through, whether the draft was first carried to canonical's tip, the files of a revision that are no
    entities, and what was done where by an edit that was made by place."""

    draft: str
    tip: Oid
    changed: tuple[EntityView, ...]
    violations: tuple[Violation, ...] = ()
    replayed: bool = False
    ignored: tuple[str, ...] = ()
    places: tuple[EditedPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """One line of the list of drafts. ``header`` (without its history) is ``None``, with a ``reason``, for a malformed branch;
    ``rebase_state`` is how it stands on canonical's tip, ``updated_at`` when its last commit was made, ``problems`` what plain git
    has done to the draft, ``review`` how far it is reviewed (``None``: not looked at)."""

    id: str
    tip: Oid
    base: Oid | None
    header: DraftHeader | None
    changes: int
    rebase_state: RebaseState
    updated_at: str | None = None
    reason: str | None = None
    problems: tuple[DraftProblem, ...] = ()
    review: ReviewState | None = None


@dataclass(frozen=True, slots=True)
class DraftDetails:
    """A draft with its ``header``, its changes as applied to canonical's tip (each with what it makes of its entity, and with
    its violations), its conflicts there, and the ``violations`` elsewhere: in entities that it does not change, in files beside
    its folder. ``blocked_by`` is what keeps an open draft from being merged, as codes of errors with a clause each."""

    summary: DraftSummary
    header: DraftHeader
    changes: tuple[tuple[ChangeReport, ChangeStatus], ...]
    conflicts: tuple[tuple[EntityRef, Conflict], ...] = ()
    violations: tuple[Violation, ...] = ()
    blocked_by: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The draft's id."""
        return self.summary.id

    @property
    def rebase_state(self) -> RebaseState:
        """How the draft stands on canonical's tip."""
        return self.summary.rebase_state


@dataclass(frozen=True, slots=True)
class MergeReport:
    """A draft merged: the commit on canonical, and how the other open drafts fared."""

    draft: str
    commit: Oid
    entities: tuple[EntityView, ...]
    rebase: RebaseReport


@dataclass(frozen=True, slots=True)
class AdoptReport:
    """A draft that plain git had merged: adopted as a merge, or taken out of canonical again.

    ``branch`` says what became of its branch: `closed`, `open` (it has gone on since git merged it, or the draft was taken
    out), `restored` (it was gone, and the draft is open again). ``remaining`` are the drafts that still lie on canonical.
    """

    draft: str
    commit: Oid
    is_taken_out: bool
    branch: Literal["closed", "open", "restored"]
    entities: tuple[EntityView, ...]
    remaining: tuple[str, ...]
    rebase: RebaseReport


@dataclass(frozen=True, slots=True)
class EntityReport:
    """What a command made of an entity on canonical: the ``edit`` (an edit type of revisions), the commit
    (``None``: it was so already), the references overridden by force, how the open drafts fared."""

    entity: EntityRef
    edit: EditType
    commit: Oid | None = None
    forced: tuple[Violation, ...] = ()
    rebase: RebaseReport | None = None
