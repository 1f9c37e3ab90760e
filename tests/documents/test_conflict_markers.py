"""Conflict markers: either version can be had again, whatever the two are."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitdraft.documents.conflict_markers import MarkerForm, mark_lines, read_markers
from gitdraft.documents.merge_file import parse_versions, present_conflicts
from gitdraft.documents.serialise import dump_json

LINES = st.lists(st.sampled_from(["a", "b", "{", "}", ""]), max_size=8).map("\n".join).map(str.encode)
VALUES = st.recursive(
    st.integers(0, 2) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


def taken(content: bytes, side: str) -> bytes:
    """The file with one side of each block, as a person who takes it leaves it."""
    out: list[bytes] = []
    now: str | None = None
    for line in content.splitlines(keepends=True):
        if line.startswith((b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")):
            now = {b"<": "ours", b"|": "base", b"=": "theirs", b">": None}[line[:1]]
        elif now in (None, side):
            out.append(line)
    return b"".join(out).rstrip(b"\n")


@settings(deadline=None)
@given(LINES, LINES, LINES, st.booleans())
def test_both_versions_are_in_the_marked_file(
    ours: bytes, base: bytes, theirs: bytes, shows_base: bool
) -> None:
    marked = mark_lines(ours, base, theirs, MarkerForm(shows_base=shows_base))
    assert taken(marked, "ours") == ours.rstrip(b"\n")
    assert taken(marked, "theirs") == theirs.rstrip(b"\n")
    read = read_markers(marked)
    assert read is not None
    assert read.ours.rstrip(b"\n") == ours.rstrip(b"\n")
    assert (not read.blocks) == (ours == theirs)


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_a_conflict_is_never_left_without_markers(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    versions = parse_versions(dump_json(base), dump_json(ours), dump_json(theirs))
    merged = versions.merged(())
    if not merged.conflicts:
        return
    marked = read_markers(present_conflicts(versions, (), MarkerForm(shows_base=True)))
    assert marked is not None
    assert marked.blocks


def test_what_does_not_pair_up_is_no_marked_file() -> None:
    for text in ("<<<<<<< a\nx\n", "x\n=======\n", "<<<<<<< a\n<<<<<<< a\n=======\n>>>>>>> b\n"):
        assert read_markers(text.encode()) is None
