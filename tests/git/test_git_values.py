"""Git's objects as values: whatever bytes they hold, they can be read, and written again."""

from __future__ import annotations

import pytest

from gitdraft.errors import InvalidInput
from gitdraft.git.values import LATEST_SECONDS, Signature, parse_commit, parse_lineage, parse_tree
from gitdraft.model.names import Oid

TREE = b"4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def commit_content(who: bytes, message: bytes = b"m\n", headers: bytes = b"") -> bytes:
    return b"tree %s\nauthor %s\ncommitter %s\n%s\n%s" % (TREE, who, who, headers, message)


@pytest.mark.parametrize(
    ("raw", "read", "written"),
    [
        (b"Ann <a@b> 5 +0530", Signature("Ann", "a@b", 5, 330), b"Ann <a@b> 5 +0530"),
        (b"Ann <a@b> 5 -0130", Signature("Ann", "a@b", 5, -90), b"Ann <a@b> 5 -0130"),
        (b"<a@b> 5 +0000", Signature("unknown", "a@b", 5, 0), b"unknown <a@b> 5 +0000"),
        (b"Ann <> 5 +0000", Signature("Ann", "", 5, 0), b"Ann <> 5 +0000"),
        (b"Ann <x> y> 5 +0000", Signature("Ann", "x", 5, 0), b"Ann <x> 5 +0000"),
        (b"Ann a@b 5 +0000", Signature("Ann a@b 5 +0000", "", 0, 0), b"Ann a@b 5 +0000 <> 0 +0000"),
        (b"Ann <a@b>", Signature("Ann", "a@b", 0, 0), b"Ann <a@b> 0 +0000"),
        (b"", Signature("unknown", "", 0, 0), b"unknown <> 0 +0000"),
        (b"Ann <a@b> -5 +0000", Signature("Ann", "a@b", 0, 0), b"Ann <a@b> 0 +0000"),
        (b"Ann <a@b> 1_0 +0000", Signature("Ann", "a@b", 0, 0), b"Ann <a@b> 0 +0000"),
        (b"Ann <a@b> 99999999999999 +0000", Signature("Ann", "a@b", 0, 0), b"Ann <a@b> 0 +0000"),
        (b"Ann <a@b> " + b"9" * 5000 + b" +0000", Signature("Ann", "a@b", 0, 0), b"Ann <a@b> 0 +0000"),
        (
            b"Ann <a@b> %d +1400" % LATEST_SECONDS,
            Signature("Ann", "a@b", LATEST_SECONDS, 840),
            b"Ann <a@b> %d +1400" % LATEST_SECONDS,
        ),
        (b"Ann <a@b> 5 +9999", Signature("Ann", "a@b", 0, 0), b"Ann <a@b> 0 +0000"),
        (
            b"\xff\xfe <a@b> 5 +0000",
            Signature("\ufffd\ufffd", "a@b", 5, 0),
            b"\xef\xbf\xbd" * 2 + b" <a@b> 5 +0000",
        ),
    ],
)
def test_a_signature_of_any_make_is_read_and_can_be_written(
    raw: bytes, read: Signature, written: bytes
) -> None:
    commit = parse_commit(Oid("0" * 40), commit_content(raw))
    assert commit.author == commit.committer == read
    assert read.line() == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ann <b>\nparent 0", "Ann bparent 0"),
        ("  Ann, ", "Ann"),
        ("A\x1b[31mnn\x7f\0", "A[31mnn"),
        ("نام\u200cها", "نام\u200cها"),
        ("Ann\u00a0B.", "Ann\u00a0B"),
        ("caf\udce9", b"caf\xe9"),
    ],
)
def test_a_name_keeps_all_but_what_would_break_the_line(name: str, written: str | bytes) -> None:
    raw = written if isinstance(written, bytes) else written.encode()
    assert Signature(name, "a@b", 5, 0).line() == raw + b" <a@b> 5 +0000"


@pytest.mark.parametrize("name", ["", " . ", "<>\n", "A\ud800"])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        Signature(name, "a@b", 5, 0).line()


@pytest.mark.parametrize(
    ("encoding", "raw", "text"),
    [
        (b"", "café".encode(), "café"),
        (b"", b"caf\xe9", "caf\ufffd"),
        (b"encoding ISO-8859-1\n", b"caf\xe9", "café"),
        (b"encoding windows-1251\n", b"\xcf\xf0", "Пр"),
        (b"encoding no-such\n", "café".encode(), "café"),
        (b"encoding hex\n", b"00", "00"),
        (b"encoding \xff\0\n", b"x", "x"),
        (b"encoding utf-7\n", b"+2AA-", "?"),
    ],
)
def test_a_message_is_read_in_the_encoding_it_declares(encoding: bytes, raw: bytes, text: str) -> None:
    assert parse_commit(Oid("0" * 40), commit_content(b"A <a> 5 +0000", raw, encoding)).message == text


def test_a_signed_merge_has_its_parents_and_its_message() -> None:
    signed = b"gpgsig -----BEGIN\n \n author Eve <e> 9 +0000\n -----END\n"
    raw = (
        b"tree %s\nparent %s\nparent %s\nauthor A <a> 5 +0000\ncommitter B <b> 6 +0000\n%s\nsubject\n\nbody\n"
        % (
            TREE,
            b"1" * 40,
            b"2" * 40,
            signed,
        )
    )
    commit = parse_commit(Oid("0" * 40), raw)
    assert (commit.parents, commit.author.name, commit.committer.name) == (("1" * 40, "2" * 40), "A", "B")
    assert (commit.subject, commit.message) == ("subject", "subject\n\nbody\n")


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"parent x"])
def test_what_is_no_commit_is_no_value(raw: bytes) -> None:
    with pytest.raises(ValueError, match="tree"):
        parse_lineage(raw)


@pytest.mark.parametrize("raw", [b"garbage", b"100644 name", b"1x0644 name\0" + b"\1" * 20])
def test_what_is_no_tree_is_no_value(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"not found|invalid literal"):
        parse_tree(raw)
