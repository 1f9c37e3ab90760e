"""What the README prints is what the commands really say (commit ids aside), typed in bash in a copy of the sample."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitdraft

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
OID = re.compile(r"\b[0-9a-f]{10}\b")


def section(name: str) -> str:
    """The README's section of that name."""
    return README.partition(f"## {name}\n")[2].partition("\n## ")[0]


def session(text: str) -> list[tuple[str, str]]:
    """The commands of the console blocks, each with what they said."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, said) for command, _, said in (step.partition("\n") for step in steps)]


class Reader:
    """Somebody who types what the README says, in one shell's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def type(self, command: str) -> str:
        """What the command prints. `cd` goes on for the next ones."""
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        ).stdout


def test_the_readme_is_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "sample-repo", tmp_path / "sample-repo")
    reader = Reader(tmp_path)
    for command, said in session(section("A session")):
        assert OID.sub("…", reader.type(command)) == OID.sub("…", said), command
    [(command, said)] = session(section("What lies on disk"))
    assert reader.type(command).rstrip() == said.rstrip()

    monkeypatch.chdir(reader.folder)
    values: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", section("As a library"), re.DOTALL):
        exec(block, values)
    result = values["result"]
    assert isinstance(result, gitdraft.RebaseResult)
    assert result.status == "clean"
    assert result.patch == ({"op": "replace", "path": "/items/1/name", "value": "Uno"},)


def test_nothing_is_installed_by_a_name_that_is_not_published() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "gitdraft").rglob("*.py")]
    named = re.compile(r"pipx? install ['\"]?gitdraft\b")
    assert [str(page) for page in pages if named.search(page.read_text())] == []
