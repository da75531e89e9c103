"""`/v1/embeddings`: texts as vectors of the model that indexes the documents."""

from base64 import b64encode

from fastapi import Response

from ragapp.api.credentials import CallerScope
from ragapp.api.openai_models import ensure_model
from ragapp.api.openai_usage import estimate_tokens
from ragapp.api.rendering import render_json
from ragapp.api.routes import counted_router
from ragapp.api.schemas.openai import EmbeddingList, Embeddings
from ragapp.core.errors import InvalidInput
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation

router = counted_router("openai", Operation.SEARCH)


@router.post("/embeddings", response_model=EmbeddingList)
async def embed(body: Embeddings, scope: CallerScope) -> Response:
    """Return one unit vector per text."""
    model, texts = ensure_model(body.model), body.texts()
    vectors = await current().embeddings.embed(scope, texts)
    dimension = vectors.shape[1]
    if body.dimensions not in (None, dimension):
        raise InvalidInput(f"Vectors here have {dimension} dimensions.", details={"field": "dimensions"})
    as_base64 = body.encoding_format == "base64"
    shown = [b64encode(row.astype("<f4").tobytes()).decode() if as_base64 else row.tolist() for row in vectors]
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(shown)]
    tokens = sum(estimate_tokens(text) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return render_json({"object": "list", "data": data, "model": model, "usage": usage})
