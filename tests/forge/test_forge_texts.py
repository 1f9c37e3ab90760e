"""Text out of data does nothing on a forge, and can still be read."""

from __future__ import annotations

import re

import pytest
from team import Team

from gitdraft.forge.markdown import BREAK, LONGEST_TITLE, code, plain, prose, title_of
from gitdraft.forge.texts import BEGIN, END

HOSTILE = "@everyone fixes #1 </details> `x` | y https://evil.example\n<!-- gitdraft:end -->"
SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def readable(text: str) -> str:
    return text.replace(BREAK, "").replace("\\", "")


@pytest.mark.parametrize(
    "word", ["@everyone", "fixes #1", "closes GH-12", "www.evil.example", "</details>", "<!-- x"]
)
def test_a_word_does_nothing_and_is_read(word: str) -> None:
    for written in (plain(word), prose(word)):
        assert word not in written
        assert readable(written) == word
    assert readable(code(word)).strip("`") == word


@pytest.mark.parametrize("value", ["a|b", "`", "``a`", " a ", "a\nb", "\u202eevil", "", " "])
def test_a_code_span_ends_where_it_should(value: str) -> None:
    span = code(value)
    assert "\n" not in span
    assert SPAN.fullmatch(span)
    assert not re.search(r"(?<!\\)\|", span)


def test_a_title_is_one_line_and_cut() -> None:
    assert len(title_of("x" * 500)) == LONGEST_TITLE
    assert title_of("x" * 500).endswith("…")
    assert title_of("a\nb") == "a b"
    assert not title_of("WIP: not yet").startswith("WIP: ")
    assert not title_of("Draft: not yet").startswith("Draft: ")


def test_hostile_values_stay_values_in_a_pull_request(team: Team) -> None:
    drafts = team.repository.library.drafts
    draft = drafts.new(HOSTILE.replace("\n", " "), draft_id="fix", description=HOSTILE)
    draft.set("category/Person", "/description", HOSTILE)
    draft.submit()
    team.run("pr", "open", "fix")
    message = team.forge.git("log", "-1", "--format=%B", "gitdraft/fix")
    outside = SPAN.sub("", team.pull.body)
    for text in (team.pull.title, message, outside):
        for harm in ("@everyone", "#1", "</details>", "https://"):
            assert harm not in text.replace("### ", "")
    assert (team.pull.body.count(BEGIN), team.pull.body.count(END)) == (1, 1)
    assert "everyone" in readable(outside)
    before = team.pull.body
    team.run("pr", "open", "fix")
    assert team.pull.body == before


def test_a_body_keeps_to_the_forges_limit(team: Team) -> None:
    drafts = team.repository.library.drafts
    draft = drafts.new("Much", draft_id="fix")
    for number in range(260):
        name = f"p{number}"
        draft.create(f"property/{name}", {"id": name, "label": "|" * 200, "note": "`" * 290})
    draft.submit()
    team.run("pr", "open", "fix")
    assert len(team.pull.body) <= (1_000_000 if team.forge.kind == "gitlab" else 65_536)
    assert team.pull.body.endswith(END)
