"""Wikibase's values as RDF: one function a data type, and a node for a time, a quantity, a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from gitdraft.lazy_regex import regex
from gitdraft.rdf.terms import Term, Triple, clean_iri, iri, literal, triple, typed
from gitdraft.rdf.wikibase.languages import text_in
from gitdraft.rdf.wikibase.php import (
    EARTH,
    Value,
    entity_id,
    globe_hash,
    normal_decimal,
    normal_time,
    php_float,
    quantity_hash,
    time_hash,
)
from gitdraft.rdf.wikibase.times import xsd_time
from gitdraft.rdf.wikibase.vocabulary import (
    DATA_PAGES,
    DATE_TIME,
    DECIMAL,
    DOUBLE,
    FILES,
    GEO,
    INTEGER,
    TYPE,
    UNIT_ONE,
    Vocabulary,
    ontology,
)

UNRESERVED = ";@$!*(),/:~"  # what MediaWiki's wfUrlencode leaves as it is
DECIMAL_TEXT = regex(r"[+-][0-9]+(?:\.[0-9]+)?")
TIME_TEXT = regex(r"[+-][0-9]+-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?")
NO_PRECISION = 1 / 3600  # degrees; Wikibase's, where a place has none

TIME_VALUE, TIME_PRECISION = ontology("timeValue"), ontology("timePrecision")
TIME_ZONE, TIME_CALENDAR = ontology("timeTimezone"), ontology("timeCalendarModel")
AMOUNT, UNIT = ontology("quantityAmount"), ontology("quantityUnit")
UPPER_BOUND, LOWER_BOUND = ontology("quantityUpperBound"), ontology("quantityLowerBound")
LATITUDE, LONGITUDE = ontology("geoLatitude"), ontology("geoLongitude")
PRECISION, GLOBE = ontology("geoPrecision"), ontology("geoGlobe")
OF_TIME, OF_QUANTITY = ontology("TimeValue"), ontology("QuantityValue")
OF_GLOBE, AUTO_PRECISION = ontology("GlobecoordinateValue"), ontology("GeoAutoPrecision")


class Unsayable(Exception):
    """A value that RDF cannot have; the message says why."""


class Written(NamedTuple):
    """A value as RDF: the simple term; the node with its triples, where it has one; the address of an identifier."""

    simple: Term
    node: Term | None = None
    triples: tuple[Triple, ...] = ()
    address: Term | None = None


def url_encode(text: str) -> str:
    """Returns a title or an identifier as MediaWiki's wfUrlencode writes it."""
    return quote_plus(text, safe=UNRESERVED)


def address(text: str) -> Term:
    """Returns the term of an address that somebody typed. Raises Unsayable."""
    cleaned = clean_iri(text.strip(" \t\n\r\0\x0b"))
    if cleaned is None:
        raise Unsayable("is no absolute address")
    return iri(cleaned)


def write_value(vocabulary: Vocabulary, data: Value, datatype: str | None, formatter: str | None) -> Written:
    """Returns a data value as RDF: by the property's data type where that is known, else by the value's own type.

    ``formatter`` is the pattern of the addresses of a property's identifiers. Raises Unsayable; KeyError, TypeError,
    ValueError or AttributeError for what Wikibase would not have written.
    """
    kind, value = data["type"], data["value"]
    if kind == "string":
        by_type = OF_STRINGS.get(datatype or "")
        if by_type is not None:
            return Written(by_type(_text(value)))
        if datatype == "external-id":
            return _identifier(_text(value), formatter)
        if datatype == "entity-schema":
            return Written(vocabulary.entity(value.strip()))
        return Written(literal(_text(value)))
    if kind == "wikibase-entityid":
        return Written(vocabulary.entity(entity_id(value)))
    writer = OF_VALUES.get(kind)
    if writer is None:
        raise Unsayable(f"is of the unknown type '{kind}'")
    return writer(vocabulary, value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _file(name: str) -> Term:
    return iri(FILES + quote(name, safe=""))


def _data_page(name: str) -> Term:
    return iri(DATA_PAGES + url_encode(name))


def _identifier(text: str, formatter: str | None) -> Written:
    known = text.strip(" \t\n\r\0\x0b")
    if formatter is None:
        return Written(literal(known))
    return Written(literal(known), address=address(formatter.replace("$1", url_encode(known))))


def _monolingual(_: Vocabulary, value: Value) -> Written:
    return Written(text_in(value["text"], value["language"]))


def _time(vocabulary: Vocabulary, value: Value) -> Written:
    text, precision = normal_time(value["time"]), int(value["precision"])
    calendar = value["calendarmodel"]
    if TIME_TEXT.fullmatch(text) is None:
        raise Unsayable("is no point in time")
    point = xsd_time(text, precision, calendar)
    simple = literal(text) if point is None else typed(point, DATE_TIME)
    node = vocabulary.value(time_hash(value))
    return Written(
        simple,
        node,
        (
            triple(node, TYPE, OF_TIME),
            triple(node, TIME_VALUE, simple),
            triple(node, TIME_PRECISION, typed(str(precision), INTEGER)),
            triple(node, TIME_ZONE, typed(str(int(value.get("timezone", 0))), INTEGER)),
            triple(node, TIME_CALENDAR, address(calendar)),
        ),
    )


def _decimal(text: str) -> Term:
    normal = normal_decimal(text)
    if DECIMAL_TEXT.fullmatch(normal) is None:
        raise Unsayable("is no decimal")
    return typed(normal, DECIMAL)


def _quantity(vocabulary: Vocabulary, value: Value) -> Written:
    simple = _decimal(value["amount"])
    node = vocabulary.value(quantity_hash(value))
    unit = value["unit"].strip()
    triples = [
        triple(node, TYPE, OF_QUANTITY),
        triple(node, AMOUNT, simple),
        triple(node, UNIT, iri(UNIT_ONE) if unit == "1" else address(unit)),
    ]
    upper, lower = value.get("upperBound"), value.get("lowerBound")
    if upper is not None and lower is not None:
        triples.append(triple(node, UPPER_BOUND, _decimal(upper)))
        triples.append(triple(node, LOWER_BOUND, _decimal(lower)))
    return Written(simple, node, tuple(triples))


def _globe(vocabulary: Vocabulary, value: Value) -> Written:
    latitude, longitude = php_float(value["latitude"]), php_float(value["longitude"])
    globe = (value.get("globe") or EARTH).strip()
    point = f"Point({longitude} {latitude})"
    if globe != EARTH:
        point = f"<{globe.replace('>', '%3E')}> {point}"
    node = vocabulary.value(globe_hash(value))
    precision = value.get("precision")
    shown = php_float(NO_PRECISION if precision is None else precision)
    triples = [
        triple(node, TYPE, OF_GLOBE),
        triple(node, LATITUDE, typed(latitude, DOUBLE)),
        triple(node, LONGITUDE, typed(longitude, DOUBLE)),
        triple(node, PRECISION, typed(shown, DOUBLE)),
        triple(node, GLOBE, address(globe)),
    ]
    if precision is None:
        triples.append(triple(node, TYPE, AUTO_PRECISION))
    return Written(typed(point, GEO + "wktLiteral"), node, tuple(triples))


OF_STRINGS: dict[str, Callable[[str], Term]] = {
    "url": address,
    "commonsMedia": _file,
    "geo-shape": _data_page,
    "tabular-data": _data_page,
}
OF_VALUES: dict[str, Callable[[Vocabulary, Value], Written]] = {
    "monolingualtext": _monolingual,
    "time": _time,
    "quantity": _quantity,
    "globecoordinate": _globe,
}
