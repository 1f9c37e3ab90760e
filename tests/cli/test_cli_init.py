"""`init` says what it proposes and why, and what the first validation will find; plain clones are set up by `pull`."""

from __future__ import annotations

from pathlib import Path

from sandbox import Sandbox


def bucket(sandbox: Sandbox) -> None:
    """A repository as package managers have it."""
    sandbox.git("rm", "-rq", ".")
    for number in range(40):
        sandbox.write(f"bucket/app-{number}.json", {"name": f"app-{number}", "version": "1.0"})
    sandbox.write("bucket/app-7.json", {"name": "seven"})
    sandbox.write("bucket/broken.json", "{")
    sandbox.write("tests/fixture.json", {"name": "fixture"})
    sandbox.write("config/a.json", {})
    sandbox.commit("A bucket")


def test_it_says_what_and_why(sandbox: Sandbox) -> None:
    bucket(sandbox)
    said = sandbox.run("init").out
    assert "app: 41 entities in bucket/" in said
    assert "id: /name equals the file's name in 39 of 40 files looked at" in said
    assert "no entities in tests/ (1 JSON file, by its name)" in said
    assert "gitdraft validate --canonical will find 1 violation of identity/mismatch: app/app-7 /name" in said
    found = sandbox.run("-o", "json", "validate", "--canonical").json["violations"]
    assert {violation["rule"] for violation in found} == {"identity/mismatch", "json/invalid"}


def test_a_dry_run_says_it_in_comments_and_in_json(sandbox: Sandbox) -> None:
    bucket(sandbox)
    shown = sandbox.run("init", "-n").out
    sandbox.write("gitdraft.yaml", shown)
    sandbox.commit("As it was shown")
    assert sandbox.run("ls", "app").code == 0
    sandbox.git("reset", "--hard", "--quiet", "HEAD~1")
    answer = sandbox.run("-o", "json", "init", "-n", "--type", "package=bucket", "--skip", "config").json
    assert [each["type"] for each in answer["types"]] == ["package"]
    assert {each["folder"]: each["reason"] for each in answer["skipped"]} == {
        "config": "as you said",
        "tests": "by its name",
    }
    assert {each["rule"]: each["violations"] for each in answer["complaints"]}["identity/mismatch"] == 1


def test_pull_sets_a_plain_clone_up_once(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.run("init", "--drivers")
    sandbox.run("new", "Fix", "--id", "fix", "--no-switch")
    clone = Sandbox(tmp_path / "clone")
    sandbox.git("clone", "--quiet", str(sandbox.path), str(clone.path))
    answer = clone.run("-o", "json", "pull")
    assert answer.json["set_up"] == ["drafts", "drivers"]
    assert clone.git("config", "merge.gitdraft.driver")
    assert "set_up" not in clone.run("-o", "json", "pull").json
    other = Sandbox(tmp_path / "other")
    sandbox.git("clone", "--quiet", str(sandbox.path), str(other.path))
    assert "git merges entities member by member from now on" in other.run("sync").out
    third = Sandbox(tmp_path / "third")
    said = sandbox.run("clone", str(sandbox.path), str(third.path)).out
    assert "git fetch brings the drafts from now on" in said
    assert "git merges entities member by member from now on" in said


def test_drivers_are_left_alone_where_the_repository_has_none(sandbox: Sandbox, tmp_path: Path) -> None:
    clone = Sandbox(tmp_path / "clone")
    sandbox.git("clone", "--quiet", str(sandbox.path), str(clone.path))
    assert clone.run("-o", "json", "pull").json["set_up"] == ["drafts"]


def test_switch_takes_a_draft_that_only_the_remote_has(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.run("new", "Fix", "--id", "fix", "--no-switch")
    sandbox.run("set", "category/Person", "/label", "Human", "-d", "fix")
    clone = Sandbox(tmp_path / "clone")
    sandbox.git("clone", "--quiet", str(sandbox.path), str(clone.path))
    answer = clone.run("switch", "fix")
    assert (answer.code, answer.out) == (0, "took fix from origin\nedits now go to fix\n")
    assert clone.git("rev-parse", "draft/fix") == sandbox.git("rev-parse", "draft/fix")
    assert clone.run("set", "category/Person", "/label", "Being").code == 0
    assert clone.run("push").code == 0
    assert sandbox.git("rev-parse", "draft/fix") == clone.git("rev-parse", "draft/fix")
    assert clone.run("switch", "nothing").code == 40
    operations = clone.run("-o", "json", "operations").json["operations"]
    assert operations[-1]["command"] == "switch"


def test_a_configuration_that_cannot_be_read_is_refused_with_the_way_out(sandbox: Sandbox) -> None:
    sandbox.write("gitdraft.yaml", "canonical: [main")
    sandbox.commit("Broken")
    answer = sandbox.run("init")
    assert (answer.code, "git log -1 -p -- gitdraft.yaml" in answer.err) == (20, True)
