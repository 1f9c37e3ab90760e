"""Whatever ends a call early, as one kind of error, and how it is shown: one sentence, details, a hint; or JSON."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gitdraft.cli.echo import styled
from gitdraft.cli.process import Stopped
from gitdraft.cli.text import BOLD, CYAN, RED, escape
from gitdraft.errors import (
    GitdraftError,
    Interrupted,
    InvalidInput,
    RepositoryError,
    Unexpected,
    WrongUsage,
)

if TYPE_CHECKING:
    import click

MOST_DETAILS = 20
# of a process, or a machine, that has no more
SYSTEM_ERRORS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def check_arguments(arguments: Sequence[str]) -> None:
    """Raises InvalidInput for an argument that is not UTF-8."""
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = escape(argument)
            raise InvalidInput(
                f"argument {number} is not UTF-8: '{shown}'", context={"argument": number}
            ) from None


def as_refusal(error: BaseException) -> GitdraftError:
    """Returns the error as one of gitdraft's."""
    if isinstance(error, GitdraftError):
        return error
    if "click" in sys.modules:  # else it raised nothing
        import click

        if isinstance(error, click.ClickException):
            return _wrong_usage(error)
        if isinstance(error, click.exceptions.Abort):
            return _interrupted(error.__cause__ or error)
    if isinstance(error, KeyboardInterrupt):
        return _interrupted(error.__cause__ or error)
    if isinstance(error, OSError) and error.filename is None and error.errno in OUTPUT_ERRORS:
        return output_failed("standard output", error)
    if isinstance(error, OSError) and error.errno in SYSTEM_ERRORS:
        return RepositoryError(str(error.strerror), hint="try again")
    return Unexpected(
        f"unexpected {type(error).__name__}: {error}",
        hint="nothing is lost; run again with -vv and report what it shows",
    )


def output_failed(target: str, error: OSError) -> RepositoryError:
    """Returns the error for a file, or standard output, that a disk did not take."""
    return RepositoryError(
        f"{target} cannot be written: {error.strerror}",
        code="output-failed",
        hint="gitdraft operations shows what was done",
    )


def refusal_lines(error: GitdraftError, *, as_json: bool) -> Iterator[str]:
    """Yields the lines that say what was refused."""
    if as_json:
        document = {"code": error.code, "message": error.message, "context": error.context}
        yield json.dumps(document | ({"hint": error.hint} if error.hint else {}), ensure_ascii=False)
        return
    yield f"{styled('error:', RED, BOLD)} {escape(error.message)}"
    yield from (f"  {escape(line)}" for line in error.details[:MOST_DETAILS])
    if len(error.details) > MOST_DETAILS:
        yield f"  … and {len(error.details) - MOST_DETAILS:,} more (-o json has all)"
    if error.hint:
        yield f"{styled('hint:', CYAN)} {escape(error.hint)}"


def exit_code_of(refusal: GitdraftError) -> int:
    """Returns the exit code of a refusal; of a command that a signal ended, what a shell has for that."""
    if isinstance(refusal, Interrupted) and "signal" in refusal.context:
        return 128 + int(refusal.context["signal"])
    return refusal.exit_code


def is_json_wanted(arguments: Sequence[str]) -> bool:
    """Returns whether an error is to be JSON: what the last -o says, read without the commands, which may be what is wrong."""
    output = "text"
    words = iter(arguments)
    for word in words:
        if word == "--":
            break
        if word in ("-o", "--output"):
            output = next(words, "")
        elif word.startswith("--output="):
            output = word.partition("=")[2]
        elif word.startswith("-o"):
            output = word[2:].removeprefix("=")
    return output in ("json", "jsonl")


def is_colour_unwanted(arguments: Sequence[str]) -> bool:
    """Returns whether nothing is to be coloured."""
    return "--no-color" in arguments or bool(os.environ.get("NO_COLOR"))


def is_help_shown(error: BaseException) -> bool:
    """Shows the help of a group that was called without a command; returns whether that is what the error says."""
    if "click" not in sys.modules:
        return False
    import click

    if not isinstance(error, click.exceptions.NoArgsIsHelpError):
        return False
    error.show()
    return True


def _interrupted(error: BaseException) -> Interrupted:
    if not isinstance(error, Stopped):
        return Interrupted("interrupted")
    name = signal.Signals(error.number).name
    return Interrupted(f"ended by {name}", context={"signal": error.number})


def _wrong_usage(error: click.ClickException) -> WrongUsage:
    import click

    message = error.format_message().rstrip()
    if message.endswith(".") and not message.endswith(".."):
        message = message[:-1]
    context = getattr(error, "ctx", None)
    command = context.command_path if isinstance(context, click.Context) else "gitdraft"
    is_name = message[1:2].isupper()  # in capitals: it stays so
    return WrongUsage(
        message if is_name else message[:1].lower() + message[1:],
        context={"command": command},
        hint=f"{command} --help says how it is used",
    )
