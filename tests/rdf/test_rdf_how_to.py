"""The how-to is typed, and says what is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs/how-to"
OID = re.compile(r"\b[0-9a-f]{10}\b")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def steps(page: str) -> list[tuple[str, str]]:
    """The commands, each with what it prints."""
    typed = [
        step for block in blocks(page, "console") for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    return [(command, printed) for command, _, printed in (step.partition("\n") for step in typed)]


@pytest.mark.long
def test_a_wikibase_in_git_can_be_typed(tmp_path: Path) -> None:
    page = (DOCS / "a-wikibase-in-git.md").read_text()
    items, properties = blocks(page, "jsonl")
    [configuration], [sites] = blocks(page, "yaml"), blocks(page, "json")
    files = {
        "gitdraft.yaml": configuration,
        "sites.json": sites,
        "items.jsonl": items,
        "properties.jsonl": properties,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for command, printed in [("git init -q -b main .", ""), *steps(page)]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert OID.sub("…", done.stdout) == OID.sub("…", printed), command
