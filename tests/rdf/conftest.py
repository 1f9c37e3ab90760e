"""A Wikibase's items in git."""

from __future__ import annotations

import pytest
from sandbox import Sandbox
from wikibase_items import CONFIGURATION, amount, item, string


@pytest.fixture
def wikibase(sandbox: Sandbox) -> Sandbox:
    """Three items, one of them with the version that its wiki gave it, a property, a note; two values are shared."""
    for folder in ("categories", "properties"):
        sandbox.git("rm", "-rq", folder)
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write("property_types.json", {"P1": "url", "P2": "quantity"})
    sandbox.write(
        "sites.json", {"enwiki": {"language": "en", "link": "https://en.example/$1", "group": "wikipedia"}}
    )
    sandbox.write(
        "items/Q1.json", item("Q1", "One", amount("+5", "Q1$A"), string("P1", "http://a.example/", "Q1$B"))
    )
    sandbox.write(
        "items/Q2.json", item("Q2", "Two", amount("+5", "Q2$A"), lastrevid=7, modified="2021-01-01T00:00:00Z")
    )
    sandbox.write(
        "items/Q10.json", item("Q10", "Ten", sitelinks={"enwiki": {"site": "enwiki", "title": "Ten"}})
    )
    sandbox.write(
        "properties/P9.json", {"type": "property", "id": "P9", "datatype": "external-id", "claims": []}
    )
    sandbox.write("notes/n.json", {"text": "not for the web"})
    sandbox.commit("a wikibase")
    return sandbox
