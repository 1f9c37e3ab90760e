"""An import in a process of its own: `import_child.py FOLDER NUMBER SIZE [kill]`.

So many properties of so many bytes. Prints the memory that it took at most, in KiB; with `kill`, is killed after the
last row, before git has the end of it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gitdraft
from gitdraft.api.session import Identity, Session
from gitdraft.formats.entity_streams import Row
from gitdraft.model.operations import Actor
from gitdraft.transfer.import_entities import ImportRequest, plan_import, stage_import
from gitdraft.transfer.rows import Naming


class Rows:
    """Rows that are made as they are read."""

    def __init__(self, number: Any, size: Any, kill: Any) -> None:
        self.number, self.text, self.kill = number, "x" * size, kill

    @property
    def size(self) -> Any:
        return self.number

    def rows(self, most: Any) -> Iterator[Any]:
        for n in range(1, self.number + 1):
            row = {"id": f"p{n}", "text": self.text}
            yield Row(n, json.dumps(row).encode(), n)
        if self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Any, number: Any, size: Any, kill: Any = "") -> None:
    store = gitdraft.open(Path(folder)).store
    staged = stage_import(store, ImportRequest(Rows(int(number), int(size), kill), Naming("property")))
    report = Session(store, Identity(Actor("Ann", "ann@example.org"))).run(
        "import entities", lambda transaction: plan_import(transaction, staged)
    )
    assert report.created + report.unchanged == int(number)
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
