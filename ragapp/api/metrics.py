"""`/metrics` for Prometheus, with a token of its own."""

from collections.abc import Mapping

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from ragapp.api.request_metrics import REQUESTS
from ragapp.api.routes import open_router
from ragapp.services.oversight.metrics import InstallationMetrics
from ragapp.services.registry import current

router = open_router("metrics")


@router.get("/metrics", response_class=Response, include_in_schema=False)
async def get_metrics(request: Request) -> Response:
    """Return the metrics as text; the token comes as `Authorization: Bearer`."""
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    found = await current().metrics.gather(token)
    return Response(generate_latest(_registry(found)) + generate_latest(REQUESTS), media_type=CONTENT_TYPE_LATEST)


def _registry(found: InstallationMetrics) -> CollectorRegistry:
    registry = CollectorRegistry()
    _by(registry, "ragapp_tenants", "Tenants by status.", "status", found.tenants)
    _by(registry, "ragapp_tasks", "Tasks by state.", "state", found.tasks)
    _by(registry, "ragapp_used_today", "Use since midnight UTC.", "metric", found.used_today)
    _by(registry, "ragapp_service_healthy", "1 where a part was well when last looked at.", "service", found.healthy)
    one = {"users": found.users, "documents": found.documents, "storage_bytes": found.storage_bytes}
    for name, value in {**one, "sessions": found.sessions}.items():
        Gauge(f"ragapp_{name}", f"{name.replace('_', ' ').capitalize()} now.", registry=registry).set(value)
    if found.of_tenants:
        words = "Use of tenants since midnight UTC."
        gauge = Gauge("ragapp_tenant_used_today", words, ["tenant", "metric"], registry=registry)
        for slug, amounts in found.of_tenants.items():
            for metric, amount in amounts.items():
                gauge.labels(slug, metric).set(amount)
    return registry


def _by(registry: CollectorRegistry, name: str, words: str, label: str, values: Mapping[str, float]) -> None:
    gauge = Gauge(name, words, [label], registry=registry)
    for key, value in values.items():
        gauge.labels(key).set(value)
