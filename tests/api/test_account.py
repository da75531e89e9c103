"""The caller's own account over REST and forms, on the real services."""

import json
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from httpx import ASGITransport, AsyncClient, Response

from ragapp import bootstrap
from ragapp.adapters.password import Argon2Hasher
from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.services.registry import install, uninstall
from tests.fakes.clock import FixedClock
from tests.fakes.wired import Wired, wired_application

BASE = "http://localhost:3000"
FORM = {"sec-fetch-site": "same-origin"}
EMAIL, PASSWORD, NEW_PASSWORD = "ana@lipa.hr", "šume i livade 42", "rijeka-teče-pod-mostom"


@pytest.fixture
async def wired(
    sqlite_template: Path, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Wired]:
    # A quick hash: that unknown people cost a whole one too is the hasher's own promise, tested with it.
    monkeypatch.setattr(bootstrap, "Argon2Hasher", partial(Argon2Hasher, memory_kib=1024, time_cost=1))
    path = tmp_path / "ragapp.db"
    shutil.copy(sqlite_template, path)
    async with wired_application(f"sqlite:///{path}", clock, tmp_path / "data") as wired:
        install(wired.services)
        await wired.services.console.create_owner(email=EMAIL, password=PASSWORD, tenant="Lipa")
        yield wired
        uninstall()


def browser() -> AsyncClient:
    transport = ASGITransport(add_security_headers(build_api()), client=("192.0.2.9", 1))
    return AsyncClient(transport=transport, base_url=BASE, headers=FORM)


async def signed_in() -> AsyncClient:
    client = browser()
    await client.post("/auth/password", data={"email": EMAIL, "password": PASSWORD})
    assert (await client.get("/api/v1/me")).status_code == 200
    return client


def query_of(response: Response) -> dict[str, list[str]]:
    return parse_qs(urlsplit(response.headers["location"]).query)


async def test_after_signing_out_the_old_cookie_opens_nothing(wired: Wired) -> None:
    client = await signed_in()
    old = dict(client.cookies)
    await client.post("/auth/logout")
    thief = browser()
    for name, value in old.items():
        thief.cookies.set(name, value)
    assert (await thief.get("/api/v1/me")).status_code == 401
    answer = await thief.post("/api/v1/query/stream", json={"text": "What?"})
    assert answer.status_code == 401


async def test_a_second_factor_is_set_up_and_asked_for(wired: Wired, clock: FixedClock) -> None:
    client = await signed_in()
    begun = (await client.post("/api/v1/me/second-factor")).json()
    app = pyotp.TOTP(begun["secret"].replace(" ", ""))
    wrong = await client.post("/api/v1/me/second-factor/confirm", json={"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_second_factor")
    confirmed = await client.post("/api/v1/me/second-factor/confirm", json={"code": app.at(clock.now())})
    assert len(confirmed.json()["recovery_codes"]) == 10
    assert (await client.get("/api/v1/me/second-factor")).json()["is_enabled"] is True

    clock.advance(seconds=30)
    other = browser()
    first = await other.post("/auth/password", data={"email": EMAIL, "password": PASSWORD, "next": "/documents"})
    assert first.headers["location"] == "/sign-in/code?next=%2Fdocuments"
    assert (await other.get("/api/v1/me")).status_code == 401
    refused = await other.post("/auth/code", data={"code": "000000", "next": "/documents"})
    assert query_of(refused) == {"error": ["invalid_second_factor"], "next": ["/documents"]}
    stranger = await browser().post("/auth/code", data={"code": app.at(clock.now())})
    assert query_of(stranger)["error"] == ["sign_in_expired"]
    done = await other.post("/auth/code", data={"code": app.at(clock.now()), "next": "/documents"})
    assert done.headers["location"] == "/documents"
    assert (await other.get("/api/v1/me")).status_code == 200

    login = {"email": EMAIL, "password": PASSWORD}
    asked = await browser().post("/api/v1/auth/token", json=login)
    assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")
    clock.advance(seconds=30)
    issued = await browser().post("/api/v1/auth/token", json={**login, "otp": app.at(clock.now())})
    bearer = {"Authorization": f"Bearer {issued.json()['access_token']}"}
    assert (await browser().get("/api/v1/me", headers=bearer)).status_code == 200


async def test_a_required_second_factor_closes_everything_but_the_account(wired: Wired) -> None:
    client = await signed_in()
    scope = await wired.services.console.scope_of_tenant("lipa")
    async with wired.store.begin(scope) as tx:
        _, tenant, _ = await tx.members.get_self()
        tenant.second_factor_required = True
    wired.services.access.forget(tenant_id=scope.tenant_id)
    closed = await client.get("/api/v1/documents")
    assert (closed.status_code, closed.json()["code"]) == (403, "second_factor_setup_required")
    assert (await client.get("/api/v1/me")).status_code == 200
    assert (await client.post("/api/v1/me/second-factor")).status_code == 200


async def test_a_password_is_changed_in_the_browser_that_stays_signed_in(wired: Wired) -> None:
    client, other = await signed_in(), await signed_in()
    before = dict(client.cookies)
    wrong = await client.post(
        "/auth/change-password", data={"current_password": "wrong", "new_password": NEW_PASSWORD}
    )
    assert query_of(wrong) == {"error": ["invalid_credentials"]}
    changed = await client.post(
        "/auth/change-password", data={"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    )
    assert changed.headers["location"] == "/settings?done=password"
    assert client.cookies["ragapp_session"] != before["ragapp_session"]
    assert (await client.get("/api/v1/me")).status_code == 200
    assert (await other.get("/api/v1/me")).status_code == 401


async def test_a_forgotten_password_is_chosen_anew(wired: Wired) -> None:
    client = browser()
    known = await client.post("/auth/forgot", data={"email": EMAIL, "language": "hr"})
    unknown = await client.post("/auth/forgot", data={"email": "nobody@lipa.hr", "language": "hr"})
    assert (known.status_code, known.content, dict(known.headers)) == (
        unknown.status_code,
        unknown.content,
        dict(unknown.headers),
    )
    for _ in range(3):
        await wired.services.mail.deliver_due()
    token = parse_qs(urlsplit(wired.mailer.link_for(EMAIL)).query)["token"][0]
    weak = await client.post("/auth/reset", data={"token": token, "password": "short"})
    assert query_of(weak) == {"error": ["weak_password"], "token": [token]}
    done = await client.post("/auth/reset", data={"token": token, "password": NEW_PASSWORD})
    assert done.headers["location"] == "/sign-in?done=reset"
    again = await client.post("/auth/reset", data={"token": token, "password": NEW_PASSWORD})
    assert query_of(again) == {"error": ["link_not_usable"]}
    entered = await client.post("/auth/password", data={"email": EMAIL, "password": NEW_PASSWORD})
    assert entered.headers["location"] == "/"


async def test_ones_own_data_comes_as_one_file_and_not_to_a_key(wired: Wired, clock: FixedClock) -> None:
    client = await signed_in()
    chat = await client.post("/api/v1/chats", json={"title": "Nadzor"})
    answer = await client.get("/api/v1/me/export")
    data = json.loads(answer.content)
    assert "attachment" in answer.headers["content-disposition"]
    assert data["profile"]["email"] == EMAIL
    assert [found["id"] for found in data["chats"]] == [chat.json()["id"]]
    assert {"session.signed_in", "data.exported"} <= {act["action"] for act in data["acts"]}
    assert PASSWORD not in answer.text
    clock.advance(minutes=11)
    stale = await client.get("/api/v1/me/export")
    assert (stale.status_code, stale.json()["code"]) == (403, "reauthentication_required")
    confirmed = await client.post("/api/v1/me/confirm", json={"password": PASSWORD})
    assert confirmed.status_code == 204
    assert (await client.get("/api/v1/me/export")).status_code == 200


async def test_sessions_are_listed_and_ended(wired: Wired) -> None:
    client, other = await signed_in(), await signed_in()
    items = (await client.get("/api/v1/me/sessions")).json()["items"]
    assert [item["is_current"] for item in items].count(True) == 1
    theirs = next(item["id"] for item in items if not item["is_current"])
    assert (await client.delete(f"/api/v1/me/sessions/{theirs}")).status_code == 204
    assert (await other.get("/api/v1/me")).status_code == 401
    assert (await client.delete(f"/api/v1/me/sessions/{theirs}")).status_code == 404


async def test_a_profile_is_changed(wired: Wired) -> None:
    client = await signed_in()
    changed = await client.patch("/api/v1/me", json={"name": " Ana\nNovak ", "language": "hr", "theme": "dark"})
    user = changed.json()["user"]
    assert (user["name"], user["language"], user["theme"]) == ("Ana Novak", "hr", "dark")
    for bad in ({"theme": "pink"}, {"email": "x@y.hr"}, {"is_operator": True}, {"name": ""}):
        assert (await client.patch("/api/v1/me", json=bad)).status_code == 422


async def test_waits_are_told_the_same_to_known_and_unknown(wired: Wired) -> None:
    answers: dict[str, Any] = {}
    for email in (EMAIL, "nobody@lipa.hr"):
        client = browser()
        for _ in range(7):
            last = await client.post("/api/v1/auth/token", json={"email": email, "password": "wrong one"})
        answers[email] = (last.status_code, last.headers["retry-after"], last.json())
    assert answers[EMAIL] == answers["nobody@lipa.hr"]
    assert answers[EMAIL][0] == 429


PAIRS = 200
WARM_UP = 10
UNKNOWN = "nobody@lipa.hr"
Ask = Callable[[str], Awaitable[tuple[Any, ...]]]
"""Sends one request about an address and returns what was answered, without what differs anyway."""


async def ensure_alike(known: str, clock: FixedClock, ask: Ask) -> None:
    """Ask about a known and an unknown address in turn: the answers are the same, and so are the times they take."""
    took: dict[str, list[float]] = {known: [], UNKNOWN: []}
    answers: dict[str, set[Any]] = {known: set(), UNKNOWN: set()}
    for number in range(WARM_UP + PAIRS):
        clock.advance(minutes=30)
        for email in list(took) if number % 2 else reversed(list(took)):
            started = time.perf_counter()
            answer = await ask(email)
            elapsed = time.perf_counter() - started
            answers[email].add(answer)
            if number >= WARM_UP:
                took[email].append(elapsed)
    assert answers[known] == answers[UNKNOWN]
    of_known, of_unknown = (statistics.median(times) * 1000 for times in took.values())
    print(f"known {of_known:.2f} ms, unknown {of_unknown:.2f} ms")
    assert abs(of_known - of_unknown) <= 5


@pytest.mark.timing
@pytest.mark.parametrize("path", ["/auth/password", "/auth/forgot", "/api/v1/auth/token"])
async def test_the_time_of_an_answer_tells_nothing(wired: Wired, clock: FixedClock, path: str) -> None:
    client = browser()

    async def ask(email: str) -> tuple[Any, ...]:
        body = {"email": email, "password": "wrong one"}
        sent = {"json": body} if path.startswith("/api") else {"data": {**body, "language": "en"}}
        answer = await client.post(path, **sent)
        return answer.status_code, answer.text, str(answer.headers).replace("nobody%40", "ana%40")

    await ensure_alike(EMAIL, clock, ask)


ELSEWHERE = "ivo@hrast.hr"


@pytest.mark.timing
async def test_inviting_takes_as_long_whether_or_not_there_is_an_account_elsewhere(
    wired: Wired, clock: FixedClock
) -> None:
    await wired.services.console.create_owner(email=ELSEWHERE, password=PASSWORD, tenant="Hrast")
    client, of_one_kind = await inviting(wired), ("id", "email", "created_at", "expires_at")

    async def ask(email: str) -> tuple[Any, ...]:
        answer = await client.post("/api/v1/invitations", json={"email": email, "role": "member"})
        body = answer.json()
        shown = {name: value for name, value in body["invitation"].items() if name not in of_one_kind}
        return answer.status_code, str(shown), sorted(body) == ["invitation", "is_mailed", "link"], len(body["link"])

    await ensure_alike(ELSEWHERE, clock, ask)


@pytest.mark.timing
async def test_an_invitations_form_takes_as_long_whether_or_not_there_is_an_account(
    wired: Wired, clock: FixedClock
) -> None:
    """A weak password is refused for both, after the same work."""
    await wired.services.console.create_owner(email=ELSEWHERE, password=PASSWORD, tenant="Hrast")
    client, tokens = await inviting(wired), {}
    for email in (ELSEWHERE, UNKNOWN):
        invited = await client.post("/api/v1/invitations", json={"email": email, "role": "member"})
        tokens[email] = parse_qs(urlsplit(invited.json()["link"]).query)["token"][0]
    form, now = browser(), clock.now()

    async def ask(email: str) -> tuple[Any, ...]:
        clock.set(now)  # the link ends after a week
        answer = await form.post("/auth/invite", data={"token": tokens[email], "name": "Ana", "password": "12345"})
        return answer.status_code, answer.text, str(answer.headers).replace(tokens[email], "TOKEN")

    wired.services.joining._throttle = Unhurried()
    await ensure_alike(ELSEWHERE, clock, ask)


class Unhurried:
    """Counts nothing: here the same address is tried hundreds of times in a moment."""

    async def admit(self, guess: object) -> None: ...
    async def failed(self, guess: object) -> None: ...
    async def succeeded(self, guess: object) -> None: ...


async def inviting(wired: Wired) -> AsyncClient:
    """A program of the owner's."""
    owner = await wired.services.access.scope_for_console("lipa")
    key = (await wired.services.api_keys.create(owner, name="script")).token
    client = browser()
    client.headers["Authorization"] = f"Bearer {key}"
    return client


async def a_key_of(client: AsyncClient) -> str:
    return str((await client.post("/api/v1/api-keys", json={"name": "program"})).json()["token"])


async def answers_to(key: str) -> int:
    return (await browser().get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})).status_code


async def test_signing_in_again_ends_the_session_it_replaces(wired: Wired) -> None:
    client = await signed_in()
    former = dict(client.cookies)
    elsewhere = await signed_in()
    await client.post("/auth/password", data={"email": EMAIL, "password": PASSWORD})
    assert dict(client.cookies)["ragapp_session"] != former["ragapp_session"]
    thief = browser()
    thief.cookies.set("ragapp_session", former["ragapp_session"])
    assert (await thief.get("/api/v1/me")).status_code == 401
    assert [(await each.get("/api/v1/me")).status_code for each in (client, elsewhere)] == [200, 200]
    assert len((await client.get("/api/v1/me/sessions")).json()["items"]) == 2


async def test_a_refused_sign_in_leaves_the_session_it_would_have_replaced(wired: Wired) -> None:
    client = await signed_in()
    await client.post("/auth/password", data={"email": EMAIL, "password": "not the password"})
    assert (await client.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize("ends", [True, False])
async def test_keys_are_ended_with_the_password_if_asked_for(wired: Wired, ends: bool) -> None:
    client = await signed_in()
    key = await a_key_of(client)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "end_api_keys": ends}
    assert (await client.put("/api/v1/me/password", json=change)).status_code == 204
    assert await answers_to(key) == (401 if ends else 200)


@pytest.mark.parametrize("ends", [True, False])
async def test_keys_are_ended_by_the_forms_box(wired: Wired, ends: bool) -> None:
    client = await signed_in()
    key = await a_key_of(client)
    form = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, **({"end_keys": "on"} if ends else {})}
    assert (await client.post("/auth/change-password", data=form)).headers["location"].endswith("?done=password")
    assert await answers_to(key) == (401 if ends else 200)


@pytest.mark.parametrize("path", ["second-factor", "identities", "sessions"])
async def test_a_key_learns_nothing_of_how_its_owner_signs_in(wired: Wired, path: str) -> None:
    client = await signed_in()
    key = {"Authorization": f"Bearer {await a_key_of(client)}"}
    answer = await browser().get(f"/api/v1/me/{path}", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert (await client.get(f"/api/v1/me/{path}")).status_code == 200
