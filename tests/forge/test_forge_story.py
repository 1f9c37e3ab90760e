"""The tutorial of a team on a forge: each of its commands is typed, and says what the page says."""

from __future__ import annotations

import struct
from pathlib import Path

import forge_story
from browser_story import ROOT
from forge_story import PICTURES


def words(line: str) -> list[str]:
    return line.split()


def test_a_team_on_a_forge(tmp_path: Path) -> None:
    shown: list[str] = []
    with forge_story.ann(tmp_path) as team:
        for command, lines, said in forge_story.play(team, lambda name, _: shown.append(name)):
            known = list(map(words, said.splitlines()))
            assert all(words(line) in known for line in lines), f"{command}: {said}"
        draft = team.repository.library.drafts["clarify-person"]
        assert draft.status.value == "merged"
        assert [comment.by.partition(" ")[0] for comment in draft.remarks().comments] == ["bea"]
        assert [(judged.review.verdict, judged.holds) for judged in draft.review().reviews] == [
            ("approve", True)
        ]
        assert "Bea" in [revision.author.name for revision in draft.log()]
        person = team.repository.read("categories/Person.json")
        assert person["label"] == "Individual"
        assert person["description"] == "A human being, living, dead or imagined."
        assert team.repository.git("rev-parse", "main") == team.forge.tip("main") == team.pull.merge_commit
        assert "before</th>" in forge_story.pull_page(team)
    assert tuple(shown) == PICTURES
    for name in PICTURES:
        head = (ROOT / f"docs/img/{name}.png").read_bytes()[:24]
        assert head[1:4] == b"PNG"
        assert struct.unpack(">II", head[16:]) == (1080, 760)
