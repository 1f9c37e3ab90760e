"""`hooks`: what git runs by itself, installed beside the hooks there are."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import LEFT_BEHIND, columns, count, escape, faint, strong
from gitdraft.errors import GitdraftError
from gitdraft.formats.reports.validation import problem_json

if TYPE_CHECKING:
    from gitdraft.api.reports import CatchUpReport, Hooks, Problem, Staged
    from gitdraft.model.reports import DraftReport

REFUSED = 1
FOLLOWING = ("post-commit", "post-merge", "post-rewrite", "post-checkout", "post-receive")
COUNTED_BY_GIT = ("post-checkout",)  # whose exit code is that of `git switch`, which is done
MOST_NAMED = 3
COMMIT_HINT = "mend it and git add it; git commit --no-verify commits it nevertheless"


@click.group("hooks")
def hooks_command() -> None:
    """Have git itself call gitdraft.

    Drafts follow canonical after a commit or a pull, and what would break canonical is refused. In a bare
    repository, a server's, pushes are checked.

    \b
    gitdraft hooks install
    gitdraft hooks status
    """


@hooks_command.command("install")
@click.option("--tracked", is_flag=True, help="Also where core.hooksPath leads to files that are committed.")
@pass_command_context
def hooks_install(ctx: CommandContext, *, tracked: bool) -> None:
    """Install the hooks, or bring them up to date.

    Hooks that are there keep working and run first.

    \b
    gitdraft hooks install
    """
    _answer_hooks(ctx, "hooks-install", ctx.repository.hooks.install(tracked=tracked))


@hooks_command.command("uninstall")
@pass_command_context
def hooks_uninstall(ctx: CommandContext) -> None:
    """Take the hooks out; every script is again as it was.

    \b
    gitdraft hooks uninstall
    """
    from gitdraft.api.hooks import uninstall_hooks

    _answer_hooks(ctx, "hooks-uninstall", uninstall_hooks(ctx.folder, os.environ))


@hooks_command.command("status")
@pass_command_context
def hooks_status(ctx: CommandContext) -> None:
    """Say which hooks are installed, and where.

    Exit code 1 when one is missing or outdated.

    \b
    gitdraft hooks status
    """
    from gitdraft.api.hooks import hook_states

    states = hook_states(ctx.folder, os.environ)
    _answer_hooks(ctx, "hooks-status", states)
    if any(hook.state != "installed" for hook in states.hooks):
        raise click.exceptions.Exit(1)


@hooks_command.command("run")
@click.argument("name", metavar="NAME")
@click.argument("arguments", nargs=-1, metavar="[ARGUMENT]…", type=click.UNPROCESSED)
@pass_command_context
def hooks_run(ctx: CommandContext, name: str, arguments: tuple[str, ...]) -> None:
    """Do what the hook NAME does, as the scripts call it.

    validate-entities and validate-draft are for pre-commit's configuration. Exit code 1 refuses what git
    is about to do.

    \b
    gitdraft hooks run pre-commit
    """
    if name in FOLLOWING:
        _follow(ctx, name)
    elif name in ("pre-commit", "pre-merge-commit", "validate-entities", "validate-draft"):
        _check_staged(ctx, name)
    elif name == "pre-push":
        _check_outgoing(ctx)
    elif name == "pre-receive":
        _check_received(ctx)
    else:
        raise click.UsageError(f"there is no hook '{name}'")


def _follow(ctx: CommandContext, name: str) -> None:
    """Has the drafts follow. git has done its work: whatever is wrong here is one line, and the exit code of the error where git
    does not take that for its own."""
    from gitdraft.hooks.git_input import open_hook_repository

    notices: list[str] = []
    try:
        repository = open_hook_repository(os.environ, name)
        if repository is None:
            return
        report = repository.notifying(notices.append).hooks.follow(name)
    except GitdraftError as error:
        if ctx.output == "json" and name not in COUNTED_BY_GIT:
            raise
        failed = f"the drafts were not rebased: {error.message}"
        for line in (*notices, failed):
            click.echo(f"gitdraft: {escape(line)}", err=True)
        if name in COUNTED_BY_GIT:
            return
        raise click.exceptions.Exit(error.exit_code) from error
    lines = [f"gitdraft: {line}" for line in (*map(escape, notices), *caught_up_text(report))]
    for draft_id in report.on_canonical:
        from gitdraft.formats.reports.drafts import adopt_offer

        lines.append(f"gitdraft: {adopt_offer(draft_id, repository.canonical_branch)}")
    document = {
        "hook": name,
        "rebased": report.rebased,
        "left": [draft.id for draft in report.troubled],
        "checked_out": list(report.checked_out),
        **({"on_canonical": list(report.on_canonical)} if report.on_canonical else {}),
    }
    if lines or ctx.output != "text":
        ctx.answer("hooks-run", document, lines)


def caught_up_text(report: CatchUpReport) -> Iterator[str]:
    """Yields what the drafts did, on one line; nothing when they did nothing."""
    parts = [f"{count(report.rebased, 'draft')} rebased"] if report.rebased else []
    for word in LEFT_BEHIND:
        drafts = [draft for draft in report.troubled if draft.status == word]
        if drafts:
            named = ", ".join(map(_draft_problem, drafts[:MOST_NAMED]))
            more = f", and {len(drafts) - MOST_NAMED:,} more" if drafts[MOST_NAMED:] else ""
            parts.append(f"{len(drafts):,} {'in conflict' if word == 'conflict' else word}: {named}{more}")
    if report.checked_out:
        parts.append(f"left because it is checked out: {', '.join(report.checked_out[:MOST_NAMED])}")
    if parts:
        yield ", ".join(parts)


def _draft_problem(draft: DraftReport) -> str:
    """Returns where a draft is in trouble: `fix-person (category/Person /description)`."""
    for change in draft.changes:
        places = ["" if c.is_whole else c.place for c in change.conflicts] + [
            v.pointer for v in change.violations
        ]
        if change.status != "clean":
            return f"{draft.id} ({change.entity}{' ' + escape(places[0]) if places and places[0] else ''})"
    return draft.id


def _mending(staged: Staged) -> str:
    """Returns what to do about what is staged; for a merge that nobody resolved, how to."""
    if staged.half_deleted:
        path = shlex.quote(staged.half_deleted[0])
        return f"gitdraft resolve --file {path} --take ours or --take theirs; git add {path} keeps it, git rm {path} does not"
    unresolved = next((p for p in staged.problems if p.violation.rule == "json/conflict-markers"), None)
    if unresolved is None:
        return COMMIT_HINT
    again = shlex.quote(f":/{unresolved.path}")
    answer = f"gitdraft resolve --file {shlex.quote(unresolved.path)}"
    return f"git checkout --merge -- {again}, then {answer} --take ours or --take theirs; or edit it and git add it"


def _check_staged(ctx: CommandContext, name: str) -> None:
    from gitdraft.hooks.git_input import open_hook_repository

    repository = open_hook_repository(os.environ, name)
    if repository is None:
        return
    staged = repository.checks.staged(os.environ.get("GIT_INDEX_FILE"))
    if (name == "validate-entities" and staged.draft) or (name == "validate-draft" and not staged.draft):
        return
    if staged.is_sound:
        if ctx.output != "text":
            ctx.answer("hooks-run", {"hook": name, "valid": True, "problems": []}, ())
        return
    document = {
        "hook": name,
        "valid": False,
        **({"draft": staged.draft, "malformed": list(staged.malformed)} if staged.draft else {}),
        "problems": [problem_json(problem) for problem in staged.problems],
    }
    ctx.answer("hooks-run", document, _staged_text(staged))
    raise click.exceptions.Exit(REFUSED)


def _staged_text(staged: Staged) -> Iterator[str]:
    if staged.draft is not None:
        yield f"gitdraft: the commit would break the draft {strong(staged.draft)}"
        yield from (f"  {escape(reason)}" for reason in staged.malformed)
        yield "hint: a draft is edited with gitdraft set, edit, …, or gitdraft checkout and save"
    else:
        yield f"gitdraft: {count(len(staged.problems), 'problem')} in what is staged"
        yield from problem_lines(staged.problems)
        yield f"hint: {_mending(staged)}"


def _check_outgoing(ctx: CommandContext) -> None:
    from gitdraft.hooks.git_input import open_hook_repository, read_pushed

    repository = open_hook_repository(os.environ, "pre-push")
    if repository is None:
        return
    outgoing = repository.checks.outgoing(read_pushed(sys.stdin.buffer))
    lines = [
        f"gitdraft: warning: {_draft_problem(draft)} is in conflict with canonical"
        for draft in outgoing.conflicts
    ]
    canonical = repository.canonical_branch
    for refusal in outgoing.refusals:
        lines.append(f"gitdraft: {canonical} is not pushed: {count(len(refusal.problems), 'problem')}")
        lines += problem_lines(refusal.problems)
        lines.append("hint: mend it in another commit; git push --no-verify pushes it nevertheless")
    for line in lines:
        click.echo(line, err=True)
    if outgoing.refusals:
        raise click.exceptions.Exit(REFUSED)


def _check_received(ctx: CommandContext) -> None:
    from gitdraft.hooks.git_input import open_hook_repository, read_received

    repository = open_hook_repository(os.environ, "pre-receive")
    if repository is None:
        return
    refusals = repository.checks.receive(read_received(sys.stdin.buffer))
    for refusal in refusals:
        click.echo(f"gitdraft: {escape(refusal.ref)}: {escape(refusal.reason)}", err=True)
        for line in problem_lines(refusal.problems):
            click.echo(line, err=True)
    if refusals:
        raise click.exceptions.Exit(REFUSED)


def problem_lines(problems: Iterable[Problem], most: int = 20) -> list[str]:
    """Returns the problems, one a line: file and line as editors take them, pointer, message, rule."""
    listed = list(problems)
    rows = [
        [
            escape(problem.path) + (f":{problem.line}" if problem.line else ""),
            escape(problem.violation.pointer) or "(whole file)",
            escape(problem.violation.message),
            faint(problem.violation.rule),
        ]
        for problem in listed[:most]
    ]
    return columns(rows, "  ") + ([f"  … and {len(listed) - most:,} more"] if listed[most:] else [])


def _answer_hooks(ctx: CommandContext, command: str, hooks: Hooks) -> None:
    document = {
        "hooks": [
            {"name": hook.name, "state": hook.state, "place": hook.place, "beside": hook.beside}
            for hook in hooks.hooks
        ],
        "notes": list(hooks.notes),
    }
    rows = [
        [
            strong(hook.name),
            hook.state,
            faint(escape(hook.place)),
            *(["beside another"] if hook.beside else []),
        ]
        for hook in hooks.hooks
    ]
    ctx.answer(command, document, [*columns(rows), *(f"note: {escape(note)}" for note in hooks.notes)])
