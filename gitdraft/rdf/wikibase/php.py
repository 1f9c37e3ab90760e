"""PHP's serialisations of Wikibase's values (those of PHP before 7.4, which Wikibase keeps for its hashes), and the hashes.

Lengths count bytes of UTF-8.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from hashlib import md5, sha1
from typing import Any

EARTH = "http://www.wikidata.org/entity/Q2"
SNAK = "Wikibase\\DataModel\\Snak\\Property"
ENTITY_IDS = {
    "item": "Wikibase\\DataModel\\Entity\\ItemId",
    "property": "Wikibase\\DataModel\\Entity\\NumericPropertyId",
    "lexeme": "Wikibase\\Lexeme\\Domain\\Model\\LexemeId",
    "form": "Wikibase\\Lexeme\\Domain\\Model\\FormId",
    "sense": "Wikibase\\Lexeme\\Domain\\Model\\SenseId",
    "mediainfo": "Wikibase\\MediaInfo\\DataModel\\MediaInfoId",
}
LETTERS = {"item": "Q", "property": "P", "lexeme": "L", "mediainfo": "M"}

Value = Mapping[str, Any]
"""The member `value` of a data value."""


def php_float(number: float) -> str:
    """Returns the text of a number as PHP makes it: 14 digits, an exponent below 1e-4 and from 1e15."""
    number = float(number)
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    mantissa, _, power = f"{number:.13e}".partition("e")
    exponent = int(power)
    if exponent < -4 or exponent >= 15:
        digits = mantissa.rstrip("0")
        return f"{digits}{'0' if digits.endswith('.') else ''}E{exponent:+d}"
    text = f"{float(f'{number:.13e}'):.{max(13 - exponent, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def time_hash(value: Value) -> str:
    """Returns the name of the node of a time."""
    return _md5(_time(value))


def quantity_hash(value: Value) -> str:
    """Returns the name of the node of a quantity."""
    return _md5(_quantity(value))


def globe_hash(value: Value) -> str:
    """Returns the name of the node of a place on a globe."""
    precision = value.get("precision")
    numbers = (php_float(value["latitude"]), php_float(value["longitude"]))
    last = "" if precision is None else php_float(precision)
    return _md5("|".join((*numbers, last, value.get("globe") or EARTH)))


def snak_hash(snak: Value) -> str:
    """Returns the hash of a snak: the one it has, or the one that Wikibase would give it."""
    known = snak.get("hash")
    if isinstance(known, str) and known:
        return known
    name = str(snak["property"])
    kind = {"value": "Value", "somevalue": "SomeValue", "novalue": "NoValue"}[snak["snaktype"]]
    content = name
    if kind == "Value":
        content = f"a:2:{{i:0;{_string(name)}i:1;{_data_value(snak['datavalue'])}}}"
    return sha1(_object(f"{SNAK}{kind}Snak", content).encode(), usedforsecurity=False).hexdigest()


def reference_hash(reference: Value) -> str:
    """Returns the hash of a reference: the one it has, or the one that Wikibase would give it."""
    known = reference.get("hash")
    if isinstance(known, str) and known:
        return known
    snaks = reference["snaks"]
    groups: Sequence[Any] = list(snaks.values()) if isinstance(snaks, dict) else [snaks]
    hashes = sorted({snak_hash(snak) for group in groups for snak in group})
    return sha1("|".join(hashes).encode(), usedforsecurity=False).hexdigest()


def normal_time(text: str) -> str:
    """Returns a point in time as Wikibase keeps it: the year with four digits at least, and no more zeros than that."""
    sign, rest = (text[0], text[1:]) if text[:1] in ("+", "-") else ("+", text)
    year, dash, after = rest.partition("-")
    return f"{sign}{year.lstrip('0').rjust(4, '0')}{dash}{after}"


def normal_decimal(text: str) -> str:
    """Returns a decimal as Wikibase keeps it: with its sign, and no negative zero."""
    signed = text if text[:1] in ("+", "-") else f"+{text}"
    return f"+{signed[1:]}" if signed[0] == "-" and not signed[1:].strip("0.") else signed


def entity_id(value: Value) -> str:
    """Returns the id in an entity's id value; old ones have a number and a type."""
    known = value.get("id")
    if isinstance(known, str):
        return known
    return f"{LETTERS[value['entity-type']]}{int(value['numeric-id'])}"


def _data_value(data: Value) -> str:
    value = data["value"]
    match data["type"]:
        case "string":
            return _object("DataValues\\StringValue", value)
        case "wikibase-entityid" if value.get("entity-type") in ENTITY_IDS:
            inner = _object(ENTITY_IDS[value["entity-type"]], entity_id(value))
            return _object("Wikibase\\DataModel\\Entity\\EntityIdValue", inner)
        case "wikibase-entityid":
            return _object("EntitySchema\\Wikibase\\DataValues\\EntitySchemaValue", entity_id(value))
        case "monolingualtext":
            parts = f"i:0;{_string(value['language'])}i:1;{_string(value['text'])}"
            return _object("DataValues\\MonolingualTextValue", f"a:2:{{{parts}}}")
        case "time":
            return _time(value)
        case "quantity":
            return _quantity(value)
        case "globecoordinate":
            precision = value.get("precision")
            degrees = None if precision is None else float(precision)
            place = (float(value["latitude"]), float(value["longitude"]), None, degrees)
            return _object(
                "DataValues\\Geo\\Values\\GlobeCoordinateValue", _json([*place, value.get("globe") or EARTH])
            )
        case kind:
            raise ValueError(f"no hash for a value of type {kind}")


def _time(value: Value) -> str:
    rest = [value.get(name, 0) for name in ("timezone", "before", "after")]
    parts = [normal_time(value["time"]), *rest, value["precision"], value["calendarmodel"]]
    return _object("DataValues\\TimeValue", _json(parts))


def _quantity(value: Value) -> str:
    parts = f"i:0;{_decimal(value['amount'])}i:1;{_string(value['unit'])}"
    upper, lower = value.get("upperBound"), value.get("lowerBound")
    if upper is None or lower is None:
        return _object("DataValues\\UnboundedQuantityValue", f"a:2:{{{parts}}}")
    bounds = f"i:2;{_decimal(upper)}i:3;{_decimal(lower)}"
    return _object("DataValues\\QuantityValue", f"a:4:{{{parts}{bounds}}}")


def _decimal(text: str) -> str:
    return _object("DataValues\\DecimalValue", _string(normal_decimal(text)))


def _string(text: str) -> str:
    return f's:{len(text.encode())}:"{text}";'


def _object(name: str, content: str) -> str:
    return f'C:{len(name)}:"{name}":{len(content.encode())}:{{{content}}}'


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
