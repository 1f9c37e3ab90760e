"""MediaWiki's language codes as language tags.

A term keeps the code that it has where that is a well-formed tag; the language of a site, and what is no tag, is written as
MediaWiki's `LanguageCode` and Wikibase's `canonicalLanguageCodes` have it.
(https://www.mediawiki.org/wiki/Manual:Language, https://meta.wikimedia.org/wiki/Special_language_codes)
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from gitdraft.rdf.terms import Term, is_tag, literal, tagged

WIKIBASE = {
    "simple": "en-simple",
    "crh": "crh-Latn",
    "cbk-zam": "cbk-x-zam",
    "map-bms": "jv-x-bms",
    "nrm": "fr-x-nrm",
    "roa-tara": "it-x-tara",
    "de-formal": "de-x-formal",
    "es-formal": "es-x-formal",
    "hu-formal": "hu-x-formal",
    "nl-informal": "nl-x-informal",
}
RENAMED = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "bh": "bho",
    "fiu-vro": "vro",
    "no": "nb",
    "qqq": "qqq",
    "qqx": "qqx",
    "roa-rup": "rup",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
STANDARD = {
    "eml": "egl",
    "en-rtl": "en-x-rtl",
    "mo": "ro-Cyrl-MD",
    "sr-ec": "sr-Cyrl",
    "sr-el": "sr-Latn",
    "crh-ro": "crh-Latn-RO",
    "kk-cn": "kk-Arab-CN",
    "kk-tr": "kk-Latn-TR",
    "zh-cn": "zh-Hans-CN",
    "zh-sg": "zh-Hans-SG",
    "zh-my": "zh-Hans-MY",
    "zh-tw": "zh-Hant-TW",
    "zh-hk": "zh-Hant-HK",
    "zh-mo": "zh-Hant-MO",
}


@lru_cache(maxsize=4096)
def canonical_tag(code: str) -> str:
    """Returns the tag of a language, by MediaWiki's code for it, in the usual case."""
    known = WIKIBASE.get(code) or RENAMED.get(code)
    if known is not None:
        return known
    lower = code.lower()
    parts = STANDARD.get(lower, RENAMED.get(lower, lower)).split("-")
    return "-".join([parts[0].lower(), *(_cased(part, before) for before, part in pairwise(parts))])


def _cased(part: str, before: str) -> str:
    """A region in capitals, a script capitalised, all else in small letters, as what follows an `x` is."""
    if before.lower() != "x" and len(part) == 2:
        return part.upper()
    return part.capitalize() if before.lower() != "x" and len(part) == 4 else part.lower()


@lru_cache(maxsize=4096)
def term_tag(code: str) -> str | None:
    """Returns the tag of a term with this code; ``None`` where it can be none, and the term is a plain string."""
    if is_tag(code):
        return code
    tag = canonical_tag(code)
    return tag if is_tag(tag) else None


def text_in(text: str, code: str) -> Term:
    """Returns a text in a language, by MediaWiki's code for it."""
    tag = term_tag(code)
    return literal(text) if tag is None else tagged(text, tag)
