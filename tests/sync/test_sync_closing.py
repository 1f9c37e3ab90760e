"""A draft that one clone merges, submits, withdraws or deletes: what becomes of it on the others, and of edits made meanwhile."""

from __future__ import annotations

import pytest
from clones import Clone, Server, start


def test_a_merged_draft_is_closed_everywhere(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].submit()
    merged = ann.library.drafts["fix-person"].merge()

    pushed = ann.sync()
    pulled = ben.sync()

    assert pushed.push is not None
    assert pushed.push.canonical is not None
    assert pushed.push.canonical.tip == merged.commit == server.git("rev-parse", "main")
    assert ben.outcomes(pulled) == {"fix-person": "pulled"}
    assert ben.read("categories/Person.json")["label"] == "Human"
    assert (ben.library.store.open_drafts(), server.git("branch", "--list", "draft/*")) == ({}, "")
    assert ben.tips() == ann.tips()


def test_what_was_edited_while_somebody_merged_goes_on_as_a_draft_of_its_own(
    shared: tuple[Clone, Clone],
) -> None:
    ann, ben = shared
    ben.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ann.library.drafts["fix-person"].submit()
    ann.library.drafts["fix-person"].merge()
    ann.sync()

    ben.sync()
    ann.sync()

    assert ann.tips() == ben.tips()
    assert list(ann.library.store.open_drafts()) == ["fix-person-2"]
    assert ann.library.drafts["fix-person"].status == "merged"
    assert ann.person("fix-person-2")["description"] == "Anybody."


@pytest.mark.parametrize("merger_first", [True, False])
def test_a_merge_that_comes_second_keeps_the_edits_too(
    shared: tuple[Clone, Clone], merger_first: bool
) -> None:
    ann, ben = shared
    ben.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ann.library.drafts["fix-person"].submit()
    ann.library.drafts["fix-person"].merge()
    for clone in (ann, ben, ann) if merger_first else (ben, ann, ben):
        clone.sync()

    assert ann.tips() == ben.tips()
    assert ann.person("fix-person-2")["description"] == "Anybody."


def test_a_submitted_draft_that_somebody_edited_meanwhile_is_a_draft_again(
    shared: tuple[Clone, Clone],
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].submit()
    ann.sync()
    ben.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")

    ben.sync()
    ann.sync()

    assert ann.library.drafts["fix-person"].status == "draft"
    assert [step.status.value for step in ann.library.drafts["fix-person"].header.history][-2:] == [
        "submitted",
        "draft",
    ]
    assert ann.tips() == ben.tips()


def test_a_withdrawn_draft_closes_unless_somebody_edited_it(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    start(ann, "other", "category/Agent")
    ann.sync()
    ben.sync()
    ben.library.drafts["other"].set("category/Agent", "/description", "Acts!")
    for draft in ("fix-person", "other"):
        ann.library.drafts[draft].withdraw()
    ann.sync()

    ben.sync()
    ann.sync()

    assert ann.tips() == ben.tips()
    assert list(ann.library.store.open_drafts()) == ["other"]
    assert list(ben.library.store.closed_drafts()) == ["fix-person"]


def test_a_deletion_travels_unless_the_other_side_changed_the_draft(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    start(ann, "other", "category/Agent")
    ann.sync()
    ben.sync()
    ben.library.drafts["other"].set("category/Agent", "/description", "Acts!")
    ann.git("branch", "-D", "draft/fix-person", "draft/other")

    assert ann.outcomes(ann.sync()) == {"fix-person": "deleted", "other": "deleted"}
    assert ben.outcomes(ben.sync()) == {"fix-person": "deleted", "other": "kept"}
    ann.sync()

    assert list(server.git("for-each-ref", "--format=%(refname)", "refs/heads/draft").split()) == [
        "refs/heads/draft/other"
    ]
    assert ann.tips() == ben.tips()


def test_a_close_that_was_half_pushed_is_finished(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].withdraw()
    ann.git("push", "--quiet", "origin", "refs/gitdraft/closed/*:refs/gitdraft/closed/*")

    ben.sync()
    ann.sync()
    ben.sync()

    assert server.git("for-each-ref", "--format=%(refname)", "refs/heads/draft") == ""
    assert ann.tips() == ben.tips()
    assert list(ben.library.store.closed_drafts()) == ["fix-person"]


def test_a_merged_draft_stays_open_there_while_canonical_is_refused(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, _ = shared
    hook = server.path / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main\n')
    hook.chmod(0o755)
    ann.library.drafts["fix-person"].submit()
    ann.library.drafts["fix-person"].merge()

    report = ann.sync()

    assert report.push is not None
    assert report.push.canonical is not None
    assert report.push.canonical.reason == "hook declined"
    assert ann.outcomes(report) == {"fix-person": "refused"}
    assert server.git("branch", "--list", "draft/*") == "draft/fix-person"
