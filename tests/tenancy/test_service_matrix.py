"""Every service method, with an id that is not the caller's in every place an id fits: as if it did not exist."""

import asyncio
import inspect

import pytest

from ragapp.core.errors import FeatureDisabled, NotFound, RagAppError
from ragapp.core.ids import DocumentId, new_id
from tests.tenancy.slots import Slot, call, function_of, service_methods, service_slots
from tests.tenancy.twins import changes

pytestmark = pytest.mark.sweep

LEAVES_OUT = ("documents", "find_many")
"""Asked for many at once, it leaves out what is not there: a page asks about what somebody may just have deleted."""
PRIVATE_SERVICES = ("chats", "runs", "answers", "sharing", "quality_questions")
"""Services of a member's own conversations, which colleagues of whatever role cannot open."""

_BY_POLICY = ("oversight_chats",)
"""Services that tenants have to allow first: they refuse all ids alike. `test_chats_of_others` is about the rest."""

_SERVED_AFTER_S = 5.0


async def outcome_of(result) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(_SERVED_AFTER_S):
            if inspect.isawaitable(result):
                await result
            elif result is not None:  # a check is done when it returns
                async for _ in result:
                    pass
    except RagAppError as error:
        return type(error).__name__, error.code, error.user_message, str(dict(error.details))
    except TimeoutError:
        return ("it is still being served",)
    return ("it was served",)


@pytest.fixture
def attempt(wired, ledger):
    """Call a slot and return its outcome, with the places that changed if any did."""
    before = ledger.picture()

    async def attempt(slot: Slot, scope, tried, caller) -> tuple[str, ...]:
        outcome = await outcome_of(call(wired.services, slot, scope, tried, caller))
        changed = changes(before, ledger.picture())
        return (*outcome, f"changed {changed}") if changed else outcome

    return attempt


def test_the_matrix_covers_the_services():
    covered = {(slot.service, slot.method) for slot in service_slots()}
    assert len(covered) > 20
    named_like_ids = {
        (service, method)
        for service, method in service_methods()
        if any(name.endswith(("_id", "_ids")) for name in inspect.signature(function_of(service, method)).parameters)
    }
    assert named_like_ids <= covered


async def test_another_tenants_ids_are_as_good_as_none(twins, attempt):
    theirs, mine = twins
    wrong = []
    for slot in service_slots():
        if (slot.service, slot.method) == LEAVES_OUT:
            continue
        expected = await attempt(slot, mine.owner, new_id(), mine)
        refusals = (NotFound.__name__, FeatureDisabled.__name__) if slot.service in _BY_POLICY else (NotFound.__name__,)
        if expected[0] not in refusals or len(expected) > 4:
            wrong.append(f"{slot.name}, an id nobody has: {expected}")
        for tried in (*theirs.ids[slot.kind], *theirs.deleted[slot.kind], *mine.deleted[slot.kind]):
            outcome = await attempt(slot, mine.owner, tried, mine)
            if outcome != expected:
                wrong.append(f"{slot.name}: {outcome} instead of {expected}")
    assert not wrong, "\n".join(wrong)


async def test_another_tenants_documents_are_left_out_among_many(wired, twins):
    theirs, mine = twins
    asked = (*theirs.ids[DocumentId], *theirs.deleted[DocumentId], *mine.deleted[DocumentId], *mine.ids[DocumentId])
    found = await wired.services.documents.find_many(mine.owner, asked)
    assert {document.id for document in found} == set(mine.ids[DocumentId])


async def test_a_colleagues_private_chats_are_as_good_as_none(twins, attempt):
    mine, _ = twins
    wrong = []
    for slot in service_slots():
        if slot.service in PRIVATE_SERVICES and slot.kind.__name__ in ("ChatId", "MessageId", "RunId"):
            for tried in mine.ids[slot.kind]:
                outcome = await attempt(slot, mine.colleague, tried, mine)
                if outcome[0] != NotFound.__name__ or len(outcome) > 4:
                    wrong.append(f"{slot.name}: {outcome}")
    assert not wrong, "\n".join(wrong)


async def test_the_same_calls_reach_what_is_ones_own(wired, twins):
    """Without this the matrix could pass because its calls are wrong in some other way."""
    _, mine = twins
    missed = []
    for slot in sorted(service_slots(), key=lambda slot: slot.method == "delete"):
        outcome = await outcome_of(call(wired.services, slot, mine.owner, mine.own(slot.kind), mine))
        if outcome[0] == NotFound.__name__:
            missed.append(slot.name)
    assert not missed
