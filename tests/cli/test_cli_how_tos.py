"""Every example of the tutorial and the how-tos is typed in bash, in a copy of the sample repository: it ends as it should.

A page is one shell: what it says is typed line by line. What its prose takes for granted (a draft in conflict, a colleague's
push) is done before the line that needs it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^ *```([a-z]*)$")
NOTHING: Mapping[str, str] = MappingProxyType({})

# words of bash that stand for what happens meanwhile
WORDS = r"""
member() { # FILE NAME JSON: somebody changes a member, and commits
    python3 -c 'import json, sys; file, name, value = sys.argv[1:]; document = json.load(open(file))
document[name] = json.loads(value); print(json.dumps(document, indent=2, ensure_ascii=False), file=open(file, "w"))' \
    "$@" && git commit -qam "Change $2 of $1"
}
fix_person() { # a draft that says something else than canonical does by now
    gitdraft new 'Fix Person' --id fix-person -q
    gitdraft set category/Person /label Human -q
    gitdraft set category/Person /description 'A human being.' -q
}
uuidgen() { echo 0d6c3f; }
"""


class Page(NamedTuple):
    """How a page is read: what its prose takes for granted at the start, and before a line (by its beginning); the lines
    that end with another code than 0; those that are not typed, and why not; what stands in files."""

    start: str = ":"
    before: Mapping[str, str] = NOTHING
    codes: Mapping[str, int] = MappingProxyType({})
    untyped: Mapping[str, str] = NOTHING
    files: Mapping[str, str] = NOTHING
    replaced: Mapping[str, str] = NOTHING


ELSEWHERE = (
    "how-to/a-wikibase-in-git",
    "how-to/publish-a-vocabulary",
    "how-to/feed-other-systems",
)  # tests/rdf/test_rdf_how_to.py and tests/copies/test_copies_how_to.py type them
PAGES = {
    "how-to/back-up-and-restore": Page(
        start="gitdraft token create wiki.example.org --role contributor -q; fix_person",
        replaced={"examples/": f"{ROOT}/examples/"},
    ),
    "tutorial": Page(
        before={
            "gitdraft rebase": "git switch -q main; member categories/Person.json label '\"Individual\"'",
        },
    ),
    "how-to/adopt-an-existing-repository": Page(
        start="""git rm -q gitdraft.yaml; git commit -qm 'As it was'
            git switch -qc feature-branch; member categories/Person.json label '"Human"'; git switch -q main""",
    ),
    "how-to/declare-how-entities-merge": Page(codes={"gitdraft merge-json": 21}),
    "how-to/edit-with-your-own-editor": Page(
        start='fix_person; export EDITOR="perl -pi -e s/lives/lived/"',
        before={"gitdraft save": "perl -pi -e 's/human being/human/' categories/Person.json"},
    ),
    "how-to/find-and-rename": Page(start="fix_person"),
    "how-to/hooks": Page(
        start="""git clone -q . ../theirs; git remote add origin ../theirs; git fetch -q; git branch -qu origin/main
            fix_person; git config pull.rebase false; mkdir -p ../srv/git; git clone -q --bare . ../srv/git/vocabulary.git""",
        before={
            "git pull": "(cd ../theirs && member categories/Person.json description '\"Somebody.\"')",
            'git commit -m "Shorter': 'perl -pi -e \'s/"label": .*,/"label": 5,/\' categories/Person.json; git add .',
        },
        codes={'git commit -m "Shorter': 1},
        replaced={"/srv/git": "../srv/git"},
    ),
    "how-to/import-and-export": Page(
        start="""gitdraft export entities item > items.jsonl; gitdraft new 'Fix labels' --id fix-labels -q
            gitdraft set item/Q1 labels.en.value=person -q""",
        before={
            'gitdraft new "Spring': """cat > changes.jsonl <<'END'
{"entity": "category/Person", "patch": [{"op": "replace", "path": "/label", "value": "Human"}]}
{"entity": "category/Robot", "create": {"id": "Robot", "label": "Robot", "description": "A machine that acts."}}
{"entity": "property/deprecated_field", "delete": "unused since 2024"}
{"entity": "category/Thesis", "redirect": "category/Publication", "reason": "one of many kinds"}
END""",
        },
    ),
    "how-to/import-from-mediawiki": Page(files={"push.json": "json"}),
    "how-to/inherited-members": Page(
        start="""gitdraft new 'Tidy up' --id tidy-up -q; gitdraft set category/Entity required_properties+=title -q
            gitdraft set category/Agent optional_properties-=homepage -q""",
    ),
    "how-to/look-at-history": Page(
        start="member categories/Thesis.json label '\"A thesis\"'; member categories/Person.json label '\"Human\"'",
        codes={"gitdraft entity delete category/Person --expect 2": 23},
    ),
    "how-to/purge-for-privacy": Page(
        start="git clone -q --bare . ../origin.git; git remote add origin ../origin.git; git fetch -q",
        untyped={"pip install": "what it installs is in the tests' environment"},
    ),
    "how-to/redirect": Page(
        files={"duplicates.csv": "csv"},
        before={
            "gitdraft resolve my-draft": """gitdraft new 'Mine' --id my-draft -q
            gitdraft set category/Thesis optional_properties+=homepage -q
            gitdraft redirect create category/Thesis category/Publication --reason 'one of many kinds' -q""",
        },
    ),
    "how-to/install": Page(
        start="mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions",
        untyped=dict.fromkeys(
            ("apt", "git clone", "pipx", "uv", "python3", "man"),
            "it installs what is installed",
        ),
    ),
    "how-to/resolve-a-conflict": Page(
        start="""fix_person; member categories/Person.json label '"Individual"'
            member categories/Person.json description '"Somebody."'""",
        before={
            "gitdraft resolve fix-person category/Person --take": "gitdraft set category/Person /label Being -q; "
            "member categories/Person.json label '\"Anyone\"'",
            "gitdraft resolve fix-person category/Person --edit": "gitdraft set category/Person /label Being -q; "
            "member categories/Person.json label '\"One\"'; export EDITOR=true",
            "gitdraft resolve fix-package": r"""perl -pi -e 's/^entities:/$&\n  package:\n    path: packages\/{key}.json
    together: [[\/version, \/url]]/' gitdraft.yaml
            mkdir packages; echo '{"version": 1, "url": "https://example.org/1"}' > packages/left.json
            git add .; git commit -qm Packages; gitdraft new 'Fix package' --id fix-package -q
            gitdraft set package/left version=3 url=https://example.org/3 -q
            member packages/left.json version 2; member packages/left.json url '"https://example.org/2"'""",
        },
        codes={"gitdraft resolve fix-person category/Person /label": 21},
    ),
    "how-to/review-a-draft": Page(start="fix_person"),
    "how-to/see-overlaps": Page(
        start="""gitdraft new Label --id human-label -q; gitdraft set category/Person label=Human -q
            gitdraft new Steps --id tidy-steps -q; gitdraft set category/Person optional_properties-=email -q
            gitdraft new Mine --id my-draft -q; gitdraft set category/Person label=Being -q""",
        codes={"gitdraft overlaps my-draft": 1},
    ),
    "how-to/review-in-the-browser": Page(
        replaced={"gitdraft serve": "timeout -s TERM 8 gitdraft serve --port 0"},
        codes={"gitdraft serve": 124},
    ),
    "how-to/serve": Page(
        start="gitdraft token create wiki.example.org --role contributor -q",
        untyped={"pip install": "what it installs is in the tests' environment"},
        replaced={"gitdraft serve": "timeout -s TERM 8 gitdraft serve --port 0"},
        codes={"gitdraft serve": 124},
    ),
    "how-to/undo": Page(
        start="fix_person",
        before={
            "gitdraft undo 6c": 'id=$(gitdraft -o json operations | grep -m 1 -o \'"id": "[^"]*\' | cut -d \'"\' -f 4)'
        },
        replaced={"6c8b19f969ef": "$id"},
    ),
    "how-to/use-with-plain-git": Page(
        start="""gitdraft init -q; fix_person; git merge -q draft/fix-person; export HOME=$PWD/../home; mkdir $HOME
            git config --global user.name Ann; git config --global user.email ann@example.org""",
        before={
            "git merge topic": """gitdraft adopt -q; git switch -qc topic HEAD; member categories/Person.json label '"Anyone"'
            git switch -q main; member categories/Person.json label '"Individual"'""",
            "export GIT_DIR": """git commit -qam Merged; git clone -q --bare . $HOME/vocabulary.git
            git clone -q . $HOME/vocabulary""",
        },
        codes={"git merge topic": 1},
    ),
    "how-to/watch": Page(
        start="git clone -q --bare . ../origin.git; git remote add origin ../origin.git; git fetch -q; git branch -qu origin/main",
        untyped={
            "systemctl": "it needs a session of systemd",
            "journalctl": "it needs a session of systemd",
            "launchctl": "it is for macOS",
        },
        replaced={
            "gitdraft watch": "timeout -s TERM 4 gitdraft watch",
            "gitdraft -o": "timeout -s TERM 4 gitdraft -o",
        },
        codes={"gitdraft watch": 124, "gitdraft watch --fetch": 124, "gitdraft watch --worktree": 124},
    ),
    "how-to/work-across-clones": Page(
        start="""fix_person; git clone -q --bare . ../vocabulary.git; git push -q ../vocabulary.git draft/fix-person
            git config --global url.$PWD/../vocabulary.git.insteadOf https://example.org/vocabulary.git; cd ..""",
        before={
            "gitdraft sync": """n=$((n+1)); if [ $n = 2 ]; then gitdraft set category/Person /label Being -d fix-person -q
            (cd ../sample && gitdraft set category/Person /label Anyone -d fix-person -q &&
             git push -q ../vocabulary.git draft/fix-person); fi""",
        },
        codes={"gitdraft sync (2)": 1},
    ),
}


def blocks(page: str) -> Iterator[tuple[str, list[str]]]:
    """The fenced blocks of a page, each with its language."""
    language = ""
    lines: list[str] | None = None
    for line in page.splitlines():
        fence = FENCE.match(line)
        if fence is None:
            if lines is not None:
                lines.append(line)
        elif lines is None:
            language, lines = fence[1], []
        else:
            yield language, lines
            lines = None


def commands(page: str) -> list[str]:
    """The lines that a page has one type."""
    return [line.removeprefix("$ ") for _, lines in blocks(page) for line in lines if line.startswith("$ ")]


def longest(names: Mapping[str, object], command: str) -> str | None:
    """The longest of the names with which the command begins."""
    return max((name for name in names if command.startswith(name)), key=len, default=None)


def script(page: Page, typed: list[str]) -> str:
    """The page as a script that prints the code of each line."""
    lines = [WORDS, "{", page.start, "} > /dev/null"]
    for number, command in enumerate(typed):
        if longest(page.untyped, command) is not None or ("| jq" in command and not shutil.which("jq")):
            continue
        before = longest(page.before, command)
        lines.append("" if before is None else page.before[before])
        shown = command
        for old, new in page.replaced.items():
            shown = shown.replace(old, new)
        lines += [shown, f'echo "=== {number} $?"']
    return "\n".join(lines)


def set_up(name: str, place: Path) -> Path:
    """Lays in a place what a page starts with, and returns the folder in which it is typed."""
    shutil.copytree(ROOT / "sample-repo", place / "sample-repo")
    if name == "tutorial":
        return place
    folder = place / "sample"
    shutil.copytree(ROOT / "sample-repo", folder)
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "The vocabulary"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    for file, language in PAGES.get(name, Page()).files.items():
        (folder / file).write_text(
            "\n".join(
                next(lines for found, lines in blocks((DOCS / f"{name}.md").read_text()) if found == language)
            )
        )
    return folder


def environment(place: Path) -> dict[str, str]:
    """The variables under which a page is typed."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": str(place / "gitconfig"),
        "HOME": str(place),
    }


def pages() -> list[str]:
    """The pages on which there is something to type."""
    files = [DOCS / "tutorial.md", *sorted(DOCS.glob("how-to/*.md"))]
    names = [str(file.relative_to(DOCS))[:-3] for file in files if commands(file.read_text())]
    return [name for name in names if name not in ELSEWHERE]


def test_what_is_said_of_pages_is_said_of_pages_that_are_there() -> None:
    assert set(PAGES) <= set(pages())


@pytest.mark.parametrize(
    "name", [page if page == "tutorial" else pytest.param(page, marks=pytest.mark.long) for page in pages()]
)
def test_every_example_runs(tmp_path: Path, name: str) -> None:
    page, text = PAGES.get(name, Page()), (DOCS / f"{name}.md").read_text()
    typed = commands(text)
    done = subprocess.run(
        ["bash", "-c", script(page, typed)],
        cwd=set_up(name, tmp_path),
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    codes = {
        int(number): int(code) for number, code in re.findall(r"^=== (\d+) (\d+)$", done.stdout, re.MULTILINE)
    }
    expected = {}
    for number, command in enumerate(typed):
        if longest(page.untyped, command) is None:
            again = f"{command} ({typed[: number + 1].count(command)})"
            code = again if again in page.codes else longest(page.codes, command)
            expected[number] = 0 if code is None else page.codes[code]
    wrong = {typed[number]: codes.get(number) for number in expected if codes.get(number) != expected[number]}
    assert not wrong, done.stdout


def test_the_examples_of_the_library_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vocabulary"
    shutil.copytree(ROOT / "sample-repo", folder)
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "The vocabulary"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    monkeypatch.chdir(tmp_path)
    before = {"id": 1, "name": "One"}
    values: dict[str, object] = {
        "base": {"items": [before]},
        "canonical": {"items": [{"id": 2, "name": "Two"}, before]},
        "patch": [{"op": "replace", "path": "/items/0/name", "value": "Uno"}],
    }
    for language, lines in blocks((DOCS / "how-to/use-as-a-library.md").read_text()):
        assert language == "python"
        exec("\n".join(lines), values)
