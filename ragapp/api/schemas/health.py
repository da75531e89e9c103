"""Shapes of health answers."""

from pydantic import Field

from ragapp.api.parameters import Answer


class Check(Answer):
    """One part of the service; `detail` says how to make it well."""

    status: str
    detail: str


class Health(Answer):
    """How the service is."""

    status: str = Field(description='"healthy", "degraded" or "unhealthy".')
    version: str
    models_loaded: bool
    vector_db_connected: bool
    generator: str
    generator_model: str
    generator_problem: str = Field(description="A stable error code, or empty.")
    checks: dict[str, Check]


class Alive(Answer):
    """A probe's answer."""

    status: str
