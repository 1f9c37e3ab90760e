"""What canonical is to be by the latest snapshots, as rows of an import."""

from __future__ import annotations

import json
from typing import NamedTuple

from gitdraft.copies.snapshots import Snapshots
from gitdraft.model.values import JSON


class Restored(NamedTuple):
    """Documents as `import entities` takes them, redirects as `redirect import` does, and how many there are of what."""

    documents: list[JSON]
    redirects: bytes
    live: int
    redirected: int
    gone: int


def restored(snapshots: Snapshots) -> Restored:
    """Returns what the latest snapshots say. What an entity held before it was redirected comes back first: a redirect is made of an
    entity that is there. Raises InvalidInput (``snapshot-differs``)."""
    documents: list[JSON] = []
    rows: list[dict[str, JSON]] = []
    gone = 0
    for held in snapshots.latest():
        envelope, entity = held.envelope, held.entity
        document, target = envelope["entity"], envelope["redirects_to"]
        if envelope["deleted"]:
            gone += 1
            continue
        if target is not None:
            document = snapshots.last_content(held)
            rows.append(
                {
                    "from": str(entity),
                    "to": f"{entity.type}/{target}",
                    "by": envelope["created_by"],
                    "at": envelope["created_at"],
                }
            )
        documents.append({"entity": str(entity), "document": document})
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return Restored(documents, lines.encode(), len(documents) - len(rows), len(rows), gone)
