"""A draft and its pull request on a forge: opened, followed both ways, merged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from forge_server import Pull
from sandbox import present
from team import Team


def is_draft(team: Team) -> bool:
    """Whether the pull request is one that cannot be merged yet."""
    return team.pull.draft or team.pull.title.startswith(("WIP: ", "Draft: "))


def person(team: Team, draft: str = "fix") -> Any:
    """Person as a draft has it."""
    return present(team.repository.library.drafts[draft].view("category/Person").document)


def test_a_pull_request_is_opened_and_then_left_alone(team: Team) -> None:
    team.draft()
    opened = team.json("pr", "open", "fix")["pull_requests"][0]
    assert opened["outcome"] == "opened"
    assert (team.pull.title, team.pull.head, team.pull.base) == ("Fix Person", "gitdraft/fix", "main")
    assert "A person." in team.pull.body
    assert "category/Person" in team.pull.body
    assert team.pull.labels == ["gitdraft"]
    head = team.forge.tip("gitdraft/fix")
    assert (
        team.forge.git("log", "-1", "--format=%(trailers:key=Gitdraft-Draft,valueonly)", str(head)).strip()
        == "fix"
    )
    assert team.forge.git("diff", "--name-only", "main", str(head)) == "categories/Person.json"
    assert [status["state"] for status in team.forge.statuses] == ["success"]
    state = json.dumps([vars(team.pull), team.forge.statuses])
    assert team.json("pr", "open", "fix")["pull_requests"][0]["outcome"] == "unchanged"
    assert (json.dumps([vars(team.pull), team.forge.statuses]), team.forge.tip("gitdraft/fix")) == (
        state,
        head,
    )


def test_an_edit_is_pushed_over_it_and_a_persons_text_stays(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    first, team.pull.body = team.forge.tip("gitdraft/fix"), f"Hello.\r\n\r\n{team.pull.body}\r\nBye."
    team.run("reopen", "fix")
    assert is_draft(team)
    team.run("set", "category/Person", "/label", "Human", "-d", "fix")
    assert team.json("submit", "fix", "--pr")["pull_requests"][0]["outcome"] == "updated"
    assert not is_draft(team)
    assert team.forge.tip("gitdraft/fix") != first
    assert team.pull.body.startswith("Hello.\n\n<!-- gitdraft:begin -->")
    assert team.pull.body.endswith("<!-- gitdraft:end -->\nBye.")
    assert "Human" in team.pull.body


def test_a_move_of_canonical_elsewhere_pushes_nothing(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    head = team.forge.tip("gitdraft/fix")
    team.push("main", "properties/name.json", label="Full name")
    assert team.json("pr", "sync", "fix")["canonical"]["state"] == "forwarded"
    assert team.forge.tip("gitdraft/fix") == head
    assert team.forge.statuses[-1]["state"] == "success"


def test_a_move_of_canonical_on_the_entity_waits_or_is_followed(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.push("main", "categories/Person.json", steps=["z", "a", "b", "c"])
    team.run("pr", "sync", "fix")
    merged = team.forge.git("merge-tree", "--write-tree", "main", "gitdraft/fix").splitlines()[0]
    merged_person = json.loads(team.forge.git("show", f"{merged}:categories/Person.json"))
    assert (merged_person["description"], merged_person["steps"]) == ("A person.", ["z", "a", "b", "c"])


def test_a_reviewers_push_comes_into_the_draft_by_its_author(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    head = team.push("gitdraft/fix", "categories/Person.json", label="Human")
    report = team.json("pr", "sync", "--all")["pull_requests"][0]
    assert report["outcome"] == "taken-in"
    assert team.forge.tip("gitdraft/fix") == head
    draft = team.repository.library.drafts["fix"]
    assert person(team)["label"] == "Human"
    assert draft.status.value == "submitted"
    assert draft.log()[0].author.name == "Bea"
    assert team.json("pr", "sync", "--all")["pull_requests"][0]["outcome"] == "unchanged"


@pytest.mark.parametrize("path", ["README.md", ".gitdraft/draft.json", "categories/Person.json"])
def test_what_a_draft_cannot_hold_is_left_alone_and_said(team: Team, path: str) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    bea = team.elsewhere("gitdraft/fix")
    bea.write(path, "{no JSON")
    head = bea.commit("Oops")
    bea.git("push", "--quiet", "origin", "gitdraft/fix")
    report = team.json("pr", "sync", "fix", code=1)["pull_requests"][0]
    assert report["outcome"] == "not-held"
    assert report["problems"][0]["places"] == [path]
    assert team.forge.tip("gitdraft/fix") == head
    assert team.forge.statuses[-1]["state"] == "failure"
    (comment,) = team.pull.comments
    assert path in comment["body"]
    team.json("pr", "sync", "fix", code=1)
    assert len(team.pull.comments) == 1


def test_a_conflict_is_said_in_one_comment_and_answered_by_a_merge_on_the_branch(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.push("main", "categories/Person.json", description="Someone.")
    report = team.json("pr", "sync", "fix", code=1)["pull_requests"][0]
    assert report["outcome"] == "conflict"
    assert team.forge.statuses[-1]["state"] == "failure"
    assert "category/Person /description" in team.pull.comments[0]["body"]
    team.json("pr", "sync", "fix", code=1)
    assert len(team.pull.comments) == 1
    bea = team.elsewhere("gitdraft/fix")
    bea.git("merge", "--quiet", "--strategy-option", "ours", "-m", "Merge main", "origin/main")
    bea.git("push", "--quiet", "origin", "gitdraft/fix")
    assert team.json("pr", "sync", "fix")["pull_requests"][0]["outcome"] == "taken-in"
    assert person(team)["description"] == "A person."
    assert team.forge.statuses[-1]["state"] == "success"
    assert "Nothing is in the way" in team.pull.comments[0]["body"]


def test_comments_and_verdicts_are_read_once(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.comment(team.pull, "bea", "Who says so?")
    team.forge.review(team.pull, "cem", "APPROVED", "Fine.")
    for _ in range(2):
        team.run("pr", "sync", "fix")
    draft = team.repository.library.drafts["fix"]
    assert [comment.text for comment in draft.remarks().comments] == ["Who says so?"]
    (judged,) = draft.review().reviews
    assert (judged.review.by, judged.holds) == ("cem <cem@users.noreply.127.0.0.1>", True)


def test_a_verdict_counts_for_what_its_head_shows(team: Team) -> None:
    """What was edited here and not pushed yet nobody has seen there."""
    team.draft()
    team.run("pr", "open", "fix")
    team.run("reopen", "fix")
    team.forge.review(team.pull, "cem", "APPROVED")
    team.run("set", "category/Person", "/label", "Human", "-d", "fix")
    team.run("submit", "fix")
    assert team.forge.tip("gitdraft/fix") != team.pull.reviews[0]["sha"]
    assert team.repository.library.drafts["fix"].review().approved_by == ()
    team.push("gitdraft/fix", "properties/name.json", label="Full name")
    team.run("pr", "sync", "fix")
    team.forge.review(team.pull, "cem", "APPROVED")
    team.run("pr", "sync", "fix")
    assert len(team.repository.library.drafts["fix"].review().approved_by) == 1


def test_a_verdict_that_commits_came_after_does_not_count(team: Team) -> None:
    """Even where the forge keeps it: nobody has judged what the head shows now."""
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.review(team.pull, "cem", "APPROVED")
    team.push("gitdraft/fix", "categories/Person.json", label="Human")
    team.run("pr", "sync", "fix")
    assert team.repository.library.drafts["fix"].review().approved_by == ()


def test_a_squash_merge_there_merges_the_draft(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.comment(team.pull, "bea", "At last.")
    team.forge.review(team.pull, "bea", "APPROVED")
    commit = team.forge.merge(team.pull)
    report = team.json("pr", "sync", "--all")["pull_requests"][0]
    assert report["outcome"] == "merged"
    draft = team.repository.library.drafts["fix"]
    assert [comment.text for comment in draft.remarks().comments] == ["At last."]
    (judged,) = draft.review().reviews
    assert judged.holds
    assert "problems" not in report
    assert team.repository.git("rev-parse", "main") == commit
    assert team.json("show", "fix")["status"] == "merged"
    assert team.repository.run("doctor").code == 0
    assert team.json("pr", "sync", "--all")["pull_requests"] == []


def test_what_a_merge_left_out_is_kept(team: Team) -> None:
    team.draft(description="A person.", label="Human")
    team.run("pr", "open", "fix")
    bea = team.elsewhere("gitdraft/fix")
    bea.git("checkout", "--quiet", "main")
    bea.git("pull", "--quiet")
    commit = bea.change("categories/Person.json", "Half of it", description="A person.")
    bea.git("push", "--quiet", "origin", "main")
    team.pull.state, team.pull.merged, team.pull.merge_commit = "closed", True, commit
    report = team.json("pr", "sync", "fix")["pull_requests"][0]
    assert report["problems"][0]["code"] == "pr/merged-otherwise"
    assert report["kept_as"] == "fix-2"
    kept = team.repository.library.drafts["fix-2"]
    assert [change.entity.key for change in kept.changes()] == ["Person"]
    assert person(team, "fix-2")["label"] == "Human"


def test_closed_there_rejects_and_reopened_reopens(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.comment(team.pull, "bea", "It is right as it is.")
    team.forge.close(team.pull)
    assert team.json("pr", "sync", "--all")["pull_requests"][0]["outcome"] == "rejected"
    remarks = team.repository.library.drafts["fix"].remarks()
    assert [comment.text for comment in remarks.comments] == ["It is right as it is."]
    shown = team.json("show", "fix")
    assert shown["status"] == "rejected"
    team.run("pr", "sync", "--all")
    team.pull.state = "open"
    assert team.json("pr", "sync", "--all")["pull_requests"][0]["outcome"] == "reopened"
    assert team.json("show", "fix")["status"] == "draft"


def test_withdrawn_here_closes_it_with_the_reason(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.run("withdraw", "fix", "--reason", "fixes #1 @everyone")
    assert team.pull.state == "closed"
    (comment,) = team.pull.comments
    assert "@everyone" not in comment["body"]
    assert "everyone" in comment["body"]


def test_closing_leaves_the_draft_and_opening_reopens(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    assert team.json("pr", "close", "fix")["pull_requests"][0]["state"] == "closed"
    assert team.json("show", "fix")["status"] == "submitted"
    assert team.json("pr", "sync", "fix")["pull_requests"][0]["outcome"] == "none"
    assert team.json("pr", "open", "fix")["pull_requests"][0]["outcome"] == "reopened"
    assert team.pull.state == "open"


def test_merging_goes_through_the_forge(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    assert team.run("merge", "fix", code=42).err.endswith("merges it here\n")
    report = team.json("pr", "merge", "fix")["pull_requests"][0]
    assert (report["outcome"], report["state"]) == ("merged", "merged")
    assert team.repository.git("rev-parse", "main") == team.forge.tip("main")
    assert team.json("show", "fix")["status"] == "merged"
    assert team.json("pr", "status", "fix")["pull_requests"][0]["state"] == "merged"


def test_commits_that_were_not_seen_are_not_merged(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.push("gitdraft/fix", "categories/Person.json", label="Human")
    error = team.json_error("pr", "merge", "fix", code=43)
    assert (error["code"], error["hint"]) == ("head-not-seen", "gitdraft pr sync fix")
    assert team.pull.state == "open"


def test_a_branch_of_that_name_is_not_taken(team: Team) -> None:
    team.draft()
    bea = team.elsewhere("main")
    bea.git("checkout", "--quiet", "-b", "gitdraft/fix")
    head = bea.change("categories/Person.json", "Mine", label="Mine")
    bea.git("push", "--quiet", "origin", "gitdraft/fix")
    error = team.json_error("pr", "open", "fix", code=43)
    assert (error["code"], error["hint"][:30]) == ("branch-not-ours", "gitdraft pr sync --adopt fix t")
    assert team.forge.tip("gitdraft/fix") == head


def test_a_kill_between_push_and_create_heals(team: Team) -> None:
    team.draft()
    team.forge.before = _die
    team.repository.run("pr", "open", "fix")
    assert team.forge.tip("gitdraft/fix")
    assert not team.forge.pulls
    team.forge.before = lambda method, path: None
    team.run("pr", "open", "fix")
    assert team.pull.state == "open"


def _die(method: str, path: str) -> None:
    if method == "POST" and path.endswith(("/pulls", "/merge_requests")):
        raise ConnectionAbortedError


def test_a_stacked_draft_stands_on_the_branch_below(team: Team) -> None:
    team.draft()
    team.run("new", "Above", "--id", "above", "--onto", "fix")
    team.run("set", "category/Person", "/label", "Human", "-d", "above")
    team.run("pr", "open", "fix", "above")
    below, above = team.forge.pulls
    assert (below.base, above.base) == ("main", "gitdraft/fix")
    assert team.forge.git("rev-parse", "gitdraft/above^") == team.forge.tip("gitdraft/fix")
    team.run("pr", "merge", "fix")
    team.run("pr", "sync", "--all")
    assert above.base == "main"
    assert above.state == "open"


def test_a_branch_that_others_made_is_adopted_where_that_is_asked_for(team: Team) -> None:
    team.draft()
    bea = team.elsewhere("main")
    bea.git("checkout", "--quiet", "-b", "gitdraft/fix")
    bea.change("categories/Person.json", "Mine", label="Mine")
    bea.git("push", "--quiet", "origin", "gitdraft/fix")
    team.forge.pulls.append(Pull(1, "Mine", "", "gitdraft/fix", "main", "team"))
    report = team.json("pr", "sync", "--adopt", "fix")["pull_requests"][0]
    assert report["outcome"] == "taken-in"
    assert (person(team)["label"], person(team)["description"]) == ("Mine", "A person.")
    merged = team.forge.git("merge-tree", "--write-tree", "main", "gitdraft/fix").splitlines()[0]
    assert "A person." in team.forge.git("show", f"{merged}:categories/Person.json")
