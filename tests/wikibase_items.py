"""Items of a Wikibase for tests, as its JSON has them."""

from __future__ import annotations

from typing import Any

CONFIGURATION = """\
version: 1
entities:
  item:
    path: items/{key}.json
    id: /id
  property:
    path: properties/{key}.json
    id: /id
  note:
    path: notes/{key}.json
rdf:
  profile: wikibase
  base: http://example.org/entity/
  types: [item, property]
  property_types: property_types.json
  source: example
  sites: sites.json
"""


def string(name: str, value: str, guid: str, **more: Any) -> dict[str, Any]:
    """A statement with a text."""
    snak = {"snaktype": "value", "property": name, "datavalue": {"type": "string", "value": value}}
    return {"id": guid, "type": "statement", "rank": "normal", "mainsnak": snak, **more}


def amount(value: str, guid: str) -> dict[str, Any]:
    """A statement with a quantity."""
    data = {"type": "quantity", "value": {"amount": value, "unit": "1"}}
    snak = {"snaktype": "value", "property": "P2", "datavalue": data}
    return {"id": guid, "type": "statement", "rank": "normal", "mainsnak": snak}


def item(name: str, label: str, *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An item with a label and statements."""
    claims: dict[str, list[Any]] = {}
    for statement in statements:
        claims.setdefault(statement["mainsnak"]["property"], []).append(statement)
    labels = {"en": {"language": "en", "value": label}}
    return {"type": "item", "id": name, "labels": labels, "claims": claims, **more}
