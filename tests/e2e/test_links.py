"""Links in answers: a model, or a document it read, may write whatever it likes."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.processes import Server, running_app, running_ollama
from tests.e2e.steps import answers, ask, create_first_account, sign_in, upload, visit

ANSWER = (
    "Remote work is possible [1]. See [the manual](https://docs.example/manual) for more. "
    "It is so [[1]](http://elsewhere.example/a) ![x](http://elsewhere.example/x.png) <img src=http://elsewhere.example/y>"
)
OLDER = (
    "Old [1] [[1]](http://elsewhere.example/1) [1](http://elsewhere.example/2) [**1**](http://elsewhere.example/3) "
    "[¹](http://elsewhere.example/4) [note][r] [^1] ![pixel](http://elsewhere.example/p.png) "
    "<img src=http://elsewhere.example/q.png>\n\n[r]: javascript:alert(1)\n[^1]: http://elsewhere.example/5"
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("links")


@pytest.fixture(scope="module")
def app(built_app: None, data_dir: Path) -> Iterator[Server]:
    model_server = running_ollama("--tokens-per-second", "200", "--answer", ANSWER)
    with model_server as url, running_app(data_dir, ollama_url=url) as server:
        yield server


@pytest.fixture(scope="module")
def furnished(app: Server, browser) -> Server:  # type: ignore[no-untyped-def]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(20_000)
    page = context.new_page()
    create_first_account(page, app)
    upload(page, app, "remote-work-policy.docx")
    visit(page, app, "/")
    ask(page, "Can I work remotely from another country?")
    expect(answers(page)).to_have_count(1, timeout=30_000)
    context.close()
    return app


def _answer(page: Page, app: Server) -> Locator:
    sign_in(page, app)
    page.locator(".chat-entry a").first.click()
    expect(answers(page)).to_have_count(1)
    return answers(page).first.locator(".answer-text")


def test_a_link_shows_its_host_and_asks_before_it_leads_away(furnished: Server, page: Page) -> None:
    text = _answer(page, furnished)
    link = text.get_by_role("link", name="the manual")
    expect(link).to_contain_text("docs.example")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    opened: list[object] = []
    page.context.on("page", lambda new: opened.append(new))
    link.click()
    question = page.get_by_role("dialog", name="Open this page?")
    expect(question).to_contain_text("https://docs.example/manual")
    expect(question.get_by_role("link", name="Open page")).to_have_attribute("href", "https://docs.example/manual")
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(link).to_be_focused()
    assert opened == []


def test_what_looks_like_a_citation_is_one_or_is_text(furnished: Server, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    text = _answer(page, furnished)
    expect(text.locator("button.cite")).to_have_count(2)
    expect(text.get_by_role("link")).to_have_count(4)  # the manual, and three addresses that say where they lead
    expect(text.locator("img")).to_have_count(0)
    assert not [address for address in asked if "elsewhere" in address]


def test_an_answer_from_before_the_guard_is_harmless_too(furnished: Server, page: Page, data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "ragapp.db", timeout=20) as database:
        changed = database.execute("UPDATE messages SET text = ? WHERE role = 'assistant'", (OLDER,))
        assert changed.rowcount == 1
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    text = _answer(page, furnished)
    expect(text).to_contain_text("Old")
    for link in text.get_by_role("link").all():
        assert "elsewhere.example" in (link.text_content() or ""), "a link hides where it leads"
    expect(text.locator("img, script")).to_have_count(0)
    expect(text.locator("a[href*='javascript']")).to_have_count(0)
    assert not [address for address in asked if "elsewhere" in address]
