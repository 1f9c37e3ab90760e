"""Nothing that was typed in an editor is lost: what is refused opens again on a terminal, and is kept in a file otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sandbox import Sandbox
from terminal import on_terminal

from gitdraft.errors import OperationPending, RepositoryError

KEPT = ".git/gitdraft/unsaved/category-Person.json"


@pytest.fixture
def draft(sandbox: Sandbox) -> Sandbox:
    sandbox.run("new", "Fix", "--id", "fix")
    return sandbox


def editor(folder: Path, *steps: str) -> str:
    """An editor that does the next step each time it is started, the last one again and again. It copies what it is given."""
    lines = ["#!/bin/sh", f"n=$(cat {folder}/count 2>/dev/null || echo 0); echo $((n+1)) > {folder}/count"]
    lines += [f'cp "$1" {folder}/given-$n', "case $n in"]
    lines += [f"{number}) {step};;" for number, step in enumerate(steps[:-1])] + [f"*) {steps[-1]};;", "esac"]
    script = folder / "editor.sh"
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return str(script)


def saved(sandbox: Sandbox) -> object:
    return json.loads(sandbox.run("view", "category/Person", "--draft", "fix").out)["label"]


BREAK = """sed -i 's/"label": "Person",/"label": "Human"/' "$1" """
EMPTY = """sed -i 's/"label": "Person"/"label": ""/' "$1" """
MEND = """sed -i 's/"label": "[^"]*",*/"label": "Human",/' "$1" """


@pytest.mark.parametrize("mistake", [BREAK, EMPTY])
def test_on_a_terminal_the_editor_opens_again(draft: Sandbox, tmp_path: Path, mistake: str) -> None:
    code, terminal = on_terminal(
        draft.path, "edit", "category/Person", EDITOR=editor(tmp_path, mistake, MEND), VISUAL=""
    )
    assert code == 0, terminal.shown
    assert saved(draft) == "Human"
    second = (tmp_path / "given-1").read_text()
    assert second.startswith("# error: ")
    assert "Mend it and save it" in second
    assert not (draft.path / KEPT).exists()


def test_what_is_left_as_it_is_is_kept(draft: Sandbox, tmp_path: Path) -> None:
    code, terminal = on_terminal(
        draft.path, "edit", "category/Person", EDITOR=editor(tmp_path, BREAK, "true"), VISUAL=""
    )
    assert code == 20
    assert KEPT in "".join(terminal.lines())
    assert '"label": "Human"' in (draft.path / KEPT).read_text()
    assert "#" not in (draft.path / KEPT).read_text()


@pytest.mark.parametrize("mistake", [BREAK, EMPTY])
def test_without_a_terminal_it_is_kept_at_once_and_can_be_gone_on_with(
    draft: Sandbox, tmp_path: Path, mistake: str
) -> None:
    answer = draft.run(
        "-o", "json", "edit", "category/Person", EDITOR=editor(tmp_path, mistake, MEND), VISUAL=""
    )
    kept = str(draft.path / KEPT)
    assert (answer.code, answer.refusal["code"], answer.refusal["context"]["file"]) == (20, "text-kept", kept)
    assert answer.refusal["hint"] == f"gitdraft edit category/Person --from {kept} goes on with it"
    assert (
        draft.run("edit", "category/Person", "--from", kept, EDITOR=editor(tmp_path, MEND), VISUAL="").code
        == 0
    )
    assert saved(draft) == "Human"


def test_several_kept_texts_lie_beside_each_other(draft: Sandbox, tmp_path: Path) -> None:
    for _ in range(2):
        assert draft.run("edit", "category/Person", EDITOR=editor(tmp_path, BREAK), VISUAL="").code == 20
    assert (draft.path / KEPT.replace("Person", "Person-2")).is_file()


def test_another_refusal_keeps_it_too(draft: Sandbox, tmp_path: Path) -> None:
    meanwhile = f"""git -C {draft.path} branch -D draft/fix --quiet; sed -i 's/Person"/Human"/' "$1" """
    answer = draft.run("edit", "category/Person", EDITOR=editor(tmp_path, meanwhile), VISUAL="")
    assert (answer.code, KEPT in answer.err) == (40, True)


def test_an_editor_that_fails_keeps_what_it_wrote(draft: Sandbox, tmp_path: Path) -> None:
    answer = draft.run("edit", "category/Person", EDITOR=editor(tmp_path, f"{BREAK}; exit 3"), VISUAL="")
    assert (answer.code, KEPT in answer.err) == (20, True)
    assert draft.run("edit", "category/Person", EDITOR="no-such-editor", VISUAL="").code == 40


def test_the_editor_is_the_users_or_gits(draft: Sandbox, tmp_path: Path) -> None:
    mends = editor(tmp_path, MEND)
    draft.git("config", "core.editor", mends)
    assert draft.run("edit", "category/Person", EDITOR="", VISUAL="").code == 0
    assert saved(draft) == "Human"
    assert draft.run("edit", "category/Person", EDITOR="false", VISUAL="").code == 20
    assert draft.run("edit", "category/Person", EDITOR="false", VISUAL="true --wait").code == 0
    draft.git("config", "--unset", "core.editor")
    answer = draft.run("edit", "category/Person", EDITOR="", VISUAL="", TERM="dumb")
    assert (answer.code, "EDITOR=nano" in answer.err) == (40, True)


def test_an_entity_is_created_in_the_editor(draft: Sandbox, tmp_path: Path) -> None:
    label = """sed -i 's/"label": ""/"label": "New"/' "$1" """
    assert draft.run("create", "category/New", EDITOR=editor(tmp_path, label), VISUAL="").code == 0
    shown = json.loads(draft.run("view", "category/New", "--draft", "fix").out)
    assert shown == {"id": "New", "label": "New"}
    refused = draft.run("create", "category/Other", EDITOR=editor(tmp_path, "true"), VISUAL="")
    assert (refused.code, "gitdraft create category/Other " in refused.err) == (20, True)


def test_an_answer_to_a_conflict_is_kept(draft: Sandbox, tmp_path: Path) -> None:
    draft.run("set", "category/Person", "/label", "Human")
    draft.change("categories/Person.json", label="Individual")
    words = ("resolve", "fix", "category/Person", "/label", "--edit")
    broken = draft.run(*words, EDITOR=editor(tmp_path, """printf 'Being' > "$1" """), VISUAL="")
    assert (broken.code, (draft.path / ".git/gitdraft/unsaved/conflict.json").read_text()) == (20, "Being")
    empty = draft.run(*words, EDITOR=editor(tmp_path, """printf '""' > "$1" """), VISUAL="")
    kept = draft.path / ".git/gitdraft/unsaved/conflict-2.json"
    assert (empty.code, kept.read_text()) == (20, '""')
    (tmp_path / "count").unlink()
    code, terminal = on_terminal(
        draft.path,
        *words,
        EDITOR=editor(tmp_path, """printf '""' > "$1" """, """printf '"Being"' > "$1" """),
        VISUAL="",
    )
    assert code == 0, terminal.shown
    assert saved(draft) == "Being"
    kept.write_text('"Mine"')
    draft.change("categories/Person.json", label="Another")
    assert draft.run("resolve", "fix", "category/Person", "/label", "--value", f"@{kept}").code == 0
    assert saved(draft) == "Mine"


def test_a_text_that_no_file_can_hold_is_shown_and_the_error_is_the_first_one(
    draft: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationPending("no space is left", context={"operation": "abc"})

    def keep(*_: object) -> Path:
        raise RepositoryError("no space is left on the disk", code="no-space")

    monkeypatch.setattr("gitdraft.store.transaction.move_refs", refuse)
    monkeypatch.setattr("gitdraft.store.worktree_state.keep_text", keep)
    answer = draft.run("-o", "json", "edit", "category/Person", EDITOR=editor(tmp_path, MEND), VISUAL="")
    assert (answer.code, answer.refusal["code"]) == (51, "operation-pending")
    assert "could not be kept in a file (no space is left on the disk)" in answer.err
    assert '"label": "Human"' in answer.err


def message(folder: Path, text: str) -> dict[str, str]:
    """The environment of an editor that writes a message over what it is given, and keeps that in `given`."""
    script = folder / "message.sh"
    script.write_text(f'#!/bin/sh\ncp "$1" {folder}/given\nprintf \'{text}\' > "$1"\n')
    script.chmod(0o755)
    return {"EDITOR": str(script), "VISUAL": ""}


MESSAGES = {
    "submit": ("submit", "fix", "--edit"),
    "reject": ("reject", "fix"),
    "merge": ("merge", "fix", "-e"),
    "comment": ("comment", "fix"),
    "request-changes": ("request-changes", "fix"),
    "draft edit": ("draft", "edit", "fix"),
}


@pytest.fixture
def changed(draft: Sandbox) -> Sandbox:
    draft.run("set", "category/Person", "/label", "Human")
    return draft


def said(sandbox: Sandbox) -> str:
    """The message of the last commit on canonical, the description and the history of the draft, and its remarks."""
    return sandbox.git("log", "-1", "--format=%B", "main") + sandbox.run("show", "fix", "-o", "json").out


@pytest.mark.parametrize("command", MESSAGES)
def test_a_message_is_written_as_in_git(changed: Sandbox, tmp_path: Path, command: str) -> None:
    if command in ("reject", "merge"):
        assert changed.run("submit", "fix").code == 0
    before = said(changed)
    refused = changed.run(*MESSAGES[command], **message(tmp_path, "\\n# a remark\\n\\n"))
    assert (refused.code, "the message is empty" in refused.err, said(changed)) == (20, True, before)
    text = r"\n#1 remark\nA word of it\n\n\n\n# 2\n  more, #3 \n"
    answer = changed.run(*MESSAGES[command], **message(tmp_path, text))
    assert answer.code == 0, answer.err
    after = said(changed)
    assert "A word of it" in after
    assert "more, #3" in after
    assert "remark" not in after
    assert "# Lines that begin with '#'" in (tmp_path / "given").read_text()


def test_a_message_begins_as_it_would_be(changed: Sandbox, tmp_path: Path) -> None:
    changed.run("draft", "edit", "fix", "--title", "#42: Fix", "--description", "Why it is so.")
    changed.run("submit", "fix")
    assert changed.run("merge", "fix", "-e", EDITOR="true", VISUAL="").code == 0
    merged = changed.git("log", "-1", "--format=%B", "main")
    assert merged.startswith("#42: Fix\n\nWhy it is so.\n\n")


@pytest.mark.parametrize("command", ["reject", "merge"])
def test_a_message_is_kept_where_the_command_fails(changed: Sandbox, tmp_path: Path, command: str) -> None:
    answer = changed.run(*MESSAGES[command], **message(tmp_path, "Said at length\\n# a remark"))
    assert answer.code == 42
    kept = changed.path / ".git/gitdraft/unsaved/MESSAGE.txt"
    assert str(kept) in answer.err
    assert kept.read_text() == "Said at length"
    changed.run("submit", "fix")
    assert changed.run(*MESSAGES[command][:2], "-m", f"@{kept}").code == 0
    assert "Said at length" in said(changed)


def test_without_a_terminal_no_editor_is_started_that_nobody_chose(changed: Sandbox) -> None:
    for variable in ("EDITOR", "VISUAL", "GIT_EDITOR"):
        assert changed.run("comment", "fix", **{variable: "true"}).code == 20
    answer = changed.run("-o", "json", "comment", "fix", EDITOR="", VISUAL="", GIT_EDITOR="", TERM="xterm")
    assert (answer.code, answer.refusal["code"]) == (40, "no-editor")
    assert answer.refusal["hint"].startswith("gitdraft comment fix -m @FILE ")
