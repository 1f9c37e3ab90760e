"""The page behind a capability URL, for people: what the draft changes. The token stays in the fragment."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)
PAGE = files("gitdraft.server").joinpath("draft.html").read_text("utf-8")


def _policy() -> str:
    """Nothing from elsewhere, and no other script than the page's own."""
    script = PAGE.partition("<script>")[2].partition("</script>")[0]
    style = PAGE.partition("<style>")[2].partition("</style>")[0]
    allowed = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (script, style)
    ]
    return (
        f"default-src 'none'; connect-src 'self'; script-src {allowed[0]}; style-src {allowed[1]}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


POLICY = _policy()


@router.get("/drafts/{draft_id}")
async def show_draft(draft_id: str) -> Response:
    """The same page for every id: what is there, the page asks with the token."""
    del draft_id
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
