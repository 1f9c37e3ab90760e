"""What CI runs on a pull request: the shell steps on real commits, and the form of the files that name them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from forge_server import TOKEN, Forge, serve_forge
from sandbox import Sandbox, run_git

ROOT = Path(__file__).parents[2]


def gitlab_script() -> str:
    """The steps of the GitLab component, without the one that installs."""
    _, job = yaml.safe_load_all((ROOT / "templates/validate.yml").read_text())
    return "set -e\n" + "\n".join(job["entities"]["script"][1:])


def run(sandbox: Sandbox, script: str, summary: Path) -> subprocess.CompletedProcess[str]:
    """What a step does on the last commit."""
    base, head = sandbox.git("rev-parse", "HEAD^"), sandbox.git("rev-parse", "HEAD")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "BASE": base,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "HEAD": head,
        "CI_COMMIT_SHA": head,
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    return subprocess.run(
        ["bash", "-c", script], cwd=sandbox.path, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "script", [(ROOT / "ci/validate.sh").read_text(), gitlab_script()], ids=["action", "component"]
)
def test_the_steps_pass_what_is_sound_and_stop_what_is_not(
    sandbox: Sandbox, tmp_path: Path, script: str
) -> None:
    summary = tmp_path / "summary.md"
    sandbox.change("categories/Person.json", label="Human")
    assert run(sandbox, script, summary).returncode == 0
    sandbox.change("categories/Person.json", label=5)
    done = run(sandbox, script, summary)
    assert done.returncode == 1
    assert "/label" in done.stdout
    sandbox.change("categories/Person.json", label="Human")
    sandbox.write(".gitdraft/draft.json", {})
    sandbox.commit()
    done = run(sandbox, script, summary)
    assert done.returncode == 1
    assert ".gitdraft/" in done.stdout


def test_the_action_gives_annotations_and_a_summary_without_markup(sandbox: Sandbox, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    person = sandbox.read("categories/Person.json")
    sandbox.write("categories/Person.json", {**person, "label": "", "</details> @everyone": 1})
    sandbox.commit()
    done = run(sandbox, (ROOT / "ci/validate.sh").read_text(), summary)
    assert "::error file=categories/Person.json,line=" in done.stdout
    lines = summary.read_text().splitlines()
    assert lines[:2] == ["### Entities", ""]
    assert all(line.startswith("    ") for line in lines[2:])


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("action.yml", "github-actions"),
        ("ci/comment/action.yml", "github-actions"),
        ("templates/validate.yml", "gitlab-ci"),
        ("docs/how-to/work-on-a-forge.md", "github-workflows"),
    ],
)
def test_files_of_ci_are_of_the_forges_form(file: str, schema: str, tmp_path: Path) -> None:
    """By the schemas that check-jsonschema brings; those of a page are the workflows that it prints."""
    text = (ROOT / file).read_text()
    pieces = re.findall(r"```yaml\n(.*?)```", text, re.S) if file.endswith(".md") else text.split("\n---\n")
    documents = [tmp_path / f"{number}.yml" for number, _ in enumerate(pieces)]
    for document, piece in zip(documents, pieces, strict=True):
        document.write_text(piece)
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*checker, *map(str, documents)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert pieces


@pytest.fixture
def comment(sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[..., Forge]]:
    """Runs the step that comments, on a pull request of ann's fork."""
    bare = tmp_path / "forge.git"
    run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(bare))
    run_git(bare, "branch", "topic", "main")
    action = yaml.safe_load((ROOT / "ci/comment/action.yml").read_text())
    script = action["runs"]["steps"][-1]["run"]
    with serve_forge("github", bare) as forge:
        forge.forks["ann"] = bare
        forge.add_pull("Topic", "", "topic", "main", "ann")

        def run(report: bytes, **changed: str) -> Forge:
            (tmp_path / "report.txt").write_bytes(report)
            environment = {
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_ACTION_PATH": str(ROOT / "ci/comment"),
                "API": forge.api,
                "REPOSITORY": "team/things",
                "HEAD": str(forge.tip("topic")),
                "HEAD_OWNER": "ann",
                "HEAD_BRANCH": "topic",
                "REPORT": str(tmp_path / "report.txt"),
                "TOKEN": TOKEN,
                **changed,
            }
            assert set(action["runs"]["steps"][-1]["env"]) < set(environment)
            subprocess.run(["bash", "-ec", script], env=environment, check=True)
            return forge

        yield run


def test_a_run_that_may_write_comments_once_on_what_a_fork_proposes(comment: Callable[..., Forge]) -> None:
    """Whatever the fork's run has put into the report is shown, and does nothing."""
    for _ in range(2):
        forge = comment(b"error @everyone </details>\n```\n<!-- fixes #1 https://evil.example\x1b[31m\xff")
        (said,) = forge.pulls[0].comments
        lines = said["body"].splitlines()
        assert lines[0] == "<!-- gitdraft:checked -->"
        assert all(line.startswith("    ") for line in lines[3:])
        for harm in ("@everyone", "#1", "</details>", "https://", "\x1b"):
            assert harm not in said["body"]
    assert [request for request in forge.requests if request.startswith(("POST", "PATCH"))] == [
        "POST /repos/team/things/issues/1/comments"
    ]
    assert "sound" in comment(b"sound\n" * 100_000).pulls[0].comments[0]["body"]
    assert len(forge.pulls[0].comments) == 1
    assert len(forge.pulls[0].comments[0]["body"]) < 65_536


def test_a_report_on_a_head_that_moved_is_not_written(comment: Callable[..., Forge]) -> None:
    assert not comment(b"sound", HEAD="1" * 40).pulls[0].comments
    assert not comment(b"sound", HEAD_BRANCH="main").pulls[0].comments


def test_the_action_is_a_composite_one_that_needs_no_token() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in action["runs"]["steps"])
    assert "token" not in (ROOT / "action.yml").read_text().lower()
    runs = "".join(step["run"] for step in action["runs"]["steps"])
    assert "${{" not in runs, "what is put into a script could be a script"
