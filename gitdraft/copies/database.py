"""A PostgreSQL, MariaDB or MySQL, as its URL names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from gitdraft.copies.libraries import require_library, translated
from gitdraft.copies.tables import DatabaseKind
from gitdraft.errors import InvalidInput, StateRefused, without_credentials
from gitdraft.git.identity import config_value
from gitdraft.git.repository import GitRepository

if TYPE_CHECKING:
    import psycopg
    import pymysql

Value: TypeAlias = str | int | bool | None
Row: TypeAlias = tuple[Value, ...]
SCHEMES: dict[str, DatabaseKind] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
TIMEOUT = 30  # seconds, to connect
PATIENCE = 600  # seconds for another who projects
LOCK = "gitdraft-projection"
LOCK_NUMBER = 0x67697464  # the same in PostgreSQL
AT_ONCE = 1000  # rows


def database_url(git: GitRepository, setting: str, variable: str, environment: Mapping[str, str]) -> str:
    """Returns the URL of a database: the environment's, else that of git's configuration, which may have no password. Raises
    InvalidInput (``password-in-configuration``), and where there is none."""
    url = environment.get(variable)
    if url:
        return url
    url = config_value(git, setting, environment)
    if not url:
        raise InvalidInput(
            f"no database is configured: {setting}, or {variable} in the environment",
            code="no-database",
            context={"setting": setting, "variable": variable},
            hint=f"git config {setting} postgresql://gitdraft@127.0.0.1/gitdraft",
        )
    parts = urlsplit(url)
    if parts.password is not None or "password" in parse_qs(parts.query):
        raise InvalidInput(
            f"{setting} holds a password, which everybody reads who reads the repository",
            code="password-in-configuration",
            context={"setting": setting, "variable": variable},
            hint=f"git config --unset {setting}, and give {variable} in the environment",
        )
    return url


def shown(url: str) -> str:
    """Returns the URL with stars for its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return without_credentials(url) if parse_qs(parts.query).get("password") else url
    return parts._replace(netloc=f"{parts.username}:***@{parts.netloc.rpartition('@')[2]}", query="").geturl()


class Database:
    """A connection, in one transaction until it is committed; ``target`` is shown."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        family = SCHEMES.get(parts.scheme)
        if family is None:
            raise InvalidInput(
                f"'{without_credentials(url)}' names no database",
                context={"url": without_credentials(url)},
                hint="postgresql://USER@HOST/DATABASE or mariadb://USER@HOST/DATABASE",
            )
        self.target = shown(url)
        self._connection: psycopg.Connection[Row] | pymysql.Connection[pymysql.cursors.Cursor]
        if family == "postgresql":
            require_library("psycopg", "sql")
            import psycopg

            self.kind: DatabaseKind = family
            self._errors: type[Exception] = psycopg.Error
            with self._translated():
                self._connection = psycopg.connect(url, connect_timeout=TIMEOUT)
        else:
            require_library("pymysql", "sql")
            import pymysql

            self._errors = pymysql.MySQLError
            socket = parse_qs(parts.query).get("unix_socket", [None])[0]
            with self._translated():
                self._connection = pymysql.connect(
                    host=parts.hostname or "127.0.0.1",
                    port=parts.port or 3306,
                    user=unquote(parts.username or ""),
                    password=unquote(parts.password or ""),
                    database=parts.path.strip("/"),
                    unix_socket=socket,
                    charset="utf8mb4",
                    connect_timeout=TIMEOUT,
                )
            ((version,),) = self.rows("SELECT VERSION()")
            self.kind = "mariadb" if "MariaDB" in str(version) else "mysql"

    def execute(self, statement: str, values: Sequence[Value] = ()) -> None:
        """Runs a statement."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, values)

    def execute_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Runs a statement for each row."""
        with self._translated(), self._connection.cursor() as cursor:
            for start in range(0, len(rows), AT_ONCE):
                cursor.executemany(statement, rows[start : start + AT_ONCE])

    def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Returns what a query finds."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [tuple(row) for row in cursor.fetchall()]

    def commit(self) -> None:
        """Makes what was done since the last one lasting, all of it."""
        with self._translated():
            self._connection.commit()

    def close(self) -> None:
        """Ends the connection, and takes back what is not committed."""
        self._connection.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps others from projecting into this database until the block, or the connection, ends. Raises StateRefused
        (``projection-busy``) where another takes too long."""
        if self.kind == "postgresql":
            self.execute(f"SET lock_timeout = '{PATIENCE}s'")
            self.execute("SELECT pg_advisory_lock(%s)", (LOCK_NUMBER,))
            yield
            return
        ((is_ours,),) = self.rows("SELECT GET_LOCK(%s, %s)", (LOCK, PATIENCE))
        if not is_ours:
            raise StateRefused(
                f"{self.target}: somebody else has projected for {PATIENCE} seconds",
                code="projection-busy",
                context={"target": self.target},
                hint="gitdraft project, when that is done",
            )
        yield

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self.target, self._errors)
