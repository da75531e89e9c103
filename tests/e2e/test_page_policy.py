"""The pages run with the scripts they were built with, and with no other."""

from playwright.sync_api import ConsoleMessage, Page

from tests.e2e.processes import Server
from tests.e2e.steps import create_first_account, visit

PATHS = ("/", "/documents", "/settings", "/admin", "/admin/people", "/platform", "/chat/nothing-there")
_BRING_IN = """() => {
  const script = document.createElement("script");
  script.textContent = "window.broughtIn = true";
  document.body.append(script);
  const image = document.createElement("img");
  image.setAttribute("onerror", "window.broughtIn = true");
  image.src = "/no-such-picture";
  document.body.append(image);
  return new Promise((resolve) => image.addEventListener("error", () => resolve(Boolean(window.broughtIn))));
}"""


def test_every_page_keeps_to_its_policy_and_runs_nothing_that_is_brought_in(app: Server, page: Page) -> None:
    refused: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            refused.append(message.text)

    create_first_account(page, app)
    page.on("console", note)
    for path in PATHS:
        visit(page, app, path)
        page.wait_for_load_state("networkidle")
    assert refused == []
    assert page.problems == []  # type: ignore[attr-defined]
    assert page.evaluate(_BRING_IN) is False
    assert refused
