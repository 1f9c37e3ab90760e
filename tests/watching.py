"""A watcher in a process of its own, and what it tells, waited for line by line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

LONGEST = 30.0


class Watching:
    """A running `gitdraft watch`."""

    def __init__(self, folder: Path, *options: str, output: str = "jsonl") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gitdraft.cli.main", "-o", output, "watch", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: Queue[str | None] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def line(self) -> str:
        """The next line; fails the test when none comes."""
        try:
            line = self._lines.get(timeout=LONGEST)
        except Empty:
            raise AssertionError("the watcher says nothing") from None
        assert line is not None, "the watcher has ended"
        assert "Traceback" not in line
        return line

    def wait_for(self, event: str, **members: Any) -> dict[str, Any]:
        """The next event of this name with these members."""
        while True:
            record: dict[str, Any] = json.loads(self.line())
            if record.get("event") == event and all(record.get(k) == v for k, v in members.items()):
                return record

    def wait_until(self, tip: str) -> dict[str, Any]:
        """The rebase onto this commit."""
        return self.wait_for("rebased", to=tip)

    def end(self, how: int = signal.SIGTERM) -> int:
        """Send it a signal; its exit code. The rest of what it said is ``rest``."""
        self.process.send_signal(how)
        code = self.process.wait(LONGEST)
        self._reader.join(LONGEST)
        return code

    @property
    def rest(self) -> list[str]:
        """The lines that are there and were not read."""
        found = []
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                found.append(line)
        return found

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


@contextmanager
def watching(folder: Path, *options: str, output: str = "jsonl") -> Iterator[Watching]:
    """A watcher that has caught up (its first event is read), ended at the end."""
    watcher = Watching(folder, *options, output=output)
    try:
        if output == "jsonl":
            watcher.wait_for("rebased")
        yield watcher
    finally:
        watcher.process.kill()
        watcher.process.wait()
