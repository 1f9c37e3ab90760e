"""What CI runs on a pull request: the shell steps on real commits, and the form of the files that name them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sandbox import Sandbox

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


def test_the_action_is_a_composite_one_that_needs_no_token() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in action["runs"]["steps"])
    assert "token" not in (ROOT / "action.yml").read_text().lower()
    runs = "".join(step["run"] for step in action["runs"]["steps"])
    assert "${{" not in runs, "what is put into a script could be a script"
