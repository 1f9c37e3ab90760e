"""Drafts across clones: what both sides did is there afterwards, once, or told as a conflict."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from sandbox import Sandbox, run_git

import gitdraft
from gitdraft.model.actors import Actor
from gitdraft.store.repository import open_store
from gitdraft.workflow.syncing import follow_drafts_of_remotes


@dataclass(frozen=True)
class Clone(Sandbox):
    """A clone of the server, with its own user."""

    who: str = "Ann"
    remote: str = field(default="origin")

    @property
    def library(self) -> gitdraft.Repository:
        return gitdraft.open(self.path, actor=Actor(self.who, f"{self.who.lower()}@example.org"))

    def sync(self):
        return self.library.sync()

    def outcomes(self, report):
        found = {draft.id: draft.outcome for pulled in report.pulls for draft in pulled.drafts}
        pushed = report.push.drafts if report.push else ()
        return found | {draft.id: draft.outcome for draft in pushed if draft.id not in found}

    def person(self, draft="fix-person"):
        return self.library.view("category/Person", draft=draft).document

    def tips(self):
        store = open_store(self.path)
        return {**store.open_drafts(), **store.closed_drafts()}


@dataclass(frozen=True)
class Server(Sandbox):
    """A bare repository that everybody pushes to."""

    def rebase(self):
        return gitdraft.open(self.path).rebase()

    def commit_file(self, path, **members):
        """A commit on canonical, as a forge makes one."""
        value = json.loads(self.git("show", f"main:{path}")) | members
        blob = self.git("hash-object", "-w", "--stdin", stdin=json.dumps(value, indent=2) + "\n")
        tree = self.git("ls-tree", "-r", "main")
        lines = [
            f"100644 blob {blob}\t{path}" if line.endswith(f"\t{path}") else line
            for line in tree.splitlines()
        ]
        commit = self.git("commit-tree", _tree(self, lines), "-p", "main", "-m", f"Change {path}")
        self.git("update-ref", "refs/heads/main", commit)
        return commit


def _tree(server, lines):
    """The tree that `git ls-tree -r` lists so."""
    folders: dict[str, list[str]] = {}
    for line in lines:
        head, path = line.split("\t")
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(f"{head}\t{name}")
    root = folders.pop("", [])
    for folder, entries in folders.items():
        assert "/" not in folder
        oid = server.git("mktree", stdin="\n".join(entries) + "\n")
        root.append(f"040000 tree {oid}\t{folder}")
    return server.git("mktree", stdin="\n".join(root) + "\n")


@pytest.fixture
def server(sandbox, tmp_path):
    run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(tmp_path / "server.git"))
    return Server(tmp_path / "server.git")


@pytest.fixture
def clones(server, tmp_path):
    def make(who):
        path = tmp_path / who
        run_git(tmp_path, "clone", "--quiet", str(server.path), str(path))
        follow_drafts_of_remotes(open_store(path))
        return Clone(path, who)

    return make


@pytest.fixture
def ann(clones):
    return clones("Ann")


@pytest.fixture
def ben(clones):
    return clones("Ben")


def start(clone, draft_id="fix-person", entity="category/Person", pointer="/label", value="Human"):
    draft = clone.library.drafts.new(draft_id, draft_id=draft_id)
    draft.set(entity, pointer, value)
    return draft


@pytest.fixture
def shared(ann, ben):
    """A draft that both clones have."""
    start(ann)
    ann.sync()
    ben.sync()
    return ann, ben


def test_a_draft_reaches_the_other_clone(ann, ben):
    start(ann)

    assert ann.outcomes(ann.sync()) == {"fix-person": "pushed"}
    assert ben.outcomes(ben.sync()) == {"fix-person": "pulled"}

    assert ben.person()["label"] == "Human"
    assert ann.tips() == ben.tips()


def test_when_nothing_happened_nothing_is_done(shared):
    ann, _ = shared
    refs = ann.refs()

    report = ann.sync()

    assert ann.outcomes(report) == {}
    assert report.push.canonical is None
    assert ann.refs() == refs


def test_edits_of_different_members_are_united(shared):
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")
    ben.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")
    ann.sync()

    report = ben.sync()
    ann.sync()

    assert ben.outcomes(report) == {"fix-person": "united"}
    assert ann.tips() == ben.tips()
    assert ann.person() == ben.person()
    assert ann.person()["description"] == "Anybody."
    assert ann.person()["steps"] == ["A", "b", "c"]
    assert ann.person()["label"] == "Human"


def test_edits_of_different_entities_are_united_as_a_line_of_commits(shared):
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Agent", "/label", "Actor")
    ben.library.drafts["fix-person"].set("property/name", "/label", "Called")
    ann.sync()
    ben.sync()
    ann.sync()

    subjects = ann.git("log", "--format=%s", "main..draft/fix-person").splitlines()
    assert subjects[0] == "Unite with the changes made here"
    assert subjects[1].startswith("Set category/Agent")
    assert ann.git("rev-list", "--min-parents=2", "main..draft/fix-person") == ""
    files = ann.library.store.find_draft("fix-person").files
    assert [str(file.entity) for file in files] == ["category/Agent", "category/Person", "property/name"]


def test_a_server_that_rebased_while_the_author_edited(shared, server):
    ann, ben = shared
    tip = server.commit_file("categories/Person.json", description="Somebody.")
    assert server.rebase().counts.rebased == 1
    ann.library.drafts["fix-person"].set("category/Person", "/steps/0", "A")

    report = ann.sync()
    ben.sync()

    assert ann.outcomes(report) == {"fix-person": "united"}
    assert ann.library.store.find_draft("fix-person").base == tip
    assert ann.person() == ben.person()
    assert (ann.person()["label"], ann.person()["description"], ann.person()["steps"][0]) == (
        "Human",
        "Somebody.",
        "A",
    )
    assert ann.tips() == ben.tips()


def test_both_rebased_without_an_edit_and_no_commit_is_made(shared, server):
    ann, _ = shared
    server.commit_file("categories/Person.json", description="Somebody.")
    ann.git("pull", "--quiet")
    ann.library.rebase()
    server.rebase()

    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "pulled"}
    assert ann.tips()["fix-person"] == server.git("rev-parse", "draft/fix-person")


def test_two_answers_to_one_place_are_a_conflict_that_stays(shared, server):
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    ann.sync()
    before, far = ben.tips(), server.refs()

    report = ben.sync()

    (draft,) = report.pulls[-1].drafts
    ((entity, conflict),) = draft.conflicts
    assert draft.outcome == "conflict"
    assert (str(entity), conflict.path) == ("category/Person", "/label")
    assert (conflict.base, conflict.canonical, conflict.draft) == ("Human", "Anyone", "Being")
    assert not report.is_clean
    assert ben.tips() == before
    assert server.refs() == far


def test_an_edit_that_conflicts_with_canonical_is_kept_in_conflict_with_canonical(shared, server):
    ann, _ = shared
    server.commit_file("categories/Person.json", description="Somebody.")
    server.rebase()
    ann.library.drafts["fix-person"].set("category/Person", "/description", "Anybody.")

    report = ann.sync()

    assert ann.outcomes(report) == {"fix-person": "united"}
    assert report.pulls[-1].rebase.counts.conflict == 1
    ((_, conflict),) = ann.library.drafts["fix-person"].conflicts()
    assert (conflict.canonical, conflict.draft) == ("Somebody.", "Anybody.")


def test_undo_takes_a_pull_back(shared, server):
    ann, ben = shared
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ann.sync()
    server.commit_file("categories/Agent.json", label="Actor")
    before = ben.refs()
    ben.library.pull()
    assert ben.person()["label"] == "Anyone"

    ben.library.undo()

    kept = {
        name: oid
        for name, oid in ben.refs().items()
        if not name.startswith(("refs/gitdraft/", "refs/remotes/"))
    }
    assert kept == {name: before[name] for name in kept}
    assert ben.read("categories/Agent.json")["label"] == "Agent"
    assert ben.outcomes(ben.sync()) == {"fix-person": "pulled"}
    assert ben.tips() == ann.tips()
