"""`<git directory>/gitdraft/tokens.sqlite3`: who may do what through the service.

Beside the index, which is derived and may be deleted; this may not. Of a token its SHA-256 alone is kept, so that
who reads the file can open nothing with it; no token is ever in git. The file is its owner's alone (0600).

A token is `gdt_<id>_<secret>`, of a capability `gdc_<id>_<secret>`: the id finds the row, the secret (256 bits) is
compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from gitdraft.errors import AlreadyExists, InvalidInput, NotFound, RepositoryError
from gitdraft.lazy_regex import regex
from gitdraft.model.tokens import Grant, Role

FILE = "gitdraft/tokens.sqlite3"
VERSION = 1
PATIENCE = 10.0  # seconds that one process waits for another's transaction
SECRET_BYTES = 32
LONGEST_NAME = 200
FORM = regex(r"gd[ct]_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
COLUMNS = "id, role, created_at, expires_at, name, draft, revoked_at"
SCHEMA = """
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,  -- SHA-256 of the whole token
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    name TEXT,
    draft TEXT,
    revoked_at INTEGER
);
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE name IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_by_draft ON tokens (draft) WHERE draft IS NOT NULL;
"""


class Tokens:
    """The open file. Raises RepositoryError (``tokens``) when it cannot be read or written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def issue(
        self,
        role: Role,
        now: int,
        expires_at: int | None = None,
        *,
        name: str | None = None,
        draft: str | None = None,
    ) -> tuple[str, Grant]:
        """Returns a new token and what it allows: the one time that the token is seen.

        Raises AlreadyExists for a name that a token which is not revoked has, InvalidInput for one that cannot be.
        """
        if name is not None:
            _check_name(name)
        token, grant = _new(role, now, expires_at, name, draft)
        with _translated(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if name is not None and self._named(name) is not None:
                raise AlreadyExists(
                    f"there is a token named '{name}'",
                    code="token-already-exists",
                    context={"name": name},
                    hint=f"gitdraft token rotate '{name}', or revoke it first",
                )
            self._keep(token, grant)
        return token, grant

    def find(self, token: str, now: int) -> Grant | None:
        """Returns what the token allows; ``None`` for one that is unknown, expired or revoked, which nobody can tell apart."""
        form = FORM.fullmatch(token)
        row = None
        with _translated():
            if form is not None:
                row = self._connection.execute(
                    f"SELECT hash, {COLUMNS} FROM tokens WHERE id = ?", (form[1],)
                ).fetchone()
        is_same = hmac.compare_digest(bytes(32) if row is None else row[0], _hash(token))
        grant = None if row is None else Grant(*row[1:])
        return grant if is_same and grant is not None and grant.is_good(now) else None

    def all(self, *, capabilities: bool = False) -> Sequence[Grant]:
        """Returns the named tokens, or the capabilities too; the oldest first."""
        which = "" if capabilities else "WHERE draft IS NULL "
        with _translated():
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM tokens {which}ORDER BY created_at, id"
            ).fetchall()
        return [Grant(*row) for row in rows]

    def of_draft(self, draft: str) -> Sequence[Grant]:
        """Returns the capabilities of a draft, the oldest first."""
        with _translated():
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM tokens WHERE draft = ? ORDER BY created_at, id", (draft,)
            ).fetchall()
        return [Grant(*row) for row in rows]

    def of_ids(self, ids: Sequence[str]) -> Sequence[Grant]:
        """Returns the tokens with these ids, good or not, in their order."""
        with _translated():
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM tokens WHERE id IN ({', '.join('?' * len(ids))})", tuple(ids)
            ).fetchall()
        known = {row[0]: Grant(*row) for row in rows}
        return [known[token_id] for token_id in ids if token_id in known]

    def known(self, text: str) -> Sequence[Grant]:
        """Returns the tokens that ``text`` names and that are not revoked: by name, by id, or those of a draft.

        Raises NotFound when there are none.
        """
        with _translated():
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM tokens WHERE revoked_at IS NULL AND (name = ? OR id = ? OR draft = ?)",
                (text, text, text),
            ).fetchall()
        if not rows:
            raise NotFound(
                f"no token '{text}'", context={"token": text}, hint="gitdraft token list --all shows them"
            )
        return [Grant(*row) for row in rows]

    def revoke(self, grants: Sequence[Grant], now: int) -> None:
        """Lets these tokens open nothing any more."""
        with _translated(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                [(now, grant.id) for grant in grants],
            )

    def rotate(self, grant: Grant, now: int, expires_at: int | None) -> tuple[str, Grant]:
        """Returns a new token for the same, in place of the old one, which opens nothing any more."""
        token, fresh = _new(grant.role, now, expires_at, grant.name, grant.draft)
        with _translated(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("UPDATE tokens SET revoked_at = ? WHERE id = ?", (now, grant.id))
            self._keep(token, fresh)
        return token, fresh

    def _keep(self, token: str, grant: Grant) -> None:
        self._connection.execute(
            "INSERT INTO tokens (id, hash, role, created_at, expires_at, name, draft) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                grant.id,
                _hash(token),
                grant.role,
                grant.created_at,
                grant.expires_at,
                grant.name,
                grant.draft,
            ),
        )

    def _named(self, name: str) -> tuple[str] | None:
        row: tuple[str] | None = self._connection.execute(
            "SELECT id FROM tokens WHERE name = ? AND revoked_at IS NULL", (name,)
        ).fetchone()
        return row


@contextmanager
def open_tokens(common: Path) -> Iterator[Tokens]:
    """Yields the tokens of the repository with this common git directory; the file is made when there is none.

    Raises RepositoryError: ``tokens`` when it cannot be read or written, ``tokens-too-new`` for a file of a later
    version. Nothing is ever put in its place: what is in it is nowhere else.
    """
    file = common / FILE
    with _translated():
        if not file.exists():
            _make(file)
        _require_private(file)
        connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
    try:
        with _translated():
            _require_version(connection)
        yield Tokens(connection)
    finally:
        connection.close()


def _make(file: Path) -> None:
    """Makes the file, whole or not at all: an empty one has lost what was in it. Another process may be first."""
    file.parent.mkdir(exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
            connection.execute("PRAGMA journal_mode = WAL")
        with suppress(FileExistsError):
            os.link(new, file)
    finally:
        new.unlink(missing_ok=True)


def _require_private(file: Path) -> None:
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)


def _require_version(connection: sqlite3.Connection) -> None:
    """Raises RepositoryError for a file of a later version, and for one without tables: what was in it is lost, and nobody
    may be told that there was nothing."""
    version = _version(connection)
    if version > VERSION:
        raise RepositoryError(
            f"{FILE}: written by gitdraft of format {version}; this one reads format {VERSION}",
            code="tokens-too-new",
            hint="upgrade gitdraft",
        )
    if version < VERSION:
        raise RepositoryError(
            f"{FILE} is empty: the tokens that were in it are lost",
            code="tokens",
            hint="gitdraft doctor says how to go on",
        )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _new(
    role: Role, now: int, expires_at: int | None, name: str | None, draft: str | None
) -> tuple[str, Grant]:
    grant = Grant(secrets.token_hex(8), role, now, expires_at, name, draft)
    prefix = "gdt" if draft is None else "gdc"
    return f"{prefix}_{grant.id}_{secrets.token_urlsafe(SECRET_BYTES)}", grant


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InvalidInput("a token's name is a line of text", context={"path": "/name"})


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise RepositoryError(
            f"{FILE}: {error}",
            code="tokens",
            hint="what is in it is nowhere else: look at the file, its folder and the disk before you move it",
        ) from None
