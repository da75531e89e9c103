"""Every screen, light and dark, the administration and the platform too: no violation that axe can find."""

import pytest
from playwright.sync_api import Browser, Page, expect

from ragapp.ui.states.live import LIVE_PAGES
from tests.e2e.axe import violations
from tests.e2e.processes import Server
from tests.e2e.steps import answers, ask, create_first_account, sign_in, upload, visit, visit_section

SECTIONS = (*(path for path in LIVE_PAGES if path.startswith(("/admin", "/platform"))), "/platform/model")
OPENS = ".page-head button.btn-primary"
"""What makes something new, where a page has that."""
PDF = "videonadzor-i-zastita-podataka.pdf"


@pytest.fixture(scope="module")
def furnished(app: Server, browser: Browser) -> Server:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(20_000)
    page = context.new_page()
    create_first_account(page, app)
    upload(page, app, PDF)
    context.close()
    return app


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screens_have_no_accessibility_violations(furnished: Server, page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(furnished.url + "/sign-in")
    expect(page.locator("[name=email]")).to_be_visible()
    found = {"sign-in": violations(page)}
    sign_in(page, furnished)
    found["new chat"] = violations(page)
    ask(page, "Koliko se dugo čuvaju snimke videonadzora?")
    expect(answers(page)).to_have_count(1, timeout=30_000)
    answers(page).first.locator(".source-chip").first.click()
    expect(page.locator("[data-evidence] img").first).to_be_visible()
    found["citation"] = violations(page)
    for path in ("/documents", "/settings"):
        visit(page, furnished, path)
        found[path] = violations(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    found["palette"] = violations(page)
    page.keyboard.press("Escape")
    for path in SECTIONS:
        visit_section(page, furnished, path)
        found[path] = violations(page)
        if page.locator(OPENS).count():
            page.locator(OPENS).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            found[f"{path}, dialog"] = violations(page)
    assert not {screen: problems for screen, problems in found.items() if problems}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sections_have_no_accessibility_violations_on_a_phone(furnished: Server, page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, furnished)
    found = {}
    for path in SECTIONS:
        visit_section(page, furnished, path)
        found[path] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{path} is too wide"
    assert not {screen: problems for screen, problems in found.items() if problems}
