"""What is installed is what was checked: every package in the locks, with one version and the digests of its files."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"all": ROOT / "requirements.lock", "image": ROOT / "deploy/runtime.lock"}
OF_THE_MACHINE = re.compile(r"torch|triton|nvidia-.*|cuda-.*")
ALWAYS_THERE = {"pip", "setuptools"}
_PACKAGE = re.compile(r"^(?P<requirement>[\w.\-]+==[^\\\n]+?)(?: \\\n(?P<digests>(?:    --hash=.*\n?)+))?$", re.M)


def locked(lock: Path) -> dict[str, tuple[Requirement, list[str]]]:
    found = {}
    for match in _PACKAGE.finditer(lock.read_text()):
        requirement = Requirement(match["requirement"])
        digests = re.findall(r"--hash=sha256:[0-9a-f]{64}", match["digests"] or "")
        if requirement.marker is None or requirement.marker.evaluate() or requirement.name not in found:
            found[canonicalize_name(requirement.name)] = (requirement, digests)
    return found


def wanted(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS.keys())
def test_a_lock_holds_versions_and_digests_and_no_address(lock: Path) -> None:
    packages = locked(lock)
    assert len(packages) > 100
    assert [name for name, (_, digests) in packages.items() if not digests] == []
    assert [name for name, (one, _) in packages.items() if [part.operator for part in one.specifier] != ["=="]] == []
    assert "://" not in lock.read_text()
    assert not [name for name in packages if OF_THE_MACHINE.fullmatch(name)]


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_was_made_from_the_requirements_as_they_are(file: str) -> None:
    packages = locked(LOCKS["all"])
    for one in wanted(file):
        assert packages[canonicalize_name(one.name)][0].specifier == one.specifier, f"run `make lock`: {one}"


def test_the_image_gets_the_same_versions() -> None:
    everything, image = locked(LOCKS["all"]), locked(LOCKS["image"])
    assert {name: one.specifier for name, (one, _) in image.items()} == {
        name: one.specifier for name, (one, _) in everything.items() if name in image
    }
    assert "sentence-transformers" not in image
    assert "reflex" in image


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS.keys())
def test_nothing_that_a_package_needs_is_missing_from_its_lock(lock: Path) -> None:
    """The locks are installed without resolving: what is not in them is not installed."""
    packages = locked(lock)
    missing = {
        f"{name} needs {needed.name}"
        for name in packages
        for needed in _needs(name)
        if canonicalize_name(needed.name) not in packages
        and not OF_THE_MACHINE.fullmatch(canonicalize_name(needed.name))
        and canonicalize_name(needed.name) not in ALWAYS_THERE
    }
    assert missing == set()


def _needs(name: str) -> list[Requirement]:
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:  # for another platform
        return []
    needs = map(Requirement, lines)
    return [one for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})]
