"""The envelope of a revision, as `revision show` prints it, and a revision without its content."""

from __future__ import annotations

from typing import Any

from gitdraft.documents.serialise import content_hash
from gitdraft.model.revisions import Envelope, Revision

SCHEMA_VERSION = "1.1.0"


def envelope_json(envelope: Envelope) -> dict[str, Any]:
    """Returns the envelope. Its hash covers the member ``entity`` alone."""
    revision = envelope.revision
    target = {} if envelope.redirects_to is None else {"redirects_to": envelope.redirects_to}
    return {
        "schema_version": SCHEMA_VERSION,
        "revision_id": revision.number,
        "created_at": revision.at,
        "created_by": revision.by.text,
        "edit_type": revision.edit_type,
        "content_hash": content_hash(envelope.entity),
        **target,
        "deleted": envelope.deleted,
        "entity": envelope.entity,
    }


def revision_json(revision: Revision) -> dict[str, Any]:
    """Returns the revision by the names of the envelope, with its commit and the draft that it merged."""
    draft = {} if revision.draft is None else {"draft": revision.draft}
    return {
        "revision_id": revision.number,
        "commit": revision.commit,
        "created_at": revision.at,
        "created_by": revision.by.text,
        "edit_type": revision.edit_type,
        **draft,
    }
