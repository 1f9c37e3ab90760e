"""Text through the user's editor, and none of it lost: what is refused is shown again, or kept in a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gitdraft.cli.pager import wait_for
from gitdraft.errors import GitdraftError, InvalidInput, NotFound, PolicyViolation, RepositoryError
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.cli.context import CommandContext

Result = TypeVar("Result")
SET_EDITOR = "set EDITOR, as in EDITOR=nano"
NOT_FOUND = (126, 127)  # what a shell answers where there is no such program


@dataclass(frozen=True, slots=True)
class Shown:
    """What the editor is given: a text, the name of its file, and the command that goes on with a kept file, which is added to
    it. ``begun`` is a text that was kept before. Lines that begin with ``mark`` are no part of what comes back: those above
    the text, or, of a message, all; a message may not be blank."""

    text: bytes
    name: str
    resume: str
    begun: bytes | None = None
    mark: bytes = b"#"
    is_message: bool = False

    def cleaned(self, edited: bytes) -> bytes:
        """Returns the user's own text."""
        if self.is_message:
            own = (line.rstrip() for line in edited.splitlines() if not line.startswith(self.mark))
            return re.sub(rb"\n{3,}", b"\n\n", b"\n".join(own)).strip()
        lines = edited.splitlines(keepends=True)
        while lines and lines[0].startswith(self.mark):
            lines.pop(0)
        return b"".join(lines)


def edit_until_accepted(ctx: CommandContext, shown: Shown, accept: Callable[[bytes], Result]) -> Result:
    """Returns what ``accept`` makes of the text as the user left it in the editor.

    On a terminal, a text that is refused and was changed since the last attempt opens again, with the error on top. What is
    not accepted in the end is kept in a file, which the error names: InvalidInput (``text-kept``) for what is not valid,
    with the command that goes on with it; ``accept``'s own error otherwise. InvalidInput (``empty-message``) where a message
    is blank.
    """
    last = shown.text
    opened = shown.text if shown.begun is None else shown.begun
    while True:
        edited = open_editor(ctx, shown, opened)
        if shown.is_message and not edited:
            raise InvalidInput("the message is empty: nothing was done", code="empty-message")
        try:
            return accept(edited)
        except (InvalidInput, PolicyViolation) as error:
            if edited == last or not is_interactive():
                raise kept(ctx, shown, edited, error) from error
            last, opened = edited, with_note(error, edited, shown.mark)
        except BaseException:
            ctx.note(_where_kept(ctx, shown.name, edited))
            raise


def edit_message(
    ctx: CommandContext,
    text: str,
    purpose: str,
    resume: str,
    say: Callable[[str], Result],
) -> Result:
    """Returns what ``say`` makes of the message that the user writes, as for a commit of git's: it begins as ``text``, the
    lines below say its ``purpose`` and are no part of it, and an empty one is refused."""
    mark = next(sign for sign in "#;@!$%^&|:" if not re.search(f"^{re.escape(sign)}", text, re.MULTILINE))
    about = (purpose, f"Lines that begin with '{mark}' are no part of it, and an empty message does nothing.")
    begun = "\n".join((text, *(f"{mark} {line}" for line in about), ""))
    shown = Shown(begun.encode(), "MESSAGE.txt", resume, mark=mark.encode(), is_message=True)
    try:
        return edit_until_accepted(ctx, shown, lambda edited: say(edited.decode("utf-8", "replace")))
    except NotFound as error:
        if error.code == "no-editor":
            error.hint = f"{resume}FILE takes it from a file; or {SET_EDITOR}"
        raise


def editor_command(folder: Path) -> str:
    """Returns the command line of the user's editor: $VISUAL, $EDITOR, else what git would start, which without a terminal is
    one that was configured. Raises NotFound."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if chosen:
        return chosen
    environment = os.environ if is_interactive() else {**os.environ, "TERM": "dumb"}
    asked = subprocess.run(
        ["git", "var", "GIT_EDITOR"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if asked.returncode or not asked.stdout.strip():
        lack = "no editor is set" if is_interactive() else "no editor is set, and this is no terminal"
        raise NotFound(lack, code="no-editor", hint=SET_EDITOR)
    return asked.stdout.strip()


def open_editor(ctx: CommandContext, shown: Shown, text: bytes) -> bytes:
    """Returns what the user makes of the text, cleaned. Raises NotFound when there is no editor, InvalidInput when it fails."""
    command = editor_command(ctx.folder)
    with tempfile.TemporaryDirectory(prefix="gitdraft-") as folder:
        file = Path(folder) / shown.name
        file.write_bytes(text)
        with subprocess.Popen(["sh", "-c", f'{command} "$@"', command, str(file)]) as editor:
            code = wait_for(editor)
        if code in NOT_FOUND:
            raise NotFound(f"no editor '{command}'", code="no-editor", hint=SET_EDITOR)
        edited = shown.cleaned(file.read_bytes() if file.is_file() else text)
        if code:
            is_changed = edited != shown.cleaned(text)
            where = f"; {_where_kept(ctx, shown.name, edited)}" if is_changed and edited else ""
            raise InvalidInput(f"the editor '{command}' failed with {code}; nothing was saved{where}")
    return edited


def _where_kept(ctx: CommandContext, name: str, text: bytes) -> str:
    """Keeps the text in a file, and returns a sentence that names it; where the disk refuses, one that holds the text."""
    try:
        return f"your text is kept in {ctx.repository.worktree.keep_unsaved(name, text)}"
    except RepositoryError as error:
        return f"your text could not be kept in a file ({error.message}): {text.decode('utf-8', 'replace')}"


def is_interactive() -> bool:
    """Returns whether somebody is there to mend what is refused."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def with_note(error: GitdraftError, text: bytes, mark: bytes = b"#") -> bytes:
    """Returns the text with the error above it, in lines that are no part of it."""
    hint = [] if error.hint is None else [f"hint: {error.hint}"]
    said = [f"error: {error.message}", *(f"  {line}" for line in error.details), *hint]
    said.append(
        f"Mend it and save it; left as it is, it is kept in a file. Lines with {mark.decode()} up here are no part of it."
    )
    noted = [mark + b" " + line.encode() for part in said for line in part.splitlines()]
    return b"\n".join((*noted, text))


def kept(ctx: CommandContext, shown: Shown, text: bytes, error: GitdraftError) -> InvalidInput:
    """Keeps the text in a file, and returns the error that names it."""
    from gitdraft.cli.text import shell

    file = str(ctx.repository.worktree.keep_unsaved(shown.name, text))
    return InvalidInput(
        f"{error.message}; your text is kept in {file}",
        code="text-kept",
        context={"file": file, "error": {"code": error.code, "context": error.context}},
        hint=f"{shown.resume}{shell(file)} goes on with it",
        details=error.details,
    )
