"""The man pages are made from the commands, by what a build has: click, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gitdraft.cli.commands import COMMANDS
from gitdraft.cli.man_pages import man_pages, write_man_pages

ROOT = Path(__file__).parents[2]
ALONE = """
import sys, pathlib
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {others}:
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
from gitdraft.cli.man_pages import man_pages
print(len(man_pages()))
"""


def test_each_command_has_a_page() -> None:
    names = {name for group in COMMANDS.values() for name in group}
    pages = man_pages()
    assert set(pages) == {"gitdraft.1", *(f"gitdraft-{name}.1" for name in names)}
    assert "gitdraft set category/Person /label Human" in pages["gitdraft-set.1"]
    assert ".SS gitdraft redirect merge" in pages["gitdraft-redirect.1"]
    assert re.search(r"^\.B gitdraft\\-set|^\.B gitdraft-set", pages["gitdraft.1"], re.MULTILINE)


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_pages_are_roff(tmp_path: Path) -> None:
    files = write_man_pages(tmp_path)
    done = subprocess.run(
        ["groff", "-k", "-man", "-ww", "-Tutf8", *map(str, files)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    shown = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert "gitdraft-set - Put values into ENTITY" in shown
    assert "gitdraft set category/Person label=Human keywords+=person" in shown


def test_a_build_needs_click_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {re.split(r"[^a-z]", name)[0] for name in project["build-system"]["requires"]}
    assert needed == {"hatchling", "click"}
    assert "custom" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    others = {
        "pygit2",
        "yaml",
        "jsonpatch",
        "jsonpointer",
        "jsonschema",
        "watchdog",
        "rich",
        "anyascii",
        "fastapi",
    }
    done = subprocess.run(
        [sys.executable, "-c", ALONE.replace("{others}", repr(others))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(len(man_pages()))), done.stderr
