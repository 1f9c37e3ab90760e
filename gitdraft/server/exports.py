"""`GET /api/v2/export/{form}`: canonical, or what a draft would make of it, in the forms of `gitdraft export`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response, StreamingResponse

from gitdraft.api.rdf import RdfOptions
from gitdraft.api.repository import Repository
from gitdraft.api.transfer import Transfer
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.server.access import Caller, reads_view
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.entities import InDraft
from gitdraft.server.responses import READING, errors

router = APIRouter(prefix="/api/v2", tags=["export"], route_class=StrictRoute)
Form = Literal["json", "jsonl", "nt", "nq", "ttl", "jsonld", "rdfxml", "rdfpatch", "sssom"]
TYPES: dict[Form, str] = {
    "json": "application/json",
    "jsonl": "application/jsonl; charset=utf-8",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml; charset=utf-8",
    "rdfpatch": "application/rdf-patch; charset=utf-8",
    "sssom": "text/tab-separated-values; charset=utf-8",
}
IN_MEMORY = PIECE = 1 << 20  # bytes
OF_RDF = ("draft", "at", "flavour")
TAKEN: dict[str, tuple[str, ...]] = {
    "json": ("draft",),
    "jsonl": ("draft",),
    "rdfpatch": (*OF_RDF, "since"),
    "sssom": ("at",),
}
Revision = Annotated[str | None, Query(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of it, and how: ``type`` alone, with a ``draft`` over canonical, canonical ``at`` a commit, what changed ``since``
    one."""

    type: str | None
    draft: str | None
    at: str | None
    since: str | None
    flavour: Literal["full", "truthy"]


@router.get(
    "/export/{form}",
    response_class=Response,
    responses={
        200: {"content": {name.partition(";")[0]: {} for name in TYPES.values()}},
        **errors(*READING),
    },
)
async def export_entities(  # noqa: PLR0913 (one a parameter)
    call: Calling,
    form: Annotated[Form, Path()],
    entity_type: Annotated[str | None, Query(alias="type", max_length=64)] = None,
    draft: InDraft = None,
    *,
    at: Annotated[Revision, Query(description="RDF and SSSOM: canonical at this commit.")] = None,
    since: Annotated[Revision, Query(description="`rdfpatch`: what changed since this commit.")] = None,
    flavour: Annotated[
        Literal["full", "truthy"], Query(description="RDF: all statements, or the best values alone.")
    ] = "full",
) -> Response:
    """All entities of canonical, or as a draft would make them: one array (`json`), a line each (`jsonl`), RDF (`nt`, `nq`, `ttl`,
    `jsonld`, `rdfxml`), or what changes in it (`rdfpatch`, with `since` or `draft`); redirects and mappings (`sssom`)."""
    asked = Asked(entity_type, draft, at, since, flavour)
    _check(form, asked)

    def act(caller: Caller) -> Response:
        file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed when it is sent)
        try:
            _write(caller.repository.transfer, form, _of_canonical(caller.repository, asked), file)
        except BaseException:
            file.close()
            raise
        return _sent(file, TYPES[form])

    return await call.survey(reads_view(draft), act)


def _of_canonical(repository: Repository, asked: Asked) -> Asked:
    """Returns the same with the commits that its revisions name. Raises NotFound for what canonical does not have: whoever reads
    canonical does not see other branches."""
    at, since = (
        None if name is None else repository.canonical_commit(name) for name in (asked.at, asked.since)
    )
    return replace(asked, at=at, since=since)


def _check(form: Form, asked: Asked) -> None:
    """Raises InvalidInput for a parameter that the form does not have."""
    given = {"draft": asked.draft, "at": asked.at, "since": asked.since}
    given["flavour"] = None if asked.flavour == "full" else asked.flavour
    for name, value in given.items():
        if value is not None and name not in TAKEN.get(form, OF_RDF):
            raise InvalidInput(f"'{form}' takes no parameter '{name}'", context={"path": f"/{name}"})
    if asked.draft is not None and asked.at is not None:
        raise InvalidInput("a draft is over canonical's tip; leave out at", context={"path": "/at"})
    if form == "rdfpatch" and asked.since is None and asked.draft is None:
        raise InvalidInput("a change needs since, or draft", code="missing-field", context={"path": "/since"})


def _write(transfer: Transfer, form: Form, asked: Asked, file: IO[bytes]) -> None:
    types = () if asked.type is None else (asked.type,)
    options: RdfOptions = {"draft": asked.draft, "at": asked.at, "flavour": asked.flavour}
    match form:
        case "json" | "jsonl":
            _write_lines(transfer.export_entities(asked.type, asked.draft).lines(form), file)
        case "sssom":
            _write_lines(transfer.export_sssom(types, asked.at).lines(), file)
        case "rdfpatch":
            transfer.rdf_change(types, asked.since, **options).write_patch(file)
        case _:
            transfer.export_rdf(types, **options).write(file, form)


def _write_lines(lines: Iterable[str], file: IO[bytes]) -> None:
    file.writelines(f"{line}\n".encode() for line in lines)


def _sent(file: IO[bytes], media_type: str) -> Response:
    """The file from its beginning, a piece at a time: what is long is on the disk, never whole in memory."""
    size = file.tell()
    file.seek(0)

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(PIECE):
                yield piece

    return StreamingResponse(pieces(), media_type=media_type, headers={"Content-Length": str(size)})
