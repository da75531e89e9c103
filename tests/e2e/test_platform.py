"""An operator runs the installation without help: organisations, their plans, their use, their end."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.processes import Server
from tests.e2e.steps import composer, create_first_account, sign_in, speak, visit_section

ENGLISH = {
    "new": "New organisation", "create": "Create", "close": "Close", "actions": "What to do with {name}",
    "plan": "Plan and limits…", "members": "Members", "save": "Save", "pro": "Pro", "suspend": "Suspend…",
    "do suspend": "Suspend", "suspended": "Suspended", "resume": "Resume…", "do resume": "Resume", "active": "Active",
    "erase": "Erase…", "do erase": "Erase for good", "erased": "Erased organisations", "usage": "Usage",
    "by tenant": "Usage by organisation", "service": "Service", "health": "Health", "versions": "Versions",
}  # fmt: skip
CROATIAN = {
    "new": "Nova organizacija", "create": "Izradi", "close": "Zatvori", "actions": "Što učiniti: {name}",
    "plan": "Paket i ograničenja…", "members": "Članovi", "save": "Spremi", "pro": "Pro", "suspend": "Obustavi…",
    "do suspend": "Obustavi", "suspended": "Obustavljeno", "resume": "Nastavi…", "do resume": "Nastavi",
    "active": "Aktivno", "erase": "Izbriši…", "do erase": "Izbriši zauvijek", "erased": "Izbrisane organizacije",
    "usage": "Korištenje", "by tenant": "Korištenje po organizacijama", "service": "Usluga", "health": "Stanje usluge",
    "versions": "Verzije",
}  # fmt: skip
WORDS = {"en": ENGLISH, "hr": CROATIAN}


@pytest.fixture(scope="module")
def installation(app: Server, browser: Browser) -> Server:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(20_000)
    create_first_account(context.new_page(), app)
    context.close()
    return app


@pytest.mark.parametrize("language", ["en", "hr"])
def test_an_operator_finds_and_does_everything(
    installation: Server, page: Page, browser: Browser, language: str
) -> None:
    words, name, slug = WORDS[language], f"Library {language}", f"library-{language}"
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(20_000)
    owner, onlooker = context.new_page(), page.context.new_page()
    sign_in(page, installation)
    speak(page, installation, language)
    visit_section(onlooker, installation, "/platform")
    visit_section(page, installation, "/platform")

    _join(owner, _create(page, words, name, slug, f"owner.{language}@example.org"))
    expect(_row(onlooker, slug)).to_contain_text("1")
    _change_plan(page, words, name, slug)
    expect(_row(onlooker, slug)).to_contain_text(words["pro"])

    _suspend(page, words, name, slug)
    owner.goto(installation.url + "/")
    owner.wait_for_url(re.compile("/suspended"))
    expect(owner.get_by_text("Unpaid since July")).to_be_visible()
    expect(_row(onlooker, slug)).to_contain_text(words["suspended"])
    _resume(page, words, name, slug)
    owner.goto(installation.url + "/")
    expect(composer(owner)).to_be_visible()

    _see_use(page, words, name)
    _see_service(page, words)
    _erase(page, installation, words, name, slug)
    expect(onlooker.get_by_role("table", name=words["erased"])).to_contain_text(slug)
    owner.goto(installation.url + "/")
    owner.wait_for_url(re.compile("/sign-in"))
    context.close()


def _row(page: Page, slug: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=slug)


def _choose(page: Page, words: dict[str, str], name: str, item: str) -> Locator:
    page.get_by_role("button", name=words["actions"].format(name=name), exact=True).click()
    page.get_by_role("menuitem", name=words[item]).click()
    return page.get_by_role("dialog")


def _create(page: Page, words: dict[str, str], name: str, slug: str, email: str) -> str:
    page.get_by_role("button", name=words["new"]).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=name]").fill(name)
    dialog.locator("[name=owner_email]").fill(email)
    dialog.get_by_role("button", name=words["create"], exact=True).click()
    link = page.locator("#owner-link").input_value().replace("localhost", "127.0.0.1")  # where the tests' cookies are
    dialog.get_by_role("button", name=words["close"]).click()
    expect(_row(page, slug)).to_be_visible()
    return link


def _join(owner: Page, link: str) -> None:
    owner.goto(link)
    owner.fill("[name=name]", "Iva Kralj")
    owner.fill("[name=password]", PASSWORD)
    owner.locator("form button[type=submit]").click()
    expect(composer(owner)).to_be_visible()


def _change_plan(page: Page, words: dict[str, str], name: str, slug: str) -> None:
    dialog = _choose(page, words, name, "plan")
    dialog.locator("[name=plan]").select_option("pro")
    dialog.locator("[name=max_members]").fill("7")
    dialog.get_by_role("button", name=words["save"]).click()
    expect(_row(page, slug)).to_contain_text(words["pro"])
    expect(_choose(page, words, name, "plan").locator("[name=max_members]")).to_have_value("7")
    page.keyboard.press("Escape")


def _suspend(page: Page, words: dict[str, str], name: str, slug: str) -> None:
    dialog = _choose(page, words, name, "suspend")
    dialog.locator("[name=typed]").fill(slug)
    # Not without a reason.
    expect(dialog.get_by_role("button", name=words["do suspend"], exact=True)).to_have_css("pointer-events", "none")
    dialog.locator("[name=reason]").fill("Unpaid since July")
    dialog.get_by_role("button", name=words["do suspend"], exact=True).click()
    expect(_row(page, slug)).to_contain_text(words["suspended"])


def _resume(page: Page, words: dict[str, str], name: str, slug: str) -> None:
    dialog = _choose(page, words, name, "resume")
    dialog.locator("[name=typed]").fill(slug)
    dialog.get_by_role("button", name=words["do resume"], exact=True).click()
    expect(_row(page, slug)).to_contain_text(words["active"])


def _see_use(page: Page, words: dict[str, str], name: str) -> None:
    page.locator(".sections").get_by_role("link", name=words["usage"]).click()
    page.get_by_role("table", name=words["by tenant"]).get_by_role("button", name=name).click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    page.keyboard.press("Escape")


def _see_service(page: Page, words: dict[str, str]) -> None:
    page.locator(".sections").get_by_role("link", name=words["service"]).click()
    expect(page.get_by_role("table", name=words["versions"])).to_contain_text("ragapp")
    expect(page.get_by_role("heading", name=words["health"])).to_be_visible()


def _erase(page: Page, app: Server, words: dict[str, str], name: str, slug: str) -> None:
    visit_section(page, app, "/platform")
    dialog = _choose(page, words, name, "erase")
    dialog.locator("[name=typed]").fill(name)
    expect(dialog.get_by_role("button", name=words["do erase"])).to_have_css("pointer-events", "none")
    dialog.locator("[name=typed]").fill(slug)
    dialog.get_by_role("button", name=words["do erase"]).click()
    expect(page.get_by_role("table", name=words["erased"])).to_contain_text(slug, timeout=30_000)
