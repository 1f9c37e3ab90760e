"""Every command that writes, on a repository where it has something to do; and the commands that write nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from sandbox import Sandbox

from gitdraft.cli.commands import cli

WRITES_NOTHING = {
    "audit",
    "blame",
    "changelog",
    "release diff",
    "release list",
    "completion",
    "config show",
    "conflicts",
    "diff",
    "doctor",
    "effective",
    "graph",
    "hooks status",
    "help",
    "impact",
    "index verify",
    "list",
    "log",
    "ls",
    "merge-json",
    "operations",
    "overlaps",
    "redirect export",
    "redirect list",
    "redirect resolve",
    "redirect stats",
    "references",
    "revision diff",
    "revision list",
    "revision show",
    "search",
    "show",
    "status",
    "snapshots verify",
    "token list",
    "view",
    "webhook failed",
    "webhook list",
}
RUNS_OTHERS = {  # what they write, other commands in the table write
    "pr open": "a forge, and what pr sync takes in; it is killed in tests/forge",
    "pr sync": "the operations are those of save, reject, reopen, comment, approve and rebase",
    "pr merge": "the forge merges, and pr sync follows",
    "pr close": "the forge closes",
    "pr status": "reads a forge",
    "pr view": "reads a forge",
    "feed": "a stream of another server; it is killed in tests/copies",
    "project": "a database of another server; it is killed in tests/copies",
    "snapshots push": "object storage; it is killed in tests/copies",
    "snapshots restore": "import entities and redirect import",
    "demo": "a story of other commands, in a repository of its own",
    "mcp": "each call is one command's method",
    "serve": "each request is one command's method",
    "watch": "hooks run, pull and rebase",
    "redirect import": "redirect batch, of another file",
}


@dataclass(frozen=True)
class World:
    """A folder with a repository that has drafts in several states, and what lies beside it: other repositories, files."""

    path: Path

    @property
    def repository(self) -> Sandbox:
        """The repository in which commands run."""
        return Sandbox(self.path / "repository")

    def repositories(self) -> Iterator[Sandbox]:
        """Every repository in the folder."""
        for folder in sorted(self.path.iterdir()):
            if (folder / ".git").exists() or (folder / "refs").is_dir():
                yield Sandbox(folder)

    def write(self, name: str, text: str) -> None:
        """Writes a file beside the repository: `../name` for a command."""
        (self.path / name).write_text(text)

    def copy(self, path: Path) -> World:
        """The same world once more."""
        return World(shutil.copytree(self.path, path, symlinks=True))


Prepare = Callable[[World], None]


@dataclass(frozen=True)
class FaultCase:
    """A command line, and what makes it have something to do. ``folder`` is where it runs, ``code`` its exit code; the command
    does not end in the same state twice where its state ``is_random``. One that goes ``in_steps`` says how far it came."""

    command: tuple[str, ...]
    prepare: Prepare = lambda world: None
    folder: str = "repository"
    code: int = 0
    is_random: bool = False
    in_steps: bool = False


def make_world(sandbox: Sandbox, path: Path) -> World:
    """Drafts in several states, one left behind by canonical, one ready to merge, canonical in the worktree."""
    path.mkdir()
    shutil.copytree(sandbox.path, path / "repository", symlinks=True)
    world = World(path)
    repository = world.repository
    drafts = repository.library.drafts
    drafts.new("Fix", draft_id="fix").set("category/Person", "/steps/1", "B")
    drafts.new("Other", draft_id="other").set("category/Person", "/description", "Other.")
    ready = drafts.new("Ready", draft_id="ready")
    ready.set("property/name", "/label", "Full name")
    ready.create("property/born", {"id": "born", "label": "Born", "note": "x" * 2000})
    repository.change("categories/Person.json", steps=["z", "a", "b", "c"])
    ready.submit()
    return world


def ran(*commands: str) -> Prepare:
    """Runs commands of gitdraft before, each given as one text; those that begin with `git ` are git's."""

    def prepare(world: World) -> None:
        for command in commands:
            words = command.split()
            if words[0] == "git":
                world.repository.git(*words[1:])
            else:
                answer = world.repository.run(*words)
                assert answer.code in (0, 1), answer.err

    return prepare


def edited(world: World) -> None:
    """Edits an entity in the worktree."""
    world.repository.write("properties/unused.json", {"id": "unused", "label": "Unused", "datatype": "Date"})


def saving(world: World) -> None:
    ran("checkout fix")(world)
    edited(world)


def edited_on_its_branch(world: World) -> None:
    ran("git switch --quiet draft/other")(world)
    edited(world)
    world.repository.git("commit", "--quiet", "--all", "--message", "with plain git")
    ran("git switch --quiet main")(world)


def in_conflict(world: World) -> None:
    ran("set property/unused /label Mine --draft other")(world)
    world.repository.change("properties/unused.json", label="Theirs")
    assert world.repository.run("rebase").code in (1, 21)


def unmerged_file(world: World) -> None:
    repository = world.repository
    assert repository.run("init").code == 0
    repository.git("switch", "--quiet", "--create", "side")
    repository.change("properties/unused.json", label="Theirs")
    repository.git("switch", "--quiet", "main")
    repository.change("properties/unused.json", label="Ours")
    assert repository.library
    with_failure(repository, "merge", "side")


def with_failure(repository: Sandbox, *arguments: str) -> None:
    """Runs a git that stops in a conflict."""
    try:
        repository.git(*arguments)
    except AssertionError:
        return
    raise AssertionError("git found no conflict")


def merged_by_git(world: World) -> None:
    world.repository.git("merge", "--quiet", "--no-ff", "-m", "by hand", "draft/ready")


def wiki_push(world: World) -> None:
    changes = [
        {
            "action": "modify",
            "entity_type": "property",
            "entity_key": "unused",
            "patch": [{"op": "add", "path": "/note", "value": "from the wiki"}],
        }
    ]
    from wiki import EXAMPLE

    world.write("push.json", json.dumps({**EXAMPLE, "changes": changes}))


def with_remote(world: World) -> None:
    """A bare remote that has all of it."""
    world.repository.git("init", "--quiet", "--bare", "--initial-branch", "main", "../remote.git")
    world.repository.git("remote", "add", "origin", "../remote.git")
    assert world.repository.run("push").code == 0


def ahead(world: World) -> None:
    """Something to push: canonical, a draft that moved, one that is new."""
    with_remote(world)
    world.repository.change("properties/unused.json", label="Ahead")
    ran("set property/name /rank 3 --draft fix", "new Later --id later --no-switch")(world)


def behind(world: World) -> None:
    """Something to pull: canonical, in the worktree too, and a draft that moved."""
    with_remote(world)
    assert Sandbox(world.path).run("clone", "remote.git", "clone").code == 0
    clone = Sandbox(world.path / "clone")
    clone.change("properties/unused.json", label="Behind")
    clone.write("properties/fresh.json", {"id": "fresh"})
    clone.commit("another")
    assert clone.run("set", "property/name", "/rank", "3", "--draft", "fix").code == 0
    pushed = clone.run("push")
    assert pushed.code == 0, pushed.out + pushed.err
    shutil.rmtree(clone.path)


def both(world: World) -> None:
    behind(world)
    ran("set property/name /rank 4 --draft other")(world)


def fresh(world: World) -> None:
    """A repository that is not set up."""
    folder = world.path / "fresh"
    folder.mkdir()
    fresh = Sandbox(folder)
    fresh.git("init", "--quiet", "--initial-branch", "main")
    fresh.write("items/Q1.json", {"id": "Q1"})
    fresh.commit("an item")


def published(world: World) -> None:
    with_remote(world)
    ran("merge ready", "push")(world)


def given_up(world: World) -> None:
    """A message that a webhook never took."""
    webhooks = world.repository.library.webhooks
    webhooks.add("https://example.org/", ["operation"])
    ran("withdraw other")(world)
    webhooks.collect()
    ((_, delivery),) = webhooks.lend((), 1)
    webhooks.settle(delivery, "it answered 500", ())


def edited_table(world: World) -> None:
    """A table that was edited."""
    ran("export table property -O ../properties.csv")(world)
    text = (world.path / "properties.csv").read_text()
    world.write("properties.csv", text.replace(",Unused,", ",Used,"))


def linked(world: World) -> None:
    """Redirects to give out."""
    ran("init --rdf skos", "redirect create property/unused property/name --reason same")(world)


CASES: dict[str, FaultCase] = {
    "init": FaultCase(("init",), fresh, "fresh"),
    "init: linked data": FaultCase(("init", "--rdf", "skos"), fresh, "fresh"),
    "new": FaultCase(("new", "Another draft", "--id", "another")),
    "new: onto": FaultCase(("new", "On top", "--id", "another", "--onto", "fix")),
    "switch": FaultCase(("switch", "other")),
    "submit": FaultCase(("submit", "other")),
    "merge": FaultCase(("merge", "ready")),
    "merge: the current draft": FaultCase(("merge", "ready"), ran("switch ready")),
    "adopt": FaultCase(("adopt", "ready"), merged_by_git),
    "adopt: take out": FaultCase(("adopt", "ready", "--take-out"), merged_by_git),
    "reject": FaultCase(("reject", "ready", "--reason", "no")),
    "withdraw": FaultCase(("withdraw", "fix")),
    "reopen": FaultCase(("reopen", "fix"), ran("withdraw fix")),
    "comment": FaultCase(("comment", "fix", "property/name", "-m", "Why?"), is_random=True),
    "approve": FaultCase(("approve", "ready"), is_random=True),
    "request-changes": FaultCase(("request-changes", "ready", "-m", "No."), is_random=True),
    "set": FaultCase(("set", "category/Person", "/rank", "7", "--draft", "fix")),
    "unset": FaultCase(("unset", "category/Person", "/description", "--draft", "fix")),
    "patch": FaultCase(
        ("patch", "property/unused", "../patch.json", "--draft", "fix"),
        lambda world: world.write("patch.json", '[{"op": "add", "path": "/rank", "value": 1}]'),
    ),
    "create": FaultCase(
        ("create", "property/fresh", "../new.json", "--draft", "fix"),
        lambda world: world.write("new.json", '{"id": "fresh"}'),
    ),
    "edit": FaultCase(("edit", "property/unused", "--draft", "fix")),
    "delete": FaultCase(("delete", "property/unused", "--draft", "fix", "--reason", "gone")),
    "redirect propose": FaultCase(
        ("redirect", "property/unused", "property/name", "--draft", "fix", "--reason", "the same")
    ),
    "draft edit": FaultCase(("draft", "edit", "fix", "--title", "Another title")),
    "edit-all": FaultCase(("edit-all", "type:property", "note=all", "--draft", "fix")),
    "drop": FaultCase(("drop", "category/Person", "--draft", "fix")),
    "checkout": FaultCase(("checkout", "ready")),
    "checkout: canonical": FaultCase(("checkout", "--canonical"), ran("checkout ready")),
    "save": FaultCase(("save", "-m", "saved"), saving),
    "save: on canonical": FaultCase(("save", "-m", "saved", "--draft", "other"), edited),
    "save: from": FaultCase(("save", "--from", "draft/other"), edited_on_its_branch),
    "redirect create": FaultCase(
        ("redirect", "create", "category/Agent", "category/Person", "--reason", "same")
    ),
    "redirect merge": FaultCase(
        ("redirect", "merge", "property/unused", "property/name", "--reason", "same", "--keep", "to")
    ),
    "redirect revert": FaultCase(
        ("redirect", "revert", "property/unused", "--reason", "two"),
        ran("redirect create property/unused property/name --reason same"),
    ),
    "redirect batch": FaultCase(
        ("redirect", "batch", "../pairs.csv", "--reason", "same"),
        lambda world: world.write("pairs.csv", "from,to\nproperty/unused,property/name\n"),
    ),
    "entity delete": FaultCase(("entity", "delete", "property/unused", "--reason", "gone")),
    "entity erase": FaultCase(("entity", "erase", "property/unused", "--reason", "gone", "--yes")),
    "entity undelete": FaultCase(
        ("entity", "undelete", "property/unused", "--reason", "used"),
        ran("entity delete property/unused --reason gone"),
    ),
    "entity lock": FaultCase(("entity", "lock", "property/unused", "--reason", "fixed")),
    "entity unlock": FaultCase(
        ("entity", "unlock", "property/unused", "--reason", "free"),
        ran("entity lock property/unused --reason fixed"),
    ),
    "entity archive": FaultCase(("entity", "archive", "property/unused", "--reason", "old")),
    "entity unarchive": FaultCase(
        ("entity", "unarchive", "property/unused", "--reason", "new"),
        ran("entity archive property/unused --reason old"),
    ),
    "entity rename": FaultCase(("entity", "rename", "property/unused", "used", "--reason", "better")),
    "entity rename: in a draft": FaultCase(
        ("entity", "rename", "property/unused", "used", "--draft", "fix", "--reason", "better")
    ),
    "entity purge": FaultCase(("entity", "purge", "property/unused", "--reason", "on request", "--yes")),
    "rebase": FaultCase(("rebase",)),
    "rebase: checked out": FaultCase(("rebase",), ran("git switch --quiet draft/fix")),
    "resolve": FaultCase(("resolve", "other", "property/unused", "--take", "draft"), in_conflict),
    "resolve: file": FaultCase(
        ("resolve", "--file", "properties/unused.json", "--take", "theirs"), unmerged_file
    ),
    "push": FaultCase(("push",), ahead, in_steps=True),
    "pull": FaultCase(("pull",), behind),
    "sync": FaultCase(("sync",), both, in_steps=True),
    "clone": FaultCase(("clone", "remote.git", "copy"), with_remote, "."),
    "validate": FaultCase(("validate", "fix")),
    "index rebuild": FaultCase(("index", "rebuild")),
    "import mediawiki": FaultCase(("import", "mediawiki", "../push.json"), wiki_push, is_random=True),
    "import entities": FaultCase(
        ("import", "entities", "../rows.jsonl", "--type", "property"),
        lambda world: world.write("rows.jsonl", '{"id": "first"}\n{"id": "unused", "label": "Used"}\n'),
    ),
    "export entities": FaultCase(("export", "entities", "-O", "../entities.jsonl")),
    "export entities: a folder": FaultCase(("export", "entities", "--format", "folder", "-O", "../entities")),
    "export table": FaultCase(("export", "table", "property", "-O", "../properties.csv")),
    "new: from a table": FaultCase(
        ("new", "Table", "--id", "table", "--from-table", "../properties.csv"), edited_table
    ),
    "export review": FaultCase(("export", "review", "../pages")),
    "export rdf": FaultCase(("export", "rdf", "-O", "../entities.nt"), linked),
    "export sssom": FaultCase(("export", "sssom", "-O", "../mappings.tsv"), linked),
    "bundle": FaultCase(("bundle", "category/Person", "-O", "../bundle.json")),
    "release create": FaultCase(("release", "create", "1.0.0")),
    "migrate": FaultCase(
        ("migrate", "notes", "--patch", "type:property", "../patch.json"),
        lambda world: world.write("patch.json", '[{"op": "add", "path": "/note", "value": 1}]'),
    ),
    "layout migrate": FaultCase(("layout", "migrate", "property", "--fanout", "2")),
    "hooks install": FaultCase(("hooks", "install")),
    "hooks uninstall": FaultCase(("hooks", "uninstall"), ran("hooks install")),
    "hooks run": FaultCase(("hooks", "run", "post-commit")),
    "undo": FaultCase(("undo",), ran("set category/Person /rank 7 --draft fix")),
    "undo: a merge": FaultCase(("undo",), ran("merge ready")),
    "undo: what is published": FaultCase(("undo",), published),
    "undo: an undo": FaultCase(("undo",), ran("merge ready", "undo")),
    "undo: a deletion": FaultCase(("undo",), ran("entity delete property/unused --reason gone")),
    "token create": FaultCase(("token", "create", "bot", "--role", "reader")),
    "token revoke": FaultCase(("token", "revoke", "bot"), ran("token create bot --role reader")),
    "token rotate": FaultCase(("token", "rotate", "bot"), ran("token create bot --role reader")),
    "webhook add": FaultCase(("webhook", "add", "https://example.org/"), is_random=True),
    "webhook remove": FaultCase(
        ("webhook", "remove", "https://example.org/"), ran("webhook add https://example.org/")
    ),
    "webhook retry": FaultCase(("webhook", "retry"), given_up),
}


def command_names(group: click.Group = cli, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all commands that the command line has, those in groups after their group's."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from command_names(command, (*above, name))
        else:
            yield " ".join((*above, name))


def command_of(case: str) -> str:
    """The command that a case is of."""
    return case.partition(":")[0]
