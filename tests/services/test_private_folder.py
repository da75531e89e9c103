"""What is stored can be read by the account that runs the app, and by nobody else."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragapp.adapters.private_folder import keep_private
from ragapp.bootstrap import open_services, prepare_folders
from ragapp.config import GeneratorKind, Settings
from ragapp.core.errors import ConfigurationError


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_every_file_that_is_made_is_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", generator=GeneratorKind.EXTRACTIVE)
    async with open_services(settings, run_tasks=False):
        pass
    made = [settings.data_dir, *settings.data_dir.rglob("*")]
    assert len(made) > 3
    assert {path.name: oct(mode(path)) for path in made if mode(path) & 0o077} == {}


@pytest.mark.parametrize("opened", [0o755, 0o750, 0o777, 0o701])
def test_a_data_folder_that_others_can_read_is_taken_from_them(tmp_path: Path, opened: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(opened)
    prepare_folders(Settings(data_dir=folder))
    assert mode(folder) == 0o700


def test_one_that_cannot_be_taken_from_everybody_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", _not_ours)
    with pytest.raises(ConfigurationError, match="chmod 700"):
        keep_private(tmp_path)


def test_a_volume_that_a_group_shares_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o770)
    monkeypatch.setattr(Path, "chmod", _not_ours)
    keep_private(tmp_path)


def _not_ours(_self: Path, _mode: int) -> None:
    raise PermissionError(1, "Operation not permitted")
