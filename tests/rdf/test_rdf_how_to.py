"""The how-tos are typed, and say what is printed."""

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
    check_typed(page, files, tmp_path)


@pytest.mark.long
def test_a_vocabulary_can_be_typed(tmp_path: Path) -> None:
    page = (DOCS / "publish-a-vocabulary.md").read_text()
    [configuration], [context], [concepts] = (
        blocks(page, language) for language in ("yaml", "json", "jsonl")
    )
    files = {
        "gitdraft.yaml": configuration,
        "contexts/concept.jsonld": context,
        "concepts.jsonl": concepts,
    }
    check_typed(page, files, tmp_path)


def check_typed(page: str, files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for command, printed in [("git init -q -b main .", ""), *steps(page)]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert OID.sub("…", done.stdout) == OID.sub("…", printed), command
