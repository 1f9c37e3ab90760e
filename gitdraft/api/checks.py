"""What is wrong: with canonical, with the step between two commits, with what git is about to commit, push or receive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.model.drafts import DraftStatus
    from gitdraft.model.operations import RefUpdate
    from gitdraft.model.view_reports import Finding
    from gitdraft.model.violations import Location, Violation
    from gitdraft.store.repository import Store
    from gitdraft.sync.outgoing import Outgoing
    from gitdraft.validation.receive import Refusal
    from gitdraft.validation.staged import Staged
    from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Violations, warnings too, in so many entities that were ``checked``, of a ``target`` (a branch, a range, a draft).
    ``draft_status`` is the status that a draft has now."""

    target: str
    violations: tuple[Violation, ...]
    checked: int
    view: EffectiveView
    draft_status: DraftStatus | None = None

    @property
    def is_sound(self) -> bool:
        """Whether no violation blocks."""
        return all(violation.severity != "error" for violation in self.violations)

    def located(self) -> list[tuple[Violation, Location]]:
        """Returns the violations, each with where it is."""
        return [(violation, self.locate(violation)) for violation in self.violations]

    def locate(self, violation: Violation) -> Location:
        """Returns in which file, and where in it, a violation is."""
        from gitdraft.validation.locations import locate_in_view

        return locate_in_view(self.view, violation)


def unsayable_in(
    store: Store, view: EffectiveView, *, changed_only: bool = False, progress: Progress = silent
) -> tuple[Violation, ...]:
    """Returns what RDF cannot say of the entities of a view, or of those that it changes; nothing where gitdraft.yaml says
    nothing of RDF."""
    configuration = view.canonical.configuration
    if configuration.rdf is None and all(known.rdf is None for known in configuration.entities.values()):
        return ()
    from gitdraft.rdf.violations import find_unsayable

    return find_unsayable(store, view, changed_only=changed_only, progress=progress)


@dataclass(frozen=True, slots=True)
class Checks:
    """What is wrong, and where. Nothing is written."""

    session: Session

    def canonical(self, *, progress: Progress = silent) -> CheckReport:
        """Returns all violations of canonical."""
        from gitdraft.validation.commits import validate_canonical

        store = self.session.store
        checked = validate_canonical(store, progress, with_warnings=True)
        unsayable = unsayable_in(store, checked.view, progress=progress)
        return CheckReport(
            store.canonical_branch, (*checked.violations, *unsayable), checked.count, checked.view
        )

    def step(self, commits: str, *, progress: Progress = silent) -> CheckReport:
        """Returns what the step between two commits makes wrong: `OLD..NEW`, without NEW up to canonical's tip. Where it ends
        in a draft, that is checked. Raises NotFound for an unknown revision, and (``nothing-checked``) where there is
        nothing to look at."""
        from gitdraft.validation.commits import validate_range

        store = self.session.store
        old, _, new = commits.partition("..")
        new = new.removeprefix(".")
        checked = validate_range(store, old, new, progress, with_warnings=True)
        return CheckReport(commits, checked.violations, checked.count, checked.view)

    def shapes(
        self, content: bytes, source: str, draft: str | None = None, *, progress: Progress = silent
    ) -> tuple[Violation, ...]:
        """Returns what SHACL shapes (a file's ``content``, by its name ``source``) say is wrong with canonical's entities as linked
        data; with a draft, with those that it changes, and what it makes wrong with others.

        Raises InvalidInput (``bad-shapes``, ``no-rdf-mapping``), NotFound (``nothing-checked``) where no shape matches an
        entity, RepositoryError (``not-installed``).
        """
        from gitdraft.api.views import open_effective
        from gitdraft.rdf.export import open_exporter
        from gitdraft.rdf.syntaxes import require_pyshacl
        from gitdraft.validation.subject import store_to_check

        require_pyshacl()
        from gitdraft.rdf.shapes import check_shapes, read_shapes

        shapes = read_shapes(content, source)
        store = store_to_check(self.session.store)
        return check_shapes(open_exporter(store, open_effective(store, draft), "full"), shapes, progress)

    def draft(self, draft: str) -> EffectiveView:
        """Returns the view in which a draft's violations are placed. Raises NotFound."""
        from gitdraft.api.views import open_effective
        from gitdraft.validation.subject import store_to_check

        return open_effective(store_to_check(self.session.store), draft)

    def staged(self, index_file: str | None = None) -> Staged:
        """Returns what the commit of git's index (of another ``index_file``, where git names one) would break.

        git holds the index's lock, so nothing is recovered and nobody waited for: raises OperationPending where an
        operation was interrupted.
        """
        from pathlib import Path

        from gitdraft.git.index import staged_tree
        from gitdraft.git.swap_history import require_no_interrupted_swap
        from gitdraft.git.unmerged import half_deleted_files
        from gitdraft.store.operation_log import require_no_interrupted_operation
        from gitdraft.validation.staged import check_staged

        store = self.session.store
        require_no_interrupted_swap(store.git)
        require_no_interrupted_operation(store.git)
        index = Path(index_file) if index_file else None
        tree = staged_tree(store.git.path, index)
        committer = self.session.identity.committer_in(store.git)
        return check_staged(store, tree, committer, half_deleted_files(store.git, index))

    def outgoing(self, updates: Sequence[RefUpdate]) -> Outgoing:
        """Returns what is to be said of a push before it leaves."""
        from gitdraft.sync.outgoing import check_outgoing

        return check_outgoing(self.session.store, self.session.metadata(), updates)

    def receive(self, updates: Sequence[RefUpdate]) -> tuple[Refusal, ...]:
        """Returns what is wrong with a push, ref by ref; nothing when it may come in."""
        from gitdraft.validation.receive import check_push

        return check_push(self.session.store, updates)

    def doctor(self) -> list[Finding]:
        """Returns every check of the repository, in the order in which one would mend what they find."""
        from gitdraft.api.doctor import diagnose

        return diagnose(self.session.store)
