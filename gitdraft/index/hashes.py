"""Content hashes of entity files, computed once a blob."""

from __future__ import annotations

from collections.abc import Iterable

from gitdraft.documents.parse import parse_document
from gitdraft.documents.serialise import content_hash
from gitdraft.errors import InvalidInput
from gitdraft.index.database import open_index
from gitdraft.index.hash_tables import read_hashes, write_hashes
from gitdraft.store.snapshots import Snapshot


def content_hashes(canonical: Snapshot, blobs: Iterable[str]) -> dict[str, str]:
    """The content hash of each blob that is a document by the snapshot's limits; the others are left out."""
    wanted = list(dict.fromkeys(blobs))
    with open_index(canonical.source.common) as index:
        known = index.read(lambda connection: read_hashes(connection, wanted)) or {}
        new: dict[str, str] = {}
        for blob in wanted:
            if blob in known:
                continue
            try:
                content = canonical.source.read_blob(blob)
                new[blob] = content_hash(
                    parse_document(content, limits=canonical.configuration.limits, source=blob)
                )
            except InvalidInput:
                continue
        if new:
            index.write(lambda connection: write_hashes(connection, new))
    return known | new
