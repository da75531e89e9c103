"""The demonstration as a real process: signed in by one link, alone with its folder, gone when it is closed."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx
import pytest
import socketio

from ragapp.config import Settings
from tests.e2e.processes import ROOT, clean_environment, close_output

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / ".web/build/client/index.html").is_file(), reason="the web app is not built"),
]
_LINK = re.compile(r"(http://127\.0\.0\.1:\d+)(/demo/\S+)")


@dataclass
class Demonstration:
    process: subprocess.Popen[str]
    folder: Path
    output: list[str]

    @property
    def text(self) -> str:
        return "".join(self.output)

    def link(self) -> tuple[str, str]:
        """Wait until it says where it is; return origin and path."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = _LINK.search(self.text)
            if found and "Ctrl-C" in self.text:
                return found[1], found[2]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no address was printed:\n{self.text}")

    def left_behind(self) -> list[str]:
        return [path.name for path in self.folder.glob("ragapp-demo-*")]


@contextlib.contextmanager
def demonstration(folder: Path, *options: str, **variables: str) -> Iterator[Demonstration]:
    environment = clean_environment(TMPDIR=str(folder), OLLAMA_HOST="http://127.0.0.1:9", **variables)
    environment = {name: value for name, value in environment.items() if variables.get(name) != "-"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ragapp", "demo", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown = Demonstration(process, folder, [])
    reader = Thread(target=lambda: shown.output.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        yield shown
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=30)
        close_output(process, reader)


def test_the_link_signs_in_once_and_the_samples_are_there(tmp_path: Path) -> None:
    # What is set for the installation of this machine must not count: this database cannot even be reached.
    elsewhere = {"RAGAPP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "RAGAPP_WATCH_DIR": str(ROOT)}
    with demonstration(tmp_path, "--no-browser", **elsewhere) as demo:
        origin, path = demo.link()
        assert demo.left_behind()
        assert (demo.folder / demo.left_behind()[0]).stat().st_mode & 0o077 == 0
        with httpx.Client(base_url=origin, follow_redirects=False) as visitor:
            assert visitor.get("/api/v1/documents").status_code == 401
            let_in = visitor.get(path)
            assert (let_in.status_code, let_in.headers["location"]) == (303, "/")
            assert "HttpOnly" in let_in.headers["set-cookie"]
            listed = visitor.get("/api/v1/documents", params={"limit": 100}).json()
            assert len(listed["items"]) >= 10
            assert {document["status"] for document in listed["items"]} == {"ready"}
            assert visitor.get("/api/v1/me").json()["user"]["email"] == "demo@example.org"
        with httpx.Client(base_url=origin, follow_redirects=False) as second:
            again = second.get(path)
            assert (again.status_code, again.headers.get("set-cookie")) == (303, None)
            assert second.get("/api/v1/documents").status_code == 401
            assert second.get("/demo/guessed").headers.get("set-cookie") is None
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(timeout=40) == 0
    assert demo.left_behind() == []
    assert "Traceback" not in demo.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_is_removed_when_its_terminal_goes_or_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    with demonstration(tmp_path, "--no-browser") as demo:
        demo.link()
        demo.process.send_signal(number)
        assert demo.process.wait(timeout=40) == 0
    assert demo.left_behind() == []


async def test_it_ends_by_itself_once_the_last_page_is_closed(tmp_path: Path) -> None:
    with demonstration(tmp_path, "--no-browser", "--gone-after", "1") as demo:
        origin, path = demo.link()
        await asyncio.sleep(2.5)
        assert demo.process.poll() is None, "nobody has opened it yet"
        async with httpx.AsyncClient(base_url=origin) as visitor:
            cookie = (await visitor.get(path)).headers["set-cookie"].partition(";")[0]
        page = socketio.AsyncClient()
        await page.connect(
            origin + "?token=t1", headers={"Cookie": cookie}, socketio_path="/_event", transports=["websocket"],
            namespaces=["/_event"],
        )  # fmt: skip
        await page.sleep(2.5)
        assert demo.process.poll() is None, "a page is open"
        await page.disconnect()
        assert demo.process.wait(timeout=40) == 0
    assert "The last page was closed" in demo.text
    assert demo.left_behind() == []


def test_it_opens_the_browser_where_there_is_a_screen_and_says_the_address_anyway(tmp_path: Path) -> None:
    taken = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {taken}\n')
    browser.chmod(0o755)
    with demonstration(tmp_path, DISPLAY=":99", BROWSER=f"{browser} %s") as demo:
        origin, path = demo.link()
        deadline = time.monotonic() + 10
        while not taken.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert taken.read_text().strip() == origin + path


def test_a_machine_without_a_screen_gets_the_address_only(tmp_path: Path) -> None:
    taken = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\ntouch {taken}\n")
    browser.chmod(0o755)
    with demonstration(tmp_path, BROWSER=f"{browser} %s", DISPLAY="-", WAYLAND_DISPLAY="-") as demo:
        demo.link()
        assert "Open it in a browser" in demo.text
        assert not taken.exists()


def test_what_a_killed_demonstration_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with demonstration(tmp_path, "--no-browser") as killed:
        killed.link()
        killed.process.kill()
        killed.process.wait(timeout=10)
    assert len(killed.left_behind()) == 1
    with demonstration(tmp_path, "--no-browser") as demo:
        demo.link()
        assert len(demo.left_behind()) == 1
        demo.process.send_signal(signal.SIGTERM)
        demo.process.wait(timeout=40)
    assert demo.left_behind() == []


def test_every_setting_of_the_installation_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated from the settings: none but those of the machine reaches a demonstration."""
    from ragapp import demo

    kept, changed = set(demo._KEPT), {}
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        number = str(default + 1) if isinstance(default, int) else None
        changed[name] = str(tmp_path) if name.endswith("_dir") else number
    for name, value in changed.items():
        if value is not None and name not in kept and not isinstance(Settings.model_fields[name].default, bool):
            monkeypatch.setenv(f"RAGAPP_{name.upper()}", value)
    for name in ("redis_url", "chroma_url", "smtp_host", "allowed_origins", "database_url"):
        monkeypatch.setenv(f"RAGAPP_{name.upper()}", "redis://elsewhere")
    monkeypatch.setattr(os, "environ", os.environ.copy())
    settings = demo._settings_in(tmp_path, 4321)
    own = {"data_dir", "watch_dir", "port", "host", "public_url"}
    for name, field in Settings.model_fields.items():
        if name not in kept | own:
            assert getattr(settings, name) == field.get_default(), name
    assert settings.data_dir.is_relative_to(tmp_path)
    assert settings.watch_dir is not None
    assert list(settings.watch_dir.iterdir()) == []
