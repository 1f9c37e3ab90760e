"""The entry point: the commands that need no parsing, and the one place where errors become exit codes."""

from __future__ import annotations

import gc
import os
import sys

from gitdraft.cli.echo import echo
from gitdraft.cli.process import end_on_signals, open_closed_streams

TYPE_CHECKING = False  # as mypy has it: `typing` is loaded where it is needed

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code (docs/reference/exit-codes.md)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    open_closed_streams()
    end_on_signals()
    gc.set_threshold(200_000)  # a command lives for seconds and makes no cycles worth looking for
    try:
        _check(arguments)
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):  # as click ends where the reader of a pipe has gone
        _discard_output()
        return 0
    except Exception as error:
        return _fail(error, arguments)
    except KeyboardInterrupt as error:
        return _fail(error, arguments)


def _check(arguments: Sequence[str]) -> None:
    if any("://" in argument for argument in arguments):
        from gitdraft.cli.process_list import hide_credentials

        hide_credentials(arguments)
    if not all(map(str.isascii, arguments)):
        from gitdraft.cli.refusals import check_arguments

        check_arguments(arguments)


def _run(arguments: list[str]) -> int:
    """Runs a command and returns its exit code. click, which takes half as long to load as `status` to answer, parses what there
    is to parse."""
    from gitdraft.cli.known_answers import installed_version, written_help

    if "_GITDRAFT_COMPLETE" not in os.environ:  # in which a shell asks what it completes
        if (form := _status_form(arguments)) is not None:
            return _status(form)
        if arguments == ["--version"] and (version := installed_version()) is not None:
            echo(f"gitdraft {version}")
            return 0
        if arguments in (["--help"], ["-h"]) and (text := written_help()) is not None:
            echo(text)
            return 0
    else:
        import gitdraft.cli.shells  # noqa: F401 (click knows its class then)
    from gitdraft.cli.commands import cli

    code = cli.main(args=arguments, prog_name="gitdraft", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _status_form(arguments: list[str]) -> str | None:
    """Returns the form in which `status` alone is asked for; ``None`` for what is to be parsed."""
    if arguments == ["status"]:
        return "text"
    options = arguments[1:] if arguments[:1] == ["status"] else arguments[:-1]
    is_asked = len(arguments) == 3 and "status" in (arguments[0], arguments[2])
    return "json" if is_asked and options in (["-o", "json"], ["--output", "json"]) else None


def _status(form: str) -> int:
    from gitdraft.api.kept_answers import KeptAnswer

    kept = KeptAnswer(form)
    answer = kept.known()
    if answer is None:
        from gitdraft.cli.status_report import report_status

        return report_status(form, kept)
    echo(answer)
    return 0


def _fail(error: BaseException, arguments: Sequence[str]) -> int:
    """Prints why a call failed, and returns its exit code."""
    from gitdraft.cli.refusals import (
        as_refusal,
        exit_code_of,
        is_colour_unwanted,
        is_help_shown,
        is_json_wanted,
        refusal_lines,
    )
    from gitdraft.errors import Unexpected

    if is_help_shown(error):
        return 2
    refusal = as_refusal(error)
    if isinstance(refusal, Unexpected) and ("-vv" in arguments or arguments.count("-v") > 1):
        raise error
    if refusal.code == "output-failed":
        _discard_output()
    as_json, plain = is_json_wanted(arguments), is_colour_unwanted(arguments)
    for line in refusal_lines(refusal, as_json=as_json):
        echo(line, err=True, color=False if plain else None)
    return exit_code_of(refusal)


def _discard_output() -> None:
    """What is left in the buffers has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
