"""Who acts, as git's author or committer."""

from __future__ import annotations

from gitdraft.git.objects import Signature
from gitdraft.model.operations import OperationMetadata

AGENT_TRAILER = "Gitdraft-Agent"


def agent_trailer(metadata: OperationMetadata) -> dict[str, str]:
    """Returns the trailer that names the program which acts for the actor; none where a person does it."""
    return {} if metadata.agent is None else {AGENT_TRAILER: metadata.agent}


def signature(metadata: OperationMetadata) -> Signature:
    """Returns the actor as author, at the time of the operation."""
    return Signature(metadata.actor.name, metadata.actor.email, metadata.seconds, metadata.offset_minutes)


def committer_signature(metadata: OperationMetadata) -> Signature:
    """Returns whom git would write as committer, at the time of the operation."""
    actor = metadata.committer or metadata.actor
    return Signature(actor.name, actor.email, metadata.seconds, metadata.offset_minutes)


def author_signature(author: str, metadata: OperationMetadata) -> Signature:
    """Returns a draft's author (`Name <mail>`) as the author of a commit made now."""
    name, _, rest = author.partition(" <")
    return Signature(name, rest.removesuffix(">"), metadata.seconds, metadata.offset_minutes)
