"""Tokens: seen once, kept as hashes, good until they are not."""

from __future__ import annotations

import base64
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.errors import AlreadyExists, NotFound, RepositoryError
from gitdraft.store.tokens import FILE, Tokens, open_tokens

NOW = 1_800_000_000


@pytest.fixture
def common(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def tokens(common: Path) -> Iterator[Tokens]:
    with open_tokens(common) as found:
        yield found


def test_a_token_has_256_bits_and_opens_what_it_was_made_for(tokens: Tokens) -> None:
    token, grant = tokens.issue("capability", NOW, NOW + 10, draft="fix")
    assert len(base64.urlsafe_b64decode(token[-43:] + "=")) == 32
    assert tokens.find(token, NOW + 9) == grant
    assert (grant.role, grant.draft) == ("capability", "fix")
    assert len({tokens.issue("capability", NOW, draft="fix")[0] for _ in range(50)}) == 50


def test_unknown_expired_and_revoked_tokens_look_alike(tokens: Tokens) -> None:
    expired, _ = tokens.issue("reader", NOW, NOW + 10, name="expired")
    revoked, grant = tokens.issue("reader", NOW, name="revoked")
    tokens.revoke([grant], NOW)
    good, _ = tokens.issue("reader", NOW, name="good")
    other_secret = good[:-43] + expired[-43:]
    for token in (
        expired,
        revoked,
        other_secret,
        "",
        "gdt_",
        "gdt_" + "0" * 16 + "_" + "a" * 43,
        "é",
        good + "x",
    ):
        assert tokens.find(token, NOW + 10) is None
    assert tokens.find(good, NOW + 10) is not None


def test_the_file_is_private_and_holds_no_token(common: Path, tokens: Tokens) -> None:
    token, _ = tokens.issue("maintainer", NOW, name="Ann")
    assert stat.S_IMODE((common / FILE).stat().st_mode) == 0o600
    for file in (common / FILE).parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert token[-43:].encode() not in file.read_bytes()


def test_a_file_that_others_could_read_is_closed_to_them(common: Path) -> None:
    with open_tokens(common):
        (common / FILE).chmod(0o644)
    with open_tokens(common):
        assert stat.S_IMODE((common / FILE).stat().st_mode) == 0o600


def test_a_name_is_used_once_until_it_is_revoked(tokens: Tokens) -> None:
    _, first = tokens.issue("reader", NOW, name="Ann")
    with pytest.raises(AlreadyExists):
        tokens.issue("maintainer", NOW, name="Ann")
    tokens.revoke([first], NOW)
    assert tokens.issue("maintainer", NOW, name="Ann")[1].role == "maintainer"


def test_rotation_replaces_the_token_and_keeps_what_it_allows(tokens: Tokens) -> None:
    old, grant = tokens.issue("maintainer", NOW, name="Ann")
    new, fresh = tokens.rotate(grant, NOW, None)
    assert tokens.find(old, NOW) is None
    assert tokens.find(new, NOW) == fresh
    assert (fresh.name, fresh.role) == ("Ann", "maintainer")


def test_tokens_are_found_by_name_id_and_draft(tokens: Tokens) -> None:
    _, ann = tokens.issue("reader", NOW, name="Ann")
    _, one = tokens.issue("capability", NOW, draft="fix")
    _, two = tokens.issue("capability", NOW, draft="fix")
    assert tokens.known("Ann") == tokens.known(ann.id) == [ann]
    assert set(tokens.known("fix")) == {one, two}
    assert set(tokens.all()) == {ann}
    assert set(tokens.all(capabilities=True)) == {ann, one, two}
    with pytest.raises(NotFound):
        tokens.known("nobody")


def test_a_damaged_file_is_reported_and_never_replaced(common: Path) -> None:
    (common / "gitdraft").mkdir()
    (common / FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(RepositoryError, match=r"tokens\.sqlite3"), open_tokens(common):
        pass
    assert (common / FILE).read_bytes().startswith(b"not a database")


def test_a_file_of_a_later_version_is_left_alone(common: Path) -> None:
    with open_tokens(common):
        pass
    connection = sqlite3.connect(common / FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(RepositoryError) as refused, open_tokens(common):
        pass
    assert refused.value.code == "tokens-too-new"


def test_the_commands_make_list_rotate_and_revoke(sandbox: Sandbox) -> None:
    made = sandbox.run("-o", "json", "token", "create", "Ann <ann@example.org>", "--role", "maintainer").json
    assert made["token"].startswith("gdt_")
    listed = sandbox.run("token", "list")
    assert "Ann" in listed.out
    assert made["token"] not in listed.out
    rotated = sandbox.run("-o", "json", "token", "rotate", made["id"]).json
    assert rotated["token"] != made["token"]
    assert sandbox.run("token", "revoke", rotated["name"]).code == 0
    assert "no tokens" in sandbox.run("token", "list").out
    assert sandbox.run("token", "revoke", "Ann").code == 40


def test_a_capability_is_made_for_a_draft_that_is_there(sandbox: Sandbox) -> None:
    assert sandbox.run("token", "create", "--draft", "fix").code == 40
    sandbox.library.drafts.new("Fix", draft_id="fix")
    made = sandbox.run("-o", "json", "token", "create", "--draft", "fix", "--expires", "1").json
    assert (made["role"], made["draft"]) == ("capability", "fix")
    assert sandbox.run("token", "create", "Ann", "--draft", "fix").code == 2
    assert sandbox.run("token", "create", "Ann").code == 2
