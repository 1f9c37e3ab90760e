"""Checks of what is staged before it is committed.

On a draft's branch that is the form of the draft; on canonical and all other branches it is the entities.
"""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.errors import InvalidInput
from gitdraft.git.objects import ObjectBuffer, ObjectSource, Signature
from gitdraft.git.repository import head_branch, head_commit
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Actor
from gitdraft.model.violations import Problem
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.configuration_step import configuration_problems, readable_configuration
from gitdraft.validation.draft_form import check_draft_form
from gitdraft.validation.locations import locate_problems
from gitdraft.validation.step import check_step, read_start


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
    return Staged(check_canonical(store, buffer, head, commit))


def check_canonical(store: Store, source: ObjectSource, old: Oid | None, new: Oid) -> tuple[Problem, ...]:
    """Returns what moving canonical from the commit ``old`` (``None``: from nothing) to ``new`` breaks."""
    try:
        after = take_snapshot(source, new, readable_configuration(store))
    except InvalidInput as error:
        return configuration_problems(error)
    checked = check_step(store, read_start(source, old, after), after)
    return locate_problems(after, checked.violations)
