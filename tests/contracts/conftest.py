"""What the contract suites share."""

from pathlib import Path

import pytest

from ragapp.adapters.minilm_setup import FOLDER, is_ready

MODELS = Path(__file__).parents[2] / ".models"


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The default embedding model, as `make setup` leaves it."""
    folder = MODELS / FOLDER
    if not is_ready(folder):
        pytest.skip("needs the embedding model: run `make setup`")
    return folder
