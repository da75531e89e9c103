"""How many requests came, how they ended and how long they took, by the route's template: no ids, no tenants."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.exceptions import HTTPException

from ragapp.core.errors import RagAppError

REQUESTS = CollectorRegistry()
_COUNT = Counter("ragapp_requests", "Requests by route and outcome.", ["method", "route", "outcome"], registry=REQUESTS)
_SECONDS = Histogram("ragapp_request_seconds", "Time until an answer began.", ["method", "route"], registry=REQUESTS)


@contextmanager
def observed(method: str, route: str) -> Iterator[None]:
    """Count and time a request."""
    started, outcome = perf_counter(), "answered"
    try:
        yield
    except RagAppError as error:
        outcome = error.code
        raise
    except HTTPException:
        outcome = "refused"
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        _COUNT.labels(method, route, outcome).inc()
        _SECONDS.labels(method, route).observe(perf_counter() - started)
