"""What a person does, in words the tests read like."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import EMAIL, PASSWORD
from tests.e2e.processes import ROOT, Server

SAMPLES = ROOT / "ragapp/samples"
QUOTED = "The documents say"
"""How the stand-in for the model begins an English answer."""


def create_first_account(page: Page, app: Server, *, samples: bool = False) -> None:
    page.goto(app.url + "/")
    page.wait_for_url(re.compile("/welcome"))
    page.fill("[name=setup_token]", app.setup_token)
    page.fill("[name=organisation]", "Lipa Logistika d.o.o.")
    page.fill("[name=name]", "Ana Anić")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.set_checked("[name=samples]", samples)
    page.click("button[type=submit]")
    expect(composer(page)).to_be_visible()
    expect(page.locator(".sidebar").first).to_contain_text("Ana Anić")


def sign_in(page: Page, app: Server) -> None:
    page.goto(app.url + "/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(composer(page)).to_be_visible()
    expect(page.locator(".sidebar").first).to_contain_text("Ana Anić")


def visit(page: Page, app: Server, path: str) -> None:
    """Open a page and wait until it is alive: before that a click would reach nobody."""
    page.goto(app.url + path)
    expect(page.locator(".sidebar").first).to_contain_text("Ana Anić")


def visit_section(page: Page, app: Server, path: str) -> None:
    """Open a page of the administration or the platform and wait until it shows what it has."""
    visit(page, app, path)
    expect(page.locator(".sections [aria-current=page]")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def speak(page: Page, app: Server, language: str) -> None:
    """Choose the language in the settings."""
    visit(page, app, "/settings")
    page.get_by_role("button", name={"en": "English", "hr": "Hrvatski"}[language], exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def composer(page: Page) -> Locator:
    return page.locator("textarea[name=question]")


def ask(page: Page, question: str) -> None:
    composer(page).fill(question)
    composer(page).press("Enter")
    page.wait_for_url(re.compile("/chat/"))


def answers(page: Page) -> Locator:
    return page.locator("article.answer:not(.answer-open)")


def open_answer(page: Page) -> Locator:
    return page.locator("article.answer-open")


def upload(page: Page, app: Server, *names: str) -> None:
    visit(page, app, "/documents")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add documents").first.click()
    chooser.value.set_files([SAMPLES / name for name in names])
    expect(page.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(len(names), timeout=30_000)
