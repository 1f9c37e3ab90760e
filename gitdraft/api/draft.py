"""A draft: what it changes, how it stands, its way to canonical, or out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gitdraft.api.checks import unsayable_in
from gitdraft.api.conflicts import (
    Answer,
    Resolution,
    ResolveOptions,
    Side,
    divergence_conflicts,
    draft_conflicts,
    resolve,
)
from gitdraft.api.reviews import ReviewedDraft
from gitdraft.api.views import open_effective
from gitdraft.errors import GitdraftError, NotFound
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:
    from gitdraft.documents.inheritance import InheritanceImpact
    from gitdraft.drafts.impact import Classification
    from gitdraft.git.objects import Commit
    from gitdraft.model.changes import Change
    from gitdraft.model.draft_reports import (
        DescribeReport,
        NewReport,
        ResolveReport,
        StatusReport,
        ValidationReport,
    )
    from gitdraft.model.drafts import DraftHeader, DraftStatus
    from gitdraft.model.names import Oid
    from gitdraft.model.reports import (
        DraftDetails,
        EditReport,
        EntityDiff,
        EntityView,
        MergeReport,
        RebaseReport,
    )
    from gitdraft.rebase.stack import ParentState
    from gitdraft.store.drafts import ChangeFile, StoredDraft

Action = Literal["modify", "create", "delete", "redirect", "rename"]


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A change as a draft keeps it; a malformed one has an ``error`` and no ``change``."""

    entity: EntityRef
    action: Action
    change: Change | None = None
    error: GitdraftError | None = None


@dataclass(frozen=True, slots=True)
class Draft(ReviewedDraft):
    """A draft, by its id; each call looks at where it stands then. ``created`` reports the making of a draft that was
    just made."""

    created: NewReport | None = field(default=None, compare=False)

    @property
    def stored(self) -> StoredDraft:
        """The draft as it lies in git: its base, its tip, its files. Raises NotFound."""
        return self.session.store.find_draft(self.id)

    @property
    def tip(self) -> Oid:
        """The commit that the draft stands at."""
        return self.stored.tip

    def tag(self, tip: Oid | None = None) -> str:
        """Returns a hash of the draft's base, of what it says of itself and of its changes, now or at ``tip``: what is said
        of it does not change it."""
        from gitdraft.store.drafts import draft_tag, read_draft

        draft = self.stored
        if tip is not None and tip != draft.tip:
            draft = read_draft(self.session.store.git, self.id, draft.ref, tip)
        return draft_tag(self.session.store.git, draft)

    @property
    def branch(self) -> str:
        """The short name of the branch that an open draft has."""
        return self.session.store.draft_ref(self.id).removeprefix("refs/heads/")

    @property
    def header(self) -> DraftHeader:
        """What the draft says of itself."""
        from gitdraft.store.drafts import read_header

        return read_header(self.session.store.git, self.stored)

    @property
    def status(self) -> DraftStatus:
        """Where the draft is on its way."""
        return self.header.status

    def details(self) -> DraftDetails:
        """Returns the header, and how each change stands on canonical's tip; the draft is judged."""
        from gitdraft.drafts.details import draft_details

        return draft_details(self.session.store, self.id, self.session.given_verdicts())

    def parent(self) -> ParentState | None:
        """Returns how the draft stands to the draft that it stands on; ``None`` where that is canonical alone."""
        from gitdraft.rebase.stack import parent_state

        return parent_state(self.session.store, self.stored)

    def diff(self) -> list[EntityDiff]:
        """Returns what merging the draft would change in the entity files."""
        from gitdraft.drafts.diff import draft_diff

        return draft_diff(self.session.store, self.id)

    def log(self, limit: int | None = None) -> list[Commit]:
        """Returns the draft's own commits, newest first."""
        from gitdraft.views.summaries import draft_history

        return draft_history(self.session.store, self.stored)[:limit]

    def changes(self) -> list[KeptChange]:
        """Returns the draft's changes as it keeps them, sorted by entity."""
        return [self._kept(file) for file in self.stored.files]

    def change(self, entity: str) -> KeptChange:
        """Returns the draft's change to one entity. Raises NotFound where it has none."""
        from gitdraft.views.effective_view import open_view
        from gitdraft.views.entity_names import find_entity

        stored = self.stored
        named = find_entity(open_view(self.session.store, stored), entity)
        file = stored.file(named)
        if file is None:
            raise NotFound(f"the draft does not change '{named}'", context={"entity": str(named)})
        return self._kept(file)

    def view(self, entity: str) -> EntityView:
        """Returns an entity as the draft would have it."""
        from gitdraft.api.views import look_up

        return look_up(self.session.store, entity, self).show()

    def impact(self, *, progress: Progress = silent) -> InheritanceImpact:
        """Returns the entities whose effective members the draft changes, and through whom."""
        from gitdraft.views.effective_view import open_view
        from gitdraft.views.inheritance import inheritance_impact

        return inheritance_impact(open_view(self.session.store, self.stored), progress)

    def classify(self) -> Classification:
        """Returns whether the draft is breaking, additive or cosmetic, and why."""
        from gitdraft.drafts.impact import classify
        from gitdraft.views.effective_view import open_view

        return classify(open_view(self.session.store, self.stored))

    def count_overlaps(self) -> int | None:
        """Returns how many other open drafts touch what this one does; ``None`` where the index does not say."""
        from gitdraft.index.shared_entities import count_overlapping_drafts

        return count_overlapping_drafts(self.session.store, self.id, len(self.session.store.open_drafts()))

    def conflicts(self) -> list[tuple[EntityRef, Conflict]]:
        """Returns what draft and canonical both changed."""
        return draft_conflicts(self.session.store, self.id)

    def remote_conflicts(self) -> tuple[tuple[EntityRef, Conflict], ...]:
        """Returns what was changed both here and in the remote's draft of the same id; in each conflict ``canonical`` is
        the remote's value and ``draft`` the local one."""
        return divergence_conflicts(self.session.store, self.id)

    def resolve(
        self,
        entity: str,
        pointer: str | None = None,
        *,
        take: Side | None = None,
        value: Maybe = ABSENT,
        choose: Answer | None = None,
        options: ResolveOptions = ResolveOptions(),
    ) -> ResolveReport:
        """Resolves the conflict at a pointer of an entity, or all of it, by a side (``take``), a ``value``, or a function
        of the conflict (``choose``). Raises as :func:`gitdraft.api.conflicts.resolve`."""
        resolution = Resolution(take, value, choose)
        return resolve(self.session, self.id, entity, pointer, resolution, options)

    def retarget(
        self,
        entity: str,
        *,
        take: Side | None = None,
        allow_invalid: bool = False,
        dry_run: bool = False,
    ) -> ResolveReport:
        """Moves the change to where canonical redirects the entity; ``take`` says whose value stands where the two
        differ. Raises ConflictError listing these places without an answer."""
        options = ResolveOptions(True, allow_invalid, dry_run)
        return resolve(self.session, self.id, entity, None, Resolution(take), options)

    def save_from(
        self,
        revision: str,
        message: str | None = None,
        *,
        renames: bool = True,
        allow_invalid: bool = False,
        dry_run: bool = False,
    ) -> EditReport:
        """Takes the entity files that were edited and committed with plain git on the draft's branch (or on any other, or in
        one commit) in as patches, by who edited them; with ``renames`` a file that was moved is a renaming. Raises NotFound, StateRefused where ``revision`` changes no
        entity, ConflictError where the draft changed the same place."""
        from gitdraft.drafts.save_revision import plan_save_from

        return self.session.run(
            "save",
            lambda transaction: plan_save_from(
                transaction, self.id, revision, message, renames=renames, allow_invalid=allow_invalid
            ),
            dry_run=dry_run,
        )

    def rebase(self, *, dry_run: bool = False) -> RebaseReport:
        """Replays this draft onto canonical's tip, or onto the draft that it stands on. Raises NotFound."""
        from gitdraft.rebase.rebase import plan_rebase

        self.session.store.find_draft(self.id)
        return self.session.run(
            "rebase", lambda transaction: plan_rebase(transaction, [self.id]), dry_run=dry_run
        )

    def stand_alone(self, *, dry_run: bool = False) -> str:
        """Takes the draft off the draft that it stands on, without that one's changes; returns the new tip."""
        from gitdraft.rebase.stack import plan_stand_alone

        return self.session.run(
            "rebase", lambda transaction: plan_stand_alone(transaction, self.id), dry_run=dry_run
        )

    def validate(self, *, record: bool = False) -> ValidationReport:
        """Returns all violations of the draft, warnings too. Nothing is written unless ``record`` is set: then a sound draft
        becomes `validated`, and a validated one that is not sound any more `draft`.

        Where canonical is a remote's alone, as in a clone of the draft's branch, it is checked on that, and its status
        stays. Raises NotFound (``nothing-checked``) where canonical is not even that.
        """
        from gitdraft.drafts.lifecycle import plan_validate
        from gitdraft.validation.subject import store_to_check

        store = store_to_check(self.session.store)
        session = replace(self.session, store=store)
        records = record and store is self.session.store
        report = session.run(
            "validate",
            lambda transaction: plan_validate(transaction, self.id, record=records),
            dry_run=not records,
        )
        unsayable = unsayable_in(store, open_effective(store, self.id), changed_only=True)
        return replace(report, violations=(*report.violations, *unsayable))

    def describe(
        self, title: str | None = None, description: str | None = None, *, dry_run: bool = False
    ) -> DescribeReport:
        """Gives the open draft another title or description; ``None`` leaves it. Raises StateRefused for a closed draft,
        InvalidInput for a blank title."""
        from gitdraft.drafts.lifecycle import plan_describe

        return self.session.run(
            "draft edit",
            lambda transaction: plan_describe(transaction, self.id, title, description),
            dry_run=dry_run,
        )

    def submit(self, reason: str | None = None, *, dry_run: bool = False) -> StatusReport:
        """Hands the draft in for merging, with what there is to say. Raises StateRefused for a wrong status or an empty draft, ConflictError,
        PolicyViolation."""
        from gitdraft.drafts.lifecycle import plan_submit

        return self.session.run(
            "submit", lambda transaction: plan_submit(transaction, self.id, reason), dry_run=dry_run
        )

    def merge(self, message: str | None = None, *, local: bool = False, dry_run: bool = False) -> MergeReport:
        """Merges the submitted draft into canonical as one commit, and rebases the other open drafts onto it. It is no
        longer the one to which edits go. One with a pull request is merged there (StateRefused, ``has-pull-request``), unless
        ``local``."""
        from gitdraft.drafts.merge import plan_merge
        from gitdraft.store.worktree_state import current_draft

        report = self.session.run(
            "merge",
            lambda transaction: plan_merge(
                transaction, self.id, message, self.session.given_verdicts(), local=local
            ),
            dry_run=dry_run,
        )
        if not dry_run and current_draft(self.session.store) == self.id:
            self.session.set_current(None)
        return report

    def reject(self, reason: str, *, dry_run: bool = False) -> StatusReport:
        """Turns the submitted draft down. It is kept, and can be reopened."""
        from gitdraft.drafts.lifecycle import plan_reject

        return self.session.run(
            "reject", lambda transaction: plan_reject(transaction, self.id, reason), dry_run=dry_run
        )

    def withdraw(self, reason: str | None = None, *, dry_run: bool = False) -> StatusReport:
        """Takes the draft back. It is kept, and can be reopened."""
        from gitdraft.drafts.lifecycle import plan_withdraw

        return self.session.run(
            "withdraw", lambda transaction: plan_withdraw(transaction, self.id, reason), dry_run=dry_run
        )

    def reopen(self, *, dry_run: bool = False) -> StatusReport:
        """Makes a submitted, rejected or withdrawn draft editable again."""
        from gitdraft.drafts.lifecycle import plan_reopen

        return self.session.run(
            "reopen", lambda transaction: plan_reopen(transaction, self.id), dry_run=dry_run
        )

    def _kept(self, file: ChangeFile) -> KeptChange:
        from gitdraft.store.change_files import read_change_file

        action: Action = "modify" if file.kind == "patch" else file.kind
        store = self.session.store
        try:
            change = read_change_file(store.git, file, store.snapshot().configuration)
        except GitdraftError as error:
            return KeptChange(file.entity, action, error=error)
        return KeptChange(file.entity, action, change)
