"""Who acts is who git says acts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git

from gitdraft.errors import RepositoryError
from gitdraft.git.identity import config_value, configured_identity
from gitdraft.git.repository import open_repository

AUTHOR = {"GIT_AUTHOR_NAME": "Env", "GIT_AUTHOR_EMAIL": "env@example.org"}
COMMAND_LINE = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Cli",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "cli@example.org",
}


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({}, AUTHOR),
        ({"user.name": "Conf", "user.email": "c@example.org"}, {}),
        ({"user.name": "Conf", "user.email": "c@example.org"}, AUTHOR),
        ({"user.name": "Conf", "user.email": "c@example.org"}, {"GIT_AUTHOR_NAME": "Env"}),
        ({"user.name": "Conf", "author.name": "Writer", "user.email": "c@example.org"}, {}),
        ({"user.name": "Conf", "author.email": "w@example.org"}, {"EMAIL": "unused@example.org"}),
        ({"user.name": "Conf"}, {"EMAIL": "mail@example.org"}),
        ({"user.name": "Conf", "user.email": "c@example.org"}, COMMAND_LINE),
        ({}, COMMAND_LINE),
        ({"user.name": "Grün\nZwei", "user.email": "c@example.org"}, {}),
        ({}, {"GIT_CONFIG_GLOBAL": "global"}),
        ({"user.name": "Conf"}, {"GIT_CONFIG_GLOBAL": "global"}),
    ],
)
def test_it_is_whom_git_would_write_into_a_commit(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    environment: dict[str, str],
) -> None:
    (tmp_path / "global").write_text("[user]\nname = Glo Bal\nemail = g@example.org\n")
    for name, value in settings.items():
        sandbox.git("config", name, value)
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "EMAIL"))]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, str(tmp_path / value) if name == "GIT_CONFIG_GLOBAL" else value)
    said = run_git(sandbox.path, "var", "GIT_AUTHOR_IDENT").rpartition(" <")
    name, email = configured_identity(open_repository(sandbox.path), os.environ)
    assert (name.replace("\n", ""), email) == (said[0], said[2].partition(">")[0])


def test_an_unknown_user_is_told_what_to_do(sandbox: Sandbox) -> None:
    with pytest.raises(RepositoryError) as refused:
        configured_identity(open_repository(sandbox.path), {"GIT_CONFIG_GLOBAL": os.devnull})
    assert refused.value.code == "no-identity"
    assert "git config --global user.name" in str(refused.value.hint)


@pytest.mark.parametrize("environment", [{}, {"GIT_CONFIG_NOSYSTEM": "1"}])
def test_what_is_not_set_is_none(sandbox: Sandbox, environment: dict[str, str]) -> None:
    repository = open_repository(sandbox.path)
    sandbox.git("config", "some.key", "a value")
    assert config_value(repository, "some.key", environment) == "a value"
    assert config_value(repository, "some.other", environment) is None
    assert config_value(repository, "nokey", environment) is None
