"""One message to one webhook: signed, to an address that was judged, within a time.

The address that is judged is the one that is connected to, so a name that means another address a moment later, a
number written otherwise, or an IPv4 address inside an IPv6 one gets nobody inside. No redirect is followed.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from gitdraft.model.webhooks import Delivery, Webhook

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
CONNECT = 5.0  # seconds
DEADLINE = 20.0  # seconds for all of it
NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")  # with an IPv4 address in the last 32 bits
PRIVATE = "is in a private network, and the webhook may not be (--allow-private)"


class NotDelivered(Exception):
    """Why a message did not arrive, as a clause."""


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Returns the signature of a message as Standard Webhooks says: HMAC-SHA256 of id, time (Unix seconds) and body."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.digest(secret, signed, 'sha256')).decode()}"


def send(webhook: Webhook, delivery: Delivery, now: int, deadline: float = DEADLINE) -> None:
    """Sends a message, and waits for the answer's status alone. Raises NotDelivered unless that is 2xx."""
    parts = urlsplit(webhook.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "gitdraft",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(webhook.secret, delivery.id, now, delivery.body),
    }
    try:
        ends_at = time.monotonic() + deadline
        with closing(_connect(webhook, ends_at)) as plain, _ending(plain, ends_at):
            status = _post(plain, webhook.url, target, headers, delivery.body)
    except (OSError, HTTPException, UnicodeError, ValueError) as error:
        raise NotDelivered(str(error) or type(error).__name__) from None
    if 300 <= status < 400:
        raise NotDelivered(f"it answered {status}; redirects are not followed")
    if not 200 <= status < 300:
        raise NotDelivered(f"it answered {status}")


def is_public(address: Address) -> bool:
    """Returns whether an address is one of the internet, whatever it is written as."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved)


def may_reach(address: Address, *, allow_private: bool) -> bool:
    """Returns whether a message may go there. A private network may be allowed; never a link-local address, where clouds
    keep their credentials, nor one that is nobody's."""
    inner = _embedded(address) or address
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        return False
    return allow_private or is_public(address)


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Returns the IPv4 address that an IPv6 one stands for, by mapping, NAT64, 6to4 or Teredo; ``None`` for any other."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else None)


def _connect(webhook: Webhook, ends_at: float) -> socket.socket:
    """Returns a socket that is connected to an address that may be reached. Raises OSError, NotDelivered."""
    parts = urlsplit(webhook.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    failure: OSError | None = None
    has_refused = False
    for family, place in _addresses(parts.hostname or "", port):
        if not may_reach(_address(place), allow_private=webhook.allow_private):
            has_refused = True
            continue
        if time.monotonic() > ends_at:
            break
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.settimeout(CONNECT)
        try:
            plain.connect(place)
            if not may_reach(_address(plain.getpeername()), allow_private=webhook.allow_private):
                raise NotDelivered(f"{parts.hostname} {PRIVATE}")
        except OSError as error:
            plain.close()
            failure = error
        except BaseException:
            plain.close()
            raise
        else:
            return plain
    if failure is not None:
        raise failure
    raise NotDelivered(f"{parts.hostname} {PRIVATE if has_refused else 'has no address'}")


def _addresses(host: str, port: int) -> Iterator[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    """Yields the families and socket addresses of a host: (address, port), of IPv6 with two members more."""
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if family in (socket.AF_INET, socket.AF_INET6):
            yield family, place


def _address(place: tuple[Any, ...]) -> Address:
    return ipaddress.ip_address(str(place[0]).partition("%")[0])


def _post(plain: socket.socket, url: str, target: str, headers: dict[str, str], body: bytes) -> int:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = HTTPConnection(host, parts.port)
    connection.sock = plain
    if parts.scheme == "https":
        connection.default_port = 443
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    with closing(connection):
        connection.request("POST", target, body, headers)
        return connection.getresponse().status


@contextmanager
def _ending(plain: socket.socket, ends_at: float) -> Iterator[None]:
    """Ends the connection when its time is up, however slowly the other side answers; a copy of the socket does, since TLS
    takes the socket itself."""
    is_late = threading.Event()
    with closing(plain.dup()) as copy:

        def end() -> None:
            is_late.set()
            with suppress(OSError):
                copy.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(max(0.0, ends_at - time.monotonic()), end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if is_late.is_set():
                raise NotDelivered("it did not answer in time")
