"""Set up everything a machine needs to run ragapp: packages, embedding model, frontend. Says what it is doing.

Run by `make setup` with the virtual environment's Python. Each step leaves, beside its result, a stamp with a digest of
what it was made from, so a second run takes a second. Standard library only: this runs before anything is installed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "ragapp-stamp"
LOCK = ROOT / "requirements.lock"
TORCH = "torch==2.13.0"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def main() -> None:
    """Run the steps that are not up to date."""
    packages = [LOCK]
    step("Python packages (a few minutes the first time)", Path(sys.prefix), packages, install_packages)
    step("embedding models (about a minute)", ROOT / ".models", model_sources(), make_models)
    step("web app (about a minute)", ROOT / ".web/build", frontend_sources(), build_frontend)


def step(title: str, result: Path, inputs: Iterable[Path], action: Callable[[], None]) -> None:
    """Run `action`, which fills the folder `result`, unless it succeeded before with the same inputs."""
    stamp = result / STAMP
    current = digest(inputs)
    if stamp.is_file() and stamp.read_text() == current:
        return
    print(f"==> Setting up: {title} …", flush=True)
    started = time.monotonic()
    action()
    stamp.write_text(current)
    print(f"    done in {time.monotonic() - started:.0f} s", flush=True)


def digest(paths: Iterable[Path]) -> str:
    """Return a digest of the files' names and bytes."""
    total = hashlib.sha256(sys.version.encode())
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return total.hexdigest()


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a command in the project folder; its failure ends the set-up with its exit code."""
    result = subprocess.run(command, cwd=ROOT, env=env, check=False)  # noqa: S603 - our own commands
    if result.returncode:
        sys.exit(result.returncode)


def install_packages() -> None:
    """Install what is locked, file by file as its digests say, then the torch that fits.

    The lock is complete: nothing is resolved, so nothing pulls a torch that this machine cannot use.
    """
    run(*PIP, "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(LOCK))
    install_torch()


def install_torch() -> None:
    """Install the build of torch that fits: with CUDA only where there is an NVIDIA GPU.

    Where pip's own choice would bring CUDA packages to a machine without a GPU, uv picks the processor-only build. What
    torch needs is there already. Its own file is checked by version only: each build has other digests.
    """
    if shutil.which("nvidia-smi") or not brings_cuda():
        run(*PIP, "install", "--quiet", TORCH)
        return
    run(sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--torch-backend", "cpu", TORCH)


def brings_cuda() -> bool:
    """Return whether pip would install CUDA packages along with torch here."""
    command = (*PIP, "install", "--quiet", "--dry-run", "--report", "-", TORCH)
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip
    if result.returncode:
        return True
    names = (item["metadata"]["name"].lower() for item in json.loads(result.stdout)["install"])
    return any(name.startswith(("nvidia", "cuda", "triton")) for name in names)


def model_sources() -> list[Path]:
    """Return every file the exported models depend on."""
    folder = ROOT / "ragapp/adapters"
    names = ("minilm_setup.py", "minilm_export.py", "onnx_graph.py", "model_files.py")
    return [*(folder / name for name in names), *(path for path in (folder / "e5").iterdir() if path.is_file())]


def make_models() -> None:
    """Fetch, verify and export the built-in embedding models."""
    run(sys.executable, "-m", "ragapp", "setup-models")


def frontend_sources() -> list[Path]:
    """Return every file the built frontend depends on."""
    folders = ("ragapp/ui", "ragapp/core", "assets")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    kept = [path for path in files if path.suffix not in {".pyc", ".mo"}]
    # Not reflex.lock/package.json: the build itself puts its keys in another order.
    named = ("ragapp/ragapp.py", "rxconfig.py", "requirements.txt", "reflex.lock/package-lock.json")
    return [*kept, *(ROOT / name for name in named)]


def build_frontend() -> None:
    """Compile the pages and bundle them with Node from the virtual environment."""
    scripts = str(Path(sys.executable).parent)
    env = {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "HF_HUB_OFFLINE": "1",
    }
    run(str(Path(scripts) / "reflex"), "export", "--frontend-only", "--no-zip", env=env)


if __name__ == "__main__":
    main()
