"""The entry point: global options, the commands by name, and the one place where errors become exit codes."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path

import click

from gitdraft.cli.context import CommandContext
from gitdraft.cli.text import escape
from gitdraft.errors import GitdraftError

COMMANDS: dict[str, dict[str, str]] = {
    "set-up": {
        "init": "init",
        "doctor": "doctor",
        "config": "config",
        "demo": "demo",
        "completion": "completion",
    },
    "drafts": {
        "new": "new",
        "list": "list",
        "show": "show",
        "switch": "status",
        "status": "status",
        "diff": "diff",
        "log": "log",
        "overlaps": "overlaps",
        "submit": "lifecycle",
        "merge": "merge",
        "adopt": "adopt",
        "reject": "lifecycle",
        "withdraw": "lifecycle",
        "reopen": "lifecycle",
    },
    "edits": {
        "set": "edits",
        "unset": "edits",
        "patch": "edits",
        "create": "edits",
        "edit": "edits",
        "delete": "edits",
        "redirect": "redirect",
        "drop": "edits",
        "checkout": "worktree",
        "save": "worktree",
    },
    "views": {
        "view": "view",
        "ls": "ls",
        "blame": "blame",
        "references": "references",
        "effective": "effective",
        "impact": "impact",
    },
    "canonical": {"entity": "entity", "revision": "revision", "audit": "audit"},
    "rebase": {"rebase": "rebase", "conflicts": "conflicts", "resolve": "resolve", "watch": "watch"},
    "clones": {"push": "sync", "pull": "sync", "sync": "sync", "clone": "clone"},
    "checks": {"validate": "validate", "index": "index"},
    "in and out": {"import": "imports", "export": "export", "layout": "layout"},
    "automation": {"hooks": "hooks", "operations": "operations", "undo": "operations"},
    "service": {"serve": "serve", "token": "token"},
    "plumbing": {"merge-json": "merge_json"},
}

INTERRUPTED = 130
UNEXPECTED = 70
MOST_DETAILS = 20


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that none pays for another's libraries."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except GitdraftError as error:
            _show(error, as_json=isinstance(ctx.obj, CommandContext) and ctx.obj.output != "text")
            raise click.exceptions.Exit(error.exit_code) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for group in COMMANDS.values():
            if cmd_name in group:
                module = importlib.import_module(f"gitdraft.cli.{group[cmd_name]}")
                command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, group in COMMANDS.items():
            with formatter.section(title.capitalize()):
                commands = [(name, self.get_command(ctx, name)) for name in group]
                room = formatter.width - max(len(name) for name in group) - 4
                formatter.write_dl(
                    [(name, command.get_short_help_str(room)) for name, command in commands if command]
                )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-C", "folder", metavar="DIR", default=".", help="Run as if started in DIR.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    help="Text for people, one JSON document, or one JSON record a line.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option(
    "-v", "--verbose", count=True, help="Say more; twice shows the traceback of an unexpected error."
)
@click.option("--no-color", is_flag=True, help="No colours (also NO_COLOR in the environment).")
@click.version_option(package_name="gitdraft", message="gitdraft %(version)s")
@click.pass_context
def cli(ctx: click.Context, folder: str, output: str, *, quiet: bool, verbose: int, no_color: bool) -> None:
    """Drafts of JSON entities in git, rebased by a true three-way merge when canonical moves.

    \b
    gitdraft init                                  set up this repository
    gitdraft new "Fix the label of Person"         start a draft
    gitdraft set category/Person /label Human      change something
    gitdraft rebase                                follow canonical
    gitdraft submit && gitdraft merge              bring it in
    """
    if no_color or os.environ.get("NO_COLOR"):
        ctx.color = False
    ctx.obj = CommandContext(Path(folder), output, -1 if quiet else verbose)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code (docs/reference/exit-codes.md)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    gc.set_threshold(200_000)  # a command lives for seconds and makes no cycles worth looking for
    try:
        code = cli.main(args=arguments, prog_name="gitdraft", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "-vv" in arguments or arguments.count("-v") > 1:
            raise
        click.secho(f"error: unexpected {type(error).__name__}: {escape(str(error))}", fg="red", err=True)
        click.echo("hint: nothing is lost; run again with -vv and report what it shows", err=True)
        return UNEXPECTED


def _show(error: GitdraftError, *, as_json: bool) -> None:
    if as_json:
        document = {"code": error.code, "message": error.message, "context": error.context}
        if error.hint:
            document["hint"] = error.hint
        click.echo(json.dumps(document, ensure_ascii=False), err=True)
        return
    click.echo(f"{click.style('error:', fg='red', bold=True)} {escape(error.message)}", err=True)
    for line in error.details[:MOST_DETAILS]:
        click.echo(f"  {escape(line)}", err=True)
    if len(error.details) > MOST_DETAILS:
        click.echo(f"  … and {len(error.details) - MOST_DETAILS:,} more (-o json has all)", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='cyan')} {escape(error.hint)}", err=True)


if __name__ == "__main__":
    sys.exit(main())
