"""Whatever curators do to a few entities, in drafts and on canonical, in any order: what holds after every step.

GITDRAFT_EXAMPLES raises the number of runs.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from curating import Curating, make_items
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sandbox import run_git

import gitdraft
from gitdraft.drafts.resolve import draft_side
from gitdraft.drafts.retarget import plan_retarget
from gitdraft.errors import GitdraftError, StateRefused
from gitdraft.git.known_refs import list_refs
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Live, Redirected
from gitdraft.model.protections import Protection
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.redirects import follow
from gitdraft.views.revisions import revisions
from gitdraft.views.summaries import summarise_drafts

pytestmark = pytest.mark.long

KEYS = "ABCDER"
MEMORY = Path("/dev/shm")  # nothing here is about the disk, and thousands of commits wait for one
MOST_DRAFTS = 3

keys = st.sampled_from(KEYS)
either = st.booleans()
number = st.integers(0, 5)
LABELS = "xyz"
canonical_verbs = st.sampled_from(
    [
        *["redirect", "repoint", "merge", "revert", "delete", "undelete"] * 2,
        *["erase", "lock", "archive", "unlock", "unarchive"],
    ]
)
sides = st.sampled_from(["draft", "draft", "canonical", "retarget"])
draft_verbs = st.sampled_from(["set", "set", "create", "delete", "redirect", "redirect", "repoint", "drop"])
FOR: dict[str, type] = {
    **dict.fromkeys(("redirect", "merge", "delete", "erase", "lock", "archive"), Live),
    **dict.fromkeys(("repoint", "revert"), Redirected),
    "undelete": Deleted,
    "create": Absent,
    **dict.fromkeys(("unlock", "unarchive"), Protection),
}


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="gitdraft-machine-", dir=MEMORY if MEMORY.is_dir() else None))


@cache
def template() -> Path:
    path = make_items(new_folder() / "repository.git")
    atexit.register(shutil.rmtree, path.parent)
    return path


@dataclass(frozen=True)
class Seen:
    """Canonical at one commit, item by item: the number of its revision; whether it was erased; its protection, file
    and tombstone as oids."""

    numbers: dict[str, int]
    erased: frozenset[str]
    files: dict[str, tuple[str | None, str | None, str | None]]


class Curators(RuleBasedStateMachine):
    """Each rule does one thing or is refused; a refusal moves no ref."""

    @initialize()
    def start(self) -> None:
        self.folder = new_folder()
        path = self.folder / "repository.git"
        shutil.copytree(template(), path)
        self.repo = gitdraft.open(path)
        self.seen: dict[str, Seen] = {}
        self.look()

    def teardown(self) -> None:
        if not hasattr(self, "repo"):
            return
        wrong = {v.rule.partition("/")[0] for v in self.repo.validate()}
        run_git(self.repo.store.git.path, "fsck", "--strict", "--no-dangling", "--no-progress")
        shutil.rmtree(self.folder)
        assert wrong <= {"reference"}, "of what was deleted by force; a redirect to it is one"

    @rule(verb=canonical_verbs, n=number, m=number, flag=either)
    def on_one(self, verb: str, n: int, m: int, flag: bool) -> None:
        """A verb on an item that it is for, if there is one, and another live one."""
        view = Curating(self.repo).view()
        key = pick(view, n, FOR[verb])
        other = pick(view, m, Live, but=key)
        self.on_canonical([verb, key, *self.more(verb, other, flag=flag, n=m)])

    def more(self, verb: str, other: str, *, flag: bool, n: int) -> list[Any]:
        """What a verb on canonical needs besides its item."""
        options: dict[str, list[Any]] = {
            "redirect": [other],
            "repoint": [other],
            "merge": [other, {"retarget": flag, "keep": "from"}],
            "revert": [n + 1] if flag else [],
            "delete": ["force"] if flag else [],
            "erase": ["force"] if flag else [],
        }
        return options.get(verb, [])

    @rule(pairs=st.lists(st.tuples(keys, keys), min_size=1, max_size=3), repoint=either)
    def redirect_batch(self, pairs: list[tuple[str, str]], repoint: bool) -> None:
        """Any with any."""
        names = [(f"item/{source}", f"item/{to}") for source, to in pairs]
        self.try_it(lambda: self.repo.canonical.redirect_all(names, "the same", repoint=repoint))

    @precondition(lambda self: len(self.open_drafts()) < MOST_DRAFTS)
    @rule()
    def draft_new(self) -> None:
        self.repo.drafts.new("Draft")

    @rule(draft=number, verb=draft_verbs, n=number, m=number)
    def draft_edit(self, draft: int, verb: str, n: int, m: int) -> None:
        """A verb on an item that it is for in the draft, if there is one."""
        view = self.curating(draft).view(of_draft=True)
        key = pick(view, n, FOR.get(verb, Live))
        other = pick(view, m, Live, but=key)
        options: dict[str, list[Any]] = {
            "set": ["/label", LABELS[m % 3]] if m % 2 else ["/see", sorted({KEYS[m % 6], other})],
            "create": [{"id": key, "label": LABELS[m % 3]}],
            "redirect": [other],
            "repoint": [other],
        }
        self.in_draft(draft, [verb, key, *options.get(verb, [])])

    @rule(draft=number, verb=draft_verbs, then=canonical_verbs, on=number, n=number, m=number, side=sides)
    def meet(self, draft: int, verb: str, then: str, on: int, n: int, m: int, side: str) -> None:
        """A draft and canonical do something to the same item, or to its neighbour, and the draft is merged."""
        view = self.curating(draft).view(of_draft=True)
        key = pick(view, n, FOR.get(verb, Live))
        self.draft_edit(draft, verb, n, m)
        place = KEYS.index(key if on % 3 else pick(view, m, Live, but=key))
        self.on_canonical([then, KEYS[place], *self.more(then, KEYS[(place + 1 + on) % 6], flag=True, n=0)])
        self.draft_resolve(draft, side)
        self.draft_merge(draft)

    @rule(draft=number, side=sides)
    def draft_resolve(self, draft: int, side: str) -> None:
        for entity, _ in self.curating(draft).draft.conflicts():
            if side == "retarget":
                self.try_it(partial(self.retarget, draft, entity))
            else:
                self.in_draft(draft, ["take", entity.key, side])

    @precondition(lambda self: self.open_drafts())
    @rule(draft=number, verb=st.sampled_from(["submit", "submit", "reopen", "withdraw"]))
    def draft_turn(self, draft: int, verb: str) -> None:
        self.in_draft(draft, [verb])

    @precondition(lambda self: any(summary.changes for summary in summarise_drafts(self.repo.store)))
    @rule(draft=number)
    def draft_merge(self, draft: int) -> None:
        """Canonical is then what the draft showed, with what redirects to a redirect sent on."""
        self.in_draft(draft, ["submit"])
        view = self.curating(draft).view(of_draft=True)
        wanted = {key: end_of(view, key) for key in KEYS}
        if self.in_draft(draft, ["merge"]):
            after = Curating(self.repo).view()
            assert {key: end_of(after, key) for key in KEYS} == wanted

    @rule(everything=either)
    def rebase(self, everything: bool) -> None:
        self.repo.rebase(everything=everything)

    @rule(again=either)
    def undo(self, again: bool) -> None:
        latest = next(self.repo.operations(), None)
        redone = latest.id if again and latest is not None and latest.undoes is not None else None
        self.try_it(lambda: self.repo.undo(redone))

    @invariant()
    def canonical_is_sound(self) -> None:
        """One thing under each id; a redirect leads to no redirect, so in no circle."""
        canonical = self.repo.store.snapshot()
        for key in KEYS:
            entity = EntityRef("item", key)
            assert canonical.blob(entity) is None or canonical.tombstone_blob(entity) is None, key
            state = canonical.state(entity)
            if isinstance(state, Redirected):
                assert not isinstance(canonical.state(state.target), Redirected), key

    @invariant()
    def drafts_are_readable(self) -> None:
        for summary in summarise_drafts(self.repo.store):
            assert summary.header is not None, summary.reason
            view = Curating(self.repo, summary.id).view(of_draft=True)
            for entity in view.changed():
                view.show(entity)
                judged = view.applied_change(entity)
                assert judged is not None
                assert judged.report.status != "broken", judged.report.reason

    @invariant()
    def look(self) -> None:
        """What a commit says of an item's revisions is always the same. Its child, which is what each operation but
        undo makes of it, counts as many or one more; keeps what was erased erased; and leaves alone what both
        protect."""
        canonical = self.repo.store.snapshot()
        assert canonical.commit is not None
        if canonical.commit in self.seen:
            return
        seen = Seen(
            {key: len(revisions(self.repo.store, EntityRef("item", key))) for key in KEYS},
            frozenset(key for key in KEYS if is_erased(canonical, key)),
            {key: files_of(canonical, key) for key in KEYS},
        )
        for parent in canonical.source.read_lineage(canonical.commit).parents[:1]:
            before = self.seen[parent]
            for key in KEYS:
                touched = before.files[key] != seen.files[key]
                assert seen.numbers[key] == before.numbers[key] + touched, key
                if before.files[key][0] is not None and seen.files[key][0] == before.files[key][0]:
                    assert not touched, f"{key} is protected"
            assert before.erased <= seen.erased
        self.seen[canonical.commit] = seen

    def retarget(self, n: int, entity: EntityRef) -> None:
        draft = self.curating(n).draft_id
        self.repo.session.run("resolve", lambda tx: plan_retarget(tx, draft, entity, draft_side))

    def open_drafts(self) -> list[str]:
        return sorted(self.repo.store.open_drafts())

    def curating(self, n: int) -> Curating:
        """One of the open drafts, a new one if there is none."""
        names = self.open_drafts() or [self.repo.drafts.new("Draft").id]
        return Curating(self.repo, names[n % len(names)])

    def on_canonical(self, step: list[Any]) -> bool:
        return self.try_it(lambda: Curating(self.repo).on_canonical(step))

    def in_draft(self, n: int, step: list[Any]) -> bool:
        curating = self.curating(n)
        return self.try_it(lambda: curating.in_draft(step))

    def try_it(self, act: Callable[[], Any]) -> bool:
        """Whether it was done; what is refused moves no ref."""
        before = list_refs(self.repo.store.git, "refs/")
        try:
            act()
        except GitdraftError:
            assert list_refs(self.repo.store.git, "refs/") == before
            return False
        self.look()
        return True


def pick(view: EffectiveView, n: int, wanted: type, but: str = "") -> str:
    """The n-th item that stands so, or is protected; the n-th of all where none does."""

    def is_wanted(entity: EntityRef) -> bool:
        return isinstance(
            view.canonical.protection(entity) if wanted is Protection else view.state(entity), wanted
        )

    found = [key for key in KEYS if key != but and is_wanted(EntityRef("item", key))] or KEYS
    return found[n % len(found)]


def end_of(view: EffectiveView, key: str) -> Any:
    """Where the item leads, and what it is if it leads nowhere else."""
    entity = EntityRef("item", key)
    try:
        end = follow(view, entity)
    except StateRefused:
        return "a circle"
    return end if end != entity else view.state(entity)


def is_erased(canonical: Snapshot, key: str) -> bool:
    return isinstance(canonical.tombstone(EntityRef("item", key)), ErasedTombstone)


def files_of(canonical: Snapshot, key: str) -> tuple[str | None, str | None, str | None]:
    entity = EntityRef("item", key)
    entry = None if canonical.protection(entity) is None else str(canonical.protection(entity))
    return entry, canonical.blob(entity), canonical.tombstone_blob(entity)


RUNS = int(os.environ.get("GITDRAFT_EXAMPLES", "200"))


TestCurators = Curators.TestCase
TestCurators.settings = settings(
    max_examples=RUNS,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
