"""What the contract suites share."""

from pathlib import Path

import pytest

from ragapp.adapters import minilm_setup
from ragapp.adapters.e5 import setup as e5_setup

MODELS = Path(__file__).parents[2] / ".models"


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The embedding model for English only, as `make setup` leaves it."""
    folder = MODELS / minilm_setup.FOLDER
    if not minilm_setup.is_ready(folder):
        pytest.skip("needs the embedding model MiniLM: run `make setup`")
    return folder


@pytest.fixture(scope="session")
def e5_folder() -> Path:
    """The multilingual embedding model, as `make setup` leaves it."""
    folder = MODELS / e5_setup.FOLDER
    if not e5_setup.is_ready(folder):
        pytest.skip("needs the multilingual embedding model: run `make setup`")
    return folder
