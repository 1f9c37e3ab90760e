"""Each thing that git does, done in a real repository: which hook ran, and whether the drafts were right after it.

The table is docs/reference/hooks.md. Run as a script, this file writes it anew; with `--everywhere` it does every
event in every place (some minutes), of which the tests do those that matter most.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hooks.events import EVENTS, PLACES, Place, add_draft, plain
from sandbox import CONFIGURATION, ENTITIES, SCHEMA, Sandbox

PAGE = Path(__file__).parents[2] / "docs/reference/hooks.md"
MATTER_MOST = ("commit", "pull --rebase, with local commits")
HEAD = """\
# Hooks

What `gitdraft hooks install` has git do by itself ([how to](../how-to/hooks.md)). A test does each event in a real
repository and makes this table: which of the hooks git ran, whether the drafts' branches were right when git was done,
and whether the next gitdraft command shows the drafts on top of canonical. Where the branches were not right, no hook
ran that could have known; the next event with a hook, `gitdraft rebase` or a merge moves them.

| git | hooks that ran | canonical moved | branches right | shown right |
|---|---|---|---|---|
"""
TAIL = """
It is the same beside existing hooks, with core.hooksPath, in paths with spaces and letters of any script, in linked
worktrees and submodules, and with `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` set.

## On a server

pre-commit, pre-merge-commit, pre-push and pre-receive ask one function what the step breaks, the same as
`gitdraft validate OLD..NEW`: a violation that is there afterwards and was not before. What stood before refuses nothing,
and a repair passes: a gitdraft.yaml that could not be read, a canonical branch that was renamed (`git branch -m main
trunk`, with `canonical: trunk` in the next commit; the hooks follow it by themselves). While an operation of gitdraft is
not finished (it was killed), pre-commit refuses with `operation-pending`: it runs under git's own lock, so it does not
finish it; any gitdraft command does.

In a bare repository pre-receive looks at each push before it is accepted, and post-receive rebases the drafts there.

| a push is refused | because |
|---|---|
| of canonical | it breaks a schema, a reference, a key, gitdraft.yaml, a tombstone or a protection; it is no fast-forward, or a deletion; a name that git or some disk takes for another |
| of a draft's branch | its id or its form is none of a draft's; that it conflicts, is invalid or edits what is protected is no reason |
| of `refs/gitdraft/…` | it is not a closed draft |
| of any branch | the branch is a symbolic ref on the server, or leaves no room for drafts |
"""


def line(name: str, place: Place) -> str:
    """Do it, and tell what came of it as a line of the table."""
    before = place.canonical()
    EVENTS[name](place)
    moved = before != place.canonical()
    right = place.is_right()
    seen = place.is_seen_right()
    cells = [name, ", ".join(place.hooks) or "none", *("yes" if x else "no" for x in (moved, right, seen))]
    return f"| {' | '.join(cells)} |"


@pytest.fixture(scope="session")
def start(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one draft, made once."""
    path = tmp_path_factory.mktemp("start") / "repository"
    shutil.copytree(template, path, symlinks=True)
    add_draft(path)
    return path


@pytest.mark.long
@pytest.mark.parametrize("name", EVENTS)
def test_the_table_says_what_happens(name: str, start: Path, tmp_path: Path) -> None:
    told = line(name, plain(start, tmp_path))
    assert told in PAGE.read_text().splitlines()
    assert told.endswith("yes |"), "the next command is always right"


@pytest.mark.parametrize("name", MATTER_MOST)
@pytest.mark.parametrize("where", PLACES)
@pytest.mark.long
def test_it_is_the_same_elsewhere(name: str, where: str, start: Path, tmp_path: Path) -> None:
    place = PLACES[where](start, tmp_path)
    assert line(name, place) in PAGE.read_text().splitlines()
    if place.log is not None:
        ran = place.log.read_text().split()
        assert set(place.hooks) - {"pre-merge-commit"} <= set(ran), "those that were there ran too"


def test_the_page_has_these_events_and_no_others() -> None:
    rows = PAGE.read_text().removeprefix(HEAD).removesuffix(TAIL).splitlines()
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(EVENTS)


def start_repository(folder: Path) -> Path:
    """The repository of the tests, with one draft, outside of them."""
    for role in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{role}_NAME": "Ann Archivist", f"GIT_{role}_EMAIL": "ann@example.org"}
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    start = Sandbox(folder / "start")
    start.path.mkdir()
    start.git("init", "--quiet", "--initial-branch", "main")
    start.write("gitdraft.yaml", CONFIGURATION)
    start.write("categories/_schema.json", SCHEMA)
    for name, entity in ENTITIES.items():
        start.write(name, entity)
    start.commit("Start")
    add_draft(start.path)
    return start.path


def main() -> None:
    """Write the page; with `--everywhere`, hold every place to it."""
    with tempfile.TemporaryDirectory() as folder:
        start = start_repository(Path(folder))

        def there(number: int) -> Path:
            path = Path(folder) / str(number)
            path.mkdir()
            return path

        lines = [line(name, plain(start, there(n))) for n, name in enumerate(EVENTS)]
        PAGE.write_text(HEAD + "\n".join(lines) + "\n" + TAIL)
        sys.stdout.writelines(f"{told}\n" for told in lines)
        if "--everywhere" in sys.argv:
            for number, (where, make) in enumerate(PLACES.items()):
                for n, name in enumerate(EVENTS):
                    told = line(name, make(start, there(100 * (number + 1) + n)))
                    verdict = "the same" if told in lines else f"OTHERWISE {told}"
                    sys.stdout.write(f"{where}: {name}: {verdict}\n")


if __name__ == "__main__":
    main()
