"""What somebody new runs into: a wrong address, a page that is not theirs, a name cut in two, a question twice."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.processes import Server, running_app
from tests.e2e.steps import SAMPLES, create_first_account, sign_in, visit, visit_section

MEMBER = "ivo@lipa.hr"
LONG = "remote-work-policy-for-everybody-in-the-organisation-and-its-daughters-2026.md"


@dataclass
class House:
    """A running app whose data folder is at hand, with an owner and a member."""

    server: Server
    database: Path

    def grow_old(self) -> None:
        """Make every session one that proved long ago who is there."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute("UPDATE sessions SET authenticated_at = '2020-01-01 00:00:00.000000'")


@pytest.fixture(scope="module")
def house(built_app: None, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("first-use")
    with running_app(folder) as server:
        context = _context(browser)
        page = context.new_page()
        create_first_account(page, server)
        headers = {"Origin": server.url}
        body = {"email": MEMBER, "role": "member"}
        link = page.request.post(f"{server.url}/api/v1/invitations", data=body, headers=headers).json()["link"]
        form = {"token": link.partition("token=")[2], "name": "Ivo Ivić", "password": PASSWORD, "language": "en"}
        httpx.post(f"{server.url}/auth/invite", data=form, headers=headers, timeout=30)
        context.close()
        yield House(server, folder / "ragapp.db")


@pytest.fixture
def owner(house: House, context: BrowserContext) -> Page:
    page = context.new_page()
    sign_in(page, house.server)
    return page


def _context(browser: Browser, **options: object) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **{"locale": "en-US", **options})
    context.set_default_timeout(15_000)
    return context


def choose_files(page: Page, *names: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add documents").first.click()
    chooser.value.set_files([SAMPLES / name for name in names])


def samples() -> list[str]:
    return sorted(path.name for path in SAMPLES.iterdir() if path.suffix == ".md")


def sent_files(page: Page) -> list[str]:
    """Collect what is posted from here on."""
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.post_data or "") if _is_upload(request) else None)
    return posts


def _is_upload(request: object) -> bool:
    return request.method == "POST" and request.url.endswith("/api/v1/documents")  # type: ignore[attr-defined]


# -- addresses -------------------------------------------------------------------------------------------------------


def test_a_wrong_address_keeps_the_frame_and_shows_ways_on(house: House, owner: Page) -> None:
    visit(owner, house.server, "/no/such/page")
    expect(owner.get_by_role("heading", name="There is no page here")).to_be_visible()
    expect(owner).to_have_title(re.compile("There is no page here"))
    owner.locator("main").get_by_role("link", name="Documents").click()
    owner.wait_for_url(re.compile("/documents$"))


def test_a_wrong_address_speaks_the_visitors_language(house: House, browser: Browser) -> None:
    context = _context(browser, locale="hr-HR")
    page = context.new_page()
    answer = page.goto(house.server.url + "/nema/toga")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Ovdje nema stranice")).to_be_visible()
    page.get_by_role("link", name="Idi na početnu stranicu").click()
    page.wait_for_url(re.compile("/sign-in"))
    context.close()


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/people", "/admin/knowledge-bases", "/admin/sign-in", "/admin/audit", "/platform"]
)
def test_a_page_for_another_role_says_who_may_see_it(house: House, browser: Browser, path: str) -> None:
    context = _context(browser)
    page = context.new_page()
    page.goto(house.server.url + "/sign-in")
    page.fill("[name=email]", MEMBER)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator(".sidebar").first).to_contain_text("Ivo Ivić")
    loads: list[str] = []
    page.on("load", lambda: loads.append(path))
    page.goto(house.server.url + path)
    expect(page.get_by_role("heading", name="This page is not for your role")).to_be_visible()
    who = "the operator of this service" if path == "/platform" else "owners of Lipa Logistika d.o.o."
    expect(page.locator("main")).to_contain_text(who)
    page.wait_for_timeout(1500)
    assert loads == [path], "the page was loaded again and again"
    page.locator("main").get_by_role("link", name="New chat").click()
    expect(page.locator("textarea[name=question]")).to_be_visible()
    context.close()


# -- the proof of who one is -----------------------------------------------------------------------------------------


def test_what_was_asked_for_happens_by_itself_after_the_password(house: House, owner: Page) -> None:
    visit_section(owner, house.server, "/admin/api-keys")
    house.grow_old()
    owner.wait_for_timeout(1200)  # who is signed in is remembered for a second
    owner.get_by_role("button", name="New API key").first.click()
    owner.fill("[name=name]", "Nightly import")
    owner.get_by_role("button", name="Create the key").click()
    asked = owner.get_by_role("dialog", name="Confirm that it is you")
    asked.get_by_label("Password").fill(PASSWORD)
    asked.get_by_role("button", name="Confirm").click()
    expect(asked).to_be_hidden()
    expect(owner.locator("#new-key")).to_have_value(re.compile("^rgk_"))
    owner.get_by_role("button", name="Done").click()
    expect(owner.locator("tbody tr", has_text="Nightly import")).to_have_count(1)


def test_a_question_that_was_left_does_not_come_back_by_itself(house: House, owner: Page) -> None:
    visit_section(owner, house.server, "/admin/api-keys")
    house.grow_old()
    owner.wait_for_timeout(1200)
    asked = owner.get_by_role("dialog", name="Confirm that it is you")

    def be_asked() -> None:
        owner.get_by_role("button", name="New API key").first.click()
        owner.fill("[name=name]", "Forgotten plan")
        owner.get_by_role("button", name="Create the key").click()
        expect(asked).to_be_visible()

    be_asked()
    owner.reload()
    expect(owner.get_by_role("button", name="New API key").first).to_be_visible()
    owner.wait_for_timeout(1000)
    expect(owner.get_by_role("dialog")).to_have_count(0)
    be_asked()
    owner.go_back()
    owner.wait_for_timeout(1000)
    expect(asked).to_be_hidden()
    visit_section(owner, house.server, "/admin/api-keys")
    owner.wait_for_timeout(1000)
    expect(asked).to_be_hidden()
    expect(owner.locator("tbody tr", has_text="Forgotten plan")).to_have_count(0)


# -- where files go --------------------------------------------------------------------------------------------------


def test_with_one_knowledge_base_its_name_and_readers_are_told(house: House, owner: Page) -> None:
    visit(owner, house.server, "/documents")
    expect(owner.locator(".target-line")).to_contain_text("Everyone in your organisation can read it.")
    choose_files(owner, samples()[0])
    expect(owner.locator("[data-sonner-toast]").first).to_contain_text("1 file goes to “Documents”")
    expect(owner.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(1, timeout=30_000)


def test_with_several_nothing_is_sent_before_one_is_chosen(house: House, owner: Page) -> None:
    headers = {"Origin": house.server.url}
    made = owner.request.post(f"{house.server.url}/api/v1/knowledge-bases", data={"name": "Board"}, headers=headers)
    base = made.json()["id"]
    limited = {"access": "role", "access_role": "admin"}
    owner.request.patch(f"{house.server.url}/api/v1/knowledge-bases/{base}", data=limited, headers=headers)
    visit(owner, house.server, "/")
    posts = sent_files(owner)
    owner.locator("#file-input").set_input_files([SAMPLES / samples()[1]])
    asked = owner.get_by_role("dialog", name="Where should 1 file go?")
    expect(asked).to_contain_text("Only administrators and owners can read it.")
    expect(asked).to_contain_text("Everyone in your organisation can read it.")
    owner.wait_for_timeout(500)
    assert posts == []
    asked.get_by_role("button", name="Cancel").click()
    owner.wait_for_timeout(500)
    assert posts == []
    owner.locator("#file-input").set_input_files([SAMPLES / samples()[1]])
    asked.get_by_label("Board").click()
    asked.get_by_role("button", name="Add 1 file").click()
    expect(asked).to_be_hidden()
    owner.wait_for_timeout(1500)
    assert len(posts) == 1
    visit(owner, house.server, "/documents")
    expect(owner.locator("tbody tr", has_text="Board")).to_have_count(1, timeout=30_000)
    owner.locator("#file-input").set_input_files([SAMPLES / samples()[2]])
    expect(owner.get_by_role("dialog").get_by_label("Board")).to_be_checked()
    owner.keyboard.press("Escape")
    expect(owner.get_by_role("dialog")).to_have_count(0)


def test_an_empty_knowledge_base_and_a_search_without_hits_are_two_things(house: House, owner: Page) -> None:
    headers = {"Origin": house.server.url}
    owner.request.post(f"{house.server.url}/api/v1/knowledge-bases", data={"name": "Empty"}, headers=headers)
    visit(owner, house.server, "/documents")
    owner.get_by_label("Knowledge base", exact=True).first.select_option(label="Empty")
    expect(owner.get_by_role("heading", name="This knowledge base is empty")).to_be_visible()
    expect(owner.locator(".target-line")).to_contain_text("New files go to “Empty”.")
    expect(owner.locator(".state").get_by_role("button", name="Add documents")).to_be_visible()
    owner.locator(".library-filters input[type=search]").fill("nobody wrote this")
    expect(owner.get_by_role("heading", name="No results")).to_be_visible()
    expect(owner.locator(".state").get_by_role("button", name="Add documents")).to_have_count(0)


# -- small things ----------------------------------------------------------------------------------------------------


def test_escape_leaves_a_field_of_the_drawer_before_it_closes_the_drawer(house: House, owner: Page) -> None:
    visit(owner, house.server, "/documents")
    owner.locator("tbody .name-button").first.click()
    drawer = owner.get_by_role("dialog")
    drawer.get_by_role("button", name="Rename").click()
    field = drawer.locator("[name=title]")
    field.fill("Half a na")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(drawer).to_be_visible()
    owner.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_escape_keeps_a_dialog_in_which_something_was_typed(house: House, owner: Page) -> None:
    visit_section(owner, house.server, "/admin/people")
    owner.get_by_role("button", name="Invite members").first.click()
    field = owner.locator("textarea[name=emails]")
    field.fill("one@example.org\ntwo@example.org")
    field.press("Escape")
    expect(field).to_have_value("one@example.org\ntwo@example.org")
    expect(field).not_to_be_focused()
    owner.keyboard.press("Escape")
    expect(field).to_have_count(0)


def test_ticking_a_row_leaves_the_table_where_it_is(house: House, owner: Page) -> None:
    visit(owner, house.server, "/documents")
    for width in (1440, 1024, 390):
        owner.set_viewport_size({"width": width, "height": 844})
        table = owner.locator(".library .table")
        expect(table).to_be_visible()
        before = table.bounding_box()
        owner.locator("tbody .checkbox").first.click()
        bar = owner.locator(".selection-bar")
        expect(bar).to_be_visible()
        after = table.bounding_box()
        assert before is not None
        assert after is not None
        assert abs(after["y"] - before["y"]) < 1, width
        inside = bar.bounding_box()
        assert inside is not None
        assert inside["y"] + inside["height"] <= after["y"], width
        bar.get_by_role("button", name="Clear selection").click()
        expect(bar).to_have_count(0)


def test_a_name_is_one_text_however_narrow_it_is_shown(house: House, owner: Page) -> None:
    visit(owner, house.server, "/documents")
    content = b"# Remote work\n\nWhoever works from home tells their manager the day before.\n"
    owner.get_by_label("Knowledge base", exact=True).first.select_option(label="Documents")
    expect(owner.locator(".target-line")).to_contain_text("Documents")
    payload = {"name": LONG, "mimeType": "text/markdown", "buffer": content}
    owner.locator("#file-input").set_input_files([payload])  # type: ignore[list-item]
    name = owner.locator("tbody .long-name", has_text="remote-work-policy")
    expect(name).to_be_visible(timeout=30_000)
    owner.set_viewport_size({"width": 390, "height": 844})
    whole = LONG.removesuffix(".md")
    expect(owner.locator("tbody").get_by_role("button", name=whole, exact=True)).to_be_visible()
    facts = name.evaluate(
        """(name) => {
          getSelection().selectAllChildren(name);
          const texts = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
          let count = 0;
          while (texts.nextNode()) count += 1;
          return { copied: String(getSelection()), count, isCut: name.scrollWidth <= name.parentElement.clientWidth };
        }"""
    )
    assert facts == {"copied": whole, "count": 1, "isCut": True}


@pytest.mark.parametrize(("platform", "shown"), [("Linux x86_64", "CtrlK"), ("Win32", "CtrlK"), ("MacIntel", "⌘K")])
def test_shortcuts_are_called_what_the_readers_keyboard_calls_them(
    house: House, context: BrowserContext, platform: str, shown: str
) -> None:
    context.add_init_script(f"Object.defineProperty(navigator, 'platform', {{ get: () => '{platform}' }})")
    page = context.new_page()
    sign_in(page, house.server)
    expect(page.locator(".sidebar-top .nav-entry", has_text="Find").locator("kbd")).to_have_text(list(_keys(shown)))


def _keys(shown: str) -> tuple[str, str]:
    return shown[:-1], shown[-1]
