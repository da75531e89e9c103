"""What somebody new meets: samples on their way, filters that let go, the way to a model, a tray beside the work."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.processes import Server, running_app, running_ollama
from tests.e2e.steps import answers, ask, composer, create_first_account, sign_in, visit, visit_section

SIZES = {"desktop": (1440, 900), "laptop": (1024, 768), "phone": (390, 844)}
LONG = ("A warehouse takes in pallets and sends them out again. " * 40 + "\n\n").encode() * 4


@pytest.fixture(scope="module")
def app(built_app: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation whose model server is not there."""
    with running_app(tmp_path_factory.mktemp("first-steps")) as server:
        yield server


def test_samples_become_questions_without_a_reload(page: Page, app: Server) -> None:
    create_first_account(page, app, samples=True)

    expect(page.locator(".welcome")).not_to_contain_text("Start by adding some")
    expect(page.locator(".suggestion").first).to_be_visible(timeout=60_000)
    expect(page.locator(".welcome-reading")).to_have_count(0, timeout=60_000)


def test_a_search_is_gone_when_the_page_was_left_and_back_with_its_link(page: Page, app: Server) -> None:
    sign_in(page, app)
    visit(page, app, "/documents")
    expect(page.locator("tbody tr")).to_have_count(12)
    box, rows, chips = page.locator("[type=search]"), page.locator("tbody tr"), page.locator(".filter-chip")
    box.press_sequentially("handbook", delay=40)
    expect(page).to_have_url(re.compile(r"\?q=handbook$"))
    expect(box).to_be_focused()
    expect(chips).to_have_count(1)
    expect(rows).not_to_have_count(12)
    found = rows.count()
    assert 0 < found < 12
    page.locator("select[name=status-filter]").select_option("ready")
    expect(page).to_have_url(re.compile(r"\?q=handbook&status=ready$"))
    expect(chips).to_have_count(2)
    link = page.url

    page.get_by_role("link", name="New chat").first.click()
    expect(composer(page)).to_be_visible()
    page.get_by_role("link", name="Documents").first.click()
    expect(rows).to_have_count(12)
    expect(box).to_have_value("")
    expect(chips).to_have_count(0)

    page.goto(link)
    expect(rows).to_have_count(found)
    expect(box).to_have_value("handbook")
    expect(page.locator("select[name=status-filter]")).to_have_value("ready")
    page.get_by_role("button", name="Clear all").click()
    expect(rows).to_have_count(12)
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    page.go_back()
    expect(box).to_have_value("handbook")
    expect(chips).to_have_count(2)


def test_people_are_all_there_again_after_a_search(page: Page, app: Server) -> None:
    sign_in(page, app)
    visit_section(page, app, "/admin/people")
    page.locator("[type=search]").fill("nobody of this name")
    expect(page.get_by_text("No member has this name or address.")).to_be_visible()
    page.get_by_role("link", name="Usage").first.click()
    expect(page).to_have_url(re.compile("/admin/usage"))
    page.get_by_role("link", name="Members").first.click()
    expect(page.locator("[data-list=members] tbody tr")).to_have_count(1)


def test_an_operator_is_told_how_to_connect_a_model_and_sees_when_it_is(
    page: Page, built_app: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running_ollama() as model, running_app(tmp_path_factory.mktemp("model"), ollama_url=model) as app:
        create_first_account(page, app)
        visit_section(page, app, "/platform/model")
        expect(page.locator("[data-model-state=ready]")).to_be_visible()
        expect(page.locator("main")).to_contain_text(model)


def test_without_a_model_the_way_leads_to_what_to_do(page: Page, app: Server) -> None:
    sign_in(page, app)
    page.locator(".model-notice").get_by_role("link", name="How to connect").click()
    expect(page.locator("[data-model-state=unreachable]")).to_be_visible()
    expect(page.locator("#pull-command")).to_have_value("ollama pull qwen2.5:7b-instruct")
    page.get_by_role("button", name="Check again").click()
    expect(page.locator("[data-model-state=unreachable]")).to_be_visible()


def test_a_member_is_not_sent_where_only_operators_may_go(page: Page, browser: Browser, app: Server) -> None:
    sign_in(page, app)
    body = {"email": "luka@lipa.hr", "role": "member"}
    answer = page.request.post(f"{app.url}/api/v1/invitations", data=body, headers={"Origin": app.url})
    context = browser.new_context(locale="en-US")
    theirs = context.new_page()
    form = {"token": answer.json()["link"].partition("token=")[2], "name": "Luka", "password": "šume i livade 43"}
    theirs.request.post(f"{app.url}/auth/invite", form=form, headers={"Origin": app.url})
    theirs.goto(app.url + "/")
    notice = theirs.locator(".model-notice")
    expect(notice).to_contain_text("Exact passages are shown")
    expect(notice.get_by_role("link")).to_have_count(0)
    expect(theirs.get_by_role("link", name="Connect a model")).to_have_count(0)
    context.close()


def overlaps(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a is not None and b is not None
    is_beside = a["x"] + a["width"] <= b["x"] + 1 or b["x"] + b["width"] <= a["x"] + 1
    is_above = a["y"] + a["height"] <= b["y"] + 1 or b["y"] + b["height"] <= a["y"] + 1
    return not (is_beside or is_above)


def drop_files(page: Page, *names: str) -> None:
    files = [{"name": name, "mimeType": "text/markdown", "buffer": name.encode() + LONG} for name in names]
    page.locator("input[type=file]").first.set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator(".tray")).to_be_visible()


def test_files_whose_question_the_page_lost_are_asked_about_again(page: Page, app: Server) -> None:
    sign_in(page, app)
    visit(page, app, "/documents")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.evaluate(
        """document.getElementById("upload-target").addEventListener(
            "click", (event) => event.stopPropagation(), {capture: true, once: true})"""
    )
    drop_files(page, "asked-again.md")
    expect(page.locator("tbody").get_by_text("asked-again")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("size", SIZES)
def test_the_tray_covers_nothing_in_use(browser: Browser, app: Server, size: str) -> None:
    width, height = SIZES[size]
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": height}, locale="en-US")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(app.url + "/sign-in")
    sign_in(page, app) if size != "phone" else _sign_in_on_a_phone(page, app)
    ask(page, "How many days of annual leave do employees have?")
    expect(answers(page)).to_have_count(1, timeout=30_000)
    visit(page, app, page.url.removeprefix(app.url))
    expect(answers(page)).to_have_count(1)
    drop_files(page, f"{size}-1.md", f"{size}-2.md")
    tray, fold = page.locator(".tray"), page.locator(".tray-head [aria-expanded]")

    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".tray-list")).to_have_count(0)
    assert not overlaps(tray, page.locator(".composer"))
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".tray-list")).to_be_visible()
    assert not overlaps(tray, page.locator(".composer"))
    composer(page).click()  # nothing lies over it

    if size != "phone":  # there the evidence lies over everything while it is open
        answers(page).first.locator(".source-chip").first.click()
        expect(page.locator("[data-evidence]")).to_be_visible()
        assert not overlaps(tray, page.locator("[data-evidence]"))
        page.keyboard.press("Escape")
    drop_files(page, f"{size}-3.md")  # the first two may have been done before the tray was opened by hand
    expect(page.locator(".tray-head")).to_contain_text("3 files added", timeout=60_000)
    expect(fold).to_have_attribute("aria-expanded", "false")
    context.close()


def _sign_in_on_a_phone(page: Page, app: Server) -> None:
    page.fill("[name=email]", "ana@lipa.hr")
    page.fill("[name=password]", "šume i livade 42")
    page.click("button[type=submit]")
    expect(composer(page)).to_be_visible()


def test_the_tray_speaks_of_no_document_that_was_deleted(page: Page, app: Server) -> None:
    sign_in(page, app)
    visit(page, app, "/documents")
    drop_files(page, "gone-1.md", "gone-2.md")
    expect(page.locator(".tray-head")).to_contain_text("2 files added", timeout=60_000)
    page.get_by_label("Select gone-1", exact=False).first.check()
    page.locator(".selection-bar").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 1 document", exact=True).click()
    expect(page.locator(".tray-head")).to_contain_text("1 file added")
