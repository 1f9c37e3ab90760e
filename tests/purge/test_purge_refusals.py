"""A purge that is refused leaves everything as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from purging import SECRET, run_purge, state
from sandbox import Sandbox

from gitdraft.errors import InvalidInput, NotFound, PolicyViolation, RepositoryError, StateRefused
from gitdraft.model.entities import EntityRef


def refused_with_changes(sandbox: Sandbox) -> None:
    sandbox.write("categories/Agent.json", {"id": "Agent", "label": "Edited"})


def refused_in_a_merge(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/MERGE_HEAD").write_text(sandbox.git("rev-parse", "HEAD") + "\n")


def refused_when_borrowing(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/objects/info").mkdir(exist_ok=True)
    (sandbox.path / ".git/objects/info/alternates").write_text(str(sandbox.path / ".git/objects") + "\n")


def refused_when_shallow(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/shallow").write_text(sandbox.git("rev-parse", "HEAD") + "\n")


def refused_for_another_worktree(sandbox: Sandbox) -> None:
    other = sandbox.path.with_name("other")
    sandbox.git("worktree", "add", "--quiet", "--detach", str(other))
    (other / "categories/Agent.json").write_text("{}")


def refused_for_a_missing_worktree(sandbox: Sandbox) -> None:
    other = sandbox.path.with_name("other")
    sandbox.git("worktree", "add", "--quiet", "--detach", str(other))
    shutil.rmtree(other)


def refused_when_pending(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    sandbox.git("update-ref", "refs/gitdraft/done", "refs/gitdraft/operations~1")


def refused_when_locked(sandbox: Sandbox) -> None:
    assert sandbox.run("entity", "lock", "property/unused", "--reason", "r").code == 0


def refused_when_a_tag_of_a_folder_holds_it(sandbox: Sandbox) -> None:
    sandbox.git("tag", "--annotate", "--message", "A folder", "folder", "main:properties")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (refused_with_changes, "worktree-in-the-way"),
        (refused_in_a_merge, "operation-in-progress"),
        (refused_when_borrowing, "alternates"),
        (refused_when_shallow, "shallow"),
        (refused_for_another_worktree, "worktree-in-the-way"),
        (refused_for_a_missing_worktree, "worktree-missing"),
        (refused_when_pending, "pending-operation"),
        (refused_when_locked, "entity-locked"),
        (refused_when_a_tag_of_a_folder_holds_it, "held-by-ref"),
    ],
)
def test_a_refusal_leaves_everything_as_it_was(
    sandbox: Sandbox, prepare: Callable[..., Any], code: str
) -> None:
    prepare(sandbox)
    before = state(sandbox)

    with pytest.raises((RepositoryError, StateRefused)) as refusal:
        run_purge(sandbox)

    assert refusal.value.code == code
    assert state(sandbox) == before
    assert not (sandbox.path / ".git.purge").exists()


def test_what_others_name_is_purged_by_force_alone(sandbox: Sandbox) -> None:
    name = EntityRef("property", "name")
    with pytest.raises(PolicyViolation) as refusal:
        run_purge(sandbox, name)
    assert "category/Person /properties/0" in refusal.value.details[0]

    report = run_purge(sandbox, name, force=True)

    assert "category/Person /properties/0" in sandbox.git("log", "-1", "--format=%B")
    assert len(report.record.forced) == 1


def test_an_unknown_entity_is_not_found_with_the_nearest_name(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound) as refusal:
        run_purge(sandbox, EntityRef("property", "unusd"))
    assert refusal.value.hint == "did you mean 'property/unused'?"


def test_a_reason_that_tells_the_content_is_refused(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    before = state(sandbox)

    with pytest.raises(InvalidInput, match="the reason says what is to be purged"):
        run_purge(sandbox, reason=f"{SECRET} asked for it")

    assert state(sandbox) == before
