"""How much room is left, said in headers: on answers that were counted, and on refusals."""

from collections.abc import Mapping

from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation


def rate_headers(*, limit: object, remaining: object, reset_after_s: object, window_s: object) -> dict[str, str]:
    """Return the headers, under the names of the IETF's draft and under the older ones."""
    told = {"Limit": limit, "Remaining": remaining, "Reset": reset_after_s}
    names = {f"{prefix}-{name}": str(value) for prefix in ("RateLimit", "X-RateLimit") for name, value in told.items()}
    return {**names, "RateLimit-Policy": f"{limit};w={window_s}"}


async def standing_headers(scope: TenantScope, operation: Operation) -> Mapping[str, str]:
    """Return the headers of the rate that leaves the caller least room; none where nothing is limited."""
    standing = await current().limits.standing(scope, operation)
    if standing is None:
        return {}
    return rate_headers(
        limit=standing.limit,
        remaining=standing.remaining,
        reset_after_s=standing.reset_after_s,
        window_s=standing.window_s,
    )


def refusal_headers(document: Mapping[str, object]) -> dict[str, str]:
    """Return the headers of a problem document that says a rate was used up."""
    details = document.get("details")
    if not isinstance(details, Mapping) or "window_s" not in details:
        return {}
    reset = document.get("retry_after_s", 0)
    return rate_headers(limit=details["limit"], remaining=0, reset_after_s=reset, window_s=details["window_s"])
