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
from pathlib import Path

import gitdraft
from gitdraft.api.session import Identity, Session
from gitdraft.formats.entity_streams import Row
from gitdraft.model.operations import Actor
from gitdraft.transfer.import_entities import ImportRequest, plan_import, stage_import
from gitdraft.transfer.rows import Naming


class Rows:
    """Rows that are made as they are read."""

    def __init__(self, number, size, kill):
        self.number, self.text, self.kill = number, "x" * size, kill

    @property
    def size(self):
        return self.number

    def rows(self, most):
        for n in range(1, self.number + 1):
            row = {"id": f"p{n}", "text": self.text}
            yield Row(n, json.dumps(row).encode(), n)
        if self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder, number, size, kill=""):
    store = gitdraft.open(Path(folder)).store
    staged = stage_import(store, ImportRequest(Rows(int(number), int(size), kill), Naming("property")))
    report = Session(store, Identity(Actor("Ann", "ann@example.org"))).run(
        "import entities", lambda transaction: plan_import(transaction, staged)
    )
    assert report.created + report.unchanged == int(number)
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
