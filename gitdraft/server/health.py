"""`/healthz`, `/readyz`, `/metrics`: for those who run the service."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gitdraft.api.repository import Repository
from gitdraft.server import response_models
from gitdraft.server.error_handlers import plain_answer
from gitdraft.server.metrics import Metrics
from gitdraft.server.responses import errors
from gitdraft.server.service import Service

router = APIRouter(tags=["operation"])


@router.get("/healthz", response_model=response_models.Alive, responses=errors(429))
async def healthz() -> Response:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", response_model=response_models.Alive, responses=errors(429, 500, 503, 507))
async def readyz(request: Request) -> Response:
    """Whether the repository can be read and the tokens can be opened, and the service is not going down."""
    service: Service = request.app.state.service

    def check(repository: Repository) -> bool:
        repository.tokens.find("")
        return repository.canonical_tip() is not None

    if service.is_closing or not await service.readers.run(check, service.settings.timeout):
        return plain_answer(503, "not-ready", "there is nothing to serve, or not any more")
    return JSONResponse({"status": "ok"})


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}, **errors(429)})
async def metrics(request: Request) -> Response:
    """Counts and times of the requests by route, for Prometheus."""
    counted: Metrics = request.app.state.metrics
    text, media_type = counted.exposition(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": media_type})
