"""Behind nginx and Caddy, set up as the guide says: pages, sockets, cookies, and each visitor counted alone."""

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.e2e.processes import Server, free_port, run_command, running_app
from tests.safety.proxies import NAME, caddy_command, nginx_command, proxied_browser, running_proxy

pytestmark = pytest.mark.slow

EMAIL, PASSWORD = "owner@alba.example", "šume i livade 42"
INVENTED = {"X-Forwarded-For": "198.51.100.77", "X-Forwarded-Proto": "http"}


@dataclass(frozen=True)
class Site:
    """An installation behind a proxy on `port`."""

    port: int
    trust: ssl.SSLContext
    server: Server

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.port}"


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port, app_port = tmp_path_factory.mktemp(request.param), free_port(), free_port()
    make = {"nginx": nginx_command, "caddy": caddy_command}[request.param]
    command = make(folder, port, app_port)
    data = folder / "data"
    settings = {
        "RAGAPP_PUBLIC_URL": f"https://{NAME}:{port}",
        "RAGAPP_TRUSTED_PROXIES": "127.0.0.1",
        "RAGAPP_GENERATOR": "extractive",
    }
    with running_app(data, port=app_port, **settings) as server:
        options = ("--email", EMAIL, "--password", PASSWORD, "--tenant", "alba", "--json")
        assert run_command(data, "create-owner", *options).returncode == 0
        with running_proxy(command, folder, port) as trust:
            yield Site(port, trust, server)


def sign_in(browser: httpx.Client, email: str = EMAIL, password: str = PASSWORD, **headers: str) -> str:
    """Sign in as the page's form does; return where that leads."""
    answer = browser.post("/auth/password", data={"email": email, "password": password}, headers=headers)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def guesses_until_locked(browser: httpx.Client) -> int:
    """How many accounts' passwords could be guessed, each guess saying it comes from elsewhere; 300 are too many."""
    for number in range(300):
        said = {"X-Forwarded-For": f"198.51.100.{number % 250}", "X-Forwarded-Proto": "http"}
        if "rate_limited" in sign_in(browser, f"p{number}@x.example", "guess", **said):
            return number
    raise AssertionError("the limit of one address was passed")


def test_people_sign_in_over_https_and_are_known_by_their_own_address(site: Site) -> None:
    with proxied_browser(site.trust, site.port, "127.0.0.31") as browser:
        assert browser.get("/api/v1/health/ready").status_code == 200
        assert sign_in(browser, **INVENTED) == "/"
        cookies = [cookie for cookie in browser.cookies.jar if cookie.name.startswith("__Host-")]
        assert {cookie.name for cookie in cookies} == {"__Host-ragapp", "__Host-ragapp-device"}
        assert all(cookie.secure for cookie in cookies)
        [session] = [one for one in browser.get("/api/v1/me/sessions").json()["items"] if one["is_current"]]
        assert session["address"] == "127.0.0.31"


async def test_a_page_keeps_its_socket_through_the_proxy(site: Site) -> None:
    with proxied_browser(site.trust, site.port) as browser:
        sign_in(browser)
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
    url = f"wss://{NAME}:{site.port}/_event/?token=proxied&EIO=4&transport=websocket"
    where = {"host": "127.0.0.1", "port": site.port, "server_hostname": NAME, "ssl": site.trust, "proxy": None}
    async with connect(url, origin=site.origin, additional_headers={"Cookie": cookie}, **where) as socket:
        assert str(await socket.recv()).startswith("0{")
        await socket.send("40/_event,")
        assert str(await socket.recv()).startswith("40/_event")
        await socket.send('42/_event,["ping"]')
        assert json.loads(str(await socket.recv()).removeprefix("42/_event,")) == ["ping", "pong"]
    with pytest.raises(Exception, match="403"):
        async with connect(url, origin="https://evil.example", **where):
            pass


def test_a_file_goes_up_and_an_answer_streams_down(site: Site) -> None:
    with proxied_browser(site.trust, site.port) as browser:
        sign_in(browser)
        text = "The keeper of Palagruža writes down the colour of the sea. " * 40_000
        added = browser.post("/api/v1/documents", files={"file": ("sea.txt", text[:2_000_000], "text/plain")})
        assert added.status_code in (200, 201, 202), added.text
        with browser.stream("GET", f"/api/v1/tasks/{added.json()['task_id']}/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            assert next(events.iter_lines())


def test_whoever_guesses_locks_their_own_address_and_known_browsers_not_even_there(site: Site) -> None:
    with proxied_browser(site.trust, site.port, "127.0.0.32") as known:
        assert sign_in(known) == "/"
        with proxied_browser(site.trust, site.port, "127.0.0.32") as stranger:
            assert guesses_until_locked(stranger) >= 30
        assert sign_in(known) == "/"
    with proxied_browser(site.trust, site.port, "127.0.0.33") as neighbour:
        assert sign_in(neighbour) == "/"


def test_past_the_proxy_an_invented_address_does_not_pass_the_limit(site: Site) -> None:
    transport = httpx.HTTPTransport(local_address="127.0.0.34")
    origin = {"Origin": site.origin}
    with httpx.Client(base_url=site.server.url, transport=transport, headers=origin, timeout=60) as stranger:
        assert guesses_until_locked(stranger) >= 30


def test_the_examples_are_the_guides_own(tmp_path: Path) -> None:
    """Only address, certificate and folders are a test's: everything else runs as it stands in the guide."""
    nginx_command(tmp_path, 1, 2)
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in (tmp_path / "site.conf").read_text()
    caddy_command(tmp_path, 1, 2)
    assert "flush_interval -1" in (tmp_path / "Caddyfile").read_text()
