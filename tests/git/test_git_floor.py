"""What git really does, held by real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox import Sandbox, run_git

from gitdraft.errors import InvalidInput, Moved, RepositoryError
from gitdraft.git.history import commits_touching, merge_base
from gitdraft.git.known_refs import list_refs, read_ref, resolve_commit
from gitdraft.git.locks import writers_lock
from gitdraft.git.objects import LOOSE_AT_MOST, ObjectBuffer, Signature, TreeEntry
from gitdraft.git.refs import move_refs
from gitdraft.git.repository import initialise_repository, open_repository
from gitdraft.git.trees import changed_files, find, update_tree, walk_files
from gitdraft.git.values import MODE_EXECUTABLE, MODE_SYMLINK
from gitdraft.git.worktrees import checkouts
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove

WHO = Signature("Ann", "ann@example.org", 1_700_000_000, 60)


def commit(buffer: ObjectBuffer, tree: Oid, *parents: Oid) -> Oid:
    return buffer.commit(tree=tree, parents=parents, author=WHO, committer=WHO, message="x\n")


class TestOpening:
    def test_worktrees_links_bare_and_shallow_open(self, sandbox: Sandbox, tmp_path: Path) -> None:
        linked = tmp_path / "linked"
        sandbox.git("worktree", "add", "--quiet", str(linked), "-b", "side")
        moved = tmp_path / "moved.git"
        copy = tmp_path / "copy"
        run_git(tmp_path, "clone", "--quiet", str(sandbox.path), str(copy))
        (copy / ".git").rename(moved)
        (copy / ".git").symlink_to(moved)
        run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(tmp_path / "bare.git"))
        run_git(
            tmp_path, "clone", "--quiet", "--depth", "1", f"file://{sandbox.path}", str(tmp_path / "shallow")
        )

        assert open_repository(linked).common == open_repository(sandbox.path).common
        assert open_repository(linked).path != open_repository(sandbox.path).path
        assert open_repository(copy / "categories").worktree == copy
        assert open_repository(tmp_path / "bare.git").worktree is None
        assert read_ref(open_repository(tmp_path / "shallow"), RefName("refs/heads/main")) is not None

    @pytest.mark.parametrize(
        ("settings_", "said"),
        [
            ({"extensions.objectFormat": "sha256"}, "SHA-256"),
            ({"extensions.refStorage": "reftable"}, "reftable"),
        ],
    )
    def test_kinds_that_libgit2_cannot_read_are_refused(
        self, sandbox: Sandbox, settings_: dict[str, str], said: str
    ) -> None:
        for name, value in {"core.repositoryFormatVersion": "1", **settings_}.items():
            sandbox.git("config", name, value)
        with pytest.raises(RepositoryError, match=said) as refused:
            open_repository(sandbox.path)
        assert refused.value.code == "unsupported-repository"
        assert refused.value.hint

    def test_what_is_no_repository_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(RepositoryError) as refused:
            open_repository(tmp_path)
        assert (refused.value.code, "gitdraft init" in str(refused.value.hint)) == ("not-a-repository", True)


class TestObjects:
    def test_oids_are_gits_before_anything_is_written(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        buffer = ObjectBuffer(repository)
        oid = buffer.blob(b"hello\n")
        assert oid == sandbox.git("hash-object", "--stdin", stdin="hello\n")
        assert not repository.has(oid)
        assert buffer.read_blob(oid) == b"hello\n"
        buffer.flush()
        assert sandbox.git("cat-file", "blob", oid) == "hello"

    @pytest.mark.parametrize("number", [3, LOOSE_AT_MOST + 50])
    def test_loose_or_in_a_pack_git_finds_them_sound(self, sandbox: Sandbox, number: int) -> None:
        buffer = ObjectBuffer(open_repository(sandbox.path))
        entries = [TreeEntry.file(f"file-{n}", buffer.blob(os.urandom(n * 40))) for n in range(number)]
        tip = commit(buffer, buffer.tree(entries), Oid(sandbox.git("rev-parse", "main")))
        buffer.flush()
        sandbox.git("update-ref", "refs/heads/many", tip)
        sandbox.fsck()
        assert len(sandbox.git("ls-tree", "many").splitlines()) == number
        packs = len(list((sandbox.path / ".git/objects/pack").glob("*.pack")))
        assert packs == (1 if number > LOOSE_AT_MOST else 0)

    def test_what_cannot_be_stored_raises(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        buffer = ObjectBuffer(repository)
        folders = (
            sandbox.path / ".git/objects" / buffer.blob(f"nowhere to go {number}".encode())[:2]
            for number in range(256)
        )
        next(folder for folder in folders if not folder.exists()).write_text("a file in the folder's place")
        with pytest.raises(RepositoryError) as refused:
            buffer.flush()
        assert refused.value.code in ("unwritable", "no-permission")

    def test_a_signature_cannot_break_a_commit(self, sandbox: Sandbox) -> None:
        buffer = ObjectBuffer(open_repository(sandbox.path))
        evil = Signature("A <b>\nparent 0", "x>\ny", 1_700_000_000, -90)
        oid = buffer.commit(tree=buffer.tree([]), parents=(), author=evil, committer=evil, message="\0m")
        buffer.flush()
        assert (
            sandbox.git("log", "-1", "--format=%an|%ae|%ai", oid)
            == "A bparent 0|xy|2023-11-14 20:43:20 -0130"
        )
        with pytest.raises(InvalidInput):
            Signature("\n", "x", 0, 0).line()


paths = st.lists(st.sampled_from(["a", "b", "c.json", "d"]), min_size=1, max_size=3).map("/".join)


class TestTrees:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        steps=st.lists(
            st.dictionaries(paths, st.one_of(st.none(), st.binary(max_size=3)), max_size=4), max_size=5
        )
    )
    def test_a_tree_is_a_dictionary_of_paths(
        self, sandbox: Sandbox, steps: list[dict[str, bytes | None]]
    ) -> None:
        buffer = ObjectBuffer(open_repository(sandbox.path))
        model: dict[str, str] = {}
        tree: Oid | None = None
        for step in steps:
            updates = {
                path: None if content is None else buffer.blob(content) for path, content in step.items()
            }
            after = {p: o for p, o in {**model, **updates}.items() if o is not None}
            clash = any(p != q and q.startswith(p + "/") for p in after for q in after) or any(
                p != q and q.startswith(p + "/") for p in updates for q in {**model, **updates}
            )
            if clash:
                continue
            before, tree = tree, update_tree(buffer, tree, updates)
            assert dict(walk_files(buffer, tree)) == after
            changes = {c.path: (c.old, c.new) for c in changed_files(buffer, before, tree)}
            assert changes == {
                p: (model.get(p), after.get(p))
                for p in model.keys() | after.keys()
                if model.get(p) != after.get(p)
            }
            model = after
        for path, oid in model.items():
            entry = find(buffer, tree, path)
            assert entry is not None
            assert entry.oid == oid

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/a",
            "a//b",
            "..",
            "a/../b",
            ".git/x",
            "a/.GIT",
            "a/git~1",
            "a/.git.",
            "a/.g\u200cit",
            "a/x\0y",
            "x" * 256,
        ],
    )
    def test_names_that_no_tree_may_hold(self, sandbox: Sandbox, path: str) -> None:
        buffer = ObjectBuffer(open_repository(sandbox.path))
        with pytest.raises(InvalidInput) as refused:
            update_tree(buffer, None, {path: buffer.blob(b"")})
        assert refused.value.code == "forbidden-name"

    def test_modes_are_kept_and_links_are_no_files(self, sandbox: Sandbox) -> None:
        buffer = ObjectBuffer(open_repository(sandbox.path))
        blob = buffer.blob(b"x")
        tree = update_tree(
            buffer,
            None,
            {"run": TreeEntry("run", MODE_EXECUTABLE, blob), "link": TreeEntry("link", MODE_SYMLINK, blob)},
        )
        changed = update_tree(buffer, tree, {"run": buffer.blob(b"y")})
        entry = find(buffer, changed, "run")
        assert entry is not None
        assert entry.mode == MODE_EXECUTABLE
        assert [path for path, _ in walk_files(buffer, changed)] == ["run"]

    def test_a_file_in_a_folders_way_is_refused(self, sandbox: Sandbox) -> None:
        buffer = ObjectBuffer(open_repository(sandbox.path))
        tree = update_tree(buffer, None, {"a": buffer.blob(b"")})
        for updates in ({"a/b": buffer.blob(b"")},):
            with pytest.raises(InvalidInput, match="in the way"):
                update_tree(buffer, tree, updates)


class TestRefs:
    def test_moves_compare_first(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        tip = sandbox.git("rev-parse", "main")
        other = sandbox.git("commit-tree", f"{tip}^{{tree}}", "-m", "other")
        with writers_lock(repository):
            move_refs(
                repository,
                [
                    RefMove(RefName("refs/heads/a"), None, Oid(tip)),
                    RefMove(RefName("refs/heads/b"), None, Oid(tip)),
                ],
            )
            with pytest.raises(Moved) as refused:
                move_refs(
                    repository,
                    [
                        RefMove(RefName("refs/heads/a"), Oid(tip), Oid(other)),
                        RefMove(RefName("refs/heads/b"), Oid(other), Oid(tip)),
                        RefMove(RefName("refs/heads/c"), Oid(other), Oid(tip)),
                    ],
                )
            assert refused.value.context["ref"] == "refs/heads/c"
            move_refs(
                repository,
                [
                    RefMove(RefName("refs/heads/a"), Oid(tip), Oid(other)),
                    RefMove(RefName("refs/heads/b"), Oid(tip), None),
                ],
            )
        assert sandbox.refs() == {"refs/heads/a": other, "refs/heads/main": tip}

    def test_a_batch_is_one_transaction_and_listed(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        tip = sandbox.git("rev-parse", "main")
        names = [f"refs/heads/draft/d-{n}" for n in range(50)]
        with writers_lock(repository):
            move_refs(repository, [RefMove(RefName(name), None, Oid(tip)) for name in names])
        sandbox.git("pack-refs", "--all")
        sandbox.git("update-ref", "refs/heads/draft/loose", tip)
        sandbox.git("symbolic-ref", "refs/heads/draft/symbolic", "refs/heads/main")
        assert list_refs(repository, "refs/heads/draft/") == dict.fromkeys(
            [*names, "refs/heads/draft/loose"], tip
        )

    def test_a_symbolic_ref_is_never_followed(self, sandbox: Sandbox) -> None:
        sandbox.git("symbolic-ref", "refs/heads/draft/evil", "refs/heads/main")
        with pytest.raises(RepositoryError) as refused:
            read_ref(open_repository(sandbox.path), RefName("refs/heads/draft/evil"))
        assert refused.value.code == "symbolic-ref"

    @pytest.mark.parametrize("damage", ["packed", "loose"])
    def test_a_damaged_listing_is_an_error_not_a_short_one(self, sandbox: Sandbox, damage: str) -> None:
        sandbox.git("branch", "draft/x")
        if damage == "packed":
            sandbox.git("pack-refs", "--all")
            with (sandbox.path / ".git/packed-refs").open("a") as file:
                file.write("garbage\n")
        else:
            (sandbox.path / ".git/refs/heads/draft/x").write_text("")
        with pytest.raises(RepositoryError) as refused:
            list_refs(open_repository(sandbox.path), "refs/heads/draft/")
        assert refused.value.code == "damaged-ref"

    def test_a_revision_is_never_an_option(self, sandbox: Sandbox) -> None:
        from gitdraft.errors import NotFound

        repository = open_repository(sandbox.path)
        assert resolve_commit(repository, "main~0") == sandbox.git("rev-parse", "main")
        for revision in ("--all", "-h", "", "no/such", "main\n--all"):
            with pytest.raises(NotFound):
                resolve_commit(repository, revision)


class TestLocks:
    def test_a_second_writer_waits_and_is_told_who_holds_it(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        with (
            writers_lock(repository),
            pytest.raises(RepositoryError) as refused,
            writers_lock(repository, timeout=0.1),
        ):
            pass
        assert refused.value.code == "locked"
        assert str(os.getpid()) in str(refused.value.hint)

    def test_a_killed_holder_holds_nothing(self, sandbox: Sandbox) -> None:
        code = (
            "import os, signal, pathlib\n"
            "from gitdraft.git.locks import writers_lock\n"
            "from gitdraft.git.repository import open_repository\n"
            "with writers_lock(open_repository(pathlib.Path('.'))):\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-c", code], cwd=sandbox.path, check=False)
        with writers_lock(open_repository(sandbox.path), timeout=1):
            assert str(os.getpid()) in (sandbox.path / ".git/gitdraft/writers.lock").read_text()


class TestHistory:
    def test_commits_that_touched_a_path(self, sandbox: Sandbox) -> None:
        first = sandbox.git("rev-parse", "main")
        second = sandbox.change("categories/Person.json", label="Human")
        sandbox.change("categories/Agent.json", label="Actor")
        (sandbox.path / "categories/Person.json").unlink()
        last = sandbox.commit("gone")
        repository = open_repository(sandbox.path)
        found = [c.oid for c in commits_touching(repository, Oid(last), ["categories/Person.json"])]
        assert found == [last, second, first]
        assert merge_base(repository, Oid(second), Oid(last)) == second


class TestWorktrees:
    def test_every_worktree_with_a_branch_is_known(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
        sandbox.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "detached"))
        expected = {("refs/heads/main", sandbox.path), ("refs/heads/side", tmp_path / "side")}
        for start in (sandbox.path, tmp_path / "side"):
            found = {(c.branch, c.worktree) for c in checkouts(open_repository(start))}
            assert found == expected

    def test_a_new_repository_has_an_unborn_branch(self, tmp_path: Path) -> None:
        repository = initialise_repository(tmp_path / "new", "trunk")
        assert [c.branch for c in checkouts(repository)] == ["refs/heads/trunk"]
        assert read_ref(repository, RefName("refs/heads/trunk")) is None
