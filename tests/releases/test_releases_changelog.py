"""Releases: the version that a step asks for, the tag, the net changes between two states, as text, page and JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.model.impacts import Step
from gitdraft.releases.versions import order_of, propose

PERSON, AGENT = "categories/Person.json", "categories/Agent.json"


def configure(sandbox: Sandbox, text: str) -> None:
    file = sandbox.path / "gitdraft.yaml"
    sandbox.write("gitdraft.yaml", file.read_text() + text)
    sandbox.commit("configured")


def advice(sandbox: Sandbox) -> Any:
    return sandbox.run("-o", "json", "release", "create", "--advice").json


def changes(sandbox: Sandbox, states: str = "") -> dict[str, Any]:
    answer = sandbox.run("-o", "json", "changelog", *([states] if states else []))
    assert answer.code == 0, answer.err
    return {change["entity"]: change for change in answer.json["changes"]}


@pytest.mark.parametrize(
    ("previous", "step", "proposed"),
    [
        (None, "major", "1.0.0"),
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("0.2.3", "major", "0.3.0"),
        ("0.2.3", "minor", "0.2.4"),
        ("2.0.0-rc.1", "major", "2.0.0"),
    ],
)
def test_the_version_that_a_step_asks_for(previous: str | None, step: Step, proposed: str) -> None:
    assert propose(previous, step, "semver", "2026-01-24") == proposed


def test_versions_by_date() -> None:
    assert propose(None, "major", "calendar", "2026-01-24") == "2026-01-24"
    assert order_of("2026-02-30", "calendar") is None
    assert propose("2026-01-23", "none", "calendar", "2026-01-24") == "2026-01-24"
    assert propose("2026-01-24", "patch", "calendar", "2026-01-24") == "2026-01-24.2"
    assert propose("2026-01-24.9", "patch", "calendar", "2026-01-24") == "2026-01-24.10"


def test_versions_are_sorted_as_semver_says() -> None:
    listed = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
    ]
    listed += ["1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0"]
    assert sorted(set(listed), key=lambda version: order_of(version, "semver") or ()) == listed
    assert [order_of(text, "semver") for text in ("1.0", "v1.0.0", "01.0.0", "2026-01-24")] == [None] * 4


def test_a_release_is_an_annotated_tag_that_says_what_the_step_means(sandbox: Sandbox) -> None:
    first = sandbox.run("-o", "json", "release", "create", "1.0.0").json
    assert (first["version"], first["tag"], first["kind"]) == (
        "1.0.0",
        "v1.0.0",
        "gitdraft.release-create/v1",
    )
    sandbox.change(PERSON, label="Human")
    sandbox.change(AGENT, extra=1)
    asked = advice(sandbox)
    assert (asked["version"], asked["advice"]["impact"], asked["advice"]["step"]) == (
        "1.1.0",
        "additive",
        "minor",
    )
    assert asked["advice"]["types"] == {"category": {"additive": 1, "cosmetic": 1}}
    assert asked["previous"]["version"] == "1.0.0"
    assert "v1.1.0" not in sandbox.git("tag")
    made = sandbox.run("release", "create")
    assert made.code == 0, made.err
    assert sandbox.git("cat-file", "-t", "v1.1.0") == "tag"
    assert sandbox.git("rev-parse", "v1.1.0^{commit}") == sandbox.git("rev-parse", "main")
    message = sandbox.git("tag", "--list", "v1.1.0", "--format=%(contents)")
    assert message.splitlines()[0] == "Release 1.1.0"
    assert "additive changed category/Agent" in message
    assert "category: 1 additive, 1 cosmetic" in message
    sandbox.fsck()
    assert [r["version"] for r in sandbox.run("-o", "json", "release", "list").json["releases"]] == [
        "1.0.0",
        "1.1.0",
    ]
    assert sandbox.run("undo").code == 0
    assert sandbox.git("tag") == "v1.0.0"


def test_what_cannot_be_a_release(sandbox: Sandbox) -> None:
    assert sandbox.run("release", "create", "1.0.0").code == 0
    sandbox.change(PERSON, label="Human")
    for version, status, code in (
        ("1.0.0", 41, "release-already-exists"),
        ("0.9.0", 20, "invalid-version"),
        ("1.0", 20, "invalid-version"),
        ("../x", 20, "invalid-version"),
    ):
        refused = sandbox.run("-o", "json", "release", "create", version)
        assert (refused.code, refused.refusal["code"]) == (status, code), version
    sandbox.run("release", "create")
    refused = sandbox.run("-o", "json", "release", "create")
    assert (refused.code, refused.refusal["code"]) == (42, "nothing-to-release")


def test_releases_by_date_under_a_name_of_ones_own(sandbox: Sandbox) -> None:
    configure(sandbox, 'release: {tag: "vocabulary/{version}", scheme: calendar}\n')
    made = sandbox.run("-o", "json", "release", "create").json
    assert made["tag"] == f"vocabulary/{made['version']}"
    assert len(made["version"]) == len("2026-01-24")
    sandbox.change(PERSON, label="Human")
    again = sandbox.run("-o", "json", "release", "create").json
    assert again["version"] == f"{made['version']}.2"


def test_a_signed_release_is_one_to_git(sandbox: Sandbox, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (tmp_path / "allowed").write_text(f"* {(tmp_path / 'key.pub').read_text()}")
    for name, value in (
        ("gpg.format", "ssh"),
        ("user.signingkey", str(key)),
        ("gpg.ssh.allowedSignersFile", str(tmp_path / "allowed")),
    ):
        sandbox.git("config", name, value)
    assert sandbox.run("release", "create", "1.0.0", "--sign").code == 0
    sandbox.git("verify-tag", "v1.0.0")


def test_net_changes_of_every_kind(sandbox: Sandbox) -> None:
    sandbox.git("tag", "v1.0.0")
    sandbox.change(PERSON, label="Human", description="Somebody.")
    sandbox.change(PERSON, label="Person")
    sandbox.write("categories/Robot.json", {"id": "Robot", "label": "Robot", "description": "Acts."})
    sandbox.commit("a robot")
    sandbox.write("categories/Gone.json", {"id": "Gone", "label": "Gone", "description": "x"})
    sandbox.commit("comes")
    (sandbox.path / "categories/Gone.json").unlink()
    sandbox.commit("goes")
    text = (sandbox.path / AGENT).read_text()
    (sandbox.path / AGENT).write_text(json.dumps(json.loads(text)))
    sandbox.commit("another format")
    sandbox.run("entity", "delete", "property/unused", "--reason", "nobody uses it")
    sandbox.run("entity", "rename", "property/name", "title")
    found = changes(sandbox, "1.0.0..main")
    assert {entity: change["kind"] for entity, change in found.items() if change["type"] == "property"} == {
        "property/unused": "deleted",
        "property/name": "renamed",
    }
    assert found["property/unused"]["reason"] == "nobody uses it"
    assert found["property/name"]["target"] == "property/title"
    assert found["property/name"]["members"] == []
    assert (found["category/Robot"]["kind"], found["category/Robot"]["impact"]) == ("added", "additive")
    person = [m for m in found["category/Person"]["members"] if m["path"] == "/description"]
    assert [(m["kind"], m["after"]) for m in person] == [("changed", "Somebody.")]
    assert not [m for m in found["category/Person"]["members"] if m["path"] == "/label"]
    assert "category/Gone" not in found
    assert "category/Agent" not in found


def test_redirected_and_merged_are_told_apart(sandbox: Sandbox) -> None:
    sandbox.git("tag", "v1.0.0")
    sandbox.change("properties/unused.json", note="kept by the merge")
    sandbox.git("tag", "v1.1.0")
    merged = sandbox.run(
        "redirect", "merge", "property/unused", "property/name", "--reason", "same", "--keep", "to"
    )
    assert merged.code == 0, merged.err
    assert changes(sandbox, "1.1.0..")["property/unused"]["kind"] == "merged"
    sandbox.run("undo")
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "same")
    found = changes(sandbox, "1.1.0..")["property/unused"]
    assert (found["kind"], found["target"], found["impact"]) == ("redirected", "property/name", "breaking")


def test_orders_and_sets(sandbox: Sandbox) -> None:
    sandbox.change(AGENT, ordered=[1, 2, 3])
    sandbox.git("tag", "v1.0.0")
    sandbox.change(AGENT, ordered=[3, 2, 1])
    (member,) = changes(sandbox)["category/Agent"]["members"]
    assert (member["path"], member["kind"]) == ("/ordered", "reordered")
    assert advice(sandbox)["advice"]["impact"] == "cosmetic"


def test_drafts_and_authors_are_credited_once(sandbox: Sandbox) -> None:
    sandbox.git("tag", "v1.0.0")
    for number, member in enumerate(("label", "description")):
        sandbox.run("new", f"Fix {member}", "--id", f"fix-{number}")
        sandbox.run("set", "category/Person", f"/{member}", "Human")
        sandbox.run("submit")
        assert sandbox.run("merge", f"fix-{number}").code == 0
    log = sandbox.run("-o", "json", "changelog").json
    assert [(d["id"], d["title"]) for d in log["drafts"]] == [
        ("fix-0", "Fix label"),
        ("fix-1", "Fix description"),
    ]
    assert len(log["authors"]) == 1
    assert log["from"]["name"] == "1.0.0"


def test_modules_group_what_they_name(sandbox: Sandbox) -> None:
    sandbox.write(
        "modules/Core.json", {"id": "Core", "label": "Core", "categories": ["Person", "category/Agent"]}
    )
    text = (
        (sandbox.path / "gitdraft.yaml")
        .read_text()
        .replace(
            "entities:\n",
            "modules: {type: module, members: [/categories/*]}\nentities:\n  module: {path: 'modules/{key}.json', id: /id}\n",
            1,
        )
    )
    sandbox.write("gitdraft.yaml", text)
    sandbox.commit("modules")
    sandbox.git("tag", "v1.0.0")
    sandbox.change(PERSON, label="Human")
    sandbox.change("properties/name.json", label="Nom")
    found = changes(sandbox)
    assert found["category/Person"]["module"] == "module/Core"
    assert "module" not in found["property/name"]
    assert advice(sandbox)["advice"]["modules"] == {"module/Core": {"cosmetic": 1}}
    page = sandbox.run("changelog").out
    assert page.index("## Core: category") < page.index("## property")


def test_text_from_entities_cannot_leave_its_place(sandbox: Sandbox) -> None:
    sandbox.git("tag", "v1.0.0")
    sandbox.change(PERSON, label="<script>alert(1)</script>\n# [x](y)", description="\u202etxt")
    page = sandbox.run("changelog", "--format", "html").out
    assert "<script>" not in page
    text = sandbox.run("changelog").out
    assert "\n# \\[x" not in text
    assert "\\<script\\>" in text
    assert "\u202e" not in text + page
    assert json.loads(sandbox.run("changelog", "--format", "json").out)["kind"] == "gitdraft.changelog/v1"


def test_usage(sandbox: Sandbox) -> None:
    assert sandbox.run("changelog", "1.0.0").code == 2
    assert sandbox.run("changelog", "nothing..main").code == 40
    assert sandbox.run("release", "diff", "main", "main").code == 0
    first = sandbox.run("-o", "json", "changelog").json
    assert first["from"] == {"name": "nothing"}
    assert {change["kind"] for change in first["changes"]} == {"added"}


def test_the_service_tells_the_changelog_of_canonical_alone(
    sandbox: Sandbox, serving: Callable[..., Any]
) -> None:
    sandbox.git("tag", "v1.0.0")
    sandbox.change(PERSON, label="Human")
    sandbox.git("switch", "--quiet", "--create", "elsewhere")
    sandbox.change(PERSON, label="Secret")
    sandbox.git("switch", "--quiet", "main")
    client = serving().of("reader")
    answer = client.get("/api/v2/changelog", params={"from": "1.0.0", "to": "main"})
    assert (answer.status_code, answer.json()["counts"]["changed"]) == (200, 1)
    assert client.get("/api/v2/changelog", params={"to": "elsewhere"}).status_code == 404
