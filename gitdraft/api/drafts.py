"""The drafts of a repository: making them, and listing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypedDict, Unpack

from gitdraft.api.draft import Draft
from gitdraft.api.session import Session
from gitdraft.errors import GitdraftError, NewerFormat
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.api.pull_requests import PullRequests
    from gitdraft.drafts.create import NewDraft
    from gitdraft.model.draft_reports import NewReport
    from gitdraft.model.drafts import DraftStatus
    from gitdraft.model.rebase_states import RebaseStatus
    from gitdraft.model.reports import AdoptReport, DraftSummary, RebaseReport
    from gitdraft.store.drafts_on_canonical import DraftOnCanonical
    from gitdraft.store.transaction import Plan, Transaction
    from gitdraft.transfer.sources import EntitySource

Sort: TypeAlias = Literal["id", "updated", "created", "title", "status"]


class NewOptions(TypedDict, total=False):
    """What a new draft says of itself, and how it is made.

    ``draft_id`` is made from the title otherwise; ``source`` says where the draft comes from, ``author`` whose it is (who
    acts, otherwise); ``allow_invalid`` accepts results that break their schema; ``switch`` makes it the draft to which
    edits go; with ``dry_run`` nothing is written.
    """

    draft_id: str | None
    description: str
    source: str
    author: str | None
    allow_invalid: bool
    switch: bool
    dry_run: bool


class TableDraft(NamedTuple):
    """A draft made of a table, and how it was rebased (``None``: canonical has not moved since, or it is not made)."""

    draft: Draft
    rebase: RebaseReport | None


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of a repository. Iterating gives a summary of each open one, sorted by id."""

    session: Session

    def __iter__(self) -> Iterator[DraftSummary]:
        return iter(self.summaries())

    def __getitem__(self, draft_id: str) -> Draft:
        return self.get(draft_id)

    def get(self, draft_id: str) -> Draft:
        """Returns a draft, open or closed, or one whose branch plain git has deleted, which can be reopened. Raises NotFound
        with the nearest id."""
        store = self.session.store
        if store.draft_tip(draft_id) is not None or store.lost_branch(draft_id) is None:
            store.find_draft(draft_id)
        return Draft(self.session, draft_id)

    @property
    def pull_requests(self) -> PullRequests:
        """Their pull requests on a forge."""
        from gitdraft.api.pull_requests import PullRequests

        return PullRequests(self.session)

    def ids(self) -> list[str]:
        """Returns the ids of the open drafts, sorted."""
        return sorted(self.session.store.open_drafts())

    def summaries(
        self,
        status: DraftStatus | None = None,
        *,
        rebase_status: RebaseStatus | None = None,
        mine: bool = False,
        sort: Sort = "id",
        limit: int | None = None,
    ) -> list[DraftSummary]:
        """Returns the open drafts, or those of a status, with what is known of how they stand on canonical's tip: none is
        judged. ``rebase_status`` keeps those that stand so, ``mine`` those whose author has the mail of who acts.

        They are sorted by id, title or status, or by when they were last changed or made, the latest first; the first
        ``limit`` of them are returned, all without it.
        """
        from gitdraft.views.summaries import DraftFilter, summarise_drafts

        store, author = self.session.store, None
        if mine:
            author = self.session.identity.author_in(store.git).email.casefold()
        return summarise_drafts(store, DraftFilter(status, rebase_status, author), sort, limit)

    def reviewed(self, summaries: Sequence[DraftSummary]) -> list[DraftSummary]:
        """Returns the same drafts, each with the hash of its changes and how far it is reviewed. Hashes that are not known yet
        are made for the first thousand; a later one has neither until it is asked again, or shown."""
        from gitdraft.views.reviews import with_reviews

        return with_reviews(self.session.store, summaries, self.session.given_verdicts())

    def id_of_branch(self, branch: str) -> str | None:
        """Returns the id of the draft whose branch, here or on a remote, is called so; ``None`` for any other revision."""
        store = self.session.store
        short = store.drafts_ref.removeprefix("refs/heads/")
        name = branch.removeprefix("refs/heads/").removeprefix("refs/remotes/")
        draft_id = name.removeprefix(short) if name.startswith(short) else name.partition(f"/{short}")[2]
        return draft_id if draft_id and store.draft_tip(draft_id) is not None else None

    def open_tips(self) -> dict[str, Oid]:
        """Returns the open drafts: id to tip, sorted by id; nothing is read of them."""
        return self.session.store.open_drafts()

    def status_at(self, tip: Oid) -> str:
        """Returns the status of the draft whose tip this is; `malformed` for a branch that is no draft, `newer-format` for
        one of a later gitdraft's."""
        from gitdraft.formats.drafts import read_draft_header
        from gitdraft.store.drafts import HEADER_PATH
        from gitdraft.store.snapshots import file_oid

        git = self.session.store.git
        try:
            oid = file_oid(git, git.read_lineage(tip).tree, HEADER_PATH)
            if oid is None:
                return "malformed"
            return read_draft_header(git.read_blob(oid), source=HEADER_PATH).status.value
        except NewerFormat as error:
            return error.code
        except GitdraftError:
            return "malformed"

    def on_canonical(self) -> tuple[DraftOnCanonical, ...]:
        """Returns the drafts that plain git has merged, so that their `.gitdraft/` lies on canonical."""
        from gitdraft.store.drafts_on_canonical import drafts_on_canonical

        return drafts_on_canonical(self.session.store.canonical_or_empty())

    def adopt(
        self,
        draft: str | None = None,
        *,
        take_out: bool = False,
        message: str | None = None,
        dry_run: bool = False,
    ) -> AdoptReport:
        """Makes the changes of a draft that plain git has merged a merge, or with ``take_out`` takes it out of canonical
        again; without a name the only one there. Raises NotFound (``draft-not-on-canonical``), StateRefused
        (``several-drafts``), and what a merge does."""
        from gitdraft.drafts.adopt import plan_adopt, plan_take_out
        from gitdraft.store.worktree_state import current_draft

        def plan(transaction: Transaction) -> Plan[AdoptReport]:
            if take_out:
                return plan_take_out(transaction, draft)
            return plan_adopt(transaction, draft, message, self.session.given_verdicts())

        report = self.session.run("adopt", plan, dry_run=dry_run)
        if not dry_run and report.branch == "closed" and current_draft(self.session.store) == report.draft:
            self.session.set_current(None)
        return report

    def new(self, title: str, *, onto: str | None = None, **options: Unpack[NewOptions]) -> Draft:
        """Starts a draft on canonical's tip, or on top of another one (``onto``), which it follows from then on.

        Raises AlreadyExists for an id that is taken, NotFound for an unknown ``onto``.
        """
        from gitdraft.drafts.create import plan_new, plan_new_onto

        new_draft = _new_draft(title, options)

        def plan(transaction: Transaction) -> Plan[NewReport]:
            if onto is not None:
                return plan_new_onto(transaction, new_draft, onto)
            return plan_new(transaction, new_draft)

        return self._started(self.session.run("new", plan, dry_run=options.get("dry_run", False)), options)

    def new_from(self, revision: str, title: str | None = None, **options: Unpack[NewOptions]) -> Draft:
        """Makes a draft of the entity files that a branch or commit changed since it left canonical; without a title it
        takes the commit's subject. Raises NotFound for an unknown revision, StateRefused where it changes no entity."""
        from gitdraft.drafts.create import plan_new_from, subject_of

        new_draft = _new_draft(title or subject_of(self.session.store, revision), options)
        allow_invalid = options.get("allow_invalid", False)
        report = self.session.run(
            "new",
            lambda transaction: plan_new_from(transaction, new_draft, revision, allow_invalid=allow_invalid),
            dry_run=options.get("dry_run", False),
        )
        return self._started(report, options)

    def new_from_rows(
        self,
        title: str,
        rows: EntitySource,
        *,
        progress: Progress = silent,
        **options: Unpack[NewOptions],
    ) -> Draft:
        """Makes a draft of the changes in a file of JSON lines, all or none. Raises InvalidInput (``invalid-rows``) naming
        each row that is wrong."""
        from gitdraft.transfer.import_changes import plan_new_of_rows, read_changes

        new_draft = _new_draft(title, options)
        changes = read_changes(self.session.store, rows)
        report = self.session.run(
            "new",
            lambda transaction: plan_new_of_rows(
                transaction,
                new_draft,
                changes,
                allow_invalid=options.get("allow_invalid", False),
                progress=progress,
            ),
            dry_run=options.get("dry_run", False),
        )
        return self._started(report, options)

    def new_from_table(self, title: str, table: IO[bytes], **options: Unpack[NewOptions]) -> TableDraft:
        """Makes a draft of the cells that were edited in a table that ``Transfer.export_table`` gave out (CSV, TSV, XLSX or Parquet), at the
        commit that it was made of, and rebases it: so a cell that canonical changed too is a conflict.

        Raises InvalidInput (``invalid-table``, ``invalid-rows``) with line and column, StateRefused (``empty-draft``) where
        nothing was edited, RepositoryError (``not-installed``).
        """
        from gitdraft.transfer.import_table import plan_new_of_table, read_table

        read, new_draft = read_table(table), _new_draft(title, options)
        report = self.session.run(
            "new",
            lambda transaction: plan_new_of_table(
                transaction, new_draft, read, allow_invalid=options.get("allow_invalid", False)
            ),
            dry_run=options.get("dry_run", False),
        )
        draft = self._started(report, options)
        is_behind = report.base != self.session.store.canonical_tip()
        return TableDraft(draft, draft.rebase() if is_behind and not options.get("dry_run", False) else None)

    def _started(self, report: NewReport, options: NewOptions) -> Draft:
        if options.get("switch", False) and not options.get("dry_run", False):
            self.session.set_current(report.id)
        return Draft(self.session, report.id, report)


def _new_draft(title: str, options: NewOptions) -> NewDraft:
    from gitdraft.drafts.create import NewDraft

    return NewDraft(
        title,
        options.get("draft_id"),
        options.get("description", ""),
        options.get("source", "library"),
        options.get("author"),
    )
