"""`project` on a real PostgreSQL and a real MariaDB: the rows that git has, killed in the middle, tampered with, rebuilt."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from real_servers import killed_after
from sandbox import Sandbox

from gitdraft.copies.database import Database
from gitdraft.copies.tables import TABLES, DatabaseKind, statements

PAGE = Path(__file__).parents[2] / "docs/how-to/feed-other-systems.md"


class Projected:
    """A repository and the database that it is projected into, under a name of the test's own."""

    def __init__(self, sandbox: Sandbox, url: str, name: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self.name = name
        sandbox.git("config", "gitdraft.repository", name)
        sandbox.git("config", "gitdraft.projection", url)

    def project(self, *options: str, code: int = 0) -> Any:
        answer = self.sandbox.run("project", *options, "-o", "json")
        assert answer.code == code, answer.err
        return answer.json

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(Database(self.url)) as database:
            return list(database.rows(query.replace("OURS", f"repository = '{self.name}'")))

    def change(self, statement: str) -> None:
        with closing(Database(self.url)) as database:
            database.execute(statement.replace("OURS", f"repository = '{self.name}'"))
            database.commit()

    def is_sound(self) -> bool:
        return bool(self.project("--verify")["sound"])


@pytest.fixture(params=["postgresql", "mariadb"])
def projected(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Projected:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return Projected(sandbox, url, tmp_path.name[-60:].strip("_"))


def is_spent(counts: Iterator[int]) -> bool:
    """Takes the next one; whether there was none."""
    return next(counts, None) is None


def history(sandbox: Sandbox) -> None:
    """Edits, a redirect, a deletion, two drafts, one of them merged."""
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.write("categories/Old.json", {"id": "Old", "label": "Old", "parents": ["Person"]})
    sandbox.commit()
    assert sandbox.run("entity", "delete", "property/unused", "--reason", "unused").code == 0
    assert sandbox.run("redirect", "create", "category/Old", "category/Agent", "--reason", "same").code == 0
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    other = sandbox.library.drafts.new("Other", draft_id="other").set("category/Person", "/rank", 2)
    assert other is not None
    assert sandbox.run("submit", "other").code == 0
    assert sandbox.run("merge", "other").code == 0


def test_the_tables_say_what_git_says(projected: Projected) -> None:
    sandbox = projected.sandbox
    history(sandbox)
    report = projected.project()
    assert report["kind"] == "gitdraft.project/v1"
    assert (report["number"], report["skipped"]) == (len(list(sandbox.library.operations())), [])
    heads = {
        f"{row[0]}/{row[1]}": row[2:]
        for row in projected.ask(
            "SELECT entity_type, entity_key, revision_id, revision, content_hash, deleted, redirects_to, internal_id"
            " FROM entity_head WHERE OURS"
        )
    }
    for entity, (number, revision, content_hash, deleted, target, _) in heads.items():
        shown = sandbox.run("revision", "show", entity, str(number), "-o", "json").json["revision"]
        assert (revision, content_hash) == (shown["revision"], shown["content_hash"])
        assert (bool(deleted), target) == (shown["deleted"], shown["redirects_to"])
    assert {e for e, row in heads.items() if row[3]} == {"property/unused"}
    redirects = projected.ask(
        "SELECT redirect_from, redirect_to, redirect_from_id, redirect_to_id FROM entity_redirects WHERE OURS"
    )
    assert redirects == [("Old", "Agent", heads["category/Old"][5], heads["category/Agent"][5])]
    audited = projected.ask("SELECT entity_key, reason FROM deletion_audit WHERE OURS ORDER BY entity_key")
    assert audited == [("Old", "same"), ("unused", "unused")]
    drafts = projected.ask("SELECT draft_id, status, title FROM drafts WHERE OURS ORDER BY draft_id")
    assert drafts == [("fix", "draft", "Fix"), ("other", "merged", "Other")]
    assert projected.ask("SELECT draft_id, entity_key, change_type FROM draft_changes WHERE OURS") == [
        ("fix", "Person", "patch")
    ]
    names = projected.ask(
        "SELECT entity_key, pointer, target_type, target_key FROM entity_references WHERE OURS ORDER BY pointer"
    )
    assert ("Person", "/parents/0", "category", "Agent") in names
    assert projected.is_sound()


def test_a_draft_that_is_open_and_closed_at_once_has_one_row(projected: Projected) -> None:
    sandbox = projected.sandbox
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    open_tip = sandbox.git("rev-parse", "refs/heads/draft/fix")
    assert sandbox.run("withdraw", "fix").code == 0
    sandbox.git("update-ref", "refs/heads/draft/fix", open_tip)
    projected.project()
    assert projected.ask("SELECT draft_id, status FROM drafts WHERE OURS") == [("fix", "draft")]


def test_what_changes_is_written_and_nothing_twice(projected: Projected) -> None:
    history(projected.sandbox)
    projected.project()
    assert projected.project()["added"] == 0
    projected.sandbox.change("categories/Agent.json", label="Agent again")
    report = projected.project()
    assert (report["added"], report["removed"]) == (1, 1)
    assert projected.is_sound()
    assert projected.project("--rebuild")["removed"] > 5
    assert projected.is_sound()


def test_a_row_that_was_tampered_with_is_found_and_rebuilt(projected: Projected) -> None:
    history(projected.sandbox)
    projected.project()
    document = json.dumps({"id": "Agent", "label": "Forged"})
    projected.change(f"UPDATE entity_head SET document = '{document}' WHERE OURS AND entity_key = 'Agent'")
    projected.change("DELETE FROM entity_redirects WHERE OURS")
    found = projected.project("--verify", code=1)
    wrong = {t["name"]: (len(t["missing"]), len(t["surplus"])) for t in found["tables"]}
    assert (wrong["entity_head"], wrong["entity_redirects"], wrong["drafts"]) == ((1, 1), (1, 0), (0, 0))
    projected.project("--rebuild")
    assert projected.is_sound()


def test_texts_are_compared_by_code_point(projected: Projected) -> None:
    keys = ["a", "A", "ä", "ß", "ss", "e\u0301"]
    for number, key in enumerate(keys):
        projected.sandbox.write(f"properties/k{number}.json", {"id": f"k{number}", "label": key})
    projected.sandbox.commit()
    for key in ("Zebra", "zebra2", "Äpfel"):
        projected.sandbox.write(f"properties/{key}.json", {"id": key, "label": "x"})
    projected.sandbox.commit()
    projected.project()
    found = [
        row[0] for row in projected.ask("SELECT entity_key FROM entity_head WHERE OURS ORDER BY entity_key")
    ]
    assert found == sorted(found)
    assert projected.ask("SELECT entity_key FROM entity_head WHERE OURS AND entity_key = 'ZEBRA'") == []
    assert projected.ask("SELECT entity_key FROM entity_head WHERE OURS AND entity_key = 'Zebra '") == []
    assert projected.is_sound()


def test_what_the_database_cannot_hold_is_left_out_and_told(projected: Projected) -> None:
    document = {"id": "odd", "label": "Odd", "nul": "a\0b", "list": [1, 10**40, "c\0"], "nested": {"x\0": 1}}
    projected.sandbox.write("properties/odd.json", document)
    projected.sandbox.commit()
    report = projected.project()
    is_postgresql = projected.url.startswith("postgresql")
    expected = ["/nul", "/list/2", "/nested/x\0"] if is_postgresql else ["/list/1"]
    assert report["skipped"] == [f"entity_head: property/odd {pointer}" for pointer in expected]
    [(skipped, stored)] = projected.ask(
        "SELECT skipped, document FROM entity_head WHERE OURS AND entity_key = 'odd'"
    )
    assert json.loads(skipped) == expected
    found = stored if isinstance(stored, dict) else json.loads(stored)
    assert found["list"] == ([1, 10**40] if is_postgresql else [1, "c\0"])
    assert projected.is_sound()


@pytest.mark.long
def test_a_killed_run_has_done_nothing_or_all(projected: Projected) -> None:
    sandbox = projected.sandbox
    projected.project()
    for round_ in range(2):
        for number in range(60):
            entity = {"id": f"p{number}", "label": f"{round_}"}
            sandbox.write(f"properties/p{number}.json", entity)
        sandbox.commit()
        before = projected.ask("SELECT state FROM reflects WHERE OURS")
        counts = iter(range(40 * (round_ + 1)))
        killed_after(["project"], sandbox.path, partial(is_spent, counts))
        changed = projected.ask("SELECT state FROM reflects WHERE OURS") != before
        labels = projected.ask("SELECT document FROM entity_head WHERE OURS AND entity_key = 'p7'")
        found = [row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in labels]
        at = round_ if changed else round_ - 1
        assert [document["label"] for document in found] == ([] if at < 0 else [str(at)])
        projected.project()
        assert projected.is_sound()


@pytest.mark.long
def test_a_follower_goes_on_until_it_is_stopped(projected: Projected) -> None:
    sandbox = projected.sandbox
    follower = subprocess.Popen(
        [sys.executable, "-m", "gitdraft", "project", "--follow", "--poll", "0.1"],
        cwd=sandbox.path,
        stdout=subprocess.PIPE,
    )
    assert follower.stdout is not None
    try:
        assert b"added" in follower.stdout.readline()
        assert sandbox.run("new", "Fix", "--id", "fix", "--no-switch").code == 0
        assert b"added" in follower.stdout.readline()
        assert projected.ask("SELECT draft_id FROM drafts WHERE OURS") == [("fix",)]
        assert follower.poll() is None
    finally:
        follower.terminate()
        follower.wait()
        follower.stdout.close()


def test_repositories_share_a_database(projected: Projected, tmp_path: Path) -> None:
    history(projected.sandbox)
    projected.project()
    other = tmp_path / "other"
    projected.sandbox.git("clone", "--quiet", ".", str(other))
    stranger = Projected(Sandbox(other), projected.url, f"{projected.name}-2")
    stranger.project()
    assert projected.is_sound()
    assert stranger.is_sound()
    stranger.sandbox.git("config", "gitdraft.repository", projected.name)  # another clone under the same name
    refused = stranger.sandbox.run("project", "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (42, "projection-differs")
    assert stranger.sandbox.run("project", "--rebuild").code == 0


def test_erased_content_is_in_no_row(projected: Projected) -> None:
    projected.project()
    assert (
        projected.sandbox.run("entity", "erase", "property/unused", "--reason", "private", "--yes").code == 0
    )
    projected.project()
    for table in TABLES:
        assert "Unused" not in str(projected.ask(f"SELECT * FROM {table.name} WHERE OURS"))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://ann:secret@127.0.0.1/x", "password-in-configuration"),
        ("postgresql://ann@127.0.0.1/x?password=secret", "password-in-configuration"),
        ("mariadb://ann:secret@127.0.0.1/x", "password-in-configuration"),
        ("", "no-database"),
        ("sqlite:///x", "invalid-value"),
    ],
)
def test_a_password_in_gits_configuration_is_refused(sandbox: Sandbox, url: str, code: str) -> None:
    sandbox.git("config", "gitdraft.projection", url)
    refused = sandbox.run("project", "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (20, code)
    assert "secret" not in refused.err


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_password_in_the_environment_is_never_shown(sandbox: Sandbox, scheme: str) -> None:
    url = f"{scheme}://ann:secret@127.0.0.1:1/x"
    refused = sandbox.run("project", "-o", "json", GITDRAFT_PROJECTION=url)
    assert (refused.code, refused.refusal["code"]) == (50, "target-unreachable")
    assert refused.refusal["context"]["target"] == f"{scheme}://ann:***@127.0.0.1:1/x"
    assert "secret" not in refused.err


def test_without_the_extra_the_way_to_it_is_said(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme, package in (("postgresql", "psycopg"), ("mysql", "pymysql")):
        monkeypatch.setitem(sys.modules, package, None)
        refused = sandbox.run("project", "-o", "json", GITDRAFT_PROJECTION=f"{scheme}://127.0.0.1/x")
        assert (refused.code, refused.refusal["code"]) == (50, "not-installed")


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_page_prints_the_tables(kind: DatabaseKind) -> None:
    printed = PAGE.read_text().partition("```sql\n")[2].partition("```")[0]
    assert printed == "".join(f"{statement};\n" for statement in statements(kind))
