"""A program that skips the pages and speaks their socket gets nothing it may not have."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import socketio.exceptions
from reflex_base.registry import RegistrationContext

from ragapp.ragapp import app  # noqa: F401 - registers every event handler
from ragapp.ui.access import is_public
from tests.e2e.processes import Server, run_command, running_app
from tests.sockets.raw import RawSocket
from tests.tenancy.test_ui_matrix import EXAMPLES, KINDS

pytestmark = pytest.mark.slow

PASSWORD = "šume i livade 42"
CANARY = "The lighthouse keeper of Palagruža writes down the colour of the sea every evening."
HYDRATE = "reflex___state____state.hydrate_and_load"


@dataclass(frozen=True)
class Account:
    """An owner with a document; `cookie` is what their browser sends."""

    email: str
    api_key: str
    cookie: str
    document_id: str
    chat_id: str

    @property
    def ids(self) -> dict[str, str]:
        return {"document_id": self.document_id, "chat_id": self.chat_id}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("sockets")
    with running_app(folder, RAGAPP_GENERATOR="extractive") as running:
        yield running, folder


@pytest.fixture(scope="module")
def accounts(server: tuple[Server, Path]) -> tuple[Account, Account]:
    return _account(*server, "alba", CANARY), _account(*server, "bora", "Nothing in particular is written here.")


def _account(server: Server, folder: Path, name: str, text: str) -> Account:
    email = f"owner@{name}.example"
    options = ("--email", email, "--password", PASSWORD, "--tenant", name, "--plan", "unlimited", "--api-key", "--json")
    key = json.loads(run_command(folder, "create-owner", *options).stdout)["api_key"]
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}) as client:
        file = {"file": (f"{name}.txt", text * 20, "text/plain")}
        uploaded = client.post("/api/v1/documents", files=file).json()
        client.get(f"/api/v1/tasks/{uploaded['task_id']}/events", timeout=60)
        chat = client.post("/api/v1/chats", json={"title": f"About {text[:30]}"}).json()
    return Account(email, key, _sign_in(server, email), uploaded["document_id"], chat["id"])


def _sign_in(server: Server, email: str) -> str:
    form = {"email": email, "password": PASSWORD}
    answer = httpx.post(f"{server.url}/auth/password", data=form, headers={"Origin": server.url})
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def handlers() -> dict[str, tuple[str, ...]]:
    """Return every event handler of the product with its arguments, uploads aside."""
    return {
        name: tuple(inspect.signature(registered.handler.fn).parameters)[1:]
        for name, registered in RegistrationContext.get().event_handlers.items()
        if registered.states[0].__module__.startswith("ragapp.") and not name.endswith((".setvar", ".receive"))
    }


def is_for_anybody(name: str) -> bool:
    return is_public(RegistrationContext.get().event_handlers[name].handler.fn)


def payload(arguments: tuple[str, ...], victim: Account) -> dict[str, object]:
    ids = {name: victim.ids.get(name, "0" * 32) for name in arguments if name in KINDS}
    return {name: ids.get(name, EXAMPLES.get(name)) for name in arguments}


@pytest.fixture
async def documents_of(server, accounts) -> AsyncIterator[object]:
    async with httpx.AsyncClient(base_url=server[0].url) as client:

        async def stored(account: Account) -> str:
            key = {"Authorization": f"Bearer {account.api_key}"}
            pages = [await client.get(f"/api/v1/{kind}", headers=key) for kind in ("documents", "chats", "me")]
            return "\n".join(page.text for page in pages)

        yield stored


def secrets_in(heard: str, victim: Account) -> list[str]:
    known = (CANARY, CANARY[:30], "alba.txt", victim.email)
    return [secret for secret in known if secret in heard]


async def test_without_a_session_every_event_gives_nothing(server, accounts, documents_of):
    victim, _ = accounts
    before, wrong = await documents_of(victim), []
    async with RawSocket(server[0].url, token="anonymous") as socket:
        for name, arguments in handlers().items():
            said = await socket.ask(name, f"/documents/{victim.document_id}", **payload(arguments, victim))
            if secrets_in(said, victim):
                wrong.append(f"{name}: {said}")
            if not is_for_anybody(name) and '"delta": {"' in said and "sign-in" not in said:
                wrong.append(f"{name} was served: {said}")
    assert not wrong, "\n".join(wrong)
    assert await documents_of(victim) == before


async def test_another_tenants_session_gets_nothing_by_ids(server, accounts, documents_of):
    victim, other = accounts
    before, wrong = await documents_of(victim), []
    async with RawSocket(server[0].url, token="other-tenant", cookie=other.cookie) as socket:
        await socket.ask(HYDRATE)
        for name, arguments in handlers().items():
            said = await socket.ask(name, f"/documents/{victim.document_id}", **payload(arguments, victim))
            if secrets_in(said, victim):
                wrong.append(f"{name}: {said}")
    assert not wrong, "\n".join(wrong)
    assert await documents_of(victim) == before


@pytest.mark.parametrize("whose", ["nobody's", "another tenant's"])
async def test_a_forged_client_token_shows_nothing_of_its_owners_tab(server, accounts, whose):
    victim, other = accounts
    listing = next(name for name in handlers() if name.endswith("library_state.load"))
    async with RawSocket(server[0].url, token="the-victims-tab", cookie=victim.cookie) as theirs:
        await theirs.ask(HYDRATE, "/documents")
        await theirs.ask(listing, "/documents")
        assert secrets_in(theirs.heard, victim), "without this the test shows nothing"
        cookie = other.cookie if whose == "another tenant's" else ""
        async with RawSocket(server[0].url, token="the-victims-tab", cookie=cookie) as forged:
            for name in (HYDRATE, listing, HYDRATE):
                await forged.ask(name, "/documents")
            assert not secrets_in(forged.heard, victim)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost.evil.example"])
async def test_another_sites_page_cannot_connect(server, accounts, origin):
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with RawSocket(server[0].url, token="foreign", cookie=accounts[0].cookie, origin=origin):
            pass


async def test_after_signing_out_the_open_socket_is_refused_within_a_second(server, accounts):
    victim, _ = accounts
    cookie = _sign_in(server[0], victim.email)
    listing = next(name for name in handlers() if name.endswith("library_state.load"))
    async with RawSocket(server[0].url, token="leaving", cookie=cookie) as socket:
        await socket.ask(HYDRATE, "/documents")
        await socket.ask(listing, "/documents")
        assert secrets_in(socket.heard, victim)
        async with httpx.AsyncClient(base_url=server[0].url) as client:
            await client.post("/auth/logout", headers={"Origin": server[0].url, "Cookie": cookie})
        await asyncio.sleep(1)
        for name in (listing, HYDRATE, listing):
            assert not secrets_in(await socket.ask(name, "/documents"), victim)


@dataclass(frozen=True)
class Member:
    """A colleague of the first account."""

    user_id: str
    cookie: str


def _add_member(server: Server, owner: Account, role: str) -> Member:
    key = {"Authorization": f"Bearer {owner.api_key}"}
    email = f"{role}-{len(_added)}@alba.example"
    _added.append(email)
    invited = httpx.post(f"{server.url}/api/v1/invitations", json={"email": email, "role": role}, headers=key).json()
    token = invited["link"].rpartition("token=")[2]
    form = {"token": token, "name": role.title(), "password": PASSWORD}
    httpx.post(f"{server.url}/auth/invite", data=form, headers={"Origin": server.url})
    members = httpx.get(f"{server.url}/api/v1/members", headers=key).json()["items"]
    user_id = next(member["id"] for member in members if member["email"] == email)
    return Member(user_id, _sign_in(server, email))


_added: list[str] = []
_RENAMING = ("open", "rename")


async def test_a_reader_changes_nothing_whatever_they_call(server, accounts, documents_of):
    owner, _ = accounts
    reader = _add_member(server[0], owner, "member")
    before = await documents_of(owner)
    async with RawSocket(server[0].url, token="reader", cookie=reader.cookie) as socket:
        await socket.ask(HYDRATE)
        for name, arguments in handlers().items():
            await socket.ask(name, f"/documents/{owner.document_id}", **payload(arguments, owner))
    assert await documents_of(owner) == before


async def test_after_a_demotion_the_open_socket_may_no_longer_write(server, accounts):
    owner, _ = accounts
    editor = _add_member(server[0], owner, "editor")
    key = {"Authorization": f"Bearer {owner.api_key}"}
    opened, renamed = (next(name for name in handlers() if name.endswith(f"document_state.{do}")) for do in _RENAMING)
    async with (
        RawSocket(server[0].url, token="demoted", cookie=editor.cookie) as socket,
        httpx.AsyncClient(base_url=server[0].url, headers=key) as client,
    ):
        await socket.ask(HYDRATE)
        await socket.ask(opened, "/documents", document_id=owner.document_id)
        await socket.ask(renamed, "/documents", form={"title": "by an editor"})
        assert (await client.get(f"/api/v1/documents/{owner.document_id}")).json()["title"] == "by an editor"
        changed = await client.patch(f"/api/v1/members/{editor.user_id}", json={"role": "member"})
        assert changed.is_success
        await asyncio.sleep(1)
        await socket.ask(opened, "/documents", document_id=owner.document_id)
        await socket.ask(renamed, "/documents", form={"title": "after the demotion"})
        assert (await client.get(f"/api/v1/documents/{owner.document_id}")).json()["title"] == "by an editor"


async def test_after_a_suspension_socket_key_and_session_are_refused_within_a_second(server, accounts):
    _, owner = accounts
    operator = {"Authorization": f"Bearer {accounts[0].api_key}"}
    listing = next(name for name in handlers() if name.endswith("library_state.load"))
    async with (
        RawSocket(server[0].url, token="suspended", cookie=owner.cookie) as socket,
        httpx.AsyncClient(base_url=server[0].url, headers=operator) as client,
    ):
        await socket.ask(HYDRATE, "/documents")
        await socket.ask(listing, "/documents")
        assert "bora.txt" in socket.heard
        own = {"Authorization": f"Bearer {owner.api_key}"}
        tenant_id = (await client.get("/api/v1/me", headers=own)).json()["tenant"]["id"]
        assert (await client.post(f"/api/v1/tenants/{tenant_id}/suspend", json={"reason": "test"})).is_success
        await asyncio.sleep(1)
        assert "bora.txt" not in await socket.ask(listing, "/documents")
        assert (await client.get("/api/v1/documents", headers=own)).status_code in (401, 403)
        cookie = {"Cookie": owner.cookie, "Authorization": ""}
        assert (await client.get("/api/v1/documents", headers=cookie)).status_code in (401, 403)
        assert (await client.post(f"/api/v1/tenants/{tenant_id}/resume")).is_success
        await asyncio.sleep(1)
        assert (await client.get("/api/v1/documents", headers=own)).status_code == 200
