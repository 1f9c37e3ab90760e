"""An entity for people: its members, and where its data are. Server-made HTML, without a script."""

from __future__ import annotations

import json
import re
import unicodedata
from html import escape
from urllib.parse import quote

from gitdraft.api.views import EntityLookup
from gitdraft.model.values import ABSENT

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
UNSEEN = re.compile(r"[^\S \n]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>{links}
<style>body{{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}pre{{overflow:auto}}</style>
</head><body><h1>{name}</h1><p>{formats}</p><pre>{document}</pre></body></html>
"""


def entity_page(lookup: EntityLookup) -> tuple[str, int, dict[str, str]]:
    """Returns the page of an entity, its status and its headers."""
    document = lookup.show().document
    text = "" if document is ABSENT else json.dumps(document, ensure_ascii=False, indent=2)
    address = f"/entities/{quote(str(lookup.entity))}"
    forms = (("ttl", "text/turtle"), ("nt", "application/n-triples"), ("jsonld", "application/ld+json"))
    links = "".join(
        f'<link rel="alternate" type="{media_type}" href="{escape(address)}.{suffix}">'
        for suffix, media_type in forms
    )
    anchors = " ".join(f'<a href="{escape(address)}.{suffix}">{suffix}</a>' for suffix, _ in forms)
    page = PAGE.format(
        name=escape(shown(str(lookup.entity))), links=links, formats=anchors, document=escape(shown(text))
    )
    return page, 200, {"Content-Security-Policy": POLICY}


def shown(text: str) -> str:
    """Returns a text in which nothing is unseen: control and direction characters are escapes."""
    return UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", unicodedata.normalize("NFC", text))
