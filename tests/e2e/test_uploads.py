"""Fifty files through the browser: what the tray and the list say is compared with the server at every step."""

import collections
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.processes import Server
from tests.e2e.steps import create_first_account, visit

COUNT = 50
BROKEN = "z-broken.pdf"
UPLOADS = re.compile(r"/api/v1/documents$")


def text(name: str, words: str = "stays the same") -> bytes:
    return f"# {name}\n\nThe rule in {name} {words}. Whoever reads {name} knows what {name} says.\n".encode()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for number in range(COUNT):
        name = f"file-{number:02}.md"
        (tmp_path / name).write_bytes(text(name))
    (tmp_path / "file-07.md").rename(tmp_path / BROKEN)
    (tmp_path / BROKEN).write_bytes(b"%PDF-1.7\nthis is no document\n")
    return sorted(tmp_path.iterdir(), key=lambda path: path.name)


def told_by_the_server(page: Page, app: Server) -> dict[str, dict[str, Any]]:
    """Return filename -> document as REST has it."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    found, cursor = {}, None
    with httpx.Client(base_url=app.url, cookies=cookies) as client:
        while True:
            answer = client.get("/api/v1/documents", params={"limit": 100, **({"cursor": cursor} if cursor else {})})
            body = answer.raise_for_status().json()
            found.update({item["filename"]: item for item in body["items"]})
            cursor = body["next_cursor"]
            if cursor is None:
                return found


def row(page: Page, name: str) -> Locator:
    return page.locator(".tray-list li", has=page.locator(f"[title='{name}']"))


def shown(page: Page) -> collections.Counter[str]:
    """Return how many rows of the tray are in which phase; all rows have to be on show."""
    return collections.Counter(
        page.locator(".tray-list li").evaluate_all("rows => rows.map((row) => row.dataset.phase)")
    )


def show_all(page: Page) -> None:
    more = page.locator(".tray-more button")
    if more.count():
        more.click()
        expect(more).to_have_count(0)


def choose(page: Page, paths: list[Path]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add documents").first.click()
    chooser.value.set_files(paths)


def test_fifty_files_are_told_truthfully_at_every_step(
    app: Server, page: Page, context: BrowserContext, files: list[Path]
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    create_first_account(page, app)
    visit(page, app, "/documents")

    # The network is slow at first: nothing is taken before the gate opens.
    held: list[Route] = []
    page.route(UPLOADS, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    choose(page, files)
    expect(page.locator(".tray-head")).to_contain_text("Adding 50 files")
    show_all(page)
    expect(page.locator(".tray-list li")).to_have_count(COUNT)
    assert len(held) <= 3, "the browser sends a few at a time"
    assert told_by_the_server(page, app) == {}

    # Two are cancelled before their turn: they never arrive.
    for name in ("file-40.md", "file-41.md"):
        row(page, name).get_by_role("button", name="Stop uploading").click()
        expect(row(page, name)).to_have_attribute("data-phase", "cancelled")

    # Paused with the first few on their way: those arrive, no other does.
    page.get_by_role("button", name="Pause uploading").click()
    expect(page.locator(".tray")).to_contain_text("Uploading is paused")
    sent_first = len(held)
    for route in held:
        route.continue_()
    page.unroute(UPLOADS)
    expect(page.locator(".tray-list li[data-phase=waiting]")).to_have_count(COUNT - 2 - sent_first)
    expect(page.locator(".tray-list li:is([data-phase=ready], [data-phase=failed])")).to_have_count(
        sent_first, timeout=30_000
    )
    assert len(told_by_the_server(page, app)) == sent_first

    # Reloaded in the middle: what was not sent is said to be unsent, what was is as the server has it.
    page.reload()
    expect(page.locator(".sidebar").first).to_contain_text("Ana Anić")
    unsent = COUNT - 2 - sent_first
    expect(page.locator(".tray-list li[data-phase=unsent]").first).to_be_visible()
    show_all(page)
    expect(page.locator(".tray-list li[data-phase=unsent]")).to_have_count(unsent)
    assert shown(page)["ready"] + shown(page)["failed"] == len(told_by_the_server(page, app)) == sent_first
    page.get_by_role("button", name="Clear finished").click()
    expect(page.locator(".tray")).to_have_count(0)

    # Chosen again, all but the two, and one request is lost: what is there already is recognised, the rest arrives.
    lost = "file-20.md"
    wanted = [path for path in files if path.name not in ("file-40.md", "file-41.md")]
    wanted.sort(key=lambda path: path.name != lost)
    page.route(UPLOADS, lambda route: route.fulfill(status=500, body="{}"), times=1)
    choose(page, wanted)
    expect(page.locator(".tray-head")).not_to_contain_text("Adding", timeout=60_000)
    if page.get_by_role("button", name="Show uploads").count():
        page.get_by_role("button", name="Show uploads").click()
    show_all(page)
    server = told_by_the_server(page, app)
    statuses = collections.Counter(item["status"] for item in server.values())
    assert statuses == {"ready": COUNT - 4, "failed": 1}
    assert lost not in server
    assert shown(page) == {"ready": COUNT - 4 - sent_first, "duplicate": sent_first, "failed": 2}

    # The lost one is tried again and arrives.
    row(page, lost).get_by_role("button", name="Try again").click()
    expect(row(page, lost)).to_have_attribute("data-phase", "ready", timeout=30_000)
    server = told_by_the_server(page, app)
    assert server[lost]["status"] == "ready"
    assert server[BROKEN]["error"]["code"] != ""
    expect(row(page, BROKEN).locator(".tray-reason")).not_to_be_empty()
    page.locator("#status-filter").select_option("failed")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("z-broken")

    # Tried again it is as broken as before, and says so.
    row(page, BROKEN).get_by_role("button", name="Try again").click()
    expect(row(page, BROKEN)).not_to_have_attribute("data-phase", "failed")
    expect(row(page, BROKEN)).to_have_attribute("data-phase", "failed", timeout=30_000)
    assert told_by_the_server(page, app)[BROKEN]["status"] == "failed"

    # It is replaced by a file that can be read, through the drawer: then it is ready.
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody .name-button").first.click()
    whole = wanted[0].parent / "whole.md"
    whole.write_bytes(text("whole.md", "was repaired"))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace file").first.click()
    chooser.value.set_files(whole)
    page.locator("#status-filter").select_option("ready")
    expect(page.locator("tbody tr", has_text="z-broken")).to_contain_text("Ready", timeout=30_000)
    replaced = told_by_the_server(page, app)
    assert replaced["whole.md"]["id"] == server[BROKEN]["id"]
    assert collections.Counter(item["status"] for item in replaced.values()) == {"ready": COUNT - 2}
    assert page.problems == []  # type: ignore[attr-defined]
