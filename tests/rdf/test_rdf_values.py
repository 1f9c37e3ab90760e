"""Wikibase's values as RDF, a table a trap: numbers, points in time, languages, addresses, names of nodes."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.formats.rdf_profile import WikibaseProfile
from gitdraft.rdf.terms import clean_iri, escape, is_tag
from gitdraft.rdf.wikibase.languages import canonical_tag, term_tag
from gitdraft.rdf.wikibase.php import (
    globe_hash,
    normal_decimal,
    normal_time,
    php_float,
    quantity_hash,
    reference_hash,
    snak_hash,
    time_hash,
)
from gitdraft.rdf.wikibase.statements import statement_name
from gitdraft.rdf.wikibase.times import GREGORIAN, JULIAN, xsd_time
from gitdraft.rdf.wikibase.values import Unsayable, url_encode, write_value
from gitdraft.rdf.wikibase.vocabulary import Vocabulary

BASE = "http://example.org/entity/"
VOCABULARY = Vocabulary(WikibaseProfile(BASE, "http://example.org/data/"))
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "-0"),
        (48, "48"),
        (-1.5, "-1.5"),
        (67.25, "67.25"),
        (52.516666666666666, "52.516666666667"),
        (1 / 3600, "0.00027777777777778"),
        (0.1 + 0.2, "0.3"),
        (0.0001, "0.0001"),
        (0.00001, "1.0E-5"),
        (0.0000125, "1.25E-5"),
        (1e-10, "1.0E-10"),
        (1e14, "100000000000000"),
        (1e15, "1.0E+15"),
        (123456789.125, "123456789.125"),
        (100.0, "100"),
    ],
)
def test_a_number_is_written_as_php_does(number: float, text: str) -> None:
    assert php_float(number) == text


@pytest.mark.parametrize(
    ("time", "precision", "calendar", "expected"),
    [
        ("+2013-04-05T00:00:00Z", 11, GREGORIAN, "2013-04-05T00:00:00Z"),
        ("+2013-00-00T00:00:00Z", 9, GREGORIAN, "2013-01-01T00:00:00Z"),
        ("+2013-07-00T00:00:00Z", 10, GREGORIAN, "2013-07-01T00:00:00Z"),
        ("+2013-07-23T00:00:00Z", 10, GREGORIAN, "2013-07-01T00:00:00Z"),
        ("+0200-10-00T00:00:00Z", 11, GREGORIAN, "0200-10-01T00:00:00Z"),
        ("+2014-02-31T00:00:00Z", 11, GREGORIAN, "2014-02-28T00:00:00Z"),
        ("+2016-02-31T00:00:00Z", 11, GREGORIAN, "2016-02-29T00:00:00Z"),
        ("+1900-02-29T00:00:00Z", 11, GREGORIAN, "1900-02-28T00:00:00Z"),
        ("+2014-04-31T00:00:00Z", 11, GREGORIAN, "2014-04-30T00:00:00Z"),
        ("+2014-13-10T00:00:00Z", 11, GREGORIAN, "2014-12-10T00:00:00Z"),
        ("-0200-00-00T00:00:00Z", 9, GREGORIAN, "-0199-01-01T00:00:00Z"),
        ("-0001-01-01T00:00:00Z", 11, GREGORIAN, "0000-01-01T00:00:00Z"),
        ("-0001-02-30T00:00:00Z", 11, GREGORIAN, "0000-02-29T00:00:00Z"),
        ("-0005-02-30T00:00:00Z", 11, GREGORIAN, "-0004-02-29T00:00:00Z"),
        ("-0002-02-30T00:00:00Z", 11, GREGORIAN, "-0001-02-28T00:00:00Z"),
        ("-200000200-04-31T00:00:00Z", 11, GREGORIAN, "-200000199-04-30T00:00:00Z"),
        ("+2000000200-10-00T00:00:00Z", 5, GREGORIAN, "2000000200-01-01T00:00:00Z"),
        ("-2000002010-02-29T00:00:00Z", 8, JULIAN, "-2000002010-01-01T00:00:00Z"),
        ("-13798000000-00-00T00:00:00Z", 3, GREGORIAN, "-13798000000-01-01T00:00:00Z"),
        ("+2012-02-29T00:00:00Z", 11, JULIAN, "2012-03-13T00:00:00Z"),
        ("+1582-10-04T00:00:00Z", 11, JULIAN, "1582-10-14T00:00:00Z"),
        ("+1616-04-23T00:00:00Z", 11, JULIAN, "1616-05-03T00:00:00Z"),
        ("+0001-01-01T00:00:00Z", 11, JULIAN, "0000-12-30T00:00:00Z"),
        ("-0044-03-15T00:00:00Z", 11, JULIAN, "-0043-03-13T00:00:00Z"),
        ("-4713-01-02T00:00:00Z", 11, JULIAN, "-4713-11-25T00:00:00Z"),
        ("-9000-03-15T00:00:00Z", 11, JULIAN, "-8999-03-15T00:00:00Z"),
        ("+2012-02-29T00:00:00Z", 10, JULIAN, "2012-02-01T00:00:00Z"),
        ("+0000-02-29T00:00:00Z", 9, GREGORIAN, None),
        ("-0000-00-00T00:00:00Z", 11, JULIAN, None),
        ("+2012-02-31T00:00:00Z", 11, "http://example.org/calendar", None),
        ("+2012-02-31T00:00:00Z", 9, "http://example.org/calendar", "2012-01-01T00:00:00Z"),
        ("yesterday", 11, GREGORIAN, None),
    ],
)
def test_a_point_in_time_is_cleaned(time: str, precision: int, calendar: str, expected: str | None) -> None:
    assert xsd_time(time, precision, calendar) == expected


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("en", "en"),
        ("simple", "en-simple"),
        ("no", "nb"),
        ("als", "gsw"),
        ("bat-smg", "sgs"),
        ("be-x-old", "be-tarask"),
        ("bh", "bho"),
        ("fiu-vro", "vro"),
        ("roa-rup", "rup"),
        ("zh-classical", "lzh"),
        ("zh-min-nan", "nan"),
        ("zh-yue", "yue"),
        ("crh", "crh-Latn"),
        ("cbk-zam", "cbk-x-zam"),
        ("map-bms", "jv-x-bms"),
        ("nrm", "fr-x-nrm"),
        ("roa-tara", "it-x-tara"),
        ("de-formal", "de-x-formal"),
        ("nl-informal", "nl-x-informal"),
        ("eml", "egl"),
        ("mo", "ro-Cyrl-MD"),
        ("sr-ec", "sr-Cyrl"),
        ("zh-tw", "zh-Hant-TW"),
        ("kk-cn", "kk-Arab-CN"),
        ("crh-ro", "crh-Latn-RO"),
        ("nds-nl", "nds-NL"),
        ("pt-br", "pt-BR"),
        ("zh-hans", "zh-Hans"),
        ("en-x-rtl", "en-x-rtl"),
    ],
)
def test_the_language_of_a_site_is_mediawikis(code: str, tag: str) -> None:
    assert canonical_tag(code) == tag


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("sr-ec", "sr-ec"),
        ("nrm", "nrm"),
        ("simple", "simple"),
        ("zh-classical", "lzh"),
        ("", None),
        ("x", None),
    ],
)
def test_a_term_keeps_its_code_where_that_is_a_tag(code: str, tag: str | None) -> None:
    assert term_tag(code) == tag


@pytest.mark.parametrize(
    "tag", ["en", "zh-min-nan", "be-x-old", "en-simple", "de-1996", "sgn-BE-FR", "x-private"]
)
def test_what_is_a_language_tag(tag: str) -> None:
    assert is_tag(tag)


@pytest.mark.parametrize("text", ["", "e", "en_US", "en-", "zh-classical", "en us", "123"])
def test_what_is_no_language_tag(text: str) -> None:
    assert not is_tag(text)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("http://example.org/a?b=c#d", "http://example.org/a?b=c#d"),
        ('http://example.org\\bad?chars=\\при< >"', "http://example.org%5Cbad?chars=%5Cпри%3C%20%3E%22"),
        ("http://example.org/~`!@#$%^&*()-_=+[]{}|:;'\",.<>/?", None),
        ("http://example.org/a[1]?b=[2]", "http://example.org/a%5B1%5D?b=%5B2%5D"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("http://example.org/100%", "http://example.org/100%25"),
        ("http://example.org/a#b#c", "http://example.org/a#b%23c"),
        ("http://example.org/a\nb", "http://example.org/a%0Ab"),
        ("urn:isbn:123", "urn:isbn:123"),
        ("example.org/a", None),
        ("/a", None),
        ("http://a b@c:d:e/", None),
    ],
)
def test_an_address_is_cleaned(typed: str, cleaned: str | None) -> None:
    if typed.startswith("http://example.org/~"):
        cleaned = "http://example.org/~%60!@#$%25%5E&*()-_=+%5B%5D%7B%7D%7C:;'%22,.%3C%3E/?"
    assert clean_iri(typed) == cleaned


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a", "a"),
        ('"\\', '\\"\\\\'),
        ("\n\t\r\b\f", "\\n\\t\\r\\b\\f"),
        ("\0\x7f", "\\u0000\\u007F"),
        ("й😀", "й😀"),
    ],
)
def test_a_text_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("San Francisco", "San+Francisco"),
        ("Data:Berlin (Mitte).map", "Data:Berlin+(Mitte).map"),
        ("a/b,c;d@e$f!g*h~i", "a/b,c;d@e$f!g*h~i"),
        ("é?&=+'", "%C3%A9%3F%26%3D%2B%27"),
    ],
)
def test_a_title_is_encoded_as_mediawiki_does(text: str, encoded: str) -> None:
    assert url_encode(text) == encoded


@pytest.mark.parametrize(
    ("guid", "name"),
    [("Q1$A-b", "Q1-A-b"), ("q42$F0_1", "q42-F0_1"), ("Q1$é", "Q1---"), ("a b.c", "a-b-c")],
)
def test_a_statement_is_named_by_its_guid(guid: str, name: str) -> None:
    assert statement_name(guid) == name


def time_value(time: str, precision: int, calendar: str = GREGORIAN, **more: int) -> dict[str, Any]:
    rest = {"timezone": 0, "before": 0, "after": 0} | more
    return {"time": time, "precision": precision, "calendarmodel": calendar, **rest}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (time_value("-0200-00-00T00:00:00Z", 9), "ba4fa68a0979e663277b08d93f93705c"),
        (time_value("+0200-10-00T00:00:00Z", 11, timezone=60), "eae7de0cf78be68cc66d923f97f8bce3"),
        (time_value("-200000200-04-31T00:00:00Z", 11, timezone=-60), "1e7c1d86c22c049d059d30abe0b98813"),
        (time_value("+0000-02-29T00:00:00Z", 9, JULIAN), "a41558288146e0b78a50d52e4421cfec"),
    ],
)
def test_the_node_of_a_time_has_wikibases_name(value: dict[str, Any], name: str) -> None:
    assert time_hash(value) == name


def test_before_and_after_are_in_the_name_of_a_time() -> None:
    plain = time_value("+2000-00-00T00:00:00Z", 9)
    assert len({time_hash(plain), time_hash(plain | {"before": 1}), time_hash(plain | {"after": 1})}) == 3


def test_a_time_with_more_zeros_is_the_same_time() -> None:
    assert normal_time("+00000002013-01-01T00:00:00Z") == "+2013-01-01T00:00:00Z"
    assert normal_time("2013-01-01T00:00:00Z") == "+2013-01-01T00:00:00Z"


QUANTITY = {
    "amount": "+19.768000000000000682121026329696178436279296875",
    "unit": "1",
    "upperBound": "+19.76899999999999835154085303656756877899169921875",
    "lowerBound": "+19.766999999999999459987520822323858737945556640625",
}


def test_the_node_of_a_quantity_has_wikibases_name() -> None:
    assert quantity_hash(QUANTITY) == "1e09d673624819aacd170165aae555a1"
    unbounded = {"amount": "+5", "unit": "http://www.wikidata.org/entity/Q11573"}
    assert quantity_hash(unbounded) != quantity_hash(unbounded | {"upperBound": "+5", "lowerBound": "+5"})


@pytest.mark.parametrize(
    ("text", "normal"), [("5", "+5"), ("+5.0", "+5.0"), ("-5", "-5"), ("-0", "+0"), ("-0.00", "+0.00")]
)
def test_a_decimal_keeps_its_sign(text: str, normal: str) -> None:
    assert normal_decimal(text) == normal


def test_the_node_of_a_place_has_wikibases_name() -> None:
    place = {
        "latitude": 12.125,
        "longitude": 67.25,
        "precision": 0.0625,
        "globe": "http://www.wikidata.org/entity/Q2",
    }
    assert globe_hash(place) == "002e39a4a1d30d3dbf7eb63d21d93cfd"
    assert globe_hash(place | {"precision": None}) == globe_hash(
        {k: v for k, v in place.items() if k != "precision"}
    )


def lines(data: dict[str, Any], datatype: str | None = None, formatter: str | None = None) -> list[str]:
    written = write_value(VOCABULARY, data, datatype, formatter)
    more = [str(line).partition("> ")[2].removesuffix(" .") for line in written.triples]
    return [str(written.simple), *([str(written.address)] if written.address else []), *more]


def text(value: str) -> dict[str, Any]:
    return {"type": "string", "value": value}


@pytest.mark.parametrize(
    ("data", "datatype", "term"),
    [
        (text("a"), "string", '"a"'),
        (text(" a "), "external-id", '"a"'),
        (text("x^2"), "math", '"x^2"'),
        (text("c'4"), "musical-notation", '"c\'4"'),
        (text(" http://example.org/ \n"), "url", "<http://example.org/>"),
        (
            text("A b&c.svg"),
            "commonsMedia",
            "<http://commons.wikimedia.org/wiki/Special:FilePath/A%20b%26c.svg>",
        ),
        (text("Data:A b.map"), "geo-shape", "<http://commons.wikimedia.org/data/main/Data:A+b.map>"),
        (text("Data:A.tab"), "tabular-data", "<http://commons.wikimedia.org/data/main/Data:A.tab>"),
        (text("E10"), "entity-schema", f"<{BASE}E10>"),
        (
            {"type": "wikibase-entityid", "value": {"entity-type": "entity-schema", "id": "E10"}},
            "entity-schema",
            f"<{BASE}E10>",
        ),
        ({"type": "wikibase-entityid", "value": {"id": "L1-F2"}}, "wikibase-form", f"<{BASE}L1-F2>"),
        (
            {"type": "wikibase-entityid", "value": {"entity-type": "property", "numeric-id": 31}},
            "wikibase-property",
            f"<{BASE}P31>",
        ),
        ({"type": "monolingualtext", "value": {"text": "a", "language": "sr-ec"}}, None, '"a"@sr-ec'),
    ],
)
def test_each_data_type_has_its_term(data: dict[str, Any], datatype: str | None, term: str) -> None:
    assert lines(data, datatype) == [term]


def test_an_identifier_has_the_address_of_its_propertys_pattern() -> None:
    assert lines(text("a b/ç"), "external-id", "https://example.org/$1?x") == [
        '"a b/ç"',
        "<https://example.org/a+b/%C3%A7?x>",
    ]


def test_a_quantity_without_bounds_or_unit() -> None:
    simple, *node = lines({"type": "quantity", "value": {"amount": "+5", "unit": "1"}})
    assert simple == f'"+5"^^<{XSD}decimal>'
    assert sorted(line.partition("#")[2] for line in node) == sorted(
        [
            "type> <http://wikiba.se/ontology#QuantityValue>",
            f'quantityAmount> "+5"^^<{XSD}decimal>',
            "quantityUnit> <http://www.wikidata.org/entity/Q199>",
        ]
    )


def test_a_place_on_another_globe_without_precision() -> None:
    value = {
        "latitude": 1.5,
        "longitude": -2,
        "precision": None,
        "globe": "http://www.wikidata.org/entity/Q405",
    }
    simple, *node = lines({"type": "globecoordinate", "value": value})
    assert simple.startswith('"<http://www.wikidata.org/entity/Q405> Point(-2 1.5)"^^<')
    assert any(line.endswith("ontology#GeoAutoPrecision>") for line in node)
    assert any('"0.00027777777777778"' in line for line in node)


def test_a_time_that_is_none_is_a_plain_text() -> None:
    simple, *node = lines({"type": "time", "value": time_value("+0000-00-00T00:00:00Z", 9)})
    assert simple == '"+0000-00-00T00:00:00Z"'
    assert f"<http://wikiba.se/ontology#timeValue> {simple}" in node


@pytest.mark.parametrize(
    "data",
    [
        text("no address"),
        {"type": "future", "value": 1},
        text("http://a b:c:d/"),
        *(
            {"type": "quantity", "value": {"amount": a, "unit": "1"}}
            for a in ("", " 5", "+1e5", "1/2", "+.5")
        ),
        {"type": "quantity", "value": {"amount": "+1", "unit": "1", "upperBound": "x", "lowerBound": "+0"}},
        {"type": "time", "value": time_value("in May", 10)},
    ],
    ids=str,
)
def test_what_cannot_be_said_is_named(data: dict[str, Any]) -> None:
    with pytest.raises(Unsayable):
        lines(data, "url")


def test_hashes_that_the_json_leaves_out_are_wikibases() -> None:
    some = {"snaktype": "somevalue", "property": "P4"}
    assert snak_hash(some) != snak_hash(some | {"snaktype": "novalue"})
    assert snak_hash(some | {"hash": "abc"}) == "abc"
    snaks = {"P4": [some, some], "P5": [some | {"property": "P5"}]}
    turned = {"P5": snaks["P5"], "P4": [some]}
    assert reference_hash({"snaks": snaks}) == reference_hash({"snaks": turned})
    assert reference_hash({"snaks": snaks, "hash": "abc"}) == "abc"
