"""The tests are tested: without any one tenant predicate or permission check they must fail.

30 mutants are sampled (`RAGAPP_TEST_MUTANTS=all` runs every one, `RAGAPP_TEST_SEED` draws others). Policies of
PostgreSQL are dropped one by one, all of them, in `tests/store/test_database_safety.py`.
"""

import os
import random
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.mutation.mutants import ROOT, Mutant, permission_mutants, predicate_mutants

SAMPLED_OF_EACH = 15
EVERY_ONE = os.environ.get("RAGAPP_TEST_MUTANTS") == "all"
SEED = int(os.environ.get("RAGAPP_TEST_SEED", "1"))
LIMIT_S = 400
# What catches most comes first; the run ends at the first failure.
SUITES = (
    "tests/tenancy/test_permission_matrix.py",
    "tests/tenancy",
    "tests/store",
    "tests/services",
    "tests/people",
    "tests/tasks",
)
_SHARED = ("tests", "alembic", "samples", "pyproject.toml", "README.md", ".models")


@cache
def mutants() -> list[Mutant]:
    """Return those that are tried, in the order of their numbers."""
    drawn = random.Random(SEED)
    kinds = (predicate_mutants(), permission_mutants())
    if EVERY_ONE:
        return [mutant for kind in kinds for mutant in kind]
    return [mutant for kind in kinds for mutant in drawn.sample(kind, SAMPLED_OF_EACH)]


def test_there_are_mutants_to_draw_from():
    assert len(predicate_mutants()) > 60
    assert len(permission_mutants()) > 20


@pytest.mark.mutation
@pytest.mark.parametrize("number", range(len(mutants()) if EVERY_ONE else 2 * SAMPLED_OF_EACH))
def test_a_mutant_is_caught(tmp_path, number):
    mutant = mutants()[number]
    assert is_caught(tmp_path / "product", mutant), f"no test noticed {mutant.name}"


def is_caught(folder: Path, mutant: Mutant) -> bool:
    """Return whether the tests fail in a copy of the product that holds the mutant."""
    shutil.copytree(ROOT / "ragapp", folder / "ragapp", ignore=shutil.ignore_patterns("__pycache__"))
    for name in _SHARED:
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    (folder / mutant.path).write_text(mutant.source())
    marks = "not slow and not e2e and not postgres and not quality and not mutation and not timing"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", marks, *SUITES]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=LIMIT_S, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{mutant.name}: the tests did not run\n{(done.stdout + done.stderr).decode()[-2000:]}")
    shutil.rmtree(folder)
    return done.returncode == 1
