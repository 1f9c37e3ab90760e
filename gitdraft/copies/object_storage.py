"""Object storage that speaks S3: objects that are made once, listed, read, compared by their checksums, and deleted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

from gitdraft.copies.libraries import require_library, translated
from gitdraft.errors import InvalidInput, StateRefused, without_credentials

if TYPE_CHECKING:
    from obstore.store import S3Config

Item = TypeVar("Item")
Result = TypeVar("Result")
AT_ONCE = 16  # requests
PIECE = 1000  # objects
TIMEOUT = "30s"
PROBE = ".gitdraft-probe-"  # and random digits


class Listed(NamedTuple):
    """An object as a listing has it; ``tag`` is its ETag, of most servers the MD5 of its bytes."""

    key: str
    size: int
    tag: str


class Bucket:
    """A bucket below a prefix: `s3://bucket/prefix`. What it is reached with are the usual `AWS_*` variables; every request has
    a SHA-256 checksum."""

    def __init__(self, url: str, endpoint_url: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
            raise InvalidInput(
                f"'{without_credentials(url)}' names no bucket",
                context={"url": without_credentials(url)},
                hint="gitdraft snapshots push s3://bucket/prefix",
            )
        require_library("obstore", "s3")
        from obstore.store import S3Store

        self.target = url.rstrip("/")
        self.prefix = parts.path.strip("/")
        endpoint = endpoint_url or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        config: S3Config = {"region": region, "checksum_algorithm": "sha256", "conditional_put": "etag"}
        if endpoint is not None:
            config["endpoint"] = endpoint
        self._store = S3Store(
            parts.netloc,
            config=config,
            client_options={"allow_http": True, "timeout": TIMEOUT, "connect_timeout": TIMEOUT},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
        )

    def key(self, *parts: str) -> str:
        """Returns the key below the prefix."""
        return "/".join(part for part in (self.prefix, *parts) if part)

    def listed(self, under: str) -> Iterator[Listed]:
        """Yields the objects below a folder. Raises RepositoryError (``target-unreachable``)."""
        import obstore

        with self._translated():
            for piece in obstore.list(self._store, prefix=under, chunk_size=PIECE):
                for meta in piece:
                    yield Listed(meta["path"], meta["size"], (meta["e_tag"] or "").strip('"'))

    def create(self, key: str, content: bytes) -> bool:
        """Makes an object (`If-None-Match: *`). Returns false where there is one already."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._translated():
            try:
                obstore.put(self._store, key, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def replace(self, key: str, content: bytes) -> None:
        """Writes an object over the one that there is."""
        import obstore

        with self._translated():
            obstore.put(self._store, key, content, use_multipart=False)

    def read(self, key: str) -> bytes:
        """Returns the bytes of an object."""
        import obstore

        with self._translated():
            return bytes(obstore.get(self._store, key).bytes())

    def delete(self, keys: list[str]) -> None:
        """Deletes objects; those that are not there are gone already."""
        import obstore

        with self._translated():
            obstore.delete(self._store, keys)

    def require_conditional(self) -> None:
        """Raises StateRefused (``not-conditional``) where the server does not heed `If-None-Match`, so that two writers would not
        notice each other. It is tried on an object of its own, which is deleted."""
        probe = self.key(PROBE + os.urandom(8).hex())
        try:
            holds = self.create(probe, b"gitdraft") and not self.create(probe, b"gitdraft")
        finally:
            with suppress(Exception):  # who may not delete leaves it
                self.delete([probe])
        if not holds:
            raise StateRefused(
                f"{self.target}: an object was written over although that was forbidden (If-None-Match: *)",
                code="not-conditional",
                context={"target": self.target},
                hint="gitdraft snapshots needs an S3 with conditional writes",
            )

    def _translated(self) -> AbstractContextManager[None]:
        from obstore.exceptions import BaseError

        return translated(self.target, BaseError)


def many_at_once(act: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yields what comes of each item, in their order, many requests at once; of an endless iterable a piece is taken at a time."""
    source = iter(items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while piece := list(islice(source, PIECE)):
            yield from pool.map(act, piece)
