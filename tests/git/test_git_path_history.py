"""Which commits changed a path, whatever the user has set git to print."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import stream_git
from gitdraft.git.path_history import PathCommit, path_history
from gitdraft.git.repository import open_repository
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor

PERSON = "categories/Person.json"
TROUBLESOME = """\
[log]
    follow = true
    showRoot = false
    showSignature = true
    diffMerges = off
    mailmap = true
    date = relative
    abbrevCommit = true
    decorate = full
[diff]
    renames = copies
    orderFile = /no/such/file
    external = /bin/false
    relative = true
    noprefix = true
    mnemonicPrefix = true
[color]
    ui = always
[i18n]
    logOutputEncoding = ISO-8859-1
[format]
    pretty = oneline
"""


def history(sandbox: Sandbox, *paths: str, since: Oid | None = None) -> list[PathCommit]:
    tip = sandbox.git("rev-parse", "main")
    return list(path_history(open_repository(sandbox.path), Oid(tip), paths, since))


def blob(sandbox: Sandbox, commit: str, path: str) -> str:
    return sandbox.git("rev-parse", f"{commit}:{path}")


def changes(commit: PathCommit) -> list[tuple[str, str | None, str | None]]:
    return [(change.path, change.old, change.new) for change in commit.changes]


def test_a_commit_is_told_with_the_files_before_and_after_it(sandbox: Sandbox) -> None:
    first = sandbox.git("rev-parse", "main")
    second = sandbox.change(PERSON, "Änder\n\nder Länge nach\n\nA: b", label="Human")

    found = history(sandbox, PERSON)

    assert [commit.oid for commit in found] == [second, first]
    assert changes(found[0]) == [(PERSON, blob(sandbox, first, PERSON), blob(sandbox, second, PERSON))]
    assert changes(found[1]) == [(PERSON, None, blob(sandbox, first, PERSON))]
    assert found[0].message == "Änder\n\nder Länge nach\n\nA: b\n"
    assert found[0].by == Actor("Ann Archivist", "ann@example.org")
    assert str(found[0].seconds) == sandbox.git("show", "-s", "--format=%ct", second)


def test_of_many_changes_those_are_kept_that_are_needed(sandbox: Sandbox) -> None:
    tip = Oid(sandbox.git("rev-parse", "main"))
    walked = list(path_history(open_repository(sandbox.path), tip, (), kept={PERSON}))
    assert [commit.oid for commit in walked] == [tip]
    assert changes(walked[0]) == [(PERSON, None, blob(sandbox, tip, PERSON))]


def test_settings_of_the_user_change_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.git("switch", "--quiet", "-c", "side")
    sandbox.change(PERSON, "Größe", label="Human")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change("properties/name.json", label="Called")
    sandbox.git("merge", "--quiet", "--no-edit", "side")
    sandbox.git("mv", PERSON, "categories/Human.json")
    sandbox.commit("Move it")
    plain = history(sandbox, PERSON)

    (tmp_path / "gitconfig").write_text(TROUBLESOME)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))

    assert history(sandbox, PERSON) == plain
    assert [len(commit.changes) for commit in plain] == [1, 1, 1]


def test_a_merge_is_compared_with_its_first_parent(sandbox: Sandbox) -> None:
    first = sandbox.git("rev-parse", "main")
    sandbox.git("switch", "--quiet", "-c", "side")
    aside = sandbox.change(PERSON, label="Human")
    sandbox.git("switch", "--quiet", "main")
    sandbox.change("properties/name.json", label="Called")
    sandbox.git("merge", "--quiet", "--no-edit", "side")
    merge = sandbox.git("rev-parse", "main")

    found = history(sandbox, PERSON)

    assert [commit.oid for commit in found] == [merge, first]
    assert changes(found[0]) == [(PERSON, blob(sandbox, first, PERSON), blob(sandbox, aside, PERSON))]


def test_a_merge_that_takes_nothing_over_is_left_out(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "-c", "side")
    sandbox.change(PERSON, label="Human")
    sandbox.git("switch", "--quiet", "main")
    own = sandbox.change(PERSON, label="Being")
    sandbox.git("merge", "--quiet", "--strategy", "ours", "--no-edit", "side")

    assert history(sandbox, PERSON)[0].oid == own


@pytest.mark.parametrize("name", ["*.json", "a b", "ä\tö.json", ":(glob)x", "[a]", '"q".json', "new\nline"])
def test_a_path_is_taken_by_the_letter(sandbox: Sandbox, name: str) -> None:
    path = f"categories/{name}"
    sandbox.write(path, "one\n")
    one = sandbox.commit("A file")

    found = history(sandbox, path)

    assert [(commit.oid, changes(commit)) for commit in found] == [
        (one, [(path, None, blob(sandbox, one, path))])
    ]


def test_a_link_is_no_file(sandbox: Sandbox) -> None:
    before = blob(sandbox, "main", PERSON)
    (sandbox.path / PERSON).unlink()
    (sandbox.path / PERSON).symlink_to("Agent.json")
    sandbox.commit("A link")

    assert changes(history(sandbox, PERSON)[0]) == [(PERSON, before, None)]


def test_the_beginning_may_be_known_already(sandbox: Sandbox) -> None:
    first = sandbox.git("rev-parse", "main")
    second = sandbox.change(PERSON, label="Human")
    third = sandbox.change(PERSON, label="Being")

    assert [commit.oid for commit in history(sandbox, PERSON, since=Oid(first))] == [third, second]
    assert history(sandbox, PERSON, since=Oid(third)) == []


def test_a_folder_and_everything_can_be_asked_for(sandbox: Sandbox) -> None:
    sandbox.change(PERSON, label="Human")
    sandbox.change("properties/name.json", label="Called")

    assert [len(commit.changes) for commit in history(sandbox, "categories")] == [1, 3]
    assert [len(commit.changes) for commit in history(sandbox)] == [1, 1, 6]


def test_odd_commits_are_read(sandbox: Sandbox) -> None:
    sandbox.change(PERSON, label="Human")
    raw = sandbox.git("cat-file", "commit", "main").replace("Ann Archivist <", "<", 1)
    raw = raw.replace(sandbox.git("show", "-s", "--format=%ct", "main"), "99999999999999")
    head, _, _ = raw.partition("\n\n")
    odd = sandbox.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=head + "\n\n")
    sandbox.git("update-ref", "refs/heads/main", odd)

    (found, _) = history(sandbox, PERSON)

    assert (found.by.name, found.seconds, found.message) == ("unknown", 0, "")


def test_a_shallow_clone_is_refused_with_the_way_out(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.change(PERSON, label="Human")
    sandbox.git("branch", "old", "main~1")
    sandbox.change(PERSON, label="Being")
    run_git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{sandbox.path}", "clone")
    clone = Sandbox(tmp_path / "clone")

    with pytest.raises(RepositoryError) as refused:
        history(clone, PERSON)

    assert (refused.value.code, refused.value.hint) == ("shallow", "git fetch --unshallow")
    clone.git("fetch", "--quiet", "--unshallow")
    assert history(clone, PERSON) == history(sandbox, PERSON)


def test_what_git_refuses_is_raised(sandbox: Sandbox) -> None:
    with pytest.raises(RepositoryError, match="git log: "):
        list(path_history(open_repository(sandbox.path), Oid("0" * 40), [PERSON]))


def test_git_is_stopped_when_nobody_reads_on(sandbox: Sandbox) -> None:
    pieces = stream_git(sandbox.path, ["cat-file", "--batch-all-objects", "--batch"])
    assert next(pieces)
    assert isinstance(pieces, Generator)
    pieces.close()  # would raise, or hang, if git were left to write to nobody
    assert next(pieces, None) is None
