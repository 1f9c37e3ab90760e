"""What plain git fetched, pulled or left in a worktree is caught up with."""

from __future__ import annotations

from pathlib import Path

from clones import Clone, Server, start
from sandbox import Sandbox, present

import gitdraft
from gitdraft.store.remote_tracking import relations


def test_local_changes_on_a_draft_that_is_checked_out_keep_it_where_it_is(
    shared: tuple[Clone, Clone],
) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    ben.git("checkout", "--quiet", "draft/fix-person")
    path = ".gitdraft/changes/category/Person.patch.json"
    (ben.path / path).write_text("[]\n")
    before = ben.tips()

    report = ben.sync()

    assert ben.outcomes(report) == {"fix-person": "refused"}
    assert ben.tips() == before
    assert (ben.path / path).read_text() == "[]\n"
    ben.git("checkout", "--quiet", "--", path)
    ben.sync()
    assert ben.tips() == ann.tips()
    assert "Anyone" in (ben.path / path).read_text()


def test_what_plain_git_pulled_is_caught_up(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    ben.git("checkout", "--quiet", "draft/fix-person")
    ben.git("pull", "--quiet", "origin", "draft/fix-person")

    report = ben.sync()

    assert ben.outcomes(report) == {}
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    assert ben.outcomes(ben.sync()) == {"fix-person": "pushed"}


def test_a_plain_pull_that_rebased_the_draft_is_caught_up(
    shared: tuple[Clone, Clone], server: Server
) -> None:
    ann, ben = shared
    server.commit_file("categories/Agent.json", label="Actor")
    gitdraft.open(server.path).rebase(everything=True)
    ben.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ben.git("checkout", "--quiet", "draft/fix-person")
    ben.git("pull", "--quiet", "--rebase", "origin", "draft/fix-person")

    assert ben.outcomes(ben.sync()) == {"fix-person": "pushed"}
    ann.sync()

    assert ann.tips() == ben.tips()
    assert ann.person()["description"] == "Anybody."


def test_a_plain_pull_that_merged_the_draft_is_caught_up(shared: tuple[Clone, Clone], server: Server) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/steps/2", "C")
    ann.sync()
    server.commit_file("categories/Person.json", steps=["z", "a", "b", "c"])
    assert server.rebase().counts.rebased == 1
    ben.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")
    ben.git("checkout", "--quiet", "draft/fix-person")
    ben.git("pull", "--quiet", "--no-rebase", "-Xtheirs", "--no-edit", "origin", "draft/fix-person")

    ben.sync()
    ann.sync()

    assert ann.tips() == ben.tips()
    assert ann.person()["steps"] == ["z", "a", "b", "C"]
    assert ann.git("rev-list", "--min-parents=2", "main..draft/fix-person") == ""
    assert present(ann.library.view("category/Agent", draft="fix-person").document)["label"] == "Actor"


def test_plain_fetch_brings_drafts_and_closed_ones(shared: tuple[Clone, Clone]) -> None:
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    start(ann, "other", "category/Agent").withdraw()
    ann.sync()

    ben.git("fetch", "--quiet")

    assert ben.git("rev-parse", "origin/draft/fix-person") == ann.tips()["fix-person"]
    assert ben.refs()["refs/gitdraft/remotes/origin/closed/other"] == ann.tips()["other"]
    assert relations(ben.library.store, "origin") == {"fix-person": "behind", "other": "behind"}


def test_a_shallow_clone_says_what_a_draft_needs(
    shared: tuple[Clone, Clone], server: Server, tmp_path: Path
) -> None:
    ann, _ = shared
    ann.change("properties/name.json", label="A name")
    assert ann.run("push").code == 0
    ann.git("clone", "--quiet", "--depth", "1", f"file://{server.path}", str(tmp_path / "shallow"))
    shallow = Sandbox(tmp_path / "shallow")
    pulled = shallow.run("pull")
    assert "git fetch --unshallow" in pulled.out
    shallow.git("fetch", "--quiet", "--unshallow")
    assert shallow.run("pull").code == 0


def test_a_push_keeps_back_a_canonical_that_breaks_what_the_remote_has(shared: tuple[Clone, Clone]) -> None:
    """As the pre-push hook does, which gitdraft's own push does not run."""
    ann, _ = shared
    before = ann.git("ls-remote", "origin", "main")
    ann.change("properties/name.json", id="another")

    pushed = ann.run("-o", "json", "push")

    assert pushed.code == 1
    assert "it breaks canonical, 1 violation: gitdraft validate " in pushed.json["canonical"]["refused"]
    assert ann.git("ls-remote", "origin", "main") == before
    assert ann.run("sync").code == 1
    ann.change("properties/name.json", id="name")
    assert ann.run("push").code == 0
    assert ann.git("ls-remote", "origin", "main") != before
