"""An import of many entities: what it costs, and what is left when it does not come to its end."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.api.session import Session
from gitdraft.errors import InvalidInput
from gitdraft.model.canonical_reports import ImportReport
from gitdraft.model.progress import silent
from gitdraft.transfer.import_entities import ImportRequest, StagedImport, plan_import, stage_import
from gitdraft.transfer.rows import Naming
from gitdraft.transfer.sources import FileSource

CHILD = Path(__file__).with_name("import_child.py")


def run_child(sandbox: Sandbox, *arguments: Any) -> CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHILD, sandbox.path, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def wanted(rows: bytes, **options: Any) -> ImportRequest:
    return ImportRequest(FileSource(io.BytesIO(rows)), Naming("property"), **options)


def do(sandbox: Sandbox, staged: StagedImport) -> ImportReport:
    store = sandbox.library.store
    return Session(store).run("import entities", lambda transaction: plan_import(transaction, staged))


@pytest.mark.long
def test_memory_does_not_grow_with_what_entities_hold(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--detach")
    few, many = (int(run_child(sandbox, number, 20_000).stdout) for number in (50, 1_500))
    assert many - few < 15_000, "30 MB were read"


def test_killed_in_the_middle_it_leaves_canonical_as_it_was(sandbox: Sandbox) -> None:
    before = sandbox.refs()

    assert run_child(sandbox, 2_000, 100, "kill").returncode == -9

    assert sandbox.refs() == before
    sandbox.fsck()
    done = do(sandbox, stage_import(sandbox.library.store, wanted(b'{"id": "p1"}')))
    assert done.created == 1
    sandbox.git("prune", "--expire=now")
    assert list((sandbox.path / ".git/objects").glob("tmp_objdir-*")) == []


def test_rows_are_staged_anew_where_canonical_has_moved(sandbox: Sandbox) -> None:
    store = sandbox.library.store
    staged = stage_import(store, wanted(b'{"id": "p1"}\n{"id": "p2"}'))
    sandbox.write("properties/p1.json", {"id": "p1", "rank": 1})
    moved = sandbox.commit()

    report = do(sandbox, staged)

    assert (report.created, report.updated) == (1, 1)
    assert sandbox.git("rev-parse", "main^") == moved
    assert sandbox.read("properties/p1.json") == {"id": "p1"}


def test_a_file_in_the_way_of_a_folder_is_refused(sandbox: Sandbox) -> None:
    configuration = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write(
        "gitdraft.yaml",
        configuration + "  note:\n    path: notes/{key}.json\n    id: /id\n    nested: true\n",
    )
    sandbox.write("notes/plain", "no folder")
    sandbox.commit()
    store = sandbox.library.store
    rows = b'{"id": "plain/a"}\n{"id": "a"}\n{"id": "a.json/b"}\n{"id": "x/y/z"}\n'

    with pytest.raises(InvalidInput) as refused:
        stage_import(store, ImportRequest(FileSource(io.BytesIO(rows)), Naming("note")))

    assert [(row["row"], row["code"]) for row in refused.value.context["rows"]] == [
        (1, "forbidden-name"),
        (3, "forbidden-name"),
    ]


def test_a_repository_in_a_folder_with_an_odd_name_takes_an_import(sandbox: Sandbox) -> None:
    odd = sandbox.path.rename(sandbox.path.with_name('"odd\n#name'))
    moved = type(sandbox)(odd)
    report = do(moved, stage_import(moved.library.store, wanted(b'{"id": "p1"}'), silent))
    assert report.created == 1
    moved.fsck()
