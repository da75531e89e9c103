"""The built app in a real browser. In CI a missing browser or build is a failure, never a skip."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.processes import ROOT, Server, running_app, running_ollama

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

EMAIL = "ana@lipa.hr"
PASSWORD = "šume i livade 42"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = {item for item in items if Path(item.fspath).is_relative_to(Path(__file__).parent)}
    for item in here:
        item.add_marker(pytest.mark.e2e)
    # Last: while the browser is open its own event loop runs, and no other may start.
    items.sort(key=lambda item: item in here)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        bundled = Path(playwright.chromium.executable_path).exists()
        if CHROMIUM is None and not bundled and not os.environ.get("CI"):
            pytest.skip("Chromium is not installed")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def built_app() -> None:
    if not (ROOT / ".web/build/client/index.html").is_file():
        pytest.fail("The web app is not built: run `make setup`.")


@pytest.fixture(scope="module")
def model_server() -> Iterator[str]:
    """A model that writes at reading speed, so that tests can act in the middle of an answer."""
    with running_ollama("--tokens-per-second", "25") as url:
        yield url


@pytest.fixture(scope="module")
def app(built_app: None, model_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_app(tmp_path_factory.mktemp("app"), ollama_url=model_server) as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    return page
