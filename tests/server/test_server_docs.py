"""The pages of the docs say what the service does: their examples are run, their tables compared."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox
from wiki import EXAMPLE

from gitdraft.server.error_handlers import BY_CODE

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = (DOCS / "how-to/import-from-mediawiki.md").read_text()
API = (DOCS / "reference/http-api.md").read_text()
PAYLOAD = (DOCS / "reference/mediawiki-payload.md").read_text()


def block(language: str) -> str:
    """The first block of a language on the page."""
    found = re.search(rf"```{language}\n(.*?)```", HOW_TO, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def laboratory(sandbox: Sandbox, serving: Callable[..., Any]) -> Any:
    """A server on the sample repository."""
    sandbox.git("rm", "-r", "--quiet", ".")
    shutil.copytree(DOCS.parent / "sample-repo", sandbox.path, dirs_exist_ok=True)
    sandbox.commit("The laboratory's vocabulary")
    return serving()


@pytest.fixture
def environment(laboratory: Any, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "push.json").write_text(block("json"))
    names = {"SERVICE": laboratory.url, "TOKEN": laboratory.token("contributor", "wiki"), "KEY": "0d6c3f"}
    return {**os.environ, **names}


def test_the_payload_of_the_page_is_the_schemas_example() -> None:
    page, example = json.loads(block("json")), copy.deepcopy(EXAMPLE)
    members = {change["action"]: change.pop("entity", None) for change in page["changes"]}
    assert (
        members["create"]["id"] == "birthPlace"
    )  # as the sample's types have it; the example's say entity_key
    for change in example["changes"]:
        change.pop("entity", None)
    assert page == example


def test_the_curl_example_works(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", block("bash")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["change_count"] == 3


def test_the_python_example_works(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block("python")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "submitted\n"), done.stderr


def test_the_page_has_every_route_and_no_other(service: Any) -> None:
    document = service.client().get("/openapi.json").json()
    there = {(method.upper(), path) for path, found in document["paths"].items() for method in found}
    assert set(re.findall(r"^\| `([A-Z]+)` \| `(/[^`]*)` \|", API, re.MULTILINE)) == there


def test_the_page_has_every_status(service: Any) -> None:
    document = service.client().get("/openapi.json").json()
    there = {
        status
        for operations in document["paths"].values()
        for operation in operations.values()
        for status in operation["responses"]
        if status >= "400"
    }
    told = set(re.findall(r"\b([45][0-9]{2})\b", API.partition("## Errors")[2]))
    by_path = {"405"}  # said of paths, not of operations
    assert told == there | by_path | {str(status) for status in BY_CODE.values()}


def test_codes_of_the_payloads_page_have_their_status() -> None:
    for codes, status in re.findall(r"^\| (`.*`) \|.*\| [0-9]+, ([0-9]+) \|$", PAYLOAD, re.MULTILINE):
        for code in re.findall(r"`([a-z-]+)`", codes.partition(" | ")[0]):
            assert BY_CODE.get(code, int(status)) == int(status), code
