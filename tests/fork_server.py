"""Processes that start warm: a child of a parent without threads, which has imported gitdraft already.

A test that kills a command at each of its fault points needs hundreds of processes, and Python's start and the imports
are nearly all that one costs. The parent forks one for each request; it may change itself in any way and kill itself.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from program import Answer

TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Request:
    """What the child is to call, where, and where its output goes."""

    target: str
    arguments: tuple[str, ...]
    folder: str
    environment: Mapping[str, str]
    outputs: tuple[str, str]


class ForkServer:
    """The parent, started with the block and ended with it; ``environment`` is added to this process's."""

    def __init__(self, **environment: str) -> None:
        self._environment = environment

    def __enter__(self) -> Self:
        self._parent = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self._environment},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.communicate()

    def call(self, target: str, *arguments: str, folder: Path) -> Answer:
        """Call ``target`` (`module:function`, with strings; its answer is the exit code) in a child in ``folder``.
        The code is negative for a signal, as subprocess has it."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        with tempfile.TemporaryDirectory() as outputs:
            out, err = Path(outputs) / "out", Path(outputs) / "err"
            request = Request(target, arguments, str(folder), dict(os.environ), (str(out), str(err)))
            self._parent.stdin.write(json.dumps(vars(request)) + "\n")
            self._parent.stdin.flush()
            code = int(self._parent.stdout.readline())
            return Answer(code, out.read_bytes(), err.read_bytes())


def child(request: Request) -> int:
    """Make this process the one that was asked for; the exit code."""
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in enumerate(request.outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    module, _, name = request.target.partition(":")
    code: int = getattr(importlib.import_module(module), name)(*request.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def serve() -> None:
    """Answer each line with an exit code."""
    preload()
    for line in sys.stdin:
        members: dict[str, Any] = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = child(Request(**members))
            except BaseException:
                sys.excepthook(*sys.exc_info())
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def preload() -> None:
    """Import what any command imports."""
    from gitdraft.cli.commands import COMMANDS

    for name in {module for group in COMMANDS.values() for module in group.values()} - {"serve", "watch"}:
        importlib.import_module(f"gitdraft.cli.{name}")
    for name in ("pygit2", "jsonschema", "jsonschema_rs", "gitdraft.validation.validator"):
        importlib.import_module(name)


if __name__ == "__main__":
    sys.path[0] = str(TESTS)
    serve()
