"""Who made what go, and come back, when and why: for people, for scripts, for spreadsheets."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput
from gitdraft.formats.reports.audit import COLUMNS, audit_csv

ANN = "Ann Archivist <ann@example.org>"
UNUSED = "property/unused"
LATER = 1_935_403_200  # 2031-05-01T12:00:00Z


def do(sandbox: Sandbox, *command: str, reason: str, **environment: str) -> None:
    answer = sandbox.run(*command, "--reason", reason, **environment)
    assert answer.code == 0, answer.err


def entries(sandbox: Sandbox, *options: str) -> list[dict[str, Any]]:
    return list(sandbox.run("-o", "json", "audit", *options).json["entries"])


def actions(sandbox: Sandbox, *options: str) -> list[tuple[str, str]]:
    return [(entry["entity"], entry["action"]) for entry in entries(sandbox, *options)]


@pytest.fixture(scope="module")
def eventful(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A repository in which everything happened once; for reading alone."""
    sandbox = Sandbox(tmp_path_factory.mktemp("eventful") / "repository")
    shutil.copytree(template, sandbox.path)
    do(sandbox, "redirect", "create", UNUSED, "property/name", reason="the same")
    do(sandbox, "redirect", "revert", UNUSED, reason="not the same")
    sandbox.git("reset", "--quiet", "--hard")
    sandbox.change("categories/Agent.json", label="Actor")
    do(sandbox, "entity", "delete", UNUSED, reason="no longer used")
    do(sandbox, "entity", "undelete", UNUSED, reason="used after all")
    do(sandbox, "entity", "lock", UNUSED, reason="no more of this")
    bob = {"GIT_AUTHOR_NAME": "Bob", "GIT_AUTHOR_EMAIL": "bob@example.org"}
    do(sandbox, "entity", "erase", "category/Person", "--yes", reason="personal data", **bob)
    raw = sandbox.git("cat-file", "commit", "main")
    at = sandbox.git("show", "-s", "--format=%ct", "main")
    later = raw.replace(f"ann@example.org> {at}", f"ann@example.org> {LATER}") + "\n"
    oid = sandbox.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=later)
    sandbox.git("update-ref", "refs/heads/main", oid)
    return sandbox


def test_nothing_has_happened_yet(sandbox: Sandbox) -> None:
    assert sandbox.run("audit").out == "no entries\n"
    assert entries(sandbox) == []


def test_what_went_and_came_back_newest_first(eventful: Sandbox) -> None:
    found = entries(eventful)

    assert [(e["entity"], e["action"], e["reason"], e["revision_id"]) for e in found] == [
        ("category/Person", "delete-hard", "personal data", 2),
        (UNUSED, "undelete", "used after all", 5),
        (UNUSED, "delete-soft", "no longer used", 4),
        (UNUSED, "redirect-revert", "not the same", 3),
        (UNUSED, "redirect-create", "the same", 2),
    ]
    assert [entry["by"] for entry in found] == ["Bob <bob@example.org>", ANN, ANN, ANN, ANN]
    assert found[-1]["target"] == "property/name"
    commits = eventful.git("rev-list", "main").split()
    assert [commits.index(entry["commit"]) for entry in found] == [0, 2, 3, 5, 6]


def test_the_numbers_are_those_of_the_revisions(eventful: Sandbox) -> None:
    for entry in entries(eventful):
        shown = eventful.run("revision", "show", entry["entity"], str(entry["revision_id"])).json
        assert (shown["edit_type"], shown["created_by"]) == (entry["action"], entry["by"])


def test_the_text_is_aligned(eventful: Sandbox) -> None:
    lines = eventful.run("audit").out.splitlines()

    assert len({line.index("category" if "Person" in line else "property") for line in lines}) == 1
    assert "redirect-create" in lines[-1]
    assert "→ property/name" in lines[-1]
    assert lines[-1].endswith("the same")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--type", "soft"), [(UNUSED, "delete-soft")]),
        (("--type", "hard"), [("category/Person", "delete-hard")]),
        (("--type", "redirect"), [(UNUSED, "redirect-revert"), (UNUSED, "redirect-create")]),
        (("--type", "undelete"), [(UNUSED, "undelete")]),
        (("--type", "soft", "--type", "undelete"), [(UNUSED, "undelete"), (UNUSED, "delete-soft")]),
        (("--since", "2031-05-01"), [("category/Person", "delete-hard")]),
        (("--since", "2031-05-01T12:00:00Z"), [("category/Person", "delete-hard")]),
        (("--since", "2031-05-01T12:00:00-01:00"), []),
        (("--since", "2031-05-01 12:00"), [("category/Person", "delete-hard")]),
        (("--by", "BOB@"), [("category/Person", "delete-hard")]),
        (("--by", "ann", "--type", "soft"), [(UNUSED, "delete-soft")]),
        (("--by", "ann", "--type", "hard"), []),
    ],
)
def test_it_can_be_narrowed(
    eventful: Sandbox, options: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert actions(eventful, *options) == expected


@pytest.mark.parametrize("since", ["tomorrow", "2026-99-99", "2026-02-30", "0001-01-01T00:00:00+01:00"])
def test_a_date_that_there_is_not_is_wrong_usage(sandbox: Sandbox, since: str) -> None:
    assert sandbox.run("audit", "--since", since).code == 2
    with pytest.raises(InvalidInput, match="no date"):
        sandbox.library.canonical.audit(since=since)


def test_csv_has_the_same_rows(eventful: Sandbox) -> None:
    rows = list(csv.DictReader(io.StringIO(eventful.run("audit", "--format", "csv").out)))

    expected = [
        {name: str(entry.get(name, "")) for name in COLUMNS}
        for entry in entries(eventful, "--format", "json")
    ]
    assert rows == expected


def test_no_cell_is_a_formula() -> None:
    reasons = ["=1+1", "+1", "-1", "@x", "\t=1", "a=1", 'so "called", well']

    _, *lines = audit_csv([{"entity": "a/b", "reason": reason} for reason in reasons])

    cells = [row[COLUMNS.index("reason")] for row in csv.reader(lines)]
    assert cells == ["'=1+1", "'+1", "'-1", "'@x", "'\t=1", "a=1", 'so "called", well']


def test_what_a_draft_deleted_names_the_draft(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Tidy up")
    draft.delete(UNUSED, "nobody needs it")
    draft.submit()
    draft.merge()

    (entry,) = entries(sandbox)

    assert (entry["action"], entry["reason"], entry["draft"]) == ("delete-soft", "nobody needs it", "tidy-up")


def test_a_redirect_that_is_taken_along_is_told_too(sandbox: Sandbox) -> None:
    for key in ("a", "b"):
        sandbox.write(f"properties/{key}.json", {"id": key, "label": key, "datatype": "Text"})
    sandbox.commit("More")
    do(sandbox, "redirect", "create", "property/a", "property/b", reason="first")
    do(sandbox, "redirect", "create", "property/b", "property/name", reason="second")

    assert [(entry["entity"], entry["target"], entry["revision_id"]) for entry in entries(sandbox)] == [
        ("property/a", "property/name", 3),
        ("property/b", "property/name", 2),
        ("property/a", "property/b", 2),
    ]


def test_many_entities_are_told_as_one_by_one(sandbox: Sandbox) -> None:
    for number in range(150):
        sandbox.write(f"properties/p{number}.json", {"id": f"p{number}", "label": "P", "datatype": "Text"})
    sandbox.commit("More")
    rows = "".join(f"property/p{number},property/name\n" for number in range(150))
    assert sandbox.run("redirect", "batch", "-", "--reason", "all the same", stdin=rows).code == 0
    do(sandbox, "redirect", "revert", "property/p77", reason="but this one")

    found = entries(sandbox)

    assert len(found) == 151
    assert {entry["reason"] for entry in found[1:]} == {"all the same"}
    assert (found[0]["entity"], found[0]["action"], found[0]["revision_id"]) == (
        "property/p77",
        "redirect-revert",
        3,
    )
    assert {entry["revision_id"] for entry in found[1:]} == {2}


def test_tombstones_by_hand_are_told_as_they_are(sandbox: Sandbox) -> None:
    (sandbox.path / "properties/unused.json").unlink()
    sandbox.write("tombstones/property/unused.json", "rest in peace\n")
    sandbox.write("tombstones/planet/Pluto.json", {"kind": "erased"})
    sandbox.commit("By hand\n\nin a hurry")

    assert [(e["entity"], e["action"], e["reason"]) for e in entries(sandbox)] == [
        ("planet/Pluto", "delete-soft", "in a hurry"),
        (UNUSED, "delete-soft", "in a hurry"),
    ]


def test_an_entity_that_lay_elsewhere_keeps_its_numbers(sandbox: Sandbox) -> None:
    sandbox.git("mv", "properties", "members")
    sandbox.write(
        "gitdraft.yaml", (sandbox.path / "gitdraft.yaml").read_text().replace("properties/{", "members/{")
    )
    sandbox.commit("Other folder")
    do(sandbox, "entity", "delete", UNUSED, reason="r")

    (entry,) = entries(sandbox)

    assert (entry["action"], entry["revision_id"]) == ("delete-soft", 2)


def remove_plainly(sandbox: Sandbox, *paths: str) -> str:
    sandbox.git("rm", "--quiet", *paths)
    return sandbox.commit("Nobody needs it\n\nso they say")


def test_what_plain_git_removes_is_told_and_stays_readable(sandbox: Sandbox) -> None:
    removed = remove_plainly(sandbox, "properties/unused.json")

    (entry,) = entries(sandbox)
    shown = sandbox.run("-o", "json", "revision", "show", UNUSED).json["revision"]
    first = sandbox.run("-o", "json", "revision", "show", UNUSED, "1").json["revision"]

    assert (entry["entity"], entry["action"], entry["commit"]) == (UNUSED, "delete-hard", removed)
    assert (entry["reason"], entry["by_plain_git"]) == ("Nobody needs it\n\nso they say", True)
    assert "by plain git" in sandbox.run("audit").out
    assert (shown["edit_type"], shown["deleted"], shown["entity"]) == ("delete-hard", True, {"id": "unused"})
    assert first["entity"]["id"] == "unused"
    assert sandbox.run("revision", "list", "unused").code == 0
    assert sandbox.run("revision", "diff", UNUSED, "1", "2").code == 0
    assert sandbox.run("revision", "show", "property/never-was").code == 40


def test_undelete_brings_back_what_plain_git_removed_to_the_byte(sandbox: Sandbox) -> None:
    before = (sandbox.path / "properties/unused.json").read_bytes()
    remove_plainly(sandbox, "properties/unused.json")

    do(sandbox, "entity", "undelete", UNUSED, reason="it is needed")

    assert (sandbox.path / "properties/unused.json").read_bytes() == before
    assert actions(sandbox) == [(UNUSED, "undelete"), (UNUSED, "delete-hard")]
    assert "by_plain_git" not in entries(sandbox)[0]


def test_a_tombstone_that_plain_git_removes_brings_nothing_erased_back(sandbox: Sandbox) -> None:
    do(sandbox, "entity", "erase", UNUSED, "--yes", reason="personal data")
    sandbox.git("reset", "--quiet", "--hard")
    remove_plainly(sandbox, "tombstones/property/unused.json")

    shown = sandbox.run("-o", "json", "revision", "show", UNUSED, "1")
    back = sandbox.run("-o", "json", "entity", "undelete", UNUSED, "--reason", "r")

    assert [entry["action"] for entry in entries(sandbox)] == ["delete-hard", "delete-hard"]
    assert [entry.get("by_plain_git") for entry in entries(sandbox)] == [True, None]
    assert shown.json["revision"]["entity"] == {"id": "unused"}
    assert (back.code, back.refusal["code"]) == (42, "entity-deleted")


@pytest.mark.parametrize("way", ["merge", "revert", "folder", "link", "own type"])
def test_every_way_out_of_plain_git_is_told(sandbox: Sandbox, way: str) -> None:
    path = "properties/unused.json"
    match way:
        case "merge":
            sandbox.git("checkout", "--quiet", "-b", "side")
            remove_plainly(sandbox, path)
            sandbox.git("checkout", "--quiet", "main")
            sandbox.git("merge", "--quiet", "--no-ff", "-m", "Merge side", "side")
        case "revert":
            sandbox.write("properties/new.json", {"id": "new", "label": "New"})
            sandbox.commit("New")
            sandbox.git("revert", "--no-edit", "HEAD")
        case "folder":
            sandbox.git("mv", path, "properties/_unused.json")
            sandbox.commit("Out of the way")
        case "link":
            (sandbox.path / path).unlink()
            (sandbox.path / path).symlink_to("name.json")
            sandbox.commit("A link is no entity")
        case "own type":
            remove_plainly(sandbox, path)
            configuration = (sandbox.path / "gitdraft.yaml").read_text()
            sandbox.write("gitdraft.yaml", configuration.replace("properties/{", "members/{"))
            sandbox.git("mv", "properties", "members")
            sandbox.commit("Other folder")
    gone = "property/new" if way == "revert" else UNUSED

    assert [(e["entity"], e["action"], e["by_plain_git"]) for e in entries(sandbox)] == [
        (gone, "delete-hard", True)
    ]
    assert sandbox.run("revision", "list", gone).code == 0
