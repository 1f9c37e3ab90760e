"""The worktree: a draft's files in it, what was edited there, and what git left unmerged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.errors import NotFound
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:
    from gitdraft.api.conflicts import Answer, Side
    from gitdraft.git.unmerged import Side as GitSide
    from gitdraft.model.reports import EditReport
    from gitdraft.model.worktree_reports import CheckedFile, CheckoutReport, FileResolveReport, UnmergedFile


@dataclass(frozen=True, slots=True)
class UnmergedFiles:
    """The files that git left unmerged, and what is ours and what is theirs in them."""

    ours: GitSide
    theirs: GitSide
    files: tuple[UnmergedFile, ...]


@dataclass(frozen=True, slots=True)
class Worktree:
    """The worktree of a repository. Raises StateRefused (``no-worktree``, ``bare-repository``) where there is none."""

    session: Session

    def current_draft(self) -> str | None:
        """Returns the draft to which edits go, ``None`` where there is none."""
        from gitdraft.store.worktree_state import current_draft

        return current_draft(self.session.store)

    def require_current_draft(self) -> str:
        """Returns the draft to which edits go. Raises NotFound (``no-current-draft``)."""
        current = self.current_draft()
        if current is None:
            raise NotFound(
                "no draft is current",
                code="no-current-draft",
                hint="gitdraft switch DRAFT, or --draft DRAFT; gitdraft new TITLE makes one",
            )
        return current

    def keep_unsaved(self, name: str, text: bytes) -> Path:
        """Returns the file, in the repository's own folder, in which a text is kept that was typed and not accepted. Raises
        RepositoryError when the disk refuses."""
        from gitdraft.store.worktree_state import keep_text

        return keep_text(self.session.store.git, name, text)

    def switch(self, draft: str | None) -> str | None:
        """Makes a draft the one to which edits go (``None``: none). The worktree is left alone.

        A draft that only the remote has, as it was last fetched, is taken over first; returns that remote's name then.
        Raises NotFound.
        """
        from gitdraft.store.worktree_state import set_current_draft
        from gitdraft.sync.take import plan_take, remote_draft

        store, taken = self.session.store, None
        if draft is not None and store.draft_tip(draft) is None:
            taken = remote_draft(store, draft)
        if taken is not None:
            remote, tracked = taken
            self.session.run("switch", lambda transaction: plan_take(transaction, remote, tracked))
        if draft is not None:
            store.find_draft(draft)
        set_current_draft(store, draft)
        return None if taken is None else taken[0]

    def checkout(self, draft: str | None, *, force: bool = False) -> CheckoutReport:
        """Puts the worktree on a draft's materialised form, HEAD detached, or back on canonical's branch (``None``). Raises
        StateRefused where another branch is checked out, or edits or commits are not saved (unless ``force``)."""
        from gitdraft.drafts.worktree import check_out

        report = check_out(self.session.store, draft, force=force)
        self.session.notify_all(report.notices)
        return report

    def draft_in_worktree(self) -> str | None:
        """Returns the draft whose materialised form is checked out, ``None`` where there is none."""
        from gitdraft.store.worktree_state import read_checked_out

        checked_out = read_checked_out(self.session.store)
        return None if checked_out is None else checked_out.draft

    def save(
        self,
        draft: str | None = None,
        message: str | None = None,
        *,
        renames: bool = True,
        allow_invalid: bool = False,
        dry_run: bool = False,
    ) -> EditReport:
        """Saves the entity files that were edited or committed in the worktree as minimal patches of a draft: the one
        that is checked out, else the current one. The worktree is on its materialised form then. With ``renames`` a file
        that was moved is its entity under another name. ``message`` is the reason of deletions too. Raises ConflictError
        where both changed one place."""
        from gitdraft.drafts.worktree import (
            find_base,
            follow_saved,
            plan_save,
            recover_worktree,
            worktree_edits,
        )

        store = self.session.store
        self.session.notify_all(recover_worktree(store))
        base = find_base(store)
        edits = worktree_edits(store, store.snapshot(), base)
        draft = draft or base.draft or self.require_current_draft()
        report = self.session.run(
            "save",
            lambda transaction: plan_save(
                transaction, draft, edits, message, renames=renames, allow_invalid=allow_invalid
            ),
            dry_run=dry_run,
        )
        if (edits or base.head != base.commit) and not dry_run:
            self.session.notify_all(follow_saved(store, draft, base, edits))
        return report

    def check(self, paths: Sequence[str]) -> list[CheckedFile]:
        """Returns the entity files among ``paths`` (relative to the worktree), checked as ``save`` would check them."""
        from gitdraft.drafts.worktree_check import check_files

        return check_files(self.session.store, self.session.metadata(), paths)

    def entity_folders(self) -> tuple[tuple[Path, bool], ...]:
        """Returns the folders whose files are entities, none inside another, and whether those at any depth are; nothing
        in a bare repository. Of a type whose files lie at the top of the worktree only the top counts: below are builds
        and `.git`. Raises InvalidInput for a malformed gitdraft.yaml."""
        store = self.session.store
        if store.git.worktree is None:
            return ()
        types = store.snapshot().configuration.entities.values()
        names = sorted({entity_type.path.folder for entity_type in types})
        outer = [n for n in names if not any(other and n.startswith(f"{other}/") for other in names)]
        return tuple((store.git.worktree / name, bool(name)) for name in outer)

    def path_of(self, file: str, folder: Path) -> str:
        """Returns the path in the repository of what a user in ``folder`` calls ``file``. Raises NotFound outside of
        it."""
        from gitdraft.canonical.unmerged_files import path_in_worktree

        return path_in_worktree(self.session.store.git, folder, file)

    def name_of(self, path: str, folder: Path) -> str:
        """Returns what a user in ``folder`` calls a path in the repository."""
        from gitdraft.canonical.unmerged_files import path_from

        return path_from(self.session.store.git, folder, path)

    def unmerged(self, path: str | None = None) -> UnmergedFiles:
        """Returns the files that git left unmerged, or the one at ``path``, with their conflicts. Raises StateRefused
        (``not-in-conflict``) for one that is not unmerged."""
        from gitdraft.canonical.unmerged_files import unmerged_entities
        from gitdraft.git.unmerged import sides

        files = tuple(unmerged_entities(self.session.store, path))
        return UnmergedFiles(*sides(self.session.store.git), files)

    def resolve_file(
        self,
        path: str,
        pointer: str | None = None,
        *,
        take: Side | None = None,
        value: Maybe = ABSENT,
        choose: Answer | None = None,
    ) -> FileResolveReport:
        """Resolves the conflict at a pointer of an unmerged file, or all of them; when the last one is resolved, the file
        is as after `git add`. Raises as ``unmerged``, and NotFound where the pointer names no conflict."""
        from gitdraft.api.conflicts import Resolution
        from gitdraft.canonical.unmerged_files import resolve_file

        answer = Resolution(take, value, choose).required
        return resolve_file(self.session.store, path, pointer, answer)
