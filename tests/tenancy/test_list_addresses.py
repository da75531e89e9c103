"""Every list of every page: its search, filters and page live in the address and nowhere else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from ragapp.core.audit import AuditAction
from ragapp.core.ids import KnowledgeBaseId, QualityRunId
from ragapp.core.quality import FeedbackReason
from ragapp.services.registry import install, uninstall
from ragapp.ui.kit.address import ListAddress, Param
from ragapp.ui.routes import PAGES
from ragapp.ui.states.invitations import InvitationsState
from ragapp.ui.states.sidebar import SidebarState
from ragapp.ui.states.usage import recent_months
from tests.fakes.accounts import PLATFORM
from tests.ui.tabs import HYDRATE, handler_name, open_tabs

pytestmark = pytest.mark.sweep

BESIDE_A_LIST = {SidebarState, InvitationsState}
"""Have more to show, but nothing that narrows them down, and begin anew with every page."""
NONSENSE = ["' OR 1=1 --", "x" * 5000, "\x00", "ready\n", "../..", "٣", "-1", "99999", "1e3", "null", "<b>"]


def lists() -> list[type[ListAddress]]:
    return ListAddress.__subclasses__()


def places() -> Iterator[tuple[type[ListAddress], Param]]:
    for shown in lists():
        for param in shown._params:
            yield shown, param


def sample(shown: type[ListAddress], param: Param, twin) -> str:
    """Return a value that this place of the address may have; a new place needs one here, or the suite fails."""
    today = datetime.now(UTC).date()
    samples = {
        "/documents": {
            "q": "notes", "status": "failed", "base": twin.own(KnowledgeBaseId), "folder": "Contracts", "tag": "urgent",
        },
        "/admin/people": {"q": "member"},
        "/admin/api-keys": {"whose": "everybody"},
        "/admin/usage": {"month": recent_months(today)[3]},
        "/admin/audit": {
            "person": twin.owner.user_id, "act": AuditAction.SIGNED_IN.value,
            "since": today.isoformat(), "until": today.isoformat(),
        },
        "/admin/quality": {
            "view": "runs", "base": twin.own(KnowledgeBaseId), "reason": FeedbackReason.INCOMPLETE.value,
            "run": twin.own(QualityRunId), "with": twin.own(QualityRunId),
        },
        "/platform": {"q": "alba"},
        "/platform/usage": {"month": recent_months(today)[3]},
    }  # fmt: skip
    return samples[shown._route][param.key]


class Reader:
    """Somebody in a browser: opens pages, and is told what the lists on them show."""

    def __init__(self, tab) -> None:
        self.tab = tab
        self.known: dict[type[ListAddress], dict[str, object]] = {}

    async def open(self, address: str) -> None:
        route = address.partition("?")[0]
        page = next(page for page in PAGES if page.route == route)
        for event in page.on_load:
            answer = await self.tab.send(handler_name(event), address)
            for shown in lists():
                self.known.setdefault(shown, {}).update(answer.values(shown))

    def sees(self, shown: type[ListAddress]) -> dict[str, object]:
        """Return what is in force, and the rows."""
        known = self.known[shown]
        names = [*(param.name for param in shown._params), "page_number", "is_filtered", "error_code", "rows"]
        return {name: known[name] for name in names if name in known}


@pytest.fixture
async def services(wired, twins):
    _, mine = twins
    async with wired.store.begin_platform(PLATFORM) as tx:
        user, _, _ = await tx.accounts.find_member(mine.owner.tenant_id, mine.owner.user_id)
        user.is_operator = True
    ready = (await wired.services.documents.list(mine.owner)).items[-1]
    await wired.services.filing.file(mine.owner, ready.id, folder="Contracts", tags=["urgent"])
    install(wired.services)
    yield wired.services
    uninstall()


@pytest.fixture
async def readers(services, twins):
    async with open_tabs() as tabs:

        async def reader(token: str) -> Reader:
            tab = tabs(twins[1].tokens["owner_session"], token=token)
            found = Reader(tab)
            answer = await tab.send(HYDRATE)
            found.known = {shown: dict(answer.values(shown)) for shown in lists()}
            return found

        yield reader


def test_every_list_of_a_page_has_an_address():
    loaded = {event.state for page in PAGES for event in page.on_load if event.state is not None}
    narrowed = {state for state in loaded if {"query", "next_cursor", "page_number"} & set(state.base_vars)}
    assert {state for state in narrowed if not issubclass(state, ListAddress)} <= BESIDE_A_LIST
    assert set(lists()) <= loaded
    assert {shown._route for shown in lists()} <= {page.route for page in PAGES}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_link_restores_what_it_was_made_of_and_nothing_stays_when_the_page_is_left(twins, readers):
    for number, (shown, param) in enumerate(places()):
        value, reader = sample(shown, param, twins[1]), await readers(f"tab-{number}")
        await reader.open(shown._route)
        whole = reader.sees(shown)

        await reader.open(f"{shown._route}?{urlencode({param.key: value})}")
        assert reader.known[shown][param.name] == value, (shown, param.key)
        assert reader.known[shown]["is_filtered"] is param.is_filter, (shown, param.key)

        await reader.open("/settings")
        await reader.open(shown._route)
        assert reader.sees(shown) == whole, (shown, param.key)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_choice_on_a_page_can_be_shared_as_a_link(twins, readers):
    """Whatever a handler puts in force, the address it leads to puts in force in a fresh tab."""
    for number, (shown, param) in enumerate(places()):
        value, reader = sample(shown, param, twins[1]), await readers(f"tab-{number}")
        await reader.open(shown._route)
        chooser, argument = choice(shown, param)
        answer = await reader.tab.send(chooser, shown._route, **{argument: value if argument != "is_on" else True})
        assert urlencode({param.key: value}) in answer.address, (shown, param.key)


def choice(shown: type[ListAddress], param: Param) -> tuple[str, str]:
    """Return the event of a page that sets one place of its address, and its argument."""
    choosers = {
        "query": ("search", "query"), "status": ("filter_status", "status"), "folder": ("filter_folder", "folder"),
        "base_id": ("filter_base", "knowledge_base_id"), "tag": ("filter_tag", "tag"),
        "whose": ("show_everybodys", "is_on"), "month": ("choose_month", "month"),
        "person": ("choose_person", "person"), "act": ("choose_act", "act"),
        "view": ("show_view", "view"), "base": ("filter_base", "base"), "reason": ("filter_reason", "reason"),
        "run_id": ("open_run", "quality_run"), "baseline_id": ("compare_with", "baseline"),
        "since": ("choose_since", "day"), "until": ("choose_until", "day"),
    }  # fmt: skip
    name, argument = choosers[param.name]
    return f"{shown.get_full_name()}.{name}", argument


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nonsense_in_an_address_is_none(twins, readers):
    reader = await readers("tab-1")
    for shown in lists():
        await reader.open(shown._route)
        whole = reader.sees(shown)
        for nonsense in NONSENSE:
            closed = {param.key: nonsense for param in shown._params if param.name != "query"}
            await reader.open(f"{shown._route}?{urlencode({**closed, 'page': nonsense})}")
            assert reader.sees(shown) == whole, (shown, nonsense)
            await reader.open(f"{shown._route}?{urlencode({'q': nonsense})}")
            known = reader.known[shown]
            assert (known["error_code"], len(str(known.get("query", ""))) <= 300) == ("", True)
