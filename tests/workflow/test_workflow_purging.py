"""A purge takes an entity out of all history, and leaves everything else, and a record."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitdraft.cli.door import make_occasion
from gitdraft.model.entities import EntityRef
from gitdraft.workflow.purging import purge

AGENT = EntityRef("category", "Agent")
UNUSED = EntityRef("property", "unused")
SECRET = "Jane Roe, 12 Sycamore Close"
PROPOSED = "Roe-Sycamore-proposed"
CHILD = Path(__file__).with_name("purged_child.py")


def run_purge(sandbox, entity=UNUSED, reason="personal data", **options):
    store = sandbox.library.store
    return purge(store, make_occasion(store.git), entity, reason, **options)


def objects(sandbox, folder="."):
    done = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"],
        cwd=sandbox.path / folder,
        capture_output=True,
        check=True,
    )
    return done.stdout


def holds(sandbox, text):
    return text.encode() in objects(sandbox)


@pytest.fixture
def lived(sandbox):
    """A repository with a history in which `property/unused` is everywhere."""
    repo = sandbox.library
    sandbox.change("properties/unused.json", label=SECRET)
    repo.drafts.new("Merged one", draft_id="merged").set("property/unused", "/datatype", f"{PROPOSED} merged")
    repo.drafts["merged"].submit()
    repo.drafts["merged"].merge()
    draft = repo.drafts.new("Open one", draft_id="open")
    draft.set("property/unused", "/label", f"{PROPOSED} open")
    draft.set("category/Person", "/label", "Human")
    closed = repo.drafts.new("Closed one", draft_id="closed")
    closed.set("property/unused", "/label", f"{PROPOSED} closed")
    closed.withdraw("not now")
    repo.drafts.new("Other", draft_id="other").set("category/Agent", "/label", "Actor")
    sandbox.git("tag", "light")
    sandbox.git("tag", "--annotate", "--message", "Annotated", "heavy")
    sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])
    repo.rebase(everything=True)
    sandbox.git("update-ref", "refs/remotes/origin/main", "main~1")
    sandbox.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    for label in ("first", "second"):
        sandbox.write("properties/unused.json", {"id": "unused", "label": f"{SECRET} stashed {label}"})
        sandbox.git("stash", "--quiet")
    sandbox.git("branch", "side", "main~2")
    return sandbox


def test_no_object_holds_the_content_afterwards(lived):
    assert holds(lived, SECRET)
    assert holds(lived, PROPOSED)

    report = run_purge(lived)

    assert not holds(lived, "Sycamore")
    assert report.commits > 5
    assert report.purgeable.drafts == ("closed", "merged", "open")
    lived.fsck()
    assert lived.git("status", "--porcelain") == ""
    assert not (lived.path / "properties/unused.json").exists()
    assert not (lived.path / ".git.purge").exists()
