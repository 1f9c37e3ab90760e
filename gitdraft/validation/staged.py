"""Checks of what is staged before it is committed.

On a draft's branch that is the form of the draft; on canonical and all other branches it is the entities.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.objects import ObjectBuffer, ObjectSource, Signature
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Actor
from gitdraft.model.violations import Problem, Violation
from gitdraft.store.drafts import OVERLAY
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.configuration_step import configuration_problems, readable_configuration
from gitdraft.validation.draft_form import check_draft_form
from gitdraft.validation.locations import locate_problems
from gitdraft.validation.step import check_step, read_start

HALF_DELETED = "one side of the merge deleted it, the other changed it, and nobody has said which counts"


@dataclass(frozen=True, slots=True)
class Staged:
    """What is wrong with what is staged.

    ``problems`` are those of entities; on the branch of ``draft``, ``malformed`` says why it would be no draft.
    ``half_deleted`` are the files among them that one side of a merge has deleted, and the other has changed.
    """

    problems: tuple[Problem, ...]
    draft: str | None = None
    malformed: tuple[str, ...] = ()
    half_deleted: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Returns whether nothing is wrong."""
        return not self.problems and not self.malformed


def check_staged(store: Store, tree: Oid, committer: Actor, half_deleted: Sequence[str] = ()) -> Staged:
    """Returns what a commit of ``tree`` on HEAD by ``committer`` would break. ``half_deleted`` are paths that a merge left
    without an answer."""
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
        malformed = list(check_draft_form(buffer, draft_id, branch, commit, configuration))
        malformed += [f"{path}: {HALF_DELETED}" for path in half_deleted if path.startswith(f"{OVERLAY}/")]
        return Staged((), draft_id, tuple(malformed))
    configuration = readable_configuration(store)
    unanswered = [
        (path, entity) for path in half_deleted if (entity := _checked_at(configuration, path)) is not None
    ]
    problems = (
        Problem(path, None, Violation(entity, "", "json/conflict-markers", HALF_DELETED))
        for path, entity in unanswered
    )
    checked = check_canonical(store, buffer, head, commit)
    return Staged((*problems, *checked), half_deleted=tuple(path for path, _ in unanswered))


def _checked_at(configuration: Configuration, path: str) -> EntityRef | None:
    """Returns whose file is at the path, or whose tombstone or protection; ``None`` for a file that is not checked."""
    if path == CONFIGURATION_PATH:
        return EntityRef("", path)
    return configuration.entity_at(path) or parse_marker_path(path)


def check_canonical(store: Store, source: ObjectSource, old: Oid | None, new: Oid) -> tuple[Problem, ...]:
    """Returns what moving canonical from the commit ``old`` (``None``: from nothing) to ``new`` breaks."""
    try:
        after = take_snapshot(source, new, readable_configuration(store))
    except InvalidInput as error:
        return configuration_problems(error)
    checked = check_step(store, read_start(source, old, after), after)
    return locate_problems(after, checked.violations)
