"""The drivers in git's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.git.drivers import DRIVER_SETTINGS, drivers_status, install_drivers, uninstall_drivers
from gitdraft.git.repository import open_repository


def test_the_drivers_are_written_once_and_taken_out_again(sandbox: Sandbox) -> None:
    repository = open_repository(sandbox.path)
    before = (sandbox.path / ".git/config").read_text()
    assert drivers_status(repository).missing == tuple(DRIVER_SETTINGS)

    assert install_drivers(repository)
    assert drivers_status(repository).missing == ()
    assert not install_drivers(repository)
    for name, value in DRIVER_SETTINGS.items():
        assert sandbox.git("config", name) == value

    assert uninstall_drivers(repository)
    assert (sandbox.path / ".git/config").read_text() == before
    assert not uninstall_drivers(repository)


def test_a_setting_of_an_older_version_is_replaced(sandbox: Sandbox) -> None:
    sandbox.git("config", "--add", "merge.gitdraft.driver", "false")
    sandbox.git("config", "--add", "merge.gitdraft.driver", "true")
    install_drivers(open_repository(sandbox.path))
    assert (
        sandbox.git("config", "--get-all", "merge.gitdraft.driver")
        == DRIVER_SETTINGS["merge.gitdraft.driver"]
    )


def test_what_the_user_set_for_all_repositories_counts(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for name, value in DRIVER_SETTINGS.items():
        sandbox.git("config", "--global", name, value)
    assert drivers_status(open_repository(sandbox.path)).missing == ()


def test_a_linked_worktree_shares_the_drivers(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "other")
    install_drivers(open_repository(tmp_path / "linked"))
    assert drivers_status(open_repository(sandbox.path)).missing == ()


def test_the_program_is_looked_for_on_the_path(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_drivers(open_repository(sandbox.path))
    monkeypatch.setenv("PATH", "/nowhere:/usr/bin:/bin")
    assert not drivers_status(open_repository(sandbox.path)).installed
    program = tmp_path / "gitdraft-driver"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert drivers_status(open_repository(sandbox.path)).installed
