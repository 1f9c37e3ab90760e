"""Real proposals as pages: each of the 1,673 pull requests is a draft that follows canonical, then a withdrawn one.

Every page of its changes and its conflicts is rendered. A page fails that raises, names another entity or another kind of change
than `gitdraft diff`, or is larger or slower than it may be. `python -m benchmarks.review_pages [STEP]` (each STEP-th of them); exit code 1 where one fails.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from html import escape
from statistics import median

from benchmarks import runs
from benchmarks.history import (
    Proposal,
    clone,
    configuration,
    follow,
    metadata,
    open_at,
    open_draft,
    proposals,
    replant,
)
from benchmarks.repositories import folder
from benchmarks.tables import megabytes, print_table, seconds, shown
from gitdraft.drafts.diff import draft_diff
from gitdraft.drafts.lifecycle import plan_withdraw
from gitdraft.errors import StateRefused
from gitdraft.model.changes import Patch
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.pages import DraftsQuery, Site, Viewer
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.review.conflicts import conflicts_page
from gitdraft.review.draft import draft_page
from gitdraft.review.drafts import drafts_page
from gitdraft.review.pages import conflicts_html, draft_html, drafts_html
from gitdraft.store.repository import Store
from gitdraft.store.transaction import commit_plan

SITE = Site(Viewer("maintainer", "Mia <mia@example.org>"))
LARGEST = 4 << 20  # bytes of a page
SLOWEST = 2.0  # seconds of processor time


@dataclass
class Sweep:
    """The pages that were made: the processor time of each, how large it is, what is wrong."""

    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    drafts: int = 0
    empty: int = 0
    conflicts: int = 0
    changes: int = 0

    def page(self, name: str, make: Callable[[], str]) -> str:
        """Returns the page; what is wrong with it is kept."""
        start = time.process_time()
        try:
            text = make()
        except Exception as error:  # whatever a page raises is looked for
            self.failures.append(f"{name}: {type(error).__name__}: {error}")
            return ""
        taken, size = time.process_time() - start, len(text.encode())
        self.times.append(taken)
        self.sizes.append(size)
        if size > LARGEST or taken > SLOWEST:
            self.failures.append(f"{name}: {size / 1024:,.0f} KiB in {taken:,.2f} s")
        return text

    def rows(self) -> list[list[str]]:
        """Returns the rows of the table."""
        return [
            ["drafts", f"{self.drafts:,}"],
            ["proposals that change no entity", f"{self.empty:,}"],
            ["changes shown", f"{self.changes:,}"],
            ["conflicts shown", f"{self.conflicts:,}"],
            ["pages", f"{len(self.times):,}"],
            ["a page, median", shown(median(self.times))],
            ["the slowest page", shown(max(self.times))],
            ["the largest page", megabytes(max(self.sizes) / (1 << 20), 2)],
            ["failures", f"{len(self.failures):,}"],
        ]

    def draft(self, store: Store, draft_id: str, name: str) -> None:
        """Renders the pages of a draft, and compares what they name with what its diff has."""
        expected = {str(d.entity): (d.status.value, members(d.patch)) for d in draft_diff(store, draft_id)}
        named: dict[str, tuple[str, frozenset[str]]] = {}
        number = pages = 1
        while number <= pages:
            page = draft_page(store, draft_id, SITE.viewer, number)
            text = self.page(f"{name}, page {number}", partial(draft_text, store, draft_id, number))
            for change in page.changes:
                entity, pointers = str(change.entity), change.pointers
                if f"<code>{escape(entity)}</code>" not in text:
                    self.failures.append(f"{name}: {entity} is not on its page")
                if change.status is ChangeStatus.UNCHANGED:
                    continue
                fields = frozenset(pointer.split("/")[1] for pointer in pointers if pointer)
                same = change.left_out or change.status is not ChangeStatus.MODIFIED
                named[entity] = (
                    change.status.value,
                    expected.get(entity, ("", fields))[1] if same else fields,
                )
            number, pages = number + 1, page.pages
        for entity in sorted(named.keys() | expected.keys()):
            if named.get(entity) != expected.get(entity):
                self.failures.append(
                    f"{name}: of {entity} the page has {named.get(entity)}, the diff {expected.get(entity)}"
                )
        self.changes += len(named)

    def conflicts_of(self, store: Store, draft_id: str, name: str) -> None:
        """Renders the conflicts of a draft, a card for each that it has."""
        page = conflicts_page(store, draft_id, {})
        text = self.page(f"{name}, conflicts", lambda: conflicts_html(SITE, page, can_edit=True))
        if text.count("<fieldset") != len(page.cards):
            self.failures.append(f"{name}: {len(page.cards)} conflicts, not all on their page")
        self.conflicts += len(page.cards)

    def proposal(self, store: Store, proposal: Proposal) -> None:
        """Makes a draft of a proposal, and renders it after a rebase, and withdrawn."""
        name, when = str(proposal.number), metadata(proposal.number)
        try:
            draft_id = open_draft(store, proposal, proposal.proposed)
        except StateRefused:
            self.empty += 1
            return
        self.drafts += 1
        commit_plan(store, when, "rebase", lambda tx: plan_rebase(tx, [draft_id]))
        self.draft(store, draft_id, name)
        self.conflicts_of(store, draft_id, name)
        commit_plan(store, when, "withdraw", lambda tx: plan_withdraw(tx, draft_id, None))
        self.page(f"{name}, withdrawn", partial(draft_text, store, draft_id, 1))


def members(patch: Patch) -> frozenset[str]:
    """Returns the outermost members that a patch changes."""
    return frozenset(str(operation["path"]).split("/")[1] for operation in patch if operation["path"])


def draft_text(store: Store, draft_id: str, number: int) -> str:
    """Returns a page of a draft as HTML."""
    return draft_html(SITE, draft_page(store, draft_id, SITE.viewer, number))


def list_text(store: Store, query: DraftsQuery) -> str:
    """Returns the list of drafts as HTML."""
    return drafts_html(SITE, drafts_page(store, query, None))


def main() -> None:
    """Print the table."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    sweep = Sweep()
    with folder() as path:
        repository = clone(path / "history")
        every = proposals(repository)
        chosen = every[::step]
        content = configuration(repository, every[-1].canonical)  # a folder may be new in any of them
        start = chosen[0].canonical
        store = open_at(repository, replant(repository, start, content, start))

        def all_of_them() -> None:
            for proposal in chosen:
                follow(store, proposal, content)
                sweep.proposal(store, proposal)
            sweep.page("the list", lambda: list_text(store, DraftsQuery("withdrawn")))

        taken = seconds(all_of_them)
    print_table(f"{len(chosen):,} real proposals as pages", [*sweep.rows(), ["all of it", f"{taken:,.0f} s"]])
    for failure in sweep.failures:
        print(f"  {failure}")
    sys.exit(1 if sweep.failures else 0)


if __name__ == "__main__":
    runs.run(main)
