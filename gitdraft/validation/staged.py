"""Checks of what is staged before it is committed.

On a draft's branch that is the form of the draft; on canonical and all other branches it is the entities.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.git.objects import ObjectBuffer, Signature
from gitdraft.git.repository import head_branch, head_commit
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Actor
from gitdraft.model.violations import Problem, Violation
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, file_oid, take_snapshot
from gitdraft.validation.draft_form import check_draft_form
from gitdraft.validation.locations import locate_problems
from gitdraft.validation.protection_history import check_protection_step
from gitdraft.validation.step import check_change


@dataclass(frozen=True, slots=True)
class Staged:
    """What is wrong with what is staged.

    ``problems`` are those of entities; on the branch of ``draft``, ``malformed`` says why it would be no draft.
    """

    problems: tuple[Problem, ...]
    draft: str | None = None
    malformed: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Returns whether nothing is wrong."""
        return not self.problems and not self.malformed


def check_staged(store: Store, tree: Oid, committer: Actor) -> Staged:
    """Returns what a commit of ``tree`` on HEAD by ``committer`` would break."""
    branch = head_branch(store.git) or RefName("")
    head = head_commit(store.git)
    buffer = ObjectBuffer(store.git)
    signature = Signature(committer.name, committer.email, 0, 0)
    commit = buffer.commit(
        tree=tree,
        parents=(head,) if head else (),
        author=signature,
        committer=signature,
        message="staged\n",
    )
    if branch.startswith(store.drafts_ref):
        draft_id = branch.removeprefix(store.drafts_ref)
        configuration = store.configuration()
        malformed = check_draft_form(buffer, draft_id, branch, commit, configuration)
        return Staged((), draft_id, tuple(malformed))
    return Staged(_check_entities(store, buffer, head, commit, committer.email))


def _check_entities(
    store: Store, buffer: ObjectBuffer, head: Oid | None, commit: Oid, mail: str
) -> tuple[Problem, ...]:
    configuration = store.configuration()
    before: Snapshot | EmptyCanonical = EmptyCanonical(buffer, configuration)
    try:
        if head is not None:
            before = take_snapshot(buffer, head, configuration)
    except InvalidInput:
        pass  # what HEAD breaks is mended by what is staged, or reported of it
    try:
        after = take_snapshot(buffer, commit, configuration)
    except InvalidInput as error:
        return configuration_problems(error)
    violations = chain(check_protection_step(before, after, mail), check_configuration(store, before, after))
    return tuple(sorted({*check_change(before, after), *locate_problems(after, violations)}))


def configuration_problems(error: InvalidInput) -> tuple[Problem, ...]:
    """Returns the mistakes of a gitdraft.yaml, one problem each."""
    file = EntityRef("", CONFIGURATION_PATH)
    mistakes = error.context.get("problems") or [
        {"line": error.context.get("line"), "message": error.message}
    ]
    return tuple(
        Problem(
            CONFIGURATION_PATH,
            mistake["line"],
            Violation(file, str(mistake.get("path", "")), "configuration/invalid", mistake["message"]),
        )
        for mistake in mistakes
    )


def check_configuration(store: Store, before: Snapshot | EmptyCanonical, after: Snapshot) -> list[Violation]:
    """Returns what is wrong when gitdraft.yaml is removed, or names another canonical branch or other drafts."""
    had, has = (file_oid(s.source, s.tree, CONFIGURATION_PATH) for s in (before, after))
    if had == has:
        return []
    file = EntityRef("", CONFIGURATION_PATH)
    if has is None:
        return [
            Violation(file, "", "configuration/missing", "it is removed, and with it all that is checked")
        ]
    now = after.configuration
    names = (("canonical", store.canonical_branch, now.canonical), ("drafts", _prefix(store), now.drafts))
    return [
        Violation(file, name, "configuration/moved", f"it names {new!r}, and this repository has {old!r}")
        for name, old, new in names
        if old != new
    ]


def _prefix(store: Store) -> str:
    return store.drafts_ref.removeprefix("refs/heads/")
