"""Search: passages, no answer."""

from fastapi import Response

from ragapp.api.credentials import CallerScope
from ragapp.api.rendering import render_json, search_answer
from ragapp.api.routes import counted_router
from ragapp.api.schemas.answers import Search, SearchAnswer
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation

router = counted_router("search", Operation.SEARCH)


@router.post("/search", response_model=SearchAnswer)
async def search(body: Search, scope: CallerScope) -> Response:
    """Return the passages that match best, by meaning and by words."""
    return render_json(search_answer(await current().search.search(scope, body.to_request())))
