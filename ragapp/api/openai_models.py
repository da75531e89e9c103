"""`/v1/models`: what a client may name. Every name answers the same way: from the caller's documents."""

from fastapi import Response

from ragapp.api.credentials import CallerScope
from ragapp.api.problems import HttpProblem
from ragapp.api.rendering import render_json
from ragapp.api.routes import caller_router
from ragapp.api.schemas.openai import Model, ModelList
from ragapp.services.registry import current

OWN_MODEL = "ragapp"

router = caller_router("openai")


@router.get("/models", response_model=ModelList)
async def list_models(_scope: CallerScope) -> Response:
    """List the models: this application, and the model it writes with where there is one."""
    return render_json({"object": "list", "data": [_shown(name) for name in _names()]})


@router.get("/models/{model:path}", response_model=Model)
async def show_model(model: str, _scope: CallerScope) -> Response:
    """Describe one model."""
    return render_json(_shown(ensure_model(model)))


def ensure_model(name: str) -> str:
    """Return the name of a model that is served here.

    Raises:
        HttpProblem: 404, it is not; answering under a foreign name would mislead.
    """
    if name not in _names():
        known = ", ".join(_names())
        raise HttpProblem(404, "model_not_found", f"There is no such model here. Use one of: {known}.")
    return name


def _names() -> tuple[str, ...]:
    written_by = current().settings_view.generator_model
    return (OWN_MODEL, written_by) if written_by else (OWN_MODEL,)


def _shown(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "ragapp"}
