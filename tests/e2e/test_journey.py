"""The whole journey: first account, documents in, cited answers out, in both languages."""

import re

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.processes import BROKEN, Server
from tests.e2e.steps import (
    QUOTED,
    answers,
    ask,
    composer,
    create_first_account,
    open_answer,
    sign_in,
    speak,
    upload,
    visit,
)

PDF = "videonadzor-i-zastita-podataka.pdf"
DOCX = "remote-work-policy.docx"


@pytest.fixture(scope="module")
def furnished(app: Server, browser) -> Server:  # type: ignore[no-untyped-def]
    """The app with its first account and one PDF and one Word file, made by hand in the browser."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(20_000)
    page = context.new_page()
    create_first_account(page, app)
    upload(page, app, PDF, DOCX)
    context.close()
    return app


def test_documents_added_by_hand_are_ready_with_pages_and_passages(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    visit(page, furnished, "/documents")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="PDF")).to_contain_text("Ready")


def test_ticked_documents_are_filed_together(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    visit(page, furnished, "/documents")
    page.get_by_label("Select all on this page").click()
    page.locator(".selection-bar").get_by_role("button", name="Folder and tags").click()
    dialog = page.get_by_role("dialog", name="Folder and tags")
    dialog.get_by_label("Folder", exact=True).select_option(label="Put into a folder")
    dialog.get_by_label("Which folder").fill("Rules/2026")
    dialog.get_by_label("Add tags").fill("urgent, work")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".selection-bar")).to_be_hidden()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Folder").select_option("Rules")
    page.get_by_label("Tag", exact=True).select_option("work")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("tbody .name-button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Rules/2026")


def test_an_english_question_streams_a_cited_answer(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    ask(page, "Can I work remotely from another country?")
    expect(open_answer(page)).to_be_visible()
    expect(answers(page)).to_have_count(1, timeout=30_000)
    expect(answers(page).first).to_contain_text(QUOTED)
    assert "/chat/" in page.url
    assert page.problems == []  # type: ignore[attr-defined]


def test_a_croatian_question_opens_the_page_with_the_passage_marked(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    ask(page, "Koliko se dugo čuvaju snimke videonadzora?")
    expect(answers(page)).to_have_count(1, timeout=30_000)
    answers(page).first.locator(".source-chip, .cite").first.click()
    panel = page.get_by_role("complementary", name="Evidence")
    expect(panel).to_be_visible()
    expect(panel.locator("mark").first).to_contain_text("30 dana")
    picture = panel.locator("img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 600
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_pages_that_are_alive_before_their_scripts_work_all_the_same(furnished: Server, page: Page) -> None:
    def late(route: Route) -> None:
        page.wait_for_timeout(1_000)
        route.continue_()

    sign_in(page, furnished)
    page.route(re.compile(r"/js/(uploads|viewer)\.js"), late)
    visit(page, furnished, "/documents")
    expect(page.locator("tbody tr")).to_have_count(2)
    found = page.request.get(f"{furnished.url}/api/v1/documents").json()["items"]
    (document_id,) = [row["id"] for row in found if row["filename"] == DOCX]
    page.set_viewport_size({"width": 1440, "height": 300})
    page.goto(f"{furnished.url}/documents/{document_id}?mark=1400-1450")
    expect(page.locator("#mark")).to_be_in_viewport()
    assert page.problems == []  # type: ignore[attr-defined]


def test_an_answer_survives_a_refresh_and_shows_in_a_second_tab(
    furnished: Server, page: Page, context: BrowserContext
) -> None:
    sign_in(page, furnished)
    ask(page, "Can I work remotely from another country?")
    expect(open_answer(page)).to_contain_text(re.compile(r"\w{3}"))
    page.reload()
    second = context.new_page()
    second.goto(page.url)
    for tab in (page, second):
        expect(answers(tab)).to_have_count(1, timeout=30_000)
        expect(answers(tab).first).to_contain_text(QUOTED)


def test_stop_keeps_what_was_written_and_the_chat_goes_on(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    ask(page, "Can I work remotely from another country?")
    expect(open_answer(page)).to_contain_text(re.compile(r"\w{3}"))
    page.get_by_role("button", name="Stop").click()
    expect(answers(page)).to_have_count(1)
    stopped = answers(page).first.inner_text()
    assert "another country of the European Union" not in stopped
    page.reload()
    expect(answers(page)).to_have_count(1)
    ask(page, "Koliko se dugo čuvaju snimke videonadzora?")
    expect(answers(page)).to_have_count(2, timeout=30_000)


def test_what_is_not_in_the_documents_is_said_so(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    ask(page, "Who won the football world cup in 1998?")
    expect(answers(page)).to_have_count(1, timeout=30_000)
    expect(answers(page).first).to_contain_text("Not in your documents")


def test_a_chat_can_be_renamed_and_deleted(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    ask(page, "Can I work remotely from another country?")
    expect(answers(page)).to_have_count(1, timeout=30_000)
    chats = page.get_by_role("navigation", name="Chats")
    count = chats.get_by_role("link").count()
    _choose(page, "Rename")
    page.get_by_role("dialog").get_by_label("Title").fill("Remote work")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(chats).to_contain_text("Remote work")
    _choose(page, "Delete")
    page.get_by_role("button", name="Delete the chat").click()
    expect(chats.get_by_role("link")).to_have_count(count - 1)
    expect(chats).not_to_contain_text("Remote work")


def _choose(page: Page, item: str) -> None:
    page.get_by_role("button", name="Chat menu").first.click()
    page.get_by_role("menuitem", name=item).click()


def test_croatian_interface_and_dark_theme_are_a_click_away_and_stay(furnished: Server, page: Page) -> None:
    sign_in(page, furnished)
    visit(page, furnished, "/settings")
    page.get_by_role("button", name="Hrvatski").click()
    expect(page.get_by_role("heading", name="Postavke")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Postavke")).to_be_visible()
    visit(page, furnished, "/")
    expect(composer(page)).to_have_attribute("placeholder", "Pitajte svoje dokumente…")
    visit(page, furnished, "/settings")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "hr"])
def test_a_page_that_breaks_comes_back_by_itself_and_if_it_breaks_again_says_so(
    furnished: Server, page: Page, language: str
) -> None:
    sign_in(page, furnished)
    speak(page, furnished, language)
    visit(page, furnished, "/documents")
    _break(page)
    expect(page.locator("tbody tr").first).to_be_visible()
    assert page.evaluate("new Intl.NumberFormat('en').format(1)") == "1", "the page was not loaded again"
    _break(page)
    heading = {"en": "This page stopped working", "hr": "Ova je stranica prestala raditi"}[language]
    expect(page.get_by_text(heading)).to_be_visible()
    assert "Reflex" not in page.locator("body").inner_text()
    page.locator("main button").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    speak(page, furnished, "en")


def _break(page: Page) -> None:
    """Let the next number that is written break the page, and write one."""
    expect(page.locator("tbody tr").first).to_be_visible()
    with page.expect_event("console", lambda message: BROKEN in message.text):
        page.evaluate(
            "(text) => { Intl.NumberFormat = function () { throw new Error(text) };"
            " document.querySelector('tbody .name-button').click() }",
            BROKEN,
        )


def test_signing_out_ends_the_session_for_pages_and_api(furnished: Server, page: Page, context: BrowserContext) -> None:
    sign_in(page, furnished)
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    assert httpx.get(furnished.url + "/api/v1/me", cookies=cookies).status_code == 200
    page.locator(".sidebar").get_by_text("Ana Anić").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))
    assert httpx.get(furnished.url + "/api/v1/me", cookies=cookies).status_code == 401
    page.goto(furnished.url + "/documents")
    page.wait_for_url(re.compile("/sign-in"))
