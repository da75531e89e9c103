"""Flags: who decides, how fast a change is seen elsewhere, and what a flag that is off really stops."""

from dataclasses import replace

import pytest

from ragapp.core.errors import FeatureDisabled, PermissionDenied
from ragapp.core.flags import Flag, GlobalFlag
from ragapp.core.scope import Role
from ragapp.services.tenancy.rule_views import FlagSource
from tests.fakes.accounts import PLATFORM, add_member, add_tenant
from tests.fakes.library import pieces
from tests.oversight.conftest import another_process


async def test_a_change_holds_at_once_here_and_within_a_second_elsewhere(store, clock, household, oversight):
    owner, elsewhere = household.owner, another_process(store, clock)
    assert await elsewhere.flags.is_on(owner, Flag.DOCUMENT_UPLOAD)
    await oversight.flags.change(owner, {Flag.DOCUMENT_UPLOAD: False})
    assert not await oversight.flags.is_on(owner, Flag.DOCUMENT_UPLOAD)
    clock.advance(seconds=1)
    assert not await elsewhere.flags.is_on(owner, Flag.DOCUMENT_UPLOAD)


async def test_one_tenants_choice_is_not_anothers(store, household, oversight):
    other = await add_tenant(store, "other")
    await oversight.flags.change(household.owner, {Flag.DEBUG_MODE: True})
    assert not await oversight.flags.is_on(other.owner, Flag.DEBUG_MODE)


async def test_the_operators_default_gives_way_and_what_is_enforced_does_not(household, oversight):
    owner = household.owner
    await oversight.flags.change_global(PLATFORM, Flag.DEBUG_MODE, GlobalFlag(is_on=True))
    shown = {view.flag: view for view in await oversight.flags.list(owner)}[Flag.DEBUG_MODE]
    assert (shown.is_on, shown.source, shown.is_locked) == (True, FlagSource.OPERATOR, False)
    await oversight.flags.change(owner, {Flag.DEBUG_MODE: False})
    assert not await oversight.flags.is_on(owner, Flag.DEBUG_MODE)
    await oversight.flags.change_global(PLATFORM, Flag.DEBUG_MODE, GlobalFlag(is_on=True, is_enforced=True))
    assert await oversight.flags.is_on(owner, Flag.DEBUG_MODE)
    with pytest.raises(FeatureDisabled):
        await oversight.flags.change(owner, {Flag.DEBUG_MODE: False})
    await oversight.flags.change_global(PLATFORM, Flag.DEBUG_MODE, None)
    assert not await oversight.flags.is_on(owner, Flag.DEBUG_MODE)


async def test_members_cannot_switch_anything(store, household, oversight):
    editor = await add_member(store, household, Role.EDITOR)
    with pytest.raises(PermissionDenied):
        await oversight.flags.change(editor, {Flag.DEBUG_MODE: True})
    assert not await oversight.flags.is_on(editor, Flag.DEBUG_MODE)


async def test_every_change_is_in_the_audit_log_and_no_change_is_not(household, oversight):
    for _ in range(2):
        await oversight.flags.change(household.owner, {Flag.DEBUG_MODE: True})
    events = (await oversight.audit_log.list(household.owner)).items
    assert [(event.action, event.target_id, dict(event.details)) for event in events] == [
        ("flag.changed", "debug_mode", {"is_on": True})
    ]


async def test_uploads_stop_where_they_are_switched_off(clock, household, library, oversight):
    document = (await library.upload(household.owner)).document
    await oversight.flags.change(household.owner, {Flag.DOCUMENT_UPLOAD: False})
    clock.advance(seconds=1)
    with pytest.raises(FeatureDisabled):
        await library.upload(household.owner, "Other text.")
    with pytest.raises(FeatureDisabled):
        await library.versions.replace(household.owner, document.id, pieces(b"New text."), filename="report.txt")
    assert len((await library.documents.list(household.owner)).items) == 1


async def test_an_administrator_who_lost_the_role_cannot_switch(store, household, oversight):
    admin = await add_member(store, household, Role.ADMIN)
    with pytest.raises(PermissionDenied):
        await oversight.flags.change(replace(admin, permissions=frozenset()), {Flag.DEBUG_MODE: True})
