"""What every command shares: where it runs, how it answers, who is acting and when."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, wraps
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from gitdraft.cli.echo import echo, styled
from gitdraft.cli.text import escape
from gitdraft.errors import InvalidInput, NotFound
from gitdraft.model.progress import Progress, listening, silent

if TYPE_CHECKING:
    from gitdraft.api.draft import Draft
    from gitdraft.api.repository import Repository
    from gitdraft.api.session import Session

INDENTED_AT_MOST = 1000  # records
AT_ONCE = 100  # records of a stream that are written together
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class CommandContext:
    """One call of the command line. ``mends``: the command may bring a gitdraft.yaml that can be read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = "text"
        self.verbosity = 0
        self.mends = False
        self.started = time.monotonic()
        self.shown_at = 0.0
        self.is_showing = False
        self.has_noted = False

    @cached_property
    def session(self) -> Session:
        """The open repository, who acts on it as git is configured, and the time; notices go to standard error.
        (Imported late: pygit2 takes longer than `--help`.)"""
        from gitdraft.api.repository import open_session
        from gitdraft.api.session import Identity, local_time

        identity = Identity(environment=os.environ, may_prompt=is_at_terminal())
        return open_session(self.folder, identity, local_time, self.note, mends=self.mends)

    @cached_property
    def repository(self) -> Repository:
        """The open repository as the library has it."""
        from gitdraft.api.repository import Repository

        return Repository(self.session)

    def draft_or_current(self, draft_id: str | None) -> Draft:
        """Returns the draft that was named, else the current one. Raises NotFound when there is neither."""
        from gitdraft.api.draft import Draft

        return Draft(self.session, draft_id or self.repository.worktree.require_current_draft())

    def answer(
        self,
        command: str,
        document: Mapping[str, object],
        text: Iterable[str],
        *,
        records: str | None = None,
        paged: bool = False,
        always: bool = False,
    ) -> None:
        """Prints the answer: ``text`` line by line, or ``document`` as JSON; with `-o jsonl` the member
        ``records`` streams, one record a line, after a first line with the kind and the rest. What is ``paged``
        goes through the pager on a terminal, as git's does; what was asked for as such, a document, is printed
        ``always``, with -q too."""
        header = {"kind": f"gitdraft.{command}/v1"}
        if self.output == "json":
            echo(document_text({**header, **document}, records))
        elif self.output == "jsonl":
            rest = {name: value for name, value in document.items() if name != records}
            echo(json.dumps({**header, **rest}, ensure_ascii=False))
            streamed = iter(cast("Iterable[object]", document[records]) if records else ())
            while piece := [*islice(streamed, AT_ONCE)]:
                echo("\n".join(json.dumps(record, ensure_ascii=False) for record in piece))
        elif paged and sys.stdout.isatty() and self.verbosity >= 0:
            from gitdraft.cli.pager import show_paged

            show_paged(text, self.folder)
        elif self.verbosity >= 0 or always:
            for line in text:
                echo(line)

    def progress(self, doing: str) -> Progress:
        """Returns what shows how far long work has come, on standard error: on a terminal, to people, after the command's
        first second."""
        if self.verbosity < 0 or self.output != "text" or not sys.stderr.isatty():
            return silent

        def show(done: int, total: int) -> None:
            now = time.monotonic()
            if done + 1 == total:
                self.wipe()
            elif now - self.started > 1 and now - self.shown_at > 0.1:
                self.shown_at, self.is_showing = now, True
                far = f" {done:,}" if done or total else ""
                of = f" of {total:,}" if total else ""
                echo(f"\r{doing}{far}{of}\033[K", nl=False, err=True, color=True)

        return show

    def run(self, command: Callable[[], Result]) -> Result:
        """Runs the command; long work shows meanwhile how far it has come."""
        try:
            with listening(self.progress):
                return command()
        finally:
            self.wipe()

    def wipe(self) -> None:
        """Takes what shows progress off the screen."""
        if self.is_showing:
            self.is_showing = False
            echo("\r\033[K", nl=False, err=True, color=True)

    def note(self, text: str) -> None:
        """Prints something to know besides the answer, on standard error."""
        self.has_noted = True
        if self.verbosity >= 0:
            self.wipe()
            echo(styled(escape(text), 2), err=True)


def document_text(document: Mapping[str, object], records: str | None = None) -> str:
    """Returns the document as indented JSON; of a long list of ``records`` each stands on a line, which takes a fifth of the
    time."""
    listed = None if records is None else document.get(records)
    if records is None or not isinstance(listed, list) or len(listed) <= INDENTED_AT_MOST:
        return json.dumps(document, ensure_ascii=False, indent=2)
    rest = {name: value for name, value in document.items() if name != records}
    head = json.dumps(rest, ensure_ascii=False, indent=2).removesuffix("\n}")
    lines = ",\n".join(f"    {json.dumps(record, ensure_ascii=False)}" for record in listed)
    return f"{head},\n  {json.dumps(records)}: [\n{lines}\n  ]\n}}"


def is_at_terminal() -> bool:
    """Returns whether somebody is there who can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def open_repository(folder: Path, *, mends: bool = False) -> Repository:
    """Returns the repository that holds a folder, in which whom git is configured for acts; what ``mends`` gitdraft.yaml
    opens one in which it cannot be read."""
    from gitdraft.api.repository import Repository, open_session
    from gitdraft.api.session import Identity

    return Repository(open_session(folder, Identity(environment=os.environ), mends=mends))


def start_folder() -> Path:
    """Returns the folder in which the command runs: that of -C, else the working directory."""
    import click

    ctx = click.get_current_context(silent=True)
    call = None if ctx is None else ctx.find_object(CommandContext)
    return Path() if call is None else call.folder


def source_path(file: str) -> str:
    """Returns the path of a file, or folder, that was named as an argument; `-` stays standard input."""
    return file if file == "-" else str(start_folder() / file)


def read_source(file: str, limit: int) -> bytes:
    """Returns the bytes of a file, or of standard input for `-`; at most ``limit`` + 1 of them are read."""
    if file == "-":
        return sys.stdin.buffer.read(limit + 1)
    try:
        with (start_folder() / file).open("rb") as stream:
            return stream.read(limit + 1)
    except IsADirectoryError:
        raise NotFound(f"'{file}' is a folder", context={"file": file}) from None
    except FileNotFoundError:
        raise NotFound(f"no file '{file}'", context={"file": file}) from None


def read_message(message: str | None) -> str | None:
    """Returns the text of `-m`: itself, the content of `@file`, or of standard input for `-`."""
    if message is None or not (message == "-" or message.startswith("@")):
        return message
    return read_source(message.removeprefix("@"), 1 << 20).decode("utf-8", "replace").strip()


def read_value(value: str) -> str:
    """Returns the text of a VALUE: itself, or the content of `-` (standard input) or `@FILE` without its last line break.
    Raises NotFound for a file that is not there, InvalidInput for what is no text or too large."""
    from gitdraft.api.inputs import LARGEST_INPUT

    if value != "-" and not (value.startswith("@") and len(value) > 1):
        return value
    content = read_source(value.removeprefix("@"), LARGEST_INPUT)
    name = "standard input" if value == "-" else f"'{value[1:]}'"
    if len(content) > LARGEST_INPUT:
        raise InvalidInput(f"{name} is larger than {LARGEST_INPUT:,} bytes", code="too-large")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{name} is not UTF-8 at byte {error.start}", context={"source": value}) from None
    return text.removesuffix("\n").removesuffix("\r")


def pass_command_context(
    command: Callable[Concatenate[CommandContext, Arguments], Result],
) -> Callable[Arguments, Result]:
    """Gives the command its context as the first argument."""

    @wraps(command)
    def run(*arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
        import click

        ctx = click.get_current_context()
        context = ctx.find_object(CommandContext)
        if context is None:
            raise RuntimeError("a command runs below the group that makes its context")
        if ctx.info_name in ("watch", "serve"):  # they say themselves what goes on
            return command(context, *arguments, **options)
        return context.run(lambda: command(context, *arguments, **options))

    return run
