"""A library that jsonschema would import for formats is not imported, and is as soon as somebody checks one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sandbox import Sandbox

LIBRARY = """
import sys
print("imported", file=sys.stderr)
OTHER = 7
def is_valid_syntax(term, value):
    return value == "right"
"""
CHECKS = """
import gitdraft.validation.schemas
from jsonschema import FormatChecker
print([FormatChecker().conforms(text, "iri") for text in ("right", "wrong")])
import rfc3987_syntax
print(rfc3987_syntax.OTHER)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "packages/rfc3987_syntax"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(LIBRARY)
    path = os.pathsep.join([str(folder.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def test_an_edit_does_not_import_it(sandbox: Sandbox, environment: dict[str, str]) -> None:
    sandbox.run("new", "one")
    done = subprocess.run(
        [sys.executable, "-m", "gitdraft.cli.main", "set", "category/Person", "/label", "Human"],
        cwd=sandbox.path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "imported" not in done.stderr


@pytest.mark.skipif(
    find_spec("rfc3987") is not None, reason="jsonschema asks rfc3987 first, where that is installed"
)
def test_who_checks_formats_has_it(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHECKS], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[True, False]\n7\n"
    assert done.stderr == "imported\n"
