"""The table of the doors, docs/reference/doors.md, against the methods, the commands, the routes and the log."""

from __future__ import annotations

import importlib
import inspect
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from fastapi.routing import APIRoute
from sandbox import Sandbox
from wiki import EXAMPLE, make_wiki

import gitdraft
from gitdraft.api.drafts import Drafts
from gitdraft.api.init import initialise
from gitdraft.api.session import Identity, local_time
from gitdraft.api.sync import clone
from gitdraft.cli.commands import cli
from gitdraft.model.assignments import Assignment
from gitdraft.model.operations import Actor
from gitdraft.model.pages import ConflictChoice, Site, TypedForm
from gitdraft.server.app import ROUTERS
from gitdraft.transfer.sources import EntitySource, FileSource

PAGE = (Path(__file__).parents[2] / "docs/reference/doors.md").read_text("utf-8")
CLASSES = {
    "repository": "Repository",
    "views": "EntityLookup",
    "drafts": "Drafts",
    "draft": "Draft",
    "canonical": "Canonical",
    "worktree": "Worktree",
    "releases": "Releases",
    "checks": "Checks",
    "copies": "Copies",
    "hooks": "GitHooks",
    "index": "DerivedIndex",
    "review": "Review",
    "pull_requests": "PullRequests",
    "tokens": "Tokens",
    "webhooks": "Webhooks",
}
MORE_CLASSES = {
    "graphs": ("EntityGraph",),
    "transfer": ("Transfer", "Export"),
    "rdf": ("RdfExport", "RdfChange", "SssomExport", "LinkedData"),
    "reconciliation": ("Reconciliation",),
}
FUNCTIONS = {
    "repository.open",
    "repository.open_session",
    "init.initialise",
    "sync.clone",
    "hooks.uninstall_hooks",
    "hooks.hook_states",
    "hooks.open_for_hook",
}
ANN = Actor("Ann", "ann@example.org")


class Row(NamedTuple):
    """A row of a table with methods."""

    methods: tuple[str, ...]
    commands: str
    routes: str
    log: str


def names_in(cell: str) -> tuple[str, ...]:
    """The names in a cell."""
    return tuple(re.findall(r"`([^`]+)`", cell))


def table_rows() -> Iterator[list[str]]:
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith(("| Method", "| Command")):
            yield [cell.strip() for cell in line.strip("|").split("|")]


ROWS = [Row(names_in(cells[0]), *cells[1:]) for cells in table_rows() if len(cells) == 4]
WITHOUT_METHOD = [name for cells in table_rows() if len(cells) == 2 for name in names_in(cells[0])]


def api_methods() -> set[str]:
    classes = list(CLASSES.items())
    classes += [(module, name) for module, names in MORE_CLASSES.items() for name in names]
    return {
        f"{name}.{method}"
        for module, name in classes
        for method, _ in inspect.getmembers(
            getattr(importlib.import_module(f"gitdraft.api.{module}"), name), inspect.isfunction
        )
        if not method.startswith("_")
    }


def commands_below(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from commands_below(below, (*path, name))


def routes() -> set[str]:
    return {
        f"{method} {route.path}"
        for module in ROUTERS
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"HEAD"}  # what GET answers, without its body
    }


def test_every_public_method_is_in_the_table_and_no_other() -> None:
    listed = [name for row in ROWS for name in row.methods]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == api_methods() | FUNCTIONS
    for name in FUNCTIONS:
        module, _, function = name.partition(".")
        assert callable(getattr(importlib.import_module(f"gitdraft.api.{module}"), function))


def test_every_command_is_in_the_table_and_no_other() -> None:
    commands = set(commands_below(cli))
    without_method = {name for name in WITHOUT_METHOD if "/" not in name}
    options_and_arguments = r"--\S+( \S+)?|REV\.\.REV"
    listed = {
        name
        for row in ROWS
        for name in names_in(row.commands)
        if not re.fullmatch(options_and_arguments, name)
    }
    assert listed | without_method == commands


def test_every_route_is_in_the_table_and_no_other() -> None:
    listed = {name for row in ROWS for name in names_in(row.routes)}
    assert listed | {name for name in WITHOUT_METHOD if "/" in name} == routes()


def test_a_row_without_a_name_says_why() -> None:
    for row in ROWS:
        for cell in (row.commands, row.routes):
            assert cell, row.methods


# each verb that the log keeps, called so that it moves a ref

Verb = Callable[[Sandbox, gitdraft.Repository], object]


def submitted(repo: gitdraft.Repository) -> gitdraft.Draft:
    draft = repo.drafts["fix"]
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    return draft


def in_conflict(sandbox: Sandbox, repo: gitdraft.Repository) -> gitdraft.Draft:
    repo.drafts["fix"].set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", label="Somebody")
    return repo.drafts["fix"]


def answered_on_a_page(sandbox: Sandbox, repo: gitdraft.Repository) -> object:
    draft = in_conflict(sandbox, repo)
    repo.review.answer("fix", repo.review.state("fix"), {1: ConflictChoice("draft")})
    return draft


def edited_on_a_page(_: Sandbox, repo: gitdraft.Repository) -> gitdraft.Draft:
    state = re.search('name="state" value="([^"]+)"', repo.review.edit(Site(), "fix", "category/Agent"))
    assert state is not None
    shown = json.dumps(repo.view("category/Agent").document)
    typed = TypedForm(state[1], shown, "", "save", {"value/label": "Actor"})
    assert repo.review.save_entity("fix", "category/Agent", typed)
    return repo.drafts["fix"]


def redirected_under(sandbox: Sandbox, repo: gitdraft.Repository) -> gitdraft.Draft:
    sandbox.write("categories/Human.json", {"id": "Human", "label": "Human"})
    sandbox.commit("Add Human")
    repo.rebase()
    repo.drafts["fix"].set("category/Human", "/description", "A human being, living or dead.")
    repo.canonical.redirect("category/Human", "category/Agent", "the same")
    return repo.drafts["fix"]


def from_table(repo: gitdraft.Repository) -> object:
    stream = io.BytesIO()
    repo.transfer.export_table("property").write("csv", stream)
    edited = stream.getvalue().replace(b",Unused,", b",Used,")
    return repo.drafts.new_from_table("A table", io.BytesIO(edited))


def from_branch(sandbox: Sandbox, repo: gitdraft.Repository) -> object:
    sandbox.git("switch", "--quiet", "--create", "feature")
    sandbox.change("categories/Person.json", label="Human")
    sandbox.git("switch", "--quiet", "main")
    return repo.drafts.new_from("feature")


def edited_by_hand(sandbox: Sandbox, repo: gitdraft.Repository) -> object:
    repo.worktree.checkout("fix")
    file = sandbox.path / "categories/Person.json"
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "label": "Human"}, indent=2) + "\n")
    return repo.worktree.save("fix", "By hand")


def committed_by_hand(sandbox: Sandbox, repo: gitdraft.Repository) -> object:
    sandbox.git("switch", "--quiet", "draft/fix")
    sandbox.change("categories/Person.json", label="Human")
    sandbox.git("switch", "--quiet", "main")
    return repo.drafts["fix"].save_from("draft/fix")


def moved(sandbox: Sandbox, repo: gitdraft.Repository, run: Callable[[], object]) -> object:
    repo.drafts["fix"].set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", description="Somebody.")
    return run()


def merged_by_git(sandbox: Sandbox, repo: gitdraft.Repository) -> Drafts:
    repo.drafts["fix"].set("category/Person", "/label", "Human")
    sandbox.git("merge", "--quiet", "--ff-only", "draft/fix")
    return repo.drafts


def stacked(repo: gitdraft.Repository) -> object:
    repo.drafts["fix"].set("category/Person", "/label", "Human")
    return repo.drafts.new("On top", draft_id="top", onto="fix").stand_alone()


def edit_with_editor(repo: gitdraft.Repository) -> object:
    shown = repo.drafts["fix"].text("category/Person")
    return repo.drafts["fix"].edit(
        "category/Person", shown, shown.replace(b'"label": "Person"', b'"label": "Human"')
    )


def rows_of(*rows: object) -> EntitySource:
    return FileSource(io.BytesIO(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))


VERBS: dict[str, Verb] = {
    "Repository.rebase": lambda sandbox, repo: moved(sandbox, repo, repo.rebase),
    "Repository.undo": lambda _, repo: repo.undo(),
    "Drafts.new": lambda _, repo: repo.drafts.new("Another"),
    "Drafts.adopt": lambda sandbox, repo: merged_by_git(sandbox, repo).adopt(),
    "Drafts.new_from": from_branch,
    "Drafts.new_from_rows": lambda _, repo: repo.drafts.new_from_rows(
        "Rows", rows_of({"entity": "property/unused", "delete": "unused"})
    ),
    "Drafts.new_from_table": lambda sandbox, repo: from_table(repo),
    "Draft.set": lambda _, repo: repo.drafts["fix"].set("category/Person", "/label", "Human"),
    "Draft.assign": lambda _, repo: repo.drafts["fix"].assign(
        "category/Person", [Assignment("label", "=", "Human")]
    ),
    "Draft.unset": lambda _, repo: repo.drafts["fix"].unset("category/Person", "/steps"),
    "Draft.patch": lambda _, repo: repo.drafts["fix"].patch(
        "category/Person", [{"op": "replace", "path": "/label", "value": "Human"}]
    ),
    "Draft.create": lambda _, repo: repo.drafts["fix"].create("property/born", {"id": "born"}),
    "Draft.edit": lambda _, repo: edit_with_editor(repo),
    "Draft.delete": lambda _, repo: repo.drafts["fix"].delete("property/unused", "unused"),
    "Draft.redirect": lambda _, repo: repo.drafts["fix"].redirect("property/unused", "name", "the same"),
    "Draft.rename": lambda _, repo: repo.drafts["fix"].rename("category/Person", "Human"),
    "Draft.drop": lambda _, repo: (
        repo.drafts["fix"].set("category/Person", "/label", "Human"),
        repo.drafts["fix"].drop("category/Person"),
    ),
    "Draft.resolve": lambda sandbox, repo: in_conflict(sandbox, repo).resolve("Person", take="draft"),
    "Draft.retarget": lambda sandbox, repo: redirected_under(sandbox, repo).retarget("Human", take="draft"),
    "Draft.rebase": lambda sandbox, repo: moved(sandbox, repo, repo.drafts["fix"].rebase),
    "Draft.stand_alone": lambda _, repo: stacked(repo),
    "Draft.validate": lambda _, repo: (
        repo.drafts["fix"].set("category/Person", "/label", "Human"),
        repo.drafts["fix"].validate(record=True),
    ),
    "Draft.comment": lambda _, repo: repo.drafts["fix"].comment("Why?"),
    "Draft.approve": lambda _, repo: repo.drafts["fix"].approve(),
    "Draft.request_changes": lambda _, repo: repo.drafts["fix"].request_changes("No."),
    "Draft.submit": lambda _, repo: submitted(repo),
    "Draft.merge": lambda _, repo: submitted(repo).merge(),
    "Draft.reject": lambda _, repo: submitted(repo).reject("no"),
    "Draft.withdraw": lambda _, repo: repo.drafts["fix"].withdraw("no"),
    "Draft.save_from": committed_by_hand,
    "Draft.describe": lambda _, repo: repo.drafts["fix"].describe("Fix it"),
    "Draft.edit_all": lambda _, repo: repo.drafts["fix"].edit_all(
        "type:property", assignments=[Assignment("label", "=", "X")]
    ),
    "Draft.reopen": lambda _, repo: (repo.drafts["fix"].withdraw("no"), repo.drafts["fix"].reopen()),
    "Canonical.redirect": lambda _, repo: repo.canonical.redirect("unused", "name", "the same"),
    "Canonical.redirect_all": lambda _, repo: repo.canonical.redirect_all(
        [("property/unused", "property/name")], "the same"
    ),
    "Canonical.merge": lambda _, repo: repo.canonical.merge("unused", "name", "the same", keep="to"),
    "Canonical.revert": lambda _, repo: (
        repo.canonical.redirect("unused", "name", "the same"),
        repo.canonical.revert("unused", "no"),
    ),
    "Canonical.delete": lambda _, repo: repo.canonical.delete("unused", "unused"),
    "Canonical.erase": lambda _, repo: repo.canonical.erase("unused", "unused"),
    "Canonical.undelete": lambda _, repo: (
        repo.canonical.delete("unused", "unused"),
        repo.canonical.undelete("unused"),
    ),
    "Canonical.rename": lambda _, repo: repo.canonical.rename("unused", "used"),
    "Canonical.lock": lambda _, repo: repo.canonical.lock("unused", "why"),
    "Canonical.unlock": lambda _, repo: (
        repo.canonical.lock("unused", "why"),
        repo.canonical.unlock("unused", "why"),
    ),
    "Canonical.archive": lambda _, repo: repo.canonical.archive("unused", "why"),
    "Canonical.unarchive": lambda _, repo: (
        repo.canonical.archive("unused", "why"),
        repo.canonical.unarchive("unused", "why"),
    ),
    "Canonical.purge": lambda _, repo: repo.canonical.purge("unused", "why"),
    "Canonical.migrate": lambda _, repo: repo.canonical.migrate(
        "notes", query="type:property", patch=[{"op": "add", "path": "/note", "value": 1}]
    ),
    "Canonical.migrate_layout": lambda _, repo: repo.canonical.migrate_layout("property", 1),
    "Releases.create": lambda _, repo: repo.releases.create("1.0.0"),
    "Worktree.save": edited_by_hand,
    "Transfer.import_entities": lambda _, repo: repo.transfer.import_entities(
        rows_of({"entity": "property/born", "document": {"id": "born"}})
    ),
    "Transfer.import_redirects": lambda _, repo: repo.transfer.import_redirects(
        b"from,to\nproperty/unused,property/name\n", reason="the same"
    ),
    "Review.answer": answered_on_a_page,
    "Review.save_entity": edited_on_a_page,
    "GitHooks.follow": lambda sandbox, repo: moved(sandbox, repo, lambda: repo.hooks.follow("post-commit")),
}
ELSEWHERE = {
    "Copies.feed",
    "Copies.restore_snapshots",
    "init.initialise",
    "sync.clone",
    "Repository.pull",
    "Repository.sync",
    "Repository.forward",
    "Transfer.import_mediawiki",
    "Draft.text",
    "Worktree.switch",
}
LOGGED = {
    method: names_in(row.log) for row in ROWS if not row.log.startswith("none") for method in row.methods
}


def test_each_name_of_the_log_is_tried() -> None:
    assert set(LOGGED) == VERBS.keys() | ELSEWHERE


@pytest.mark.sweep(11)
@pytest.mark.parametrize("method", VERBS)
def test_the_log_keeps_a_verb_under_the_name_in_the_table(sandbox: Sandbox, method: str) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    VERBS[method](sandbox, sandbox.library)
    assert next(sandbox.library.operations()).command in LOGGED[method]


def test_redirects_that_are_taken_over_are_an_import(sandbox: Sandbox) -> None:
    sandbox.library.transfer.import_redirects(
        b"from,to\nproperty/unused,property/name\n", reason="the same", takes_over=True
    )
    assert next(sandbox.library.operations()).command == "redirect import"


def test_a_push_of_a_wiki_is_logged_as_its_command(sandbox: Sandbox) -> None:
    wiki = make_wiki(sandbox)
    wiki.library.transfer.import_mediawiki(json.dumps(EXAMPLE).encode())
    assert next(wiki.library.operations()).command == LOGGED["Transfer.import_mediawiki"][0]


def test_what_comes_from_a_remote_is_logged_as_its_command(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    identity = Identity(ANN)
    clone(str(sandbox.path), tmp_path, "clone", identity, local_time)
    repo = gitdraft.open(tmp_path / "clone", actor=ANN)
    assert latest(repo) in LOGGED["sync.clone"]
    sandbox.change("categories/Person.json", label="Human")
    repo.pull()
    assert latest(repo) in LOGGED["Repository.pull"]
    sandbox.change("categories/Person.json", label="Somebody")
    fetch = repo.start_fetch()
    while not fetch.is_done():
        pass
    assert repo.forward(fetch.upstream).state == "forwarded"
    assert latest(repo) in LOGGED["Repository.forward"]
    sandbox.library.drafts.new("Other", draft_id="other")
    repo.sync()
    assert latest(repo) in LOGGED["Repository.sync"]


def test_setting_up_is_logged_as_its_command(tmp_path: Path) -> None:
    assert initialise(tmp_path, Identity(ANN), local_time).report.written
    assert latest(gitdraft.open(tmp_path)) in LOGGED["init.initialise"]


def latest(repo: gitdraft.Repository) -> str:
    """The command of the latest operation."""
    return next(repo.operations()).command
