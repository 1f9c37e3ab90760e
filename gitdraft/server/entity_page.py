"""An entity's page at its own address, where programs get its data."""

from __future__ import annotations

from fastapi import Response

from gitdraft.model.pages import Viewer
from gitdraft.server.access import Caller
from gitdraft.server.page_calls import PageCall, page


def entity_page(call: PageCall, caller: Caller, entity: str) -> Response:
    """Returns the page of an entity of canonical."""
    grant = caller.grant
    viewer = Viewer() if grant is None else Viewer(grant.role, grant.name, grant.draft)
    return page(caller.repository.review.entity(call.site(viewer), entity, whole=call.is_whole))
