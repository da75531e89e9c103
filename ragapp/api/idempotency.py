"""Creating something under an `Idempotency-Key`: the same request twice is one thing and one answer."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from ragapp.core.scope import TenantScope
from ragapp.services.registry import current

View = TypeVar("View")


async def create_once(
    scope: TenantScope,
    key: str | None,
    body: BaseModel,
    shape: type[BaseModel],
    create: Callable[[], Awaitable[View]],
) -> View | Mapping[str, Any]:
    """Create what `body` describes, or return the answer that this key and body were given before.

    Args:
        scope: Who asks.
        key: The request's `Idempotency-Key`; None creates whatever came before.
        body: The request; its type says what is created.
        shape: How the answer looks.
        create: The service call.

    Raises:
        IdempotencyKeyReused, Conflict: see `IdempotencyService.once`. Whatever `create` refuses with.
    """
    if key is None:
        return await create()

    async def act() -> Mapping[str, Any]:
        return shape.model_validate(await create()).model_dump(mode="json")

    request = f"{type(body).__name__} {body.model_dump_json()}"
    return await current().idempotency.once(scope, key, hashlib.sha256(request.encode()).hexdigest(), act)
