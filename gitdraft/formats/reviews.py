"""Comments and reviews of a draft: `.gitdraft/comments/<id>.json`, `.gitdraft/reviews/<id>.json`."""

from __future__ import annotations

from gitdraft.documents.parse import Limits
from gitdraft.documents.pointers import parse_pointer
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.records import Record
from gitdraft.lazy_regex import regex
from gitdraft.model.reviews import Comment, Review

COMMENTS, REVIEWS = ".gitdraft/comments/", ".gitdraft/reviews/"
FILE = regex(r"\.gitdraft/(?:comments|reviews)/([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.json")
ID = regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
HASH = regex(r"[0-9a-f]{64}")
LONGEST = 10_000  # characters of a text
LIMITS = Limits(max_bytes=1 << 17, max_depth=4)


def comment_path(comment_id: str) -> str:
    """Returns the path of a comment."""
    return f"{COMMENTS}{comment_id}.json"


def review_path(review_id: str) -> str:
    """Returns the path of a review."""
    return f"{REVIEWS}{review_id}.json"


def remark_id(path: str) -> str | None:
    """Returns the id of the comment or review at ``path``; ``None`` for a name that none has."""
    named = FILE.fullmatch(path)
    return None if named is None else named[1]


def read_comment(comment_id: str, content: bytes) -> Comment:
    """Returns the comment. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, comment_path(comment_id), LIMITS)
    comment = Comment(
        comment_id,
        record.filled("by"),
        record.time("at"),
        check_text(record.filled("text"), record),
        record.optional_text("entity"),
        record.optional_text("pointer"),
        record.optional_text("reply_to"),
    )
    if comment.pointer is not None:
        if comment.entity is None:
            raise record.refused("pointer", "expected an entity beside it")
        try:
            parse_pointer(comment.pointer)
        except InvalidInput as error:
            raise record.refused("pointer", error.message) from None
    if comment.reply_to is not None and not ID.fullmatch(comment.reply_to):
        raise record.refused("reply_to", "expected the id of a comment")
    return comment


def write_comment(comment: Comment) -> bytes:
    """Returns the file."""
    return dump_json({n: v for n, v in comment._asdict().items() if n != "id" and v is not None})


def read_review(review_id: str, content: bytes) -> Review:
    """Returns the review. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, review_path(review_id), LIMITS)
    verdict = record.text("verdict")
    if verdict not in ("approve", "request-changes"):
        raise record.refused("verdict", "expected approve or request-changes")
    if not HASH.fullmatch(record.text("of")):
        raise record.refused("of", "expected a change_hash, 64 hexadecimal digits")
    text = record.optional_text("text")
    return Review(
        review_id,
        record.filled("by"),
        record.time("at"),
        "approve" if verdict == "approve" else "request-changes",
        record.text("of"),
        text if text is None else check_text(text, record),
    )


def write_review(review: Review) -> bytes:
    """Returns the file."""
    return dump_json({n: v for n, v in review._asdict().items() if n != "id" and v is not None})


def check_text(text: str, record: Record) -> str:
    """Returns a text that is not blank and not too long. Raises InvalidInput."""
    if not text.strip(" \t\n\r"):
        raise record.refused("text", "expected a text that is not blank")
    if len(text) > LONGEST:
        raise record.refused("text", f"expected at most {LONGEST:,} characters")
    return text
