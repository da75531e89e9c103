"""Which versions this process runs with, for its operator: what somebody asks first when something is wrong."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from ragapp.config import VERSION

_PACKAGES = {"Reflex": "reflex", "FastAPI": "fastapi", "SQLAlchemy": "sqlalchemy", "Chroma": "chromadb"}


def component_versions() -> Mapping[str, str]:
    """Return part -> version, the product first; a package that is not installed is left out."""
    return {"ragapp": VERSION, "Python": platform.python_version(), **_installed()}


def _installed() -> dict[str, str]:
    found = {}
    for name, package in _PACKAGES.items():
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            continue
    return found
