"""An administrator runs the organisation without help: people, limits, features, usage, keys, the audit log."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.processes import Server
from tests.e2e.steps import answers, ask, composer, create_first_account, sign_in, speak, visit, visit_section

ENGLISH = {
    "people": "Members", "invite": "Invite members", "send": "Invite", "actions": "Actions for {name}",
    "change role": "Change role", "editor": "Editor", "save": "Save", "save limits": "Save limits", "saved": "Saved",
    "switched on": "Turned on", "who": "Who asked most", "new key": "New API key", "create": "Create the key",
    "done": "Done", "revoke": "Revoke", "revoked": "Revoked", "export": "Export as CSV",
    "sentence": "Ana Anić changed the role of {name}: Editor", "whole": "The log is intact", "check": "Check the log",
}  # fmt: skip
CROATIAN = {
    "people": "Članovi", "invite": "Pozovi članove", "send": "Pozovi", "actions": "Radnje za: {name}",
    "change role": "Promijeni ulogu", "editor": "Urednik", "save": "Spremi", "save limits": "Spremi ograničenja",
    "saved": "Spremljeno", "switched on": "Uključeno", "who": "Tko je najviše pitao", "new key": "Novi API ključ",
    "create": "Izradi ključ", "done": "Gotovo", "revoke": "Opozovi", "revoked": "Opozvano", "export": "Izvezi kao CSV",
    "sentence": "Ana Anić mijenja ulogu ({name}): Urednik", "whole": "Dnevnik je netaknut",
    "check": "Provjeri dnevnik",
}  # fmt: skip
WORDS = {"en": ENGLISH, "hr": CROATIAN}


@pytest.fixture(scope="module")
def organisation(app: Server, browser: Browser) -> Server:
    context = _new_context(browser)
    create_first_account(context.new_page(), app)
    context.close()
    return app


@pytest.fixture
def colleague(browser: Browser) -> Iterator[Page]:
    context = _new_context(browser)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["en", "hr"])
def test_an_owner_finds_and_does_everything(
    organisation: Server, page: Page, colleague: Page, tmp_path: Path, language: str
) -> None:
    words, name = WORDS[language], {"en": "Ivan Kos", "hr": "Marija Horvat"}[language]
    sign_in(page, organisation)
    speak(page, organisation, language)

    link = _invite(page, organisation, words, f"colleague.{language}@lipa.hr")
    _accept(colleague, link, name)
    _make_editor(page, words, name)
    _cap_questions(page, organisation, words)
    _switch_on(page, organisation, words, {"en": "flag-debug_mode", "hr": "flag-url_import"}[language])
    _see_who_asked(page, organisation, words, colleague, name)
    _revoke_a_key(page, organisation, words, f"Import {language}")
    _export_the_log(page, organisation, words, name, tmp_path)


def _new_context(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(20_000)
    return context


def _open(page: Page, app: Server, path: str) -> None:
    visit_section(page, app, "/admin" + path)


def _invite(page: Page, app: Server, words: dict[str, str], email: str) -> str:
    visit(page, app, "/admin")
    page.locator(".sections").get_by_role("link", name=words["people"]).click()
    page.get_by_role("button", name=words["invite"]).click()
    page.fill("textarea[name=emails]", email)
    page.get_by_role("dialog").get_by_role("button", name=words["send"], exact=True).click()
    link = page.locator("[data-link]").get_attribute("data-link")
    assert link is not None
    page.get_by_role("dialog").get_by_role("button", name=words["done"]).click()
    return link


def _accept(colleague: Page, link: str, name: str) -> None:
    colleague.goto(link)
    colleague.fill("[name=name]", name)
    colleague.fill("[name=password]", PASSWORD)
    colleague.locator("form button[type=submit]").click()
    expect(composer(colleague)).to_be_visible()


def _row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=text)


def _make_editor(page: Page, words: dict[str, str], name: str) -> None:
    expect(_row(page, name)).to_be_visible()  # the page that was open all the time shows who has come
    page.get_by_role("button", name=words["actions"].format(name=name)).click()
    page.get_by_role("menuitem", name=words["change role"]).click()
    page.get_by_role("dialog").get_by_text(words["editor"], exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=words["save"]).click()
    expect(_row(page, name)).to_contain_text(words["editor"])


def _cap_questions(page: Page, app: Server, words: dict[str, str]) -> None:
    _open(page, app, "/features")
    page.fill("[name=queries_per_hour]", "50")
    page.get_by_role("button", name=words["save limits"]).click()
    expect(page.get_by_text(words["saved"], exact=True).first).to_be_visible()
    _open(page, app, "/features")
    expect(page.locator("[name=queries_per_hour]")).to_have_value("50")


def _switch_on(page: Page, app: Server, words: dict[str, str], flag: str) -> None:
    switch = page.locator(f"#{flag}")
    if flag == "flag-url_import":  # on from the beginning
        expect(switch).to_be_checked()
        switch.click()
        expect(switch).not_to_be_checked()
    switch.click()
    expect(page.get_by_text(words["switched on"], exact=True).first).to_be_visible()
    _open(page, app, "/features")
    expect(page.locator(f"#{flag}")).to_be_checked()


def _see_who_asked(page: Page, app: Server, words: dict[str, str], colleague: Page, name: str) -> None:
    with suppress(Error):  # the start page follows by itself: it may be loading again for the new role already
        colleague.reload()  # a new role shows with the next thing they do, and that should not be the question
    colleague.wait_for_load_state()
    expect(composer(colleague)).to_be_visible()
    _open(page, app, "/usage")
    expect(page.get_by_text(name)).to_have_count(0)
    ask(colleague, "How long may we keep camera footage?")
    expect(answers(colleague)).to_have_count(1, timeout=30_000)
    expect(page.get_by_role("table", name=words["who"])).to_contain_text(name)


def _revoke_a_key(page: Page, app: Server, words: dict[str, str], name: str) -> None:
    _open(page, app, "/api-keys")
    page.get_by_role("button", name=words["new key"]).click()
    page.fill("[name=name]", name)
    page.get_by_role("button", name=words["create"]).click()
    expect(page.locator("#new-key")).not_to_have_value("")
    page.get_by_role("dialog").get_by_role("button", name=words["done"]).click()
    _row(page, name).get_by_role("button", name=words["revoke"]).click()
    page.get_by_role("dialog").get_by_role("button", name=words["revoke"], exact=True).click()
    expect(_row(page, name)).to_contain_text(words["revoked"])


def _export_the_log(page: Page, app: Server, words: dict[str, str], name: str, folder: Path) -> None:
    _open(page, app, "/audit")
    expect(page.get_by_text(words["sentence"].format(name=name))).to_be_visible()
    page.get_by_role("button", name=words["check"]).click()
    expect(page.get_by_text(words["whole"])).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name=words["export"]).click()
    download.value.save_as(folder / "audit.csv")
    text = (folder / "audit.csv").read_text(encoding="utf-8")
    assert "member.role_changed" in text
    assert name in text
