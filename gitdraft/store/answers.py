"""`<git directory>/gitdraft/answers.sqlite3`: what requests with an `Idempotency-Key` were answered, for a day.

An answer may hold a token, which is kept nowhere. So it is sealed under a key that is made from the caller's own token, of
which the service has the hash alone: who reads the file can open nothing with it. It can be deleted.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gitdraft.errors import InvalidInput, RepositoryError

FILE = "gitdraft/answers.sqlite3"
DAY = 24 * 60 * 60
MOST = 10_000  # answers kept for one token
PATIENCE = 10.0  # seconds that one process waits for another's transaction
NONCE, SEAL = 16, 32  # bytes
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    id BLOB PRIMARY KEY,  -- SHA-256 of token, route and key
    caller BLOB NOT NULL,  -- SHA-256 of the token
    content BLOB NOT NULL,  -- SHA-256 of the request
    at INTEGER NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_caller ON answers (caller, at);
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
"""


class RequestId(NamedTuple):
    """What makes two requests the same: the token, the route, and the key that the client chose."""

    token: str
    route: str
    key: str


class KeptAnswer(NamedTuple):
    """An answer as it was sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answers:
    """The open file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, request: RequestId, content: bytes, now: int) -> KeptAnswer | None:
        """Returns the answer to the same request. Raises InvalidInput (``idempotency-key-reused``) where the key came with
        another ``content``."""
        row = self._connection.execute(
            "SELECT content, sealed FROM answers WHERE id = ? AND at > ?", (_id(request), now - DAY)
        ).fetchone()
        if row is None:
            return None
        if row[0] != content:
            raise InvalidInput(
                f"the Idempotency-Key '{request.key}' was used for another request",
                code="idempotency-key-reused",
                context={"idempotency_key": request.key},
            )
        return _open(request, row[1])

    def keep(self, request: RequestId, content: bytes, answer: KeptAnswer, now: int) -> None:
        """Keeps an answer, and forgets those of yesterday."""
        caller = hashlib.sha256(request.token.encode()).digest()
        with self._connection:
            self._connection.execute("DELETE FROM answers WHERE at <= ?", (now - DAY,))
            self._connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
                (_id(request), caller, content, now, _seal(request, answer)),
            )
            self._connection.execute(
                "DELETE FROM answers WHERE caller = ? AND at < "
                "(SELECT at FROM answers WHERE caller = ? ORDER BY at DESC LIMIT 1 OFFSET ?)",
                (caller, caller, MOST),
            )


@contextmanager
def open_answers(common: Path) -> Iterator[Answers]:
    """Yields the answers of the repository with this common git directory; the file is made when there is none. Raises
    RepositoryError (``answers``) where it cannot be read or written."""
    file = common / FILE
    try:
        file.parent.mkdir(exist_ok=True)
        file.touch(0o600)
        connection = sqlite3.connect(file, timeout=PATIENCE)
        try:
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"{SCHEMA}PRAGMA user_version = 1;")
            yield Answers(connection)
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise RepositoryError(f"{FILE}: {error}", code="answers", hint=f"rm {file}") from None


def _id(request: RequestId) -> bytes:
    return _key(request, "id")


def _key(request: RequestId, purpose: str) -> bytes:
    return hashlib.sha256("\0".join((purpose, *request)).encode("utf-8", "replace")).digest()


def _seal(request: RequestId, answer: KeptAnswer) -> bytes:
    text = json.dumps([answer.status, answer.headers]).encode() + b"\n" + answer.body
    nonce = secrets.token_bytes(NONCE)
    hidden = _mixed(request, nonce, text)
    return nonce + hmac.digest(_key(request, "seal"), nonce + hidden, "sha256") + hidden


def _open(request: RequestId, sealed: bytes) -> KeptAnswer | None:
    nonce, seal, hidden = sealed[:NONCE], sealed[NONCE : NONCE + SEAL], sealed[NONCE + SEAL :]
    if not hmac.compare_digest(seal, hmac.digest(_key(request, "seal"), nonce + hidden, "sha256")):
        return None
    head, _, body = _mixed(request, nonce, hidden).partition(b"\n")
    status, headers = json.loads(head)
    return KeptAnswer(status, tuple(map(tuple, headers)), body)


def _mixed(request: RequestId, nonce: bytes, text: bytes) -> bytes:
    """Returns the text exclusive-or a stream that the key and the nonce make, each nonce once."""
    stream = hashlib.shake_256(_key(request, "stream") + nonce).digest(len(text))
    return (int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(text), "big")
