"""The commands by name, and the group that finds them."""

from __future__ import annotations

import importlib

import click

from gitdraft.cli.global_options import call_context, global_options, with_global_options

COMMANDS: dict[str, dict[str, str]] = {
    "set-up": {
        "init": "init",
        "doctor": "doctor",
        "config": "config",
        "demo": "demo",
        "completion": "completion",
        "help": "help",
    },
    "drafts": {
        "new": "new",
        "list": "list",
        "show": "show",
        "switch": "status",
        "status": "status",
        "diff": "diff",
        "log": "log",
        "draft": "draft",
        "overlaps": "overlaps",
        "submit": "lifecycle",
        "merge": "merge",
        "adopt": "adopt",
        "reject": "lifecycle",
        "withdraw": "lifecycle",
        "reopen": "lifecycle",
    },
    "review": {
        "comment": "review",
        "approve": "review",
        "request-changes": "review",
        "pr": "pr",
    },
    "edits": {
        "set": "set",
        "unset": "set",
        "patch": "edits",
        "create": "edits",
        "edit": "edits",
        "edit-all": "edit_all",
        "delete": "edits",
        "redirect": "redirect",
        "drop": "edits",
        "checkout": "worktree",
        "save": "worktree",
    },
    "views": {
        "view": "view",
        "ls": "ls",
        "search": "search",
        "blame": "blame",
        "references": "references",
        "effective": "effective",
        "impact": "impact",
        "graph": "graph",
    },
    "canonical": {"migrate": "migrate", "entity": "entity", "revision": "revision", "audit": "audit"},
    "releases": {"release": "release", "changelog": "release", "bundle": "bundle"},
    "rebase": {"rebase": "rebase", "conflicts": "conflicts", "resolve": "resolve", "watch": "watch"},
    "clones": {"push": "sync", "pull": "sync", "sync": "sync", "clone": "clone"},
    "checks": {"validate": "validate", "index": "index"},
    "in and out": {"import": "imports", "export": "export", "layout": "layout"},
    "automation": {"hooks": "hooks", "operations": "operations", "undo": "operations"},
    "copies": {"feed": "feed", "snapshots": "snapshots", "project": "project"},
    "service": {"serve": "serve", "mcp": "mcp", "token": "token", "webhook": "webhook"},
    "plumbing": {"merge-json": "merge_json"},
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that none pays for another's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for group in COMMANDS.values():
            if cmd_name in group:
                module = importlib.import_module(f"gitdraft.cli.{group[cmd_name]}")
                command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
                return with_global_options(command)
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
                formatter.write_dl(
                    [(name, command.short_help or "") for name, command in commands if command]
                )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gitdraft", message="gitdraft %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Drafts of JSON entities in git, rebased by three-way merge.

    \b
    gitdraft init                                  set up this repository
    gitdraft new "Fix the label of Person"         start a draft
    gitdraft set category/Person /label Human      change something
    gitdraft rebase                                follow canonical
    gitdraft submit && gitdraft merge              bring it in

    -C, -o, -q, -v and --no-color stand before a command or after it.
    """
    call_context(ctx)


cli.params[:0] = global_options(hidden=False)
