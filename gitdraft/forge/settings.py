"""Which forge a repository is on: its kind, where its API is, what it calls the repository, and the token for it.

git's configuration says it (`gitdraft.forge.*`), else the address of the remote that canonical follows. Nothing is read
from files of the repository.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, get_args
from urllib.parse import SplitResult, urlsplit

from gitdraft.errors import InvalidInput, NotFound, RepositoryError
from gitdraft.git.credential_helpers import fill_credentials
from gitdraft.git.credentials import Login
from gitdraft.git.identity import config_value, config_values
from gitdraft.git.repository import GitRepository
from gitdraft.git.settings import find_remote, remote_names
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.lazy_regex import regex
from gitdraft.model.pull_requests import ForgeKind
from gitdraft.store.repository import Store

KINDS: tuple[ForgeKind, ...] = get_args(ForgeKind)
SCP = regex(r"(?:[^@/]+@)?(?P<host>[^:/\s]+):(?P<path>(?!/).+)")
HOSTS: Mapping[str, ForgeKind] = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
}
LABELS: Mapping[str, ForgeKind] = {
    "github": "github",
    "gitlab": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
}
PATHS: Mapping[ForgeKind, str] = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1"}
TOKENS: Mapping[ForgeKind, tuple[str, ...]] = {
    "github": ("GITDRAFT_FORGE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
    "gitlab": ("GITDRAFT_FORGE_TOKEN", "GITLAB_TOKEN"),
    "gitea": ("GITDRAFT_FORGE_TOKEN", "GITEA_TOKEN"),
}
USERS: Mapping[ForgeKind, str] = {"github": "x-access-token", "gitlab": "oauth2", "gitea": "gitdraft"}


class Place(NamedTuple):
    """A repository on a host, as the address of a remote names it. ``scheme`` is that of the address; ``host`` has the
    port of an http one."""

    scheme: str
    host: str
    path: str

    @property
    def owner(self) -> str:
        """Who has the repository."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """The forge of a repository. ``owner`` has the branches of drafts: that of a fork, or the repository's own; they are pushed
    to ``push_remote``, canonical is that of ``remote``. ``login`` is for a git that talks to the forge's own host."""

    kind: ForgeKind
    api: str
    repository: str
    owner: str
    remote: str
    push_remote: str
    labels: tuple[str, ...]
    site: str | None
    token: str = field(repr=False)
    login: Login | None = field(repr=False, default=None)

    @property
    def is_fork(self) -> bool:
        """Whether the branches of drafts are in another repository than canonical."""
        return self.owner.casefold() != self.repository.rpartition("/")[0].casefold()


def read_settings(store: Store, environment: Mapping[str, str]) -> ForgeSettings:
    """Returns the forge that the repository is on. Raises NotFound (``no-forge``, ``no-remote``), InvalidInput for a setting
    that is none, RepositoryError (``forge-token``) where there is no token."""
    git = store.git

    def setting(name: str) -> str | None:
        return config_value(git, f"gitdraft.forge.{name}", environment)

    remote = find_remote(git, store.canonical_branch)
    place = place_of(git, remote)
    kind = _kind(setting("kind"), place)
    api = _api(setting("api"), kind, place)
    repository = (setting("repository") or (place.path if place else "")).strip("/")
    if not re.fullmatch(r"[^/\s]+(?:/[^/\s]+)+", repository):
        raise _unknown("which repository of it this is", "git config gitdraft.forge.repository OWNER/NAME")
    owner = (setting("head") or "").strip().rstrip(":") or repository.rpartition("/")[0]
    labels = config_values(git, "gitdraft.forge.labels", environment) or ["gitdraft"]
    token = _token(git, kind, api, place, environment)
    is_offered = place is not None and place.scheme == urlsplit(api).scheme and is_own_host(place, api)
    return ForgeSettings(
        kind,
        api,
        repository,
        owner,
        remote,
        _push_remote(git, remote, owner, repository, environment),
        tuple(name.strip() for label in labels for name in label.split(",") if name.strip()),
        environment.get("GITDRAFT_URL") or config_value(git, "gitdraft.url", environment),
        token,
        Login(f"{place.scheme}://{place.host}", USERS[kind], token)
        if is_offered and place is not None
        else None,
    )


def place_of(git: GitRepository, remote: str) -> Place | None:
    """Returns where a remote is; ``None`` for a folder of this machine."""
    return parse_address(git.raw.remotes[remote].url or "")


def parse_address(url: str) -> Place | None:
    """Returns what the address of a remote names; ``None`` for one of this machine."""
    if "://" in url:
        parts = urlsplit(url)
        port = _port(parts)
        if parts.scheme not in ("http", "https", "ssh", "git+ssh", "git") or not parts.hostname:
            return None
        host = f"{parts.hostname}:{port}" if port and parts.scheme.startswith("http") else parts.hostname
        return Place(parts.scheme, host, _repository_path(parts.path))
    match = SCP.fullmatch(url)
    return None if match is None else Place("ssh", match["host"], _repository_path(match["path"]))


def is_own_host(place: Place, api: str) -> bool:
    """Returns whether the remote is on the host of the API."""
    host = urlsplit(api).netloc
    return place.host in (host, host.removeprefix("api."))


def _port(parts: SplitResult) -> int | None:
    """Returns the port of an address. Raises InvalidInput for what is none."""
    try:
        return parts.port
    except ValueError as error:
        raise InvalidInput(
            f"the address of {parts.hostname} has no port between 0 and 65535",
            hint="git remote -v and git config --get-regexp gitdraft.forge show the addresses",
        ) from error


def _repository_path(path: str) -> str:
    return path.strip("/").removesuffix(".git")


def _kind(setting: str | None, place: Place | None) -> ForgeKind:
    name = {"forgejo": "gitea"}.get((setting or "").lower(), (setting or "").lower())
    for kind in KINDS:
        if name == kind:
            return kind
    if setting:
        raise InvalidInput(
            f"gitdraft.forge.kind is '{setting}'",
            context={"path": "gitdraft.forge.kind"},
            hint=f"git config gitdraft.forge.kind {KINDS[0]} (or {', '.join(KINDS[1:])})",
        )
    host = "" if place is None else place.host.partition(":")[0].lower()
    known = HOSTS.get(host) or LABELS.get(host.partition(".")[0])
    if known is None:
        raise _unknown(
            "what kind of forge it is on", "git config gitdraft.forge.kind github (or gitlab, gitea)"
        )
    return known


def _api(setting: str | None, kind: ForgeKind, place: Place | None) -> str:
    if setting:
        parts = urlsplit(setting)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise InvalidInput(
                "gitdraft.forge.api is no address of an API, as https://HOST/api/v1 is",
                context={"path": "gitdraft.forge.api"},
                hint="git config gitdraft.forge.api https://HOST/api/v1",
            )
        _port(parts)
        return setting.rstrip("/")
    if place is None:
        raise _unknown("where its API is", "git config gitdraft.forge.api https://HOST/api/v1")
    if kind == "github" and place.host == "github.com":
        return "https://api.github.com"
    scheme = "http" if place.scheme == "http" else "https"
    return f"{scheme}://{place.host}{PATHS[kind]}"


def _token(
    git: GitRepository, kind: ForgeKind, api: str, place: Place | None, environment: Mapping[str, str]
) -> str:
    for name in TOKENS[kind]:
        if environment.get(name):
            return environment[name].strip()
    url = urlsplit(api)
    host = place.host if place is not None and is_own_host(place, api) else url.netloc
    password = fill_credentials(git, url.scheme, host)
    if password is None:
        names = " or ".join(TOKENS[kind][:2])
        raise RepositoryError(
            f"there is no token for {url.netloc}",
            code="forge-token",
            context={"host": url.netloc},
            hint=f"put one into the environment as {names}, or into git's credential helper",
        )
    return password


def _push_remote(
    git: GitRepository, remote: str, owner: str, repository: str, environment: Mapping[str, str]
) -> str:
    if owner.casefold() == repository.rpartition("/")[0].casefold():
        return remote
    for name in remote_names(git):
        place = place_of(git, name)
        if place is not None and place.owner.casefold() == owner.casefold():
            return name
    default = config_value(git, "remote.pushDefault", environment)
    if default:
        return find_remote(git, "", default)
    raise NotFound(
        f"no remote leads to the fork of {owner}",
        code="no-remote",
        context={"remotes": remote_names(git)},
        hint="git remote add fork URL",
    )


def _unknown(what: str, hint: str) -> NotFound:
    return NotFound(f"the address of the remote does not say {what}", code="no-forge", hint=hint)
