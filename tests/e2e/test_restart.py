"""The server goes away and comes back while somebody works."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.processes import running_app
from tests.e2e.steps import answers, ask, composer, create_first_account, open_answer, upload, visit
from tests.e2e.test_uploads import choose, told_by_the_server


@pytest.mark.slow
def test_a_killed_server_comes_back_to_the_same_chat_with_nothing_lost(
    built_app: None, model_server: str, tmp_path: Path, page: Page
) -> None:
    with running_app(tmp_path, ollama_url=model_server) as app:
        port = int(app.url.rsplit(":", 1)[1])
        create_first_account(page, app)
        upload(page, app, "remote-work-policy.docx")
        visit(page, app, "/")
        ask(page, "Can I work remotely from another country?")
        expect(answers(page)).to_have_count(1)
        ask(page, "When do I have to be reachable?")
        expect(open_answer(page)).to_contain_text(re.compile(r"\w{3}"))
        app.kill()
    expect(page.get_by_text("Connection lost")).to_be_visible()
    expect(answers(page).first).to_be_visible()
    composer(page).fill("A thought in the meantime")
    with running_app(tmp_path, ollama_url=model_server, port=port):
        expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=30_000)
        expect(answers(page)).to_have_count(2, timeout=30_000)
        expect(composer(page)).to_have_value("A thought in the meantime")
        composer(page).press("Enter")
        expect(answers(page)).to_have_count(3, timeout=30_000)


@pytest.mark.slow
def test_files_on_their_way_to_a_killed_server_all_arrive_once_and_the_tray_knows(
    built_app: None, tmp_path: Path, page: Page
) -> None:
    names = [f"file-{number:02}.md" for number in range(30)]
    for name in names:
        (tmp_path / name).write_text(f"# {name}\n\nThe rule in {name} is kept.\n", encoding="utf-8")
    page.on("dialog", lambda dialog: dialog.accept())
    with running_app(tmp_path / "data") as app:
        port = int(app.url.rsplit(":", 1)[1])
        create_first_account(page, app)
        visit(page, app, "/documents")
        slow = {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
        choose(page, [tmp_path / name for name in names])
        expect(page.locator(".tray-list li:not([data-phase=waiting], [data-phase=uploading])").first).to_be_visible()
        app.kill()
    with running_app(tmp_path / "data", port=port) as app:
        expect(page.locator(".tray-head")).to_contain_text("30 files added", timeout=90_000)
        told = told_by_the_server(page, app)
        assert {name: told[name]["status"] for name in told} == dict.fromkeys(names, "ready")
