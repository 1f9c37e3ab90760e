"""RDF terms and triples as canonical N-Triples text (RDF 1.2 N-Triples, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NewType
from urllib.parse import quote

from gitdraft.lazy_regex import regex

Term = NewType("Term", str)
"""An RDF term as N-Triples writes it: `<http://…>`, `"text"@en`, `_:label`."""

Triple = NewType("Triple", str)
"""A triple as N-Triples writes it, without the end of the line: `<…> <…> "…" .`"""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
SCHEMA = "http://schema.org/"

PLAIN_TEXT = regex(r'[^"\\\x00-\x1f\x7f\ufffe\uffff]*')
SPECIAL = regex(r'["\\\x00-\x1f\x7f\ufffe\uffff]')
SHORT_ESCAPES = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}

PLAIN_IRI = regex(
    r"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9.-]+(?::[0-9]+)?"
    r"(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=-]*)?(?:#[A-Za-z0-9._~:/?@!$&'()*+,;=-]*)?"
)
SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:")
NOT_IN_IRI = regex(
    r"%(?![0-9A-Fa-f]{2})|[\x00-\x20\x7f-\x9f<>\"{}|\\^`\ufdd0-\ufdef\ue000-\uf8ff]"
    r"|[\ufff0-\uffff]|[\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
AUTHORITY = regex(r"(//)([^/?#]*)")
HOST = regex(r"(?:[^@\[\]]*@)?(?:\[[0-9A-Fa-f:.v]+\]|[^\[\]@:]*)(?::[0-9]*)?")

TAG = regex(
    r"""(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})
        (?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*
        (?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?
        |x(?:-[a-z0-9]{1,8})+
        |en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)
        |sgn-(?:be-fr|be-nl|ch-de)|art-lojban|cel-gaulish|no-(?:bok|nyn)
        |zh-(?:guoyu|hakka|min|min-nan|xiang)""",
    re.IGNORECASE | re.VERBOSE,
)


def iri(address: str) -> Term:
    """Returns the term of an address that is valid as it is."""
    return Term(f"<{address}>")


def clean_iri(address: str) -> str | None:
    """Returns an address as RFC 3987 has it: what may not stand in it is percent-encoded. ``None`` where it has no scheme, or
    a host that can be none."""
    if PLAIN_IRI.fullmatch(address):
        return address
    if not SCHEME.match(address):
        return None
    text = NOT_IN_IRI.sub(lambda match: quote(match[0], safe=""), address)
    scheme, colon, rest = text.partition(":")
    authority = AUTHORITY.match(rest)
    if authority is None:
        return scheme + colon + _without_brackets(rest)
    if not HOST.fullmatch(authority[2]):
        return None
    return scheme + colon + authority[0] + _without_brackets(rest[authority.end() :])


def _without_brackets(path: str) -> str:
    """`[`, `]` and a second `#` stand in no path, query or fragment."""
    before, mark, fragment = path.replace("[", "%5B").replace("]", "%5D").partition("#")
    return before + mark + fragment.replace("#", "%23")


def literal(text: str) -> Term:
    """Returns the term of a string."""
    return Term(f'"{escape(text)}"')


def typed(text: str, datatype: str) -> Term:
    """Returns the term of a literal of another datatype, which is named by its address."""
    return Term(f'"{escape(text)}"^^<{datatype}>')


def tagged(text: str, tag: str) -> Term:
    """Returns the term of a text in a language. The tag is well-formed (``is_tag``)."""
    return Term(f'"{escape(text)}"@{tag}')


def blank(label: str) -> Term:
    """Returns the term of a blank node."""
    return Term(f"_:{label}")


def is_tag(text: str) -> bool:
    """Returns whether a text is a well-formed language tag (RFC 5646)."""
    return TAG.fullmatch(text) is not None


def escape(text: str) -> str:
    """Returns the text as it stands between quotes."""
    if PLAIN_TEXT.fullmatch(text):
        return text
    return SPECIAL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return SHORT_ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def triple(subject: Term, predicate: Term, value: Term) -> Triple:
    """Returns the triple of three terms."""
    return Triple(f"{subject} {predicate} {value} .")


def join_lines(triples: Iterable[str]) -> bytes:
    """Returns the lines as the bytes of a file."""
    text = "\n".join(triples)
    return f"{text}\n".encode() if text else b""
