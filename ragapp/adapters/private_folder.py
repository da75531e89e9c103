"""The data folder and what is put in it belong to this account alone."""

import os
import stat
from pathlib import Path

import structlog

from ragapp.core.errors import ConfigurationError

_PRIVATE = 0o700
_OF_ANYBODY = stat.S_IRWXO
_OF_OTHERS = stat.S_IRWXG | _OF_ANYBODY
_log = structlog.get_logger(__name__)


def keep_private(folder: Path) -> None:
    """Have every file of this process made for its owner only, and take a folder that others can read from them.

    A folder that belongs to another account and is open to a group only (as an orchestrator mounts volumes) is used as
    it is, with a warning.

    Raises:
        ConfigurationError: everybody on this machine can read the folder, and that cannot be changed from here.
    """
    if os.name != "posix":
        return
    os.umask(_OF_OTHERS)
    if not _mode(folder) & _OF_OTHERS:
        return
    try:
        folder.chmod(_PRIVATE)
    except OSError:
        _log.warning("data_folder.not_private", folder=str(folder))
    else:
        _log.warning("data_folder.made_private", folder=str(folder))
    if _mode(folder) & _OF_ANYBODY:
        problem = f"{folder} can be read by everybody on this machine. Run `chmod 700 {folder}` as its owner."
        raise ConfigurationError(problem)


def _mode(folder: Path) -> int:
    return folder.stat().st_mode
