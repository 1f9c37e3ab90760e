"""An occasion as git's author or committer."""

from __future__ import annotations

from gitdraft.git.objects import Signature
from gitdraft.model.occasions import Occasion


def signature(occasion: Occasion) -> Signature:
    """The actor as author, at the time of the occasion."""
    return Signature(occasion.actor.name, occasion.actor.email, occasion.seconds, occasion.offset_minutes)


def committer_signature(occasion: Occasion) -> Signature:
    """Whom git would write as committer, at the time of the occasion."""
    actor = occasion.committer or occasion.actor
    return Signature(actor.name, actor.email, occasion.seconds, occasion.offset_minutes)


def author_signature(author: str, occasion: Occasion) -> Signature:
    """A draft's author (`Name <mail>`) as the author of a commit made now."""
    name, _, rest = author.partition(" <")
    return Signature(name, rest.removesuffix(">"), occasion.seconds, occasion.offset_minutes)
