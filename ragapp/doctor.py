"""Looks at an installation from outside: what is there, what answers, and what to do about the rest."""

import sys
from pathlib import Path

from ragapp.adapters import minilm_setup
from ragapp.adapters.e5 import setup as e5_setup
from ragapp.adapters.parsers.ocr_install import INSTALL_COMMAND, WANTED_LANGUAGES, find_ocr
from ragapp.bootstrap import open_services
from ragapp.bootstrap_models import build_generators, effective_embedder
from ragapp.config import EmbedderKind, Settings
from ragapp.core.errors import ConfigurationError, RagAppError
from ragapp.services.views import ComponentHealth

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
_MODELS = {
    EmbedderKind.E5: (e5_setup.FOLDER, e5_setup.is_ready),
    EmbedderKind.MINILM: (minilm_setup.FOLDER, minilm_setup.is_ready),
}
_STAND_IN = "searches by meaning know English only. Connect to the network and run `python -m ragapp setup-models`."
_BUILD = Path(".web/build/client/index.html")


async def examine(settings: Settings) -> tuple[ComponentHealth, ...]:
    """Return one finding per part; those that are not healthy say what to do."""
    return (
        _python(),
        _web_app(),
        _embedding_model(settings),
        _text_recognition(),
        await _model_server(settings),
        *(await _services(settings)),
    )


def _python() -> ComponentHealth:
    version = ".".join(map(str, sys.version_info[:3]))
    is_known = sys.version_info[:2] >= (3, 11)
    return ComponentHealth("python", HEALTHY if is_known else UNHEALTHY, version if is_known else "Use Python 3.11.")


def _web_app() -> ComponentHealth:
    if _BUILD.is_file():
        return ComponentHealth("web_app", HEALTHY)
    return ComponentHealth("web_app", UNHEALTHY, "Not built yet: run `make setup`.")


def _embedding_model(settings: Settings) -> ComponentHealth:
    name, in_use = "embedding_model", effective_embedder(settings)
    if in_use not in _MODELS:
        return ComponentHealth(name, HEALTHY, settings.effective_embedder_model)
    folder, is_ready = _MODELS[in_use]
    if not is_ready(settings.models_dir / folder):
        return ComponentHealth(name, UNHEALTHY, "Missing or damaged: run `python -m ragapp setup-models`.")
    if in_use is not settings.embedder:
        return ComponentHealth(name, DEGRADED, f"{folder} stands in for {_MODELS[settings.embedder][0]}: {_STAND_IN}")
    return ComponentHealth(name, HEALTHY, folder)


def _text_recognition() -> ComponentHealth:
    found = find_ocr()
    if found is None:
        return ComponentHealth("text_recognition", DEGRADED, f"Scans cannot be read; for that run `{INSTALL_COMMAND}`.")
    missing = [name for name in WANTED_LANGUAGES if name not in found.languages]
    if missing:
        fix = f"Scans are read without {', '.join(missing)}; for that run `{INSTALL_COMMAND}`."
        return ComponentHealth("text_recognition", DEGRADED, fix)
    return ComponentHealth("text_recognition", HEALTHY, ", ".join(found.languages))


async def _model_server(settings: Settings) -> ComponentHealth:
    generators = build_generators(settings)
    try:
        status = await generators.status()
    finally:
        await generators.close()
    if not status.problem:
        return ComponentHealth("language_model", HEALTHY, status.model or "not wanted: exact passages only")
    command = status.details.get("command", "")
    fix = f"run `{command}`" if command else f"start Ollama at {settings.ollama_host} or set OLLAMA_HOST"
    return ComponentHealth("language_model", DEGRADED, f"Answers show exact passages; for written ones {fix}.")


async def _services(settings: Settings) -> tuple[ComponentHealth, ...]:
    try:
        async with open_services(settings, run_tasks=False) as services:
            health = await services.health.check()
            setup = await services.setup.needs_setup()
    except (ConfigurationError, RagAppError) as error:
        return (ComponentHealth("services", UNHEALTHY, str(error)),)
    owner = ComponentHealth("first_owner", DEGRADED, "Open the app to create one.") if setup else None
    parts = [check for check in health.checks if check.name in ("database", "embedder")]
    return (*parts, *((owner,) if owner else ()))
