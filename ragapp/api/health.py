"""How the service is: open to probes and monitors, says nothing about tenants."""

from fastapi import Response

from ragapp.api.problems import problem_document, render_problem
from ragapp.api.rendering import render_json
from ragapp.api.routes import open_router
from ragapp.api.schemas.health import Alive, Check, Health
from ragapp.core.errors import InvariantBroken, Unavailable
from ragapp.services.registry import current
from ragapp.services.views import HealthView

router = open_router("health")


@router.head("/health", include_in_schema=False)
@router.get("/health", response_model=Health)
async def get_health() -> Response:
    """Return the state of every part; 503 with the same shape when the service as a whole is unhealthy."""
    view = await current().health.check()
    return render_json(_health(view).model_dump(), 503 if view.status == "unhealthy" else 200)


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", response_model=Alive)
async def is_alive() -> Alive:
    """Return as soon as the process answers at all; depends on nothing else."""
    return Alive(status="alive")


@router.head("/health/ready", include_in_schema=False)
@router.get("/health/ready", response_model=Alive)
async def is_ready() -> Response:
    """Return 200 when requests can be served, else 503."""
    if await _ready():
        return render_json({"status": "ready"})
    return render_problem(problem_document(503, Unavailable.code, "Not ready yet.", retry_after_s=1))


async def _ready() -> bool:
    try:
        services = current()
    except InvariantBroken:
        # Still starting, or already stopping.
        return False
    return await services.health.is_ready()


def _health(view: HealthView) -> Health:
    return Health(
        status=view.status,
        version=view.version,
        models_loaded=view.models_loaded,
        vector_db_connected=view.vector_db_connected,
        generator=view.generator,
        generator_model=view.generator_model,
        generator_problem=view.generator_problem,
        checks={part.name: Check(status=part.status, detail=part.detail) for part in view.checks},
    )
