"""The password hasher keeps the promises of `core.ports.PasswordHasher`."""

import asyncio

import pytest

from ragapp.adapters.password import Argon2Hasher


@pytest.fixture
def hasher() -> Argon2Hasher:
    return Argon2Hasher(memory_kib=64, time_cost=1)


async def test_only_the_right_password_matches(hasher: Argon2Hasher) -> None:
    encoded = await hasher.hash("ispravna lozinka")
    assert await hasher.verify(encoded, "ispravna lozinka")
    assert not await hasher.verify(encoded, "ispravna lozinkA")
    assert not await hasher.verify(encoded, "")


async def test_the_same_password_has_another_hash_each_time(hasher: Argon2Hasher) -> None:
    assert await hasher.hash("lozinka") != await hasher.hash("lozinka")


@pytest.mark.parametrize("encoded", [None, "", "plain text", "$argon2id$v=19$m=64,t=1,p=1$bad"])
async def test_no_hash_or_a_broken_one_matches_nothing(hasher: Argon2Hasher, encoded: str | None) -> None:
    assert not await hasher.verify(encoded, "no such member")


async def test_an_unknown_member_costs_a_full_verification(
    hasher: Argon2Hasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    monkeypatch.setattr(hasher, "_matches", lambda encoded, password: bool(verified.append(encoded)))
    assert not await hasher.verify(None, "anything")
    assert verified[0].startswith("$argon2id$v=19$m=64,t=1,p=1$")


async def test_the_defaults_are_argon2id_with_64_mib_three_passes_one_lane() -> None:
    assert (await Argon2Hasher().hash("x")).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


async def test_many_at_once_are_all_answered(hasher: Argon2Hasher) -> None:
    encoded = await hasher.hash("x")
    assert all(await asyncio.gather(*(hasher.verify(encoded, "x") for _ in range(20))))
