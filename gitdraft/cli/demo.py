"""`demo`: a story on a copy of the sample repository, with real commands and what they really say."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import faint, strong
from gitdraft.errors import AlreadyExists
from gitdraft.model.values import JSON

ANN = {"NAME": "Ann Archivist", "EMAIL": "ann@lab.example"}
PAGE = "http://127.0.0.1:8642/drafts/agent-label"  # where `serve` is by default


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default="demo-repo")
@pass_command_context
def demo_command(ctx: CommandContext, folder: str) -> None:
    """Play a story with real commands in DIR.

    Three drafts, canonical moves under them, one conflicts and is resolved, one is merged, one operation
    is undone. It ends with the address of a draft's page. Without DIR it is `demo-repo`.

    \b
    gitdraft demo
    """
    story = Story(ctx.folder / folder)
    story.set_up()
    story.three_drafts()
    story.canonical_moves()
    story.resolve_conflict()
    story.merge_and_undo()
    story.end()


class Story:
    """The sample repository in a folder, and what happens there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {
            **os.environ,
            **{
                f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in ANN.items()
            },
        }

    def set_up(self) -> None:
        """A repository made of the sample's files."""
        if self.path.exists() and any(self.path.iterdir()):
            raise AlreadyExists(
                f"'{self.path}' is not empty",
                code="folder-not-empty",
                hint="gitdraft demo DIR plays it elsewhere; or remove the folder",
            )
        shutil.copytree(sample_folder(), self.path, dirs_exist_ok=True)
        self.tell(f"A laboratory keeps its vocabulary as JSON files in git, in {self.path}:")
        self.quietly("git", "init", "--quiet", "--initial-branch", "main")
        self.quietly("git", "add", "--all")
        self.quietly("git", "commit", "--quiet", "--message", "The laboratory's vocabulary")
        self.run("gitdraft validate --canonical")

    def three_drafts(self) -> None:
        """Three people propose three things."""
        self.tell("Three people propose changes. Each draft is a branch that holds JSON patches.")
        self.run("gitdraft new 'Say what a person is' --id clarify-person")
        self.run("gitdraft set category/Person /description 'A human being, living or dead.'")
        self.run("gitdraft set category/Person /optional_properties/- homepage")
        self.run("gitdraft new 'Link datasets by DOI' --id dataset-doi")
        self.run("gitdraft set module/publication-form /steps/3 'Link the dataset by its DOI'")
        self.run("gitdraft new 'Call an agent an actor' --id agent-label")
        self.run("gitdraft set category/Agent /label Actor")
        self.run("gitdraft diff agent-label")
        self.run("gitdraft list")

    def canonical_moves(self) -> None:
        """Meanwhile, somebody commits to canonical with plain git."""
        self.tell("Meanwhile a colleague commits to main with plain git: a new first step, another label.")
        self.edit(
            "modules/publication-form.json", lambda form: form["steps"].insert(0, "Search for duplicates")
        )
        self.edit("categories/Agent.json", lambda agent: agent.update(label="Responsible agent"))
        self.run("git commit --quiet --all --message 'Look for duplicates first; a clearer label'")
        self.tell("The drafts follow. Nothing is written for the one that this does not affect.")
        self.run("gitdraft rebase", expected=1)
        self.tell("The step that dataset-doi edits has moved, and its patch with it:")
        self.run("gitdraft diff dataset-doi --patch")

    def resolve_conflict(self) -> None:
        """The conflict is looked at and resolved."""
        self.tell("Two people changed one label. The engine shows both sides and decides nothing by itself.")
        self.run("gitdraft conflicts agent-label")
        self.run("gitdraft resolve agent-label category/Agent /label --value '\"Actor (responsible agent)\"'")

    def merge_and_undo(self) -> None:
        """One draft is merged; one operation is taken back."""
        self.tell(
            "A maintainer merges a draft: one commit on main that changes only the lines that it changed."
        )
        self.run("gitdraft submit clarify-person")
        self.run("gitdraft merge clarify-person")
        self.run("git show --first-parent --format=%s%n%n%b --unified=0 HEAD")
        self.tell("Everything that moved a branch is in the log, and can be taken back.")
        self.run("gitdraft withdraw agent-label --reason 'let us talk first'")
        self.run("gitdraft undo")
        self.run("gitdraft operations --limit 4")
        self.run("gitdraft status")

    def end(self) -> None:
        """What to try next."""
        self.tell("That was all real. The repository is yours to play with:")
        for command in (
            f"cd {shlex.quote(str(self.path))}",
            "gitdraft log dataset-doi",
            "gitdraft view category/Agent --draft agent-label --meta",
            "gitdraft checkout dataset-doi      # edit the files with your editor, then: gitdraft save",
            "git log --oneline main..draft/dataset-doi",
            "git show draft/dataset-doi:.gitdraft/changes/module/publication-form.patch.json",
        ):
            click.echo(f"  {command}")
        self.tell(
            "People who do not live in a terminal review the drafts in a browser, with a token of their own:"
        )
        self.run("gitdraft token create 'Ann Archivist <ann@lab.example>' --role maintainer")
        self.tell("Start the service in that folder, open this address and type the token:")
        click.echo("  gitdraft serve")
        click.echo(f"  {PAGE}")

    def edit(self, path: str, change: Callable[[dict[str, JSON]], object]) -> None:
        """Change a file by hand, as an editor would."""
        file = self.path / path
        document = json.loads(file.read_text("utf-8"))
        change(document)
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
        click.echo(f"{faint('~')} {faint(f'edits {path}')}")

    def tell(self, text: str) -> None:
        """A sentence of the story."""
        click.echo(f"\n{strong('# ' + text)}")

    def run(self, command: str, expected: int = 0) -> None:
        """Show a command, run it, let it speak for itself."""
        click.echo(f"{faint('$')} {click.style(command, fg='cyan')}")
        sys.stdout.flush()
        words = shlex.split(command)
        if words[0] == "gitdraft":
            words = [sys.executable, "-m", "gitdraft.cli.main", *words[1:]]
        else:
            words = ["git", "--no-pager", *words[1:]]
        done = subprocess.run(words, cwd=self.path, env=self.environment, check=False)
        if done.returncode != expected:
            raise click.exceptions.Exit(done.returncode or 1)

    def quietly(self, *words: str) -> None:
        """Run a command of which nothing needs to be seen."""
        subprocess.run(words, cwd=self.path, env=self.environment, check=True, stdout=subprocess.DEVNULL)


def sample_folder() -> Path:
    """The sample repository: in the wheel beside the modules, in a checkout beside the package."""
    packaged = Path(str(files("gitdraft"))) / "sample_repo"
    return packaged if packaged.is_dir() else Path(str(files("gitdraft"))).parent / "sample-repo"
