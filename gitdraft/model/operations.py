"""Who does something, when, and what the operation log keeps of it.

(RFC 6902's "operation" is a ``PatchOp``.)
"""

from __future__ import annotations

from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid, RefName

PURGE = "entity purge"  # the command that cannot be undone
ERASE = "entity erase"
REMARKS = frozenset(("comment", "approve", "request-changes"))  # commands that say something of a draft
FOLLOWING = frozenset(("pull", "fetch"))  # commands that bring this clone to where its remote stands
OBSERVED = "observed"  # the command of an entry that says where plain git took canonical
HOOKS = frozenset(("post-commit", "post-merge", "post-rewrite", "post-checkout", "post-receive"))


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a machine, as git knows them."""

    name: str
    email: str

    @property
    def text(self) -> str:
        """`Name <mail>`."""
        return f"{self.name} <{self.email}>"


def server_actor() -> Actor:
    """Returns who acts where a machine does, and git knows nobody there."""
    return Actor("gitdraft", "gitdraft@localhost")


@dataclass(frozen=True, slots=True)
class OperationMetadata:
    """The actor, the time and the id of one operation, which the doors know and pass down.

    ``actor`` is whom git would write as author, ``committer`` whom as committer (``None``: the same). ``seconds`` is
    Unix time, ``offset_minutes`` the actor's time zone east of UTC, ``operation`` the id under which the operation
    log and the commit trailers name what is done. ``is_automatic``: nobody asked for it, a watcher or a webhook did.
    ``may_prompt``: a person is at hand whom a program that signs may ask for a passphrase. ``agent``: the program, with its
    version, that does it for the actor and may not be believed.
    """

    actor: Actor
    seconds: int
    offset_minutes: int
    operation: str
    committer: Actor | None = None
    is_automatic: bool = False
    may_prompt: bool = False
    agent: str | None = None

    @property
    def at(self) -> str:
        """The time as RFC 3339 in UTC, to the second."""
        return utc(self.seconds)


@dataclass(frozen=True, slots=True)
class RefMove:
    """A ref from its old to its new value, oids both; ``None`` means that the ref does not exist."""

    name: RefName
    old: Oid | None
    new: Oid | None


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that moved refs: who, when (RFC 3339, UTC), which command, every ref with both values.

    ``undoes`` is the id of the operation that this one takes back, ``may_stay`` names the refs without which it is whole
    (drafts that follow canonical). ``is_automatic``: a hook, a watcher or a webhook did it, no person. ``number`` is its
    place in the log, 1 for the first; 0 where an earlier gitdraft wrote the entry without.
    """

    id: str
    command: str
    summary: str
    actor: Actor
    at: str
    moves: tuple[RefMove, ...]
    undoes: str | None = None
    may_stay: tuple[str, ...] = ()
    is_automatic: bool = False
    number: int = 0


def utc(seconds: int) -> str:
    """Returns a Unix time as RFC 3339 in UTC, to the second."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> str:
    """Returns a date or time that somebody typed (ISO 8601; UTC where it names no zone) as ``utc`` does. Raises InvalidInput
    (``invalid-value``)."""
    from datetime import UTC, datetime

    try:
        typed = datetime.fromisoformat(text)
        in_utc = typed.astimezone(UTC) if typed.tzinfo else typed
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"'{text}' is no date or time", code="invalid-value", hint="2026-01-31, or 2026-01-31T09:27:00Z"
        ) from None
    return in_utc.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def is_moment(text: str) -> bool:
    """Returns whether there is such a date or time."""
    try:
        return bool(moment(text))
    except InvalidInput:
        return False


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref of a push; ``None``: there was none, or it is deleted."""

    ref: RefName
    old: Oid | None
    new: Oid | None
