"""The README's session is what the commands really say (commit ids aside)."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

from sandbox import Sandbox

ROOT = Path(__file__).parents[2]
OID = re.compile(r"\b[0-9a-f]{10}\b")


def session(text: str) -> list[tuple[str, str]]:
    """The commands of a README's session with what they said."""
    part = text.partition("## A session")[2].partition("## As a library")[0]
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", part, re.DOTALL):
        for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, said = piece.partition("\n")
            found.append((command, said))
    return found


def colleague(sandbox: Sandbox) -> None:
    form = sandbox.read("modules/publication-form.json")
    sandbox.write(
        "modules/publication-form.json", {**form, "steps": ["Search for duplicates", *form["steps"]]}
    )
    sandbox.change("categories/Agent.json", label="Responsible agent")


def test_the_session_is_real(tmp_path: Path) -> None:
    sandbox = Sandbox(shutil.copytree(ROOT / "sample-repo", tmp_path / "sample"))
    sandbox.git("init", "--quiet", "--initial-branch", "main")
    sandbox.commit("The laboratory's vocabulary")
    commands = session((ROOT / "README.md").read_text())
    assert len(commands) == 10
    for command, said in commands:
        if command == "gitdraft rebase":
            colleague(sandbox)
        answer = sandbox.run(*shlex.split(command)[1:])
        assert OID.sub("…", answer.out) == OID.sub("…", said), command
    patch = '[\n  {"op": "replace", "path": "/label", "value": "Actor"}\n]'
    path = ".gitdraft/changes/category/Agent.patch.json"
    assert sandbox.git("show", f"refs/gitdraft/closed/agent-label:{path}") == patch
    assert patch in (ROOT / "README.md").read_text()
    assert json.loads(patch)
