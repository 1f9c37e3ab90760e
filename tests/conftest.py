"""A sealed environment and real repositories, made quickly from a template."""

from __future__ import annotations

import compileall
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pygit2
import pytest
from curating import Curating, make_items
from fork_server import ForkServer
from hypothesis import HealthCheck, settings
from pygit2.enums import ConfigLevel
from sandbox import CONFIGURATION, ENTITIES, SCHEMA, Sandbox, run_git

import gitdraft

MEMORY = Path("/dev/shm")
ROOM = 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Have gitdraft compiled, as an installed one is: hundreds of processes load it. Keep the repositories of tests in
    memory: all that gitdraft writes it waits for the disk to have. libgit2 looks for git's configuration once a process,
    so it is sealed off before any test."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(gitdraft.__file__).parent, quiet=2)
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = ""


# CI tries the same examples each time; elsewhere they are new ones at each run. Any machine may be busy
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a table of many rows the first few answer in `make test`, the others in `make test-all`."""
    rows: Counter[tuple[Path, str]] = Counter()
    for item in items:
        sweep = item.get_closest_marker("sweep")
        if sweep is not None and isinstance(item, pytest.Function):
            table = (item.path, item.originalname)
            rows[table] += 1
            if rows[table] > sweep.args[0]:
                item.add_marker("long")


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of the host's git configuration reaches a test, and everybody is Ann."""
    seal(monkeypatch, tmp_path_factory.getbasetemp())


def seal(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Seals the environment; ``home`` is everybody's."""
    for name in [
        name for name in os.environ if name.startswith(("GIT_", "GITDRAFT_")) and name != "GITDRAFT_EXAMPLES"
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ann Archivist")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ann@example.org")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def git() -> Callable[..., str]:
    """Run git in a folder."""
    return run_git


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with four entities, made once."""
    environment = {
        **{
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Ann Archivist"), ("EMAIL", "ann@example.org"))
        },
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    os.environ.update(environment)
    return make_template(tmp_path_factory.mktemp("template") / "repository")


def make_template(path: Path) -> Path:
    """Makes a repository with four entities."""
    path.mkdir()
    sandbox = Sandbox(path)
    sandbox.git("init", "--quiet", "--initial-branch", "main")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write("categories/_schema.json", SCHEMA)
    for name, entity in ENTITIES.items():
        sandbox.write(name, entity)
    sandbox.commit("Start")
    return path


@pytest.fixture
def sandbox(template: Path, tmp_path: Path) -> Sandbox:
    """A fresh copy of the template."""
    path = tmp_path / "repository"
    shutil.copytree(template, path, symlinks=True)
    return Sandbox(path)


@pytest.fixture(scope="session")
def item_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bare repository of items, made once."""
    return make_items(tmp_path_factory.mktemp("items") / "repository.git")


@pytest.fixture
def items(item_template: Path, tmp_path: Path) -> Sandbox:
    """A fresh copy of the bare repository of items."""
    path = tmp_path / "items.git"
    shutil.copytree(item_template, path)
    return Sandbox(path)


@pytest.fixture
def curating(items: Sandbox) -> Curating:
    """What curators do there."""
    return Curating(items.library)


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """A parent of processes that start warm."""
    with ForkServer() as server:
        yield server
