"""Text through the user's editor, and none of it lost: what is refused is shown again, or kept in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gitdraft.cli.pager import wait_for
from gitdraft.errors import GitdraftError, InvalidInput, NotFound, PolicyViolation, RepositoryError

if TYPE_CHECKING:
    from gitdraft.cli.context import CommandContext

Result = TypeVar("Result")
NOT_FOUND = (126, 127)  # what a shell answers where there is no such program


def edit_until_accepted(
    ctx: CommandContext,
    text: bytes,
    name: str,
    accept: Callable[[bytes], Result],
    resume: str,
    *,
    begun: bytes | None = None,
) -> Result:
    """Returns what ``accept`` makes of the text as the user left it in the editor, in a file called ``name``.

    On a terminal, a text that is refused and was changed since the last attempt opens again, with the error on top. What is
    not accepted in the end is kept in a file, which the error names: InvalidInput (``text-kept``) for what is not valid,
    with the command ``resume`` as the way to go on, to which the file is added; ``accept``'s own error otherwise. ``begun``
    is a text that was kept before, to go on with.
    """
    last = text
    opened = text if begun is None else begun
    while True:
        edited = open_editor(ctx, opened, name)
        try:
            return accept(edited)
        except (InvalidInput, PolicyViolation) as error:
            if edited == last or not is_interactive():
                raise kept(ctx, edited, name, error, resume) from error
            last, opened = edited, with_note(error, edited)
        except BaseException:
            ctx.note(_where_kept(ctx, name, edited))
            raise


def editor_command(folder: Path) -> str:
    """Returns the command line of the user's editor: $VISUAL, $EDITOR, else what git would start. Raises NotFound."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if chosen:
        return chosen
    asked = subprocess.run(
        ["git", "var", "GIT_EDITOR"], cwd=folder, capture_output=True, text=True, check=False
    )
    if asked.returncode or not asked.stdout.strip():
        raise NotFound("no editor is set", code="no-editor", hint="set EDITOR, as in EDITOR=nano")
    return asked.stdout.strip()


def open_editor(ctx: CommandContext, text: bytes, name: str) -> bytes:
    """Returns what the user makes of the text, without the lines with # above it. Raises NotFound when there is no editor, InvalidInput when it fails."""
    command = editor_command(ctx.folder)
    with tempfile.TemporaryDirectory(prefix="gitdraft-") as folder:
        file = Path(folder) / name
        file.write_bytes(text)
        with subprocess.Popen(["sh", "-c", f'{command} "$@"', command, str(file)]) as editor:
            code = wait_for(editor)
        if code in NOT_FOUND:
            raise NotFound(f"no editor '{command}'", code="no-editor", hint="set EDITOR, as in EDITOR=nano")
        edited = file.read_bytes() if file.is_file() else text
        if code:
            where = ""
            if edited != text:
                where = f"; {_where_kept(ctx, name, edited)}"
            raise InvalidInput(f"the editor '{command}' failed with {code}; nothing was saved{where}")
    lines = edited.splitlines(keepends=True)
    while lines and lines[0].startswith(b"#"):
        lines.pop(0)
    return b"".join(lines)


def _where_kept(ctx: CommandContext, name: str, text: bytes) -> str:
    """Keeps the text in a file, and returns a sentence that names it; where the disk refuses, one that holds the text."""
    try:
        return f"your text is kept in {ctx.repository.worktree.keep_unsaved(name, text)}"
    except RepositoryError as error:
        return f"your text could not be kept in a file ({error.message}): {text.decode('utf-8', 'replace')}"


def is_interactive() -> bool:
    """Returns whether somebody is there to mend what is refused."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def with_note(error: GitdraftError, text: bytes) -> bytes:
    """Returns the text with the error above it, in lines that are no part of it."""
    hint = [] if error.hint is None else [f"hint: {error.hint}"]
    said = [f"error: {error.message}", *(f"  {line}" for line in error.details), *hint]
    said.append(
        "Mend it and save it; left as it is, it is kept in a file. Lines with # up here are no part of it."
    )
    return "".join(f"# {line}\n" for part in said for line in part.splitlines()).encode() + text


def kept(ctx: CommandContext, text: bytes, name: str, error: GitdraftError, resume: str) -> InvalidInput:
    """Keeps the text in a file, and returns the error that names it."""
    from gitdraft.cli.text import shell

    file = str(ctx.repository.worktree.keep_unsaved(name, text))
    return InvalidInput(
        f"{error.message}; your text is kept in {file}",
        code="text-kept",
        context={"file": file, "error": {"code": error.code, "context": error.context}},
        hint=f"{resume}{shell(file)} goes on with it",
        details=error.details,
    )
