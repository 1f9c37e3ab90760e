"""The API of a forge over HTTP: its errors as ours, its limits kept, its pages followed, its token for its own host alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin, urlsplit

from gitdraft.errors import Moved, NotFound, RepositoryError, StateRefused
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    import httpx

Query: TypeAlias = Mapping[str, str | int]
TIMEOUT = 30.0  # seconds without a byte
LARGEST = 32 << 20  # bytes of an answer
TRIES = 4  # of a request that only reads, while the forge fails
FIRST_PAUSE = 1.0  # seconds, and then twice as long
AT_LEAST = 60.0  # seconds of rest where the forge does not say how many, and then twice as long
LONGEST_REST = 366 * 86_400.0  # seconds that a forge is believed to ask for
MOST_PAGES = 1000
LONGEST_SAID = 300  # characters of the forge's words
SYNC = "gitdraft pr sync brings the draft and its pull request together, after which it can be tried again"
BROKEN = (500, 502, 503, 504)
ALWAYS = {"Accept": "application/json", "User-Agent": "gitdraft"}
OF_TRANSFER = ("content-encoding", "content-length")  # of the bytes as they were sent


@dataclass(slots=True)
class Patience:
    """How long may be waited until the forge takes requests again, in seconds, all together; ``sleep`` and ``now`` are the
    clock's."""

    left: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


@dataclass(slots=True)
class ForgeClient:
    """A connection to the API at an address. Each request goes to that host, and no redirect is followed."""

    api: str
    headers: Mapping[str, str] = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    _client: httpx.Client | None = field(default=None, init=False, repr=False)

    def get(self, path: str, query: Query | None = None) -> JSON:
        """Returns the answer to a request that only reads. Raises as ``send``."""
        return self.send("GET", path, query=query)[0]

    def find(self, path: str, query: Query | None = None) -> JSON:
        """Returns what ``get`` does, and ``None`` for what is not there."""
        try:
            return self.get(path, query)
        except NotFound:
            return None

    def pages(self, path: str, query: Query | None = None) -> Iterator[dict[str, JSON]]:
        """Yields the records of a list, through all of its pages (RFC 8288, `rel="next"`). Raises as ``send``."""
        address, asked = path, query
        for _ in range(MOST_PAGES):
            answer, following = self.send("GET", address, query=asked)
            if not isinstance(answer, list):
                raise self._strange(address)
            yield from (record for record in answer if isinstance(record, dict))
            if following is None:
                return
            address, asked = following, None
        raise self._strange(path)

    def post(self, path: str, body: JSON) -> dict[str, JSON]:
        """Returns the record that a request makes. Raises as ``send``."""
        return self._record(path, self.send("POST", path, body)[0])

    def patch(self, path: str, body: JSON) -> dict[str, JSON]:
        """Returns the record that a request changes. Raises as ``send``."""
        return self._record(path, self.send("PATCH", path, body)[0])

    def put(self, path: str, body: JSON) -> dict[str, JSON]:
        """Returns the answer to a request that puts something there. Raises as ``send``."""
        return self._record(path, self.send("PUT", path, body)[0])

    def send(
        self, method: str, path: str, body: JSON = None, *, query: Query | None = None
    ) -> tuple[JSON, str | None]:
        """Sends a request. Returns the answer (``None``: there is none), and the address of the next page.

        A request that only reads is repeated while the forge fails; any one that was refused because there were too many is
        sent again after the time that the forge names, or a minute and then twice as long, while ``patience`` lasts. Raises
        RepositoryError (``forge-unreachable``, ``forge-token``, ``forge-forbidden``, ``rate-limited``, ``forge-answer``),
        NotFound (``forge-not-found``), Moved (409), StateRefused (``forge-refused``).
        """
        failures, refusals = 0, 0
        while True:
            try:
                answer = self._request(method, path, body, query)
            except RepositoryError as error:
                failures += 1
                if method != "GET" or failures == TRIES or error.code != "forge-unreachable":
                    raise
                self.patience.sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            if _is_limited(answer):
                self._rest(answer, refusals)
                refusals += 1
                continue
            if answer.status_code in BROKEN and method == "GET" and failures < TRIES - 1:
                failures += 1
                self.patience.sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            return self._read(answer, method, path)

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _request(self, method: str, path: str, body: JSON, query: Query | None) -> httpx.Response:
        import httpx

        if self._client is None:
            self._client = httpx.Client(
                timeout=TIMEOUT, headers={**ALWAYS, **self.headers}, follow_redirects=False
            )
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = method, self._address(path)
        read = bytearray()
        try:
            with self._client.stream(*request, params=query, content=content, headers=headers) as answer:
                for piece in answer.iter_bytes():
                    read += piece
                    if len(read) > LARGEST:
                        raise self._strange(path)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise RepositoryError(
                f"{self._host} cannot be reached: {type(error).__name__}",
                code="forge-unreachable",
                context={"host": self._host},
                hint="nothing is lost; run it again when the forge can be reached",
            ) from error
        return httpx.Response(
            answer.status_code,
            headers={name: value for name, value in answer.headers.items() if name not in OF_TRANSFER},
            content=bytes(read),
        )

    def _read(self, answer: httpx.Response, method: str, path: str) -> tuple[JSON, str | None]:
        status = answer.status_code
        if status >= 300:
            raise self._refusal(answer, method, path)
        try:
            value: JSON = answer.json() if answer.content.strip() else None
        except (ValueError, RecursionError):
            raise self._strange(path) from None
        following = answer.links.get("next", {}).get("url")
        return value, None if following is None else self._next(following, path)

    def _next(self, url: str, path: str) -> str:
        """Returns the address of the next page. Raises RepositoryError where it is on another host."""
        address = urljoin(self._address(path), url)
        if urlsplit(address)[:2] != urlsplit(self.api)[:2]:
            raise self._strange(path)
        return address

    def _address(self, path: str) -> str:
        return path if path.startswith(("http://", "https://")) else f"{self.api}{path}"

    @property
    def _host(self) -> str:
        return urlsplit(self.api).netloc

    def _rest(self, answer: httpx.Response, refusals: int) -> None:
        """Waits as long as the forge asks for. Raises RepositoryError (``rate-limited``) where that is too long."""
        seconds = _named_rest(answer, self.patience.now())
        if seconds is None:
            seconds = AT_LEAST * 2**refusals
        seconds = min(seconds, LONGEST_REST)
        if seconds > self.patience.left:
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.patience.now() + seconds))
            raise RepositoryError(
                f"{self._host} takes no more requests for now",
                code="rate-limited",
                context={"host": self._host, "retry_at": at, "seconds": round(seconds)},
                hint=f"try again at {at}, or with --wait {round(seconds) + 1}",
            )
        self.patience.left -= seconds
        self.patience.sleep(seconds)

    def _refusal(self, answer: httpx.Response, method: str, path: str) -> Exception:
        status, said = answer.status_code, _words(answer)
        context = {"host": self._host, "status": status, "said": said}
        what = f"{self._host} answered {status}{f': {said}' if said else ''}"
        if status == 401:
            return RepositoryError(
                f"{self._host} does not know the token",
                code="forge-token",
                context=context,
                hint="put a token that is good into GITDRAFT_FORGE_TOKEN",
            )
        if status == 403:
            return RepositoryError(
                f"{self._host} does not let this token do that{f': {said}' if said else ''}",
                code="forge-forbidden",
                context=context,
                hint="the token needs to write pull requests, contents and commit statuses",
            )
        if status in (404, 410):
            return NotFound(
                f"{self._host} has nothing there, or not for this token: {urlsplit(path).path}",
                code="forge-not-found",
                context=context,
                hint="git config gitdraft.forge.repository says which repository is asked for",
            )
        if status == 409:
            return Moved(what, code="forge-conflict", context=context, hint=SYNC)
        if 400 <= status < 500:
            return StateRefused(what, code="forge-refused", context=context, hint=SYNC)
        return RepositoryError(
            what,
            code="forge-answer",
            context=context,
            hint=f"{method} {urlsplit(path).path}; try again later",
        )

    def _record(self, path: str, answer: JSON) -> dict[str, JSON]:
        if answer is None:
            return {}
        if isinstance(answer, dict):
            return answer
        if isinstance(answer, list):
            return {"items": answer}
        raise self._strange(path)

    def _strange(self, path: str) -> RepositoryError:
        return RepositoryError(
            f"{self._host} answered what is none of its API's answers: {urlsplit(path).path}",
            code="forge-answer",
            context={"host": self._host},
            hint="git config gitdraft.forge.api says where its API is",
        )


def _is_limited(answer: httpx.Response) -> bool:
    if answer.status_code == 429:
        return True
    if answer.status_code != 403:
        return False
    has_none_left = answer.headers.get("x-ratelimit-remaining") == "0"
    return has_none_left or "retry-after" in answer.headers or "rate limit" in _words(answer).lower()


def _named_rest(answer: httpx.Response, now: float) -> float | None:
    """Returns how many seconds the forge asks to wait; ``None`` where it does not say."""
    named = answer.headers.get("retry-after", "").strip()
    if named.isdecimal():
        return float(named)
    if named:
        try:
            return max(0.0, parsedate_to_datetime(named).timestamp() - now)
        except (ValueError, OverflowError):
            return None
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, float(reset) - now)
    return None


def _words(answer: httpx.Response) -> str:
    """Returns what the forge says of an error."""
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    words = said.get("message") or said.get("error") or ""
    more = said.get("errors") or ()
    texts = [words if isinstance(words, str) else json.dumps(words)]
    for error in more if isinstance(more, list) else ():
        text = error.get("message") if isinstance(error, dict) else error
        texts += [text] if isinstance(text, str) else []
    return "; ".join(text for text in texts if text)[:LONGEST_SAID]
