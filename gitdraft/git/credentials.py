"""Credentials in the address of a remote: git takes them, and nobody sees them in the list of processes.

git starts `git remote-https REMOTE URL` with the address as its configuration has it. So the gits that talk to a remote get,
in their environment, an address without credentials in place of that one, and a helper that knows them
(gitcredentials(7)); the helper's own command line names a variable.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    import pygit2

NAME, SECRET = "GITDRAFT_REMOTE_NAME", "GITDRAFT_REMOTE_SECRET"
SCHEMES = ("http", "https")
Setting = tuple[str, str]


class Address(NamedTuple):
    """An address of a remote without its credentials, and those."""

    url: str
    host: str
    name: str
    secret: str | None


def split_address(url: str) -> Address | None:
    """Returns the address in its parts; ``None`` where it has no credentials, or git asks for them otherwise (ssh)."""
    scheme, separator, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    user, at, host = place.rpartition("@")
    if not separator or not at or scheme.lower() not in SCHEMES:
        return None
    name, colon, secret = user.partition(":")
    clean = f"{scheme}://{host}"
    return Address(f"{clean}{slash}{path}", clean, unquote(name), unquote(secret) if colon else None)


def clone_environment(url: str) -> tuple[str, Mapping[str, str]]:
    """Returns the address that `git clone` is given instead of ``url``, and what goes into its environment."""
    address = split_address(url)
    if address is None:
        return url, {}
    return address.url, _environment([], address)


def remote_environment(repository: pygit2.Repository, remote: str) -> Mapping[str, str]:
    """Returns what goes into the environment of a git that talks to this remote; nothing where its address has no
    credentials."""
    if remote not in repository.remotes.names():
        return {}
    known = repository.remotes[remote]
    fetched, pushed = known.url or "", known.push_url or known.url or ""  # as `url.….insteadOf` has them
    address = split_address(fetched) or split_address(pushed)
    if address is None:
        return {}
    as_written = _setting(repository, f"remote.{remote}.url") or fetched
    to_push = _setting(repository, f"remote.{remote}.pushurl")
    settings = list(_instead(fetched, as_written, "insteadOf"))
    if to_push is not None:
        settings += _instead(pushed, to_push, "insteadOf")
    elif pushed != fetched:
        settings += _instead(pushed, as_written, "pushInsteadOf")
    return _environment(settings, address)


class Login(NamedTuple):
    """What opens a host: ``url`` is its scheme and name, `https://example.org`."""

    url: str
    name: str
    secret: str


def login_environment(login: Login | None) -> Mapping[str, str]:
    """Returns what goes into the environment of a git that may use this login for its host, after the helpers that it knows
    have none."""
    if login is None:
        return {}
    return _environment([], Address(login.url, login.url, login.name, login.secret), is_last=True)


def keep_address(folder: Path, url: str) -> None:
    """Gives a new clone the address ``url``, as `git clone` does."""
    from gitdraft.git.library import UPWARDS, open_raw

    repository = open_raw(folder, UPWARDS)
    for name in repository.remotes.names():
        if name is not None:
            repository.remotes.set_url(name, url)


def _setting(repository: pygit2.Repository, key: str) -> str | None:
    import pygit2

    try:
        return str(repository.config[key])
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _instead(url: str, written: str, rule: str) -> Iterator[Setting]:
    address = split_address(url)
    if address is not None:
        yield f"url.{address.url}.{rule}", written


def _environment(settings: Iterable[Setting], address: Address, *, is_last: bool = False) -> dict[str, str]:
    """Returns these settings, and those by which git learns the credentials, as git takes them from its environment; they
    come before all that it knows, or ``is_last`` after it."""
    host = f"credential.{address.host}"
    known: list[Setting] = list(settings)
    if not is_last:
        known.append((f"{host}.username", address.name))
    if address.secret is not None:
        said = f'echo "username=${NAME}"; echo "password=${SECRET}"'
        known += [
            *([] if is_last else [(f"{host}.helper", "")]),
            (f"{host}.helper", f'!f() {{ test "$1" != get || {{ {said}; }}; }}; f'),
        ]
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    environment = {
        "GIT_CONFIG_COUNT": str(first + len(known)),
        NAME: address.name,
        SECRET: address.secret or "",
    }
    for number, (key, value) in enumerate(known, first):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment
