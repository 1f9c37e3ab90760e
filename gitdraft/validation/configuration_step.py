"""gitdraft.yaml from one commit of canonical to the next: its mistakes, and names that lead elsewhere."""

from __future__ import annotations

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration
from gitdraft.git.head import head_branch
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.own_branch import BRANCHES
from gitdraft.model.entities import EntityRef
from gitdraft.model.violations import Problem, Violation
from gitdraft.store.repository import Store, branch_ref
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, file_oid


def readable_configuration(store: Store) -> Configuration:
    """Returns the configuration that canonical has at its tip; the default one where it cannot be read."""
    try:
        return store.configuration()
    except InvalidInput:
        return Configuration()


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
    """Returns what is wrong when gitdraft.yaml is removed, or names another canonical branch or other drafts.

    It may name them where the branches themselves were renamed: the canonical branch that it named is gone and the
    new one is checked out; no draft is left under the old prefix.
    """
    had, has = (file_oid(s.source, s.tree, CONFIGURATION_PATH) for s in (before, after))
    if had == has:
        return []
    file = EntityRef("", CONFIGURATION_PATH)
    if has is None:
        return [
            Violation(file, "", "configuration/missing", "it is removed, and with it all that is checked")
        ]
    now, violations = after.configuration, []
    old = store.canonical_branch
    if now.canonical != old and not _is_renamed(store, now.canonical):
        violations.append(_moved("canonical", now.canonical, old))
    prefix = store.drafts_ref.removeprefix(BRANCHES)
    if now.drafts != prefix and list_refs(store.git, store.drafts_ref):
        violations.append(_moved("drafts", now.drafts, prefix))
    return violations


def _is_renamed(store: Store, branch: str) -> bool:
    """Returns whether the canonical branch was renamed to ``branch`` (`git branch -m`), which is checked out."""
    return read_ref(store.git, store.canonical_ref) is None and head_branch(store.git) == branch_ref(branch)


def _moved(name: str, new: str, old: str) -> Violation:
    message = f"it names {new!r}, and this repository has {old!r}"
    return Violation(EntityRef("", CONFIGURATION_PATH), name, "configuration/moved", message)
