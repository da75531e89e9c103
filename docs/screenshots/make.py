"""Take the screenshots in this folder from a fresh installation: `python -m docs.screenshots.make`.

Needs the built web app (`make setup`) and Chromium. The language model is the tests' stand-in, so the written answers
quote the first sentence of the best passage.
"""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.processes import Server, running_app, running_ollama
from tests.e2e.steps import answers, ask, create_first_account, sign_in, visit

FOLDER = Path(__file__).parent
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CROATIAN = "Koliko se dugo čuvaju snimke videonadzora?"
ENGLISH = "How many days of annual leave do employees have?"
ABSENT = "Who won the football world cup in 1998?"


def main() -> None:
    """Start everything, take every picture."""
    with (
        running_ollama("--tokens-per-second", "200") as model,
        tempfile.TemporaryDirectory() as data,
        running_app(Path(data), ollama_url=model) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _first_run(browser, app)
        _signed_in(browser, app, "en", DESKTOP, dark=False)
        _signed_in(browser, app, "en", DESKTOP, dark=True)
        _signed_in(browser, app, "hr", DESKTOP, dark=False)
        _signed_in(browser, app, "hr", PHONE, dark=False)
        _signed_in(browser, app, "en", PHONE, dark=True)
        browser.close()


def _page(browser: Browser, size: dict[str, int], *, dark: bool) -> Page:
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale="en-US")
    context.set_default_timeout(20_000)
    return context.new_page()


def _first_run(browser: Browser, app: Server) -> None:
    page = _page(browser, DESKTOP, dark=False)
    page.goto(app.url + "/")
    page.wait_for_url(re.compile("/welcome"))
    expect(page.locator("[name=organisation]")).to_be_visible()
    _take(page, "first-run")
    create_first_account(page, app, samples=True)
    visit(page, app, "/documents")
    expect(page.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(12, timeout=60_000)
    page.context.close()


def _signed_in(browser: Browser, app: Server, language: str, size: dict[str, int], *, dark: bool) -> None:
    name = "-".join([language, "phone" if size is PHONE else "desktop", *(["dark"] if dark else [])])
    page = _page(browser, size, dark=dark)
    page.goto(app.url + "/sign-in")
    expect(page.locator("[name=email]")).to_be_visible()
    _take(page, f"sign-in-{name}")
    sign_in(page, app)
    visit(page, app, "/settings")
    page.get_by_role("button", name={"hr": "Hrvatski", "en": "English"}[language]).click()
    expect(page.get_by_role("heading", name={"hr": "Postavke", "en": "Settings"}[language])).to_be_visible()
    _take(page, f"settings-{name}")
    visit(page, app, "/")
    _take(page, f"new-chat-{name}")
    ask(page, CROATIAN if language == "hr" else ENGLISH)
    expect(answers(page)).to_have_count(1)
    _take(page, f"chat-{name}")
    answers(page).first.locator(".source-chip").first.click()
    picture = page.locator("[data-evidence] img").first
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    _take(page, f"citation-{name}")
    page.keyboard.press("Escape")
    ask(page, ABSENT)
    expect(answers(page)).to_have_count(2)
    _take(page, f"not-in-documents-{name}")
    visit(page, app, "/documents")
    _take(page, f"documents-{name}")
    page.context.close()


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(600)  # let motion come to rest
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
